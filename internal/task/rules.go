package task

import (
	"slices"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
)

// transitions says where a task may go from each status.
var transitions = map[db.TaskStatus][]db.TaskStatus{
	db.TaskStatusBacklog:    {db.TaskStatusTodo, db.TaskStatusCancelled},
	db.TaskStatusTodo:       {db.TaskStatusBacklog, db.TaskStatusInProgress, db.TaskStatusBlocked, db.TaskStatusCancelled},
	db.TaskStatusInProgress: {db.TaskStatusTodo, db.TaskStatusInReview, db.TaskStatusBlocked, db.TaskStatusDone, db.TaskStatusCancelled},
	db.TaskStatusInReview:   {db.TaskStatusInProgress, db.TaskStatusDone, db.TaskStatusCancelled},
	db.TaskStatusBlocked:    {db.TaskStatusTodo, db.TaskStatusInProgress, db.TaskStatusCancelled},
	db.TaskStatusDone:       {db.TaskStatusInProgress},
	db.TaskStatusCancelled:  {db.TaskStatusBacklog},
}

// CanTransition returns IllegalTransition, with the statuses that are allowed
// instead, unless a task may go from one status to the other.
func CanTransition(from, to db.TaskStatus) error {
	allowed := transitions[from]
	if slices.Contains(allowed, to) {
		return nil
	}
	e := apperr.New(apperr.IllegalTransition, "A task cannot go from %s to %s; see allowed.", from, to)
	for _, status := range allowed {
		e.Allowed = append(e.Allowed, string(status))
	}
	return e
}

// NeedsReason tells whether the transition must say why: blocking a task and
// reopening one that was done.
func NeedsReason(from, to db.TaskStatus) bool {
	return to == db.TaskStatusBlocked || from == db.TaskStatusDone
}

// NeedsPrerequisites tells whether every prerequisite must be done for the
// transition: to begin work, not to go back to it from a review or from done.
func NeedsPrerequisites(from, to db.TaskStatus) bool {
	return to == db.TaskStatusInProgress && (from == db.TaskStatusTodo || from == db.TaskStatusBlocked)
}

// IsOpen tells whether work on a task of the status is still to come.
func IsOpen(status db.TaskStatus) bool {
	return status != db.TaskStatusDone && status != db.TaskStatusCancelled
}

// takesTasks tells whether open tasks can be added to a project of the status.
func takesTasks(status db.ProjectStatus) bool {
	return status == db.ProjectStatusPlanning || status == db.ProjectStatusActive || status == db.ProjectStatusOnHold
}
