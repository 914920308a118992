package statistics_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/statistics"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// now is what the service takes for the present: a Wednesday. Its ISO week
// runs from 15 to 21 June.
var now = time.Date(2026, time.June, 17, 12, 0, 0, 0, time.UTC)

// june is a day of June 2026; 0 is the last of May.
func june(day int) time.Time { return time.Date(2026, time.June, day, 0, 0, 0, 0, time.UTC) }

func at(day, hour int) *time.Time { return new(june(day).Add(time.Duration(hour) * time.Hour)) }

func on(day int) *time.Time { return at(day, 0) }

// during is from one day of June 2026 to another.
func during(from, to int) statistics.Period { return statistics.Period{From: on(from), To: on(to)} }

// agency has one project that ana is on the team of and mona manages. Otto is
// on no team.
type agency struct {
	db    *dbx.DB
	count *statistics.Service

	ana, mona, otto access.Actor
	project         uuid.UUID
}

func setup(t *testing.T) agency {
	t.Helper()
	d := dbx.New(dbtest.Pool(t))
	someone := func(role db.Role) access.Actor {
		return factory.Actor(factory.User(t, d, &factory.UserOpts{Role: role}))
	}
	a := agency{
		db: d, count: statistics.New(d, func() time.Time { return now }),
		ana: someone(db.RoleUser), mona: someone(db.RoleManager), otto: someone(db.RoleUser),
	}
	a.project = a.newProject(t, projectOpts{}, a.ana)
	return a
}

func (a agency) exec(t *testing.T, sql string, args ...any) {
	t.Helper()
	_, err := a.db.Exec(t.Context(), sql, args...)
	expect.OK(t, err)
}

type projectOpts struct {
	client   *uuid.UUID
	name     string
	status   db.ProjectStatus
	billing  db.BillingKind
	budget   int64
	currency string
}

// newProject makes a project of mona's with the members.
func (a agency) newProject(t *testing.T, opts projectOpts, members ...access.Actor) uuid.UUID {
	t.Helper()
	team := map[uuid.UUID]db.ProjectMemberRole{}
	for _, member := range members {
		team[member.ID] = db.ProjectMemberRoleContributor
	}
	p := factory.Project(t, a.db, &factory.ProjectOpts{Name: opts.name, ClientID: opts.client, ManagerID: &a.mona.ID, Status: opts.status, Team: team})
	if opts.billing != "" {
		a.exec(t, "UPDATE projects SET billing_kind = $2 WHERE id = $1", p.ID, opts.billing)
	}
	if opts.currency != "" {
		a.exec(t, "UPDATE projects SET budget_minor = $2, currency = $3 WHERE id = $1", p.ID, opts.budget, opts.currency)
	}
	return p.ID
}

// task is one of the project's; what is zero is null, or the default.
type task struct {
	project   uuid.UUID
	parent    *uuid.UUID
	status    db.TaskStatus
	priority  db.Priority
	assignee  uuid.UUID
	due       *time.Time
	estimate  int32
	remaining *int32
	created   *time.Time
	started   *time.Time
	completed *time.Time
	after     []uuid.UUID
	// logged are minutes that ana logged on it, on the day of its completion or today.
	logged int32
}

