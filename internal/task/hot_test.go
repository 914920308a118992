package task_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/task"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// A transition between two open statuses touches no index (a heap-only, HOT,
// update). One that finishes a task or takes it up again does: the indexes of
// open tasks, and of what was completed when, are what lists and statistics are
// read from.
func TestTransitionsBetweenOpenStatusesTouchNoIndex(t *testing.T) {
	t.Parallel()
	config, err := pgxpool.ParseConfig(dbtest.URL(t))
	expect.OK(t, err)
	// One, whose statistics can be asked for at once.
	config.MaxConns = 1
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	expect.OK(t, err)
	t.Cleanup(pool.Close)
	d := dbx.New(pool)
	tasks := task.New(d, nil)
	user := factory.User(t, d, nil)
	project := factory.Project(t, d, &factory.ProjectOpts{Team: map[uuid.UUID]db.ProjectMemberRole{user.ID: db.ProjectMemberRoleContributor}})
	updates := func() (hot, all int) {
		_, err := d.Exec(t.Context(), "SELECT pg_stat_force_next_flush()")
		expect.OK(t, err)
		expect.OK(t, d.QueryRow(t.Context(), "SELECT n_tup_hot_upd, n_tup_upd FROM pg_stat_user_tables WHERE relname = 'tasks'").Scan(&hot, &all))
		return hot, all
	}
	id := factory.Task(t, d, &factory.TaskOpts{ProjectID: project.ID}).ID
	for _, step := range []struct {
		to  db.TaskStatus
		hot bool
	}{
		{db.TaskStatusInProgress, true},
		{db.TaskStatusInReview, true},
		{db.TaskStatusInProgress, true},
		{db.TaskStatusBlocked, true},
		{db.TaskStatusTodo, true},
		{db.TaskStatusBacklog, true},
		{db.TaskStatusTodo, true},
		{db.TaskStatusInProgress, true},
		{db.TaskStatusDone, false},
		{db.TaskStatusInProgress, false},
		{db.TaskStatusCancelled, false},
	} {
		hotBefore, before := updates()
		_, err := tasks.SetStatus(t.Context(), factory.Actor(user), id, nil, step.to, new("Because."))
		expect.OK(t, err)
		hotAfter, after := updates()
		if after != before+1 || (hotAfter == hotBefore+1) != step.hot {
			t.Errorf("to %s: %d updates, of which %d touch no index; want it to: %v", step.to, after-before, hotAfter-hotBefore, !step.hot)
		}
	}
}

// An inverted index with a list of what is pending makes searches slow after
// some writes, and a write now and then very slow.
func TestInvertedIndexesHaveNothingPending(t *testing.T) {
	t.Parallel()
	d := dbx.New(dbtest.Pool(t))
	if n := expect.Count(t, d, `SELECT count(*) FROM pg_class c JOIN pg_am a ON a.oid = c.relam JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE a.amname = 'gin' AND n.nspname = current_schema() AND NOT coalesce('fastupdate=off' = ANY(c.reloptions), false)`); n > 0 {
		t.Errorf("%d indexes have one", n)
	}
}
