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

// Completion returns the share of the work that is done, in percent: by the
// number of tasks and weighted by their estimates. Cancelled tasks are left
// out of both; without any task, or any estimate, the share is 0.
func Completion(s db.ProjectStatisticsRow) (byCount, byEstimate float64) {
	return percent(s.Done, s.Total-s.Cancelled), percent(s.DoneMinutes, s.EstimatedMinutes)
}

func percent(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return 100 * float64(part) / float64(whole)
}