func (a agency) newTask(t *testing.T, opts task) uuid.UUID {
	t.Helper()
	id := uuid.Must(uuid.NewV7())
	if opts.project == uuid.Nil {
		opts.project = a.project
	}
	if opts.completed == nil && opts.status == db.TaskStatusDone {
		opts.completed = on(1)
	}
	if opts.completed != nil {
		opts.status = db.TaskStatusDone
	}
	var reason *string
	if opts.status == db.TaskStatusBlocked {
		reason = new("The supplier is late.")
	}
	a.exec(t, `INSERT INTO tasks (id, project_id, parent_id, title, status, status_reason, priority, assignee_id, due_date,
			estimate_minutes, remaining_minutes, created_at, started_at, completed_at)
		VALUES ($1, $2, $3, 'Task', coalesce(nullif($4, ''), 'todo')::task_status, $5, coalesce(nullif($6, ''), 'medium')::priority,
			nullif($7, uuid '00000000-0000-0000-0000-000000000000'), $8, nullif($9::int, 0), $10, coalesce($11, timestamptz '2026-05-01'), $12, $13)`,
		id, opts.project, opts.parent, string(opts.status), reason, string(opts.priority),
		opts.assignee, opts.due, opts.estimate, opts.remaining, opts.created, opts.started, opts.completed)
	for _, prerequisite := range opts.after {
		factory.Dependency(t, a.db, opts.project, id, prerequisite)
	}
	if opts.logged > 0 {
		day := now
		if opts.completed != nil {
			day = *opts.completed
		}
		a.log(t, entry{project: opts.project, task: id, on: day, minutes: opts.logged})
	}
	return id
}

// entry is logged time: by ana and on a new task unless it says otherwise, at
// no rate unless it names a currency.
type entry struct {
	project, task, user uuid.UUID
	on                  time.Time
	minutes             int32
	// rate and cost are an hour's; internal is what is not billed.
	rate, cost                 int64
	rateCurrency, costCurrency string
	internal                   bool
}

func (a agency) log(t *testing.T, e entry) {
	t.Helper()
	if e.project == uuid.Nil {
		e.project = a.project
	}
	if e.task == uuid.Nil {
		e.task = a.newTask(t, task{project: e.project, status: db.TaskStatusCancelled})
	}
	if e.user == uuid.Nil {
		e.user = a.ana.ID
	}
	a.exec(t, `INSERT INTO time_entries (id, project_id, task_id, user_id, spent_on, minutes, billable,
			billing_rate_minor, billing_rate_currency, cost_rate_minor, cost_rate_currency)
		VALUES ($1, $2, $3, $4, $5, $6, $7, CASE WHEN $9 <> '' THEN $8::bigint END, nullif($9, ''), CASE WHEN $11 <> '' THEN $10::bigint END, nullif($11, ''))`,
		uuid.Must(uuid.NewV7()), e.project, e.task, e.user, e.on, e.minutes, !e.internal, e.rate, e.rateCurrency, e.cost, e.costCurrency)
}

func (a agency) deleteTask(t *testing.T, id uuid.UUID) {
	t.Helper()
	a.exec(t, "UPDATE tasks SET deleted_at = now(), deletion_id = $1 WHERE id = $1", id)
}

func (a agency) deleteProject(t *testing.T, id uuid.UUID) {
	t.Helper()
	a.exec(t, "UPDATE tasks SET deleted_at = now(), deletion_id = $1 WHERE project_id = $1", id)
	a.exec(t, "UPDATE projects SET deleted_at = now(), deletion_id = $1 WHERE id = $1", id)
}

// event is a change that somebody made at a moment, of a project or of something else.
func (a agency) event(t *testing.T, by uuid.UUID, at time.Time, entity string, id uuid.UUID, project *uuid.UUID) {
	t.Helper()
	// When it was is for the database to say, unless its owner does.
	_, err := dbtest.Owner(t, a.db).Exec(t.Context(), `INSERT INTO events (occurred_at, actor_id, credential, entity_type, entity_id, project_id, action, changes)
		VALUES ($1, $2, 'system', $3, $4, $5, $3 || '.updated', '{}')`, at, by, entity, id, project)
	expect.OK(t, err)
}

func equal(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// must returns what was counted.
func must[T any](t *testing.T) func(counted T, err error) T {
	return func(counted T, err error) T {
		t.Helper()
		expect.OK(t, err)
		return counted
	}
}

// overview returns what counts the overview of an actor.
func (a agency) overview(t *testing.T) func(access.Actor) statistics.Overview {
	t.Helper()
	return func(actor access.Actor) statistics.Overview {
		t.Helper()
		return must[statistics.Overview](t)(a.count.Overview(t.Context(), actor, statistics.Period{}))
	}
}
