package timeentry_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
	"github.com/aicoordination/coordinator/internal/timeentry"
)

func TestRelatedRecordsOfEntries(t *testing.T) {
	t.Parallel()
	a := setup(t)
	before := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: a.project.ID})
	waiting := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: a.project.ID, After: []uuid.UUID{before.ID}})
	gone := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: a.project.ID})
	entries := []db.TimeEntry{
		factory.TimeEntry(t, a.db, &factory.TimeEntryOpts{TaskID: waiting.ID, UserID: a.contributor.ID}),
		// The outsider has left the team: the viewer does not see who that is.
		factory.TimeEntry(t, a.db, &factory.TimeEntryOpts{TaskID: gone.ID, UserID: a.outsider.ID}),
	}
	a.exec(t, "UPDATE tasks SET deleted_at = now(), deletion_id = id WHERE id = $1", gone.ID)

	related, err := a.time.Related(t.Context(), a.viewer, entries, timeentry.Include{Task: true, User: true})
	expect.OK(t, err)
	if got := related.Tasks[waiting.ID]; len(related.Tasks) != 1 || !got.IsBlocked || !cmp.Equal(got.PrerequisiteIds, []uuid.UUID{before.ID}) {
		t.Errorf("the tasks that are not deleted are %+v", related.Tasks)
	}
	if _, ok := related.Users[a.contributor.ID]; len(related.Users) != 1 || !ok {
		t.Errorf("the viewer sees the users %+v", related.Users)
	}
	related, err = a.time.Related(t.Context(), a.manager, entries, timeentry.Include{User: true})
	expect.OK(t, err)
	if len(related.Users) != 2 || related.Tasks != nil {
		t.Errorf("the manager sees %+v", related)
	}
}

// A page of a hundred entries with all their relations is as many statements as one of one.
func TestRelatedRecordsTakeAsManyStatementsForAnyPage(t *testing.T) {
	t.Parallel()
	pool, statements := dbtest.Recorded(t, dbtest.URL(t))
	d := dbx.New(pool)
	entries := timeentry.New(d, nil)
	admin := factory.Actor(factory.User(t, d, &factory.UserOpts{Role: db.RoleAdmin}))
	project := factory.Project(t, d, nil)
	for range 101 {
		task := factory.Task(t, d, &factory.TaskOpts{ProjectID: project.ID})
		factory.TimeEntry(t, d, &factory.TimeEntryOpts{TaskID: task.ID})
	}
	count := func(size int) int {
		return len(statements.During(func() {
			rows, _, err := entries.List(t.Context(), admin, timeentry.Filter{}, page.First(size))
			expect.OK(t, err)
			related, err := entries.Related(t.Context(), admin, rows, timeentry.Include{Task: true, User: true})
			expect.OK(t, err)
			if len(related.Tasks) != size || len(related.Users) != size {
				t.Errorf("a page of %d comes with %d tasks and %d users", size, len(related.Tasks), len(related.Users))
			}
		}))
	}
	if one, hundred := count(1), count(100); one != hundred || hundred != 4 {
		t.Errorf("a page of one is %d statements and one of a hundred %d, want 4: the page, its count, and one a relation", one, hundred)
	}
}
