package app

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/task"
)

// The demo's people sign in with a password that everybody knows: the data are
// for trying things out, on a machine of one's own.
const (
	demoManagerEmail = "ana@studio.example"
	demoPassword     = "coordinator-demo"
)

// demoID is the id of the demo record of a name: the same on every machine,
// and a well-formed UUIDv7 of the first moment of 2026.
func demoID(name string) uuid.UUID {
	sum := sha256.Sum256([]byte("demo:" + name))
	id := uuid.UUID(sum[:16])
	ms := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	return id
}

// demoTaskDays is how long before its due date a task of the demo was started.
const demoTaskDays = 4

// demoLoader writes the demo data in one transaction. today is the day the
// dates are counted from.
type demoLoader struct {
	q     *db.Queries
	actor access.Actor
	hash  string
	today time.Time
}

// loadDemo loads the demo data and tells whether it did: not when they are there.
func loadDemo(ctx context.Context, d *dbx.DB) (bool, error) {
	hash, err := auth.HashPassword(auth.SchemeArgon2id, demoPassword)
	if err != nil {
		return false, fmt.Errorf("loading the demo data: %w", err)
	}
	loaded, err := dbx.WithTxResult(ctx, d, func(q *db.Queries) (bool, error) {
		_, err := q.UserGetByEmail(ctx, demoManagerEmail)
		if !dbx.IsNotFound(err) {
			return false, err
		}
		l := &demoLoader{q: q, actor: access.System(), hash: hash, today: time.Now().UTC().Truncate(24 * time.Hour)}
		return true, l.load(ctx)
	})
	if err != nil {
		return false, fmt.Errorf("loading the demo data: %w", err)
	}
	return loaded, nil
}

func (l *demoLoader) load(ctx context.Context) error {
	for _, u := range demoUsers {
		if err := l.user(ctx, u); err != nil {
			return fmt.Errorf("user %s: %w", u.name, err)
		}
	}
	for _, c := range demoClients {
		if err := l.client(ctx, c); err != nil {
			return fmt.Errorf("client %s: %w", c.name, err)
		}
	}
	for _, p := range demoProjects {
		if err := l.project(ctx, p); err != nil {
			return fmt.Errorf("project %s: %w", p.name, err)
		}
	}
	for _, worked := range demoTimes {
		if err := l.time(ctx, worked); err != nil {
			return fmt.Errorf("time on %s: %w", worked.task, err)
		}
	}
	for _, c := range demoComments {
		if err := l.comment(ctx, c); err != nil {
			return fmt.Errorf("comment %q: %w", c.body, err)
		}
	}
	return nil
}

func (l *demoLoader) user(ctx context.Context, u demoUser) error {
	params := db.UserInsertParams{ID: demoID(u.email), Kind: u.kind, Email: u.email, Name: u.name, Role: u.role}
	if u.kind == db.PrincipalKindHuman {
		params.PasswordHash = &l.hash
	} else {
		params.OwnerID = l.manager()
	}
	row, err := l.q.UserInsert(ctx, params)
	if err != nil {
		return err
	}
	return event.Record(ctx, l.q, l.actor, event.Event{Entity: "user", ID: row.ID, Action: "created", After: row, Version: row.Version})
}

func (l *demoLoader) client(ctx context.Context, c demoClient) error {
	row, err := l.q.ClientInsert(ctx, db.ClientInsertParams{
		ID: demoID(c.name), Name: c.name, Email: &c.email, Industry: &c.industry, Segment: &c.segment, Status: c.status,
		OwnerID: l.manager(), AnnualValueMinor: &c.annualValue, AnnualValueCurrency: new("EUR"), Tags: c.tags, ActorID: l.manager(),
	})
	if err != nil {
		return err
	}
	err = event.Record(ctx, l.q, l.actor, event.Event{Entity: "client", ID: row.ID, Action: "created", After: row, Version: row.Version})
	if err != nil {
		return err
	}
	contact, err := l.q.ClientContactInsert(ctx, db.ClientContactInsertParams{
		ID: demoID(c.contact.email), ClientID: row.ID, Name: c.contact.name, Position: &c.contact.position, Email: &c.contact.email,
		IsPrimary: true, ActorID: l.manager(),
	})
	if err != nil {
		return err
	}
	return event.Record(ctx, l.q, l.actor, event.Event{Entity: "client_contact", ID: contact.ID, Action: "created", After: contact, Version: contact.Version})
}

