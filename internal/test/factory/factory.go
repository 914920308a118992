// Package factory makes records for tests: each function fills in everything
// the test does not care about. It writes the rows directly, so that a test of
// one operation does not depend on another.
package factory

import (
	"encoding/base64"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/crypto/argon2"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/dbx"
)

var made atomic.Int64

// name is unique among all the records of a test binary.
func name(kind string) string { return fmt.Sprintf("%s %d", kind, made.Add(1)) }

// Actor is who acts for the user, without a session.
func Actor(user db.User) access.Actor {
	return access.Actor{ID: user.ID, Role: access.Role(user.Role)}
}

// UserOpts are what a test may want of a user; the zero value is a person with
// the role user who cannot sign in.
type UserOpts struct {
	Kind         db.PrincipalKind
	Email        string
	Name         string
	Role         db.Role
	PasswordHash *string
	// OwnerID is whose agent it is.
	OwnerID *uuid.UUID
}

// User makes a user.
func User(t testing.TB, d *dbx.DB, opts *UserOpts) db.User {
	t.Helper()
	if opts == nil {
		opts = &UserOpts{}
	}
	n := made.Add(1)
	row, err := db.New(d).UserInsert(t.Context(), db.UserInsertParams{
		ID:           uuid.Must(uuid.NewV7()),
		Kind:         or(opts.Kind, db.PrincipalKindHuman),
		Email:        or(opts.Email, fmt.Sprintf("person%d@agency.example", n)),
		Name:         or(opts.Name, fmt.Sprintf("Person %d", n)),
		Role:         or(opts.Role, db.RoleUser),
		PasswordHash: opts.PasswordHash,
		OwnerID:      opts.OwnerID,
	})
	return must(t, row, err)
}

// PasswordHash is a hash of the password in the PHC string format, under
// settings that make it take next to no time to verify.
func PasswordHash(password string) string {
	salt := []byte("sixteen bytes of")
	key := argon2.IDKey([]byte(password), salt, 1, 8, 1, 32)
	return fmt.Sprintf("$argon2id$v=%d$m=8,t=1,p=1$%s$%s", argon2.Version,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}

// ClientOpts are what a test may want of a client.
type ClientOpts struct {
	Name   string
	Status db.ClientStatus
}

// Client makes a client.
func Client(t testing.TB, d *dbx.DB, opts *ClientOpts) db.Client {
	t.Helper()
	if opts == nil {
		opts = &ClientOpts{}
	}
	row, err := db.New(d).ClientInsert(t.Context(), db.ClientInsertParams{
		ID: uuid.Must(uuid.NewV7()), Name: or(opts.Name, name("Client")), Status: or(opts.Status, db.ClientStatusLead),
	})
	return must(t, row, err)
}

// ProjectOpts are what a test may want of a project; the zero value is active
// and has neither a manager, a client nor a team.
type ProjectOpts struct {
	Name      string
	ClientID  *uuid.UUID
	ManagerID *uuid.UUID
	Status    db.ProjectStatus
	Priority  db.Priority
	StartsOn  *time.Time
	EndsOn    *time.Time
	// Team has the members with their roles.
	Team map[uuid.UUID]db.ProjectMemberRole
}

// Project makes a project with its team.
func Project(t testing.TB, d *dbx.DB, opts *ProjectOpts) db.Project {
	t.Helper()
	if opts == nil {
		opts = &ProjectOpts{}
	}
	q := db.New(d)
	row, err := q.ProjectInsert(t.Context(), db.ProjectInsertParams{
		ID: uuid.Must(uuid.NewV7()), ClientID: opts.ClientID, ManagerID: opts.ManagerID,
		Name: or(opts.Name, name("Project")), Priority: or(opts.Priority, db.PriorityMedium),
		StartsOn: opts.StartsOn, EndsOn: opts.EndsOn,
	})
	row = must(t, row, err)
	if status := or(opts.Status, db.ProjectStatusActive); status != row.Status {
		params := db.ProjectUpdateStatusParams{ID: row.ID, Version: row.Version, Status: status}
		if status == db.ProjectStatusCompleted {
			params.CompletedAt = new(time.Now())
		}
		row, err = q.ProjectUpdateStatus(t.Context(), params)
		row = must(t, row, err)
	}
	for userID, role := range opts.Team {
		Member(t, d, row.ID, userID, role)
	}
	return row
}

// Member puts a user on the team of a project.
func Member(t testing.TB, d *dbx.DB, projectID, userID uuid.UUID, role db.ProjectMemberRole) db.ProjectMember {
	t.Helper()
	row, err := db.New(d).ProjectMemberInsert(t.Context(), db.ProjectMemberInsertParams{
		ProjectID: projectID, UserID: userID, Role: role,
	})
	return must(t, row, err)
}

// TaskOpts are what a test may want of a task; the zero value is in todo, in a
// project of its own.
type TaskOpts struct {
	ProjectID       uuid.UUID
	ParentID        *uuid.UUID
	Title           string
	Status          db.TaskStatus
	Priority        db.Priority
	AssigneeID      *uuid.UUID
	EstimateMinutes *int32
	DueDate         *time.Time
	CreatedBy       *uuid.UUID
	Description     *string
	Tags            []string
	ExternalSource  *string
	ExternalID      *string
	// Position is behind that of every other task that was made, unless it is given.
	Position string
	// After are the tasks it waits for.
	After []uuid.UUID
}

// Task makes a task with its dependencies.
func Task(t testing.TB, d *dbx.DB, opts *TaskOpts) db.Task {
	t.Helper()
	if opts == nil {
		opts = &TaskOpts{}
	}
	projectID := opts.ProjectID
	if projectID == uuid.Nil {
		projectID = Project(t, d, nil).ID
	}
	q := db.New(d)
	id := uuid.Must(uuid.NewV7())
	_, err := q.TaskInsert(t.Context(), db.TaskInsertParams{
		ID: id, ProjectID: projectID, ParentID: opts.ParentID, Position: or(opts.Position, fmt.Sprintf("e%05d", made.Add(1))),
		Description: opts.Description, Tags: opts.Tags, ExternalSource: opts.ExternalSource, ExternalID: opts.ExternalID,
		Title: or(opts.Title, name("Task")), Status: db.TaskStatusTodo, Priority: or(opts.Priority, db.PriorityMedium),
		AssigneeID: opts.AssigneeID, EstimateMinutes: opts.EstimateMinutes, DueDate: opts.DueDate, ActorID: opts.CreatedBy,
	})
	must(t, id, err)
	for _, prerequisite := range opts.After {
		Dependency(t, d, projectID, id, prerequisite)
	}
	change := db.TaskUpdateStatusParams{ID: id, Version: 1, Status: or(opts.Status, db.TaskStatusTodo)}
	if change.Status == db.TaskStatusDone {
		change.CompletedAt = new(time.Now())
	}
	if change.Status == db.TaskStatusBlocked {
		change.StatusReason = new("The factory blocked it.")
	}
	row, err := q.TaskUpdateStatus(t.Context(), change)
	return must(t, row.Task, err)
}

// Dependency makes a task wait for another, without asking whether that closes a cycle.
func Dependency(t testing.TB, d *dbx.DB, projectID, taskID, prerequisiteID uuid.UUID) {
	t.Helper()
	row, err := db.New(d).TaskDependencyInsert(t.Context(), db.TaskDependencyInsertParams{
		ProjectID: projectID, TaskID: taskID, PrerequisiteID: prerequisiteID,
	})
	must(t, row, err)
}

func or[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

func must[T any](t testing.TB, value T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatalf("making a record: %v", err)
	}
	return value
}
