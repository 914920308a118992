package project_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/project"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// The project's tasks on 15 June. W is what the task waits for; a task is
// ready when it is to do and waits for nothing that is not done.
//
//	   status       priority  due  minutes  W        ready  held up  overdue
//	A  done         high       1      60
//	B  done         medium    10      30
//	C  in_progress  urgent    14     120    A                        x
//	D  todo         medium    15      90    A, B     x
//	E  todo         low        3       -    C               x        x
//	F  todo         medium     -      45    I               x        (no date)
//	G  blocked      high      20      15             -      x
//	H  backlog      low        -       -    deleted  -      x
//	I  cancelled    urgent     2     500
//	J  in_review    medium    30       -
//
// Ten in all: backlog 1, todo 3, in progress 1, in review 1, blocked 1, done 2,
// cancelled 1; low 2, medium 4, high 2, urgent 2.
// Done are 2 of the 9 that are not cancelled: 22.2 %. Of their estimates
// (60+30+120+90+45+15 = 360 minutes) 90 are done: 25 %.
func TestStatisticsAreTheFixtures(t *testing.T) {
	t.Parallel()
	a := setup(t)
	p := a.managedBy
	add := func(status db.TaskStatus, priority db.Priority, due *time.Time, minutes int32, after ...uuid.UUID) uuid.UUID {
		opts := &factory.TaskOpts{ProjectID: p.ID, Status: status, Priority: priority, DueDate: due, After: after}
		if minutes > 0 {
			opts.EstimateMinutes = &minutes
		}
		return factory.Task(t, a.db, opts).ID
	}
	taskA := add("done", "high", day(1), 60)
	taskB := add("done", "medium", day(10), 30)
	taskC := add("in_progress", "urgent", day(14), 120, taskA)
	add("todo", "medium", day(15), 90, taskA, taskB)
	add("todo", "low", day(3), 0, taskC)
	taskI := add("cancelled", "urgent", day(2), 500)
	add("todo", "medium", nil, 45, taskI)
	add("blocked", "high", day(20), 15)
	deleted := add("done", "urgent", day(1), 1000)
	add("backlog", "low", nil, 0, deleted)
	add("in_review", "medium", day(30), 0)
	// Neither a deleted task nor another project's counts.
	expect.OK(t, a.tasks.Delete(t.Context(), a.manager, deleted, nil))
	factory.Task(t, a.db, &factory.TaskOpts{ProjectID: a.managedByTheRival.ID, EstimateMinutes: new(int32(7))})

	want := project.Statistics{
		ProjectID: p.ID, GeneratedAt: now,
		ProjectStatisticsRow: db.ProjectStatisticsRow{
			Total: 10, Backlog: 1, Todo: 3, InProgress: 1, InReview: 1, Blocked: 1, Done: 2, Cancelled: 1,
			Low: 2, Medium: 4, High: 2, Urgent: 2,
			Ready: 1, HeldUp: 4, Overdue: 2, EstimatedMinutes: 360, DoneMinutes: 90,
		},
	}
	for who, actor := range map[string]access.Actor{"a viewer": a.viewer, "the manager of another": a.rival, "an admin": a.admin} {
		got, err := a.projects.Statistics(t.Context(), actor, p.ID)
		expect.OK(t, err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("for %s (-want +got):\n%s", who, diff)
		}
	}
	byCount, byEstimate := project.Completion(want.ProjectStatisticsRow)
	if byCount != 100*2/9. || byEstimate != 25 {
		t.Errorf("completed are %v and %v percent", byCount, byEstimate)
	}

	_, err := a.projects.Statistics(t.Context(), a.outsider, p.ID)
	expect.Code(t, err, apperr.NotFound)
}

func TestStatisticsOfAnEmptyProject(t *testing.T) {
	t.Parallel()
	a := setup(t)
	got, err := a.projects.Statistics(t.Context(), a.lead, a.managedBy.ID)
	expect.OK(t, err)
	if diff := cmp.Diff(project.Statistics{ProjectID: a.managedBy.ID, GeneratedAt: now}, got); diff != "" {
		t.Error(diff)
	}
}
