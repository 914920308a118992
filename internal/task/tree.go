package task

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
)

// MaxDepth is how many levels a tree of subtasks has at most; a task without a
// parent is on the first. It bounds what every walk up or down costs.
const MaxDepth = 10

// checkDepth refuses a parent below which so many levels would reach deeper
// than MaxDepth. Nobody moves a task meanwhile: whoever does holds the project
// exclusively, and the caller holds it at least shared.
func checkDepth(ctx context.Context, q *db.Queries, parentID uuid.UUID, levels int64) error {
	depth, err := q.TaskGetDepth(ctx, parentID)
	if err != nil {
		return fmt.Errorf("measuring the depth of the parent: %w", err)
	}
	return refuseDepth("/parent_id", depth+levels)
}

func refuseDepth(pointer string, levels int64) error {
	if levels <= MaxDepth {
		return nil
	}
	return apperr.InvalidField(pointer, "too_deep",
		"Subtasks reach %d levels deep at most, and this would make %d. Choose a parent further up.", MaxDepth, levels)
}

// checkDueDate refuses a due date outside the dates of the project.
func checkDueDate(project db.Project, due *time.Time) error {
	if due == nil || (project.StartsOn == nil || !due.Before(*project.StartsOn)) && (project.EndsOn == nil || !due.After(*project.EndsOn)) {
		return nil
	}
	return apperr.InvalidField("/due_date", "outside_project", "The project %s; choose a date within.", span(project))
}

// span says when a project is, of which at least one end is known.
func span(project db.Project) string {
	switch {
	case project.EndsOn == nil:
		return "starts on " + project.StartsOn.Format(time.DateOnly)
	case project.StartsOn == nil:
		return "ends on " + project.EndsOn.Format(time.DateOnly)
	default:
		return "runs from " + project.StartsOn.Format(time.DateOnly) + " to " + project.EndsOn.Format(time.DateOnly)
	}
}

func sameDay(a, b *time.Time) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Equal(*b)
}
