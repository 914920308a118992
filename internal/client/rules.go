package client

import (
	"slices"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
)

// transitions says where a client may go from each status.
var transitions = map[db.ClientStatus][]db.ClientStatus{
	db.ClientStatusLead:     {db.ClientStatusProspect, db.ClientStatusChurned},
	db.ClientStatusProspect: {db.ClientStatusActive, db.ClientStatusChurned},
	db.ClientStatusActive:   {db.ClientStatusInactive},
	db.ClientStatusInactive: {db.ClientStatusActive, db.ClientStatusChurned},
	db.ClientStatusChurned:  {db.ClientStatusProspect},
}

// CanTransition returns IllegalTransition, with the statuses that are allowed
// instead, unless a client may go from one status to the other.
func CanTransition(from, to db.ClientStatus) error {
	allowed := transitions[from]
	if slices.Contains(allowed, to) {
		return nil
	}
	e := apperr.New(apperr.IllegalTransition, "A client cannot go from %s to %s; see allowed.", from, to)
	for _, status := range allowed {
		e.Allowed = append(e.Allowed, string(status))
	}
	return e
}