func (l *demoLoader) project(ctx context.Context, p demoProject) error {
	id, clientID := demoID(p.name), demoID(p.client)
	starts, ends := l.day(p.starts), l.day(p.ends)
	params := db.ProjectInsertParams{
		ID: id, ClientID: &clientID, ManagerID: l.manager(), Name: p.name, Description: &p.description,
		Priority: p.priority, StartsOn: &starts, EndsOn: &ends,
		BillingKind: &p.billing, Tags: p.tags, ActorID: l.manager(),
	}
	if p.budget > 0 {
		params.BudgetMinor, params.BudgetCurrency = &p.budget, new("EUR")
	}
	if p.rate > 0 {
		params.HourlyRateMinor, params.HourlyRateCurrency = &p.rate, new("EUR")
	}
	row, err := l.q.ProjectInsert(ctx, params)
	if err != nil {
		return err
	}
	if p.status != row.Status {
		params := db.ProjectUpdateStatusParams{ID: id, Version: row.Version, Status: p.status, ActorID: l.manager()}
		if p.status == db.ProjectStatusCompleted {
			params.CompletedAt = &ends
		}
		if row, err = l.q.ProjectUpdateStatus(ctx, params); err != nil {
			return err
		}
	}
	err = event.Record(ctx, l.q, l.actor, event.Event{Entity: "project", ID: id, ProjectID: &id, Action: "created", After: row, Version: row.Version})
	if err != nil {
		return err
	}
	for _, m := range p.team {
		_, err := l.q.ProjectMemberInsert(ctx, db.ProjectMemberInsertParams{
			ProjectID: id, UserID: demoID(m.email), Role: m.role, ActorID: l.manager(),
		})
		if err != nil {
			return err
		}
	}
	for i, t := range p.tasks {
		if err := l.task(ctx, p, t, task.NthPosition(int64(i))); err != nil {
			return fmt.Errorf("task %s: %w", t.title, err)
		}
	}
	return nil
}

func (l *demoLoader) task(ctx context.Context, p demoProject, t demoTask, position string) error {
	id, projectID, due := demoID(p.name+"/"+t.title), demoID(p.name), l.day(t.due)
	params := db.TaskInsertParams{
		ID: id, ProjectID: projectID, Position: position, Title: t.title, Status: db.TaskStatusTodo, Priority: t.priority,
		EstimateMinutes: &t.estimate, DueDate: &due, ActorID: l.manager(),
	}
	if t.assignee != "" {
		assignee := demoID(t.assignee)
		params.AssigneeID = &assignee
	}
	if t.parent != "" {
		parent := demoID(p.name + "/" + t.parent)
		params.ParentID = &parent
	}
	if _, err := l.q.TaskInsert(ctx, params); err != nil {
		return err
	}
	for _, title := range t.after {
		_, err := l.q.TaskDependencyInsert(ctx, db.TaskDependencyInsertParams{
			ProjectID: projectID, TaskID: id, PrerequisiteID: demoID(p.name + "/" + title), ActorID: l.manager(),
		})
		if err != nil {
			return err
		}
	}
	change := db.TaskUpdateStatusParams{ID: id, Version: 1, Status: t.status, ActorID: l.manager()}
	if t.reason != "" {
		change.StatusReason = &t.reason
	}
	switch t.status {
	case db.TaskStatusDone:
		change.CompletedAt = &due
		fallthrough
	case db.TaskStatusInProgress, db.TaskStatusInReview:
		started := due.AddDate(0, 0, -demoTaskDays)
		change.StartedAt = &started
	case db.TaskStatusBacklog, db.TaskStatusTodo, db.TaskStatusBlocked, db.TaskStatusCancelled:
	}
	row, err := l.q.TaskUpdateStatus(ctx, change)
	if err != nil {
		return err
	}
	return event.Record(ctx, l.q, l.actor, event.Event{
		Entity: "task", ID: id, ProjectID: &projectID, Action: "created", After: row.Task, Version: row.Task.Version,
	})
}

func (l *demoLoader) manager() *uuid.UUID {
	id := demoID(demoManagerEmail)
	return &id
}

// day is so many days from today.
func (l *demoLoader) day(offset int) time.Time { return l.today.AddDate(0, 0, offset) }
