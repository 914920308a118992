package project

import (
	"slices"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
)

// transitions says where a project may go from each status.
var transitions = map[db.ProjectStatus][]db.ProjectStatus{
	db.ProjectStatusPlanning:  {db.ProjectStatusActive, db.ProjectStatusCancelled},
	db.ProjectStatusActive:    {db.ProjectStatusOnHold, db.ProjectStatusCompleted, db.ProjectStatusCancelled},
	db.ProjectStatusOnHold:    {db.ProjectStatusActive, db.ProjectStatusCancelled},
	db.ProjectStatusCompleted: {db.ProjectStatusActive, db.ProjectStatusArchived},
	db.ProjectStatusCancelled: {db.ProjectStatusArchived},
	db.ProjectStatusArchived:  {},
}

// CanTransition returns IllegalTransition, with the statuses that are allowed
// instead, unless a project may go from one status to the other.
func CanTransition(from, to db.ProjectStatus) error {
	allowed := transitions[from]
	if slices.Contains(allowed, to) {
		return nil
	}
	e := apperr.New(apperr.IllegalTransition, "A project cannot go from %s to %s; see allowed.", from, to)
	e.Allowed = make([]string, 0, len(allowed))
	for _, status := range allowed {
		e.Allowed = append(e.Allowed, string(status))
	}
	return e
}

// NeedsReason tells whether the transition must say why: reopening what was completed.
func NeedsReason(from, to db.ProjectStatus) bool {
	return from == db.ProjectStatusCompleted && to == db.ProjectStatusActive
}
