// Package user owns people and agents: who they are, what they are like to
// work with, what they prefer, and how much they have to do. How they sign in
// is auth's.
package user

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/page"
)

// Service reads and changes users. A user sees itself, everybody who shares a
// team with it and the managers of its projects; managers and admins see
// everybody. A person changes its own profile, an admin everybody's.
type Service struct {
	db  *dbx.DB
	now func() time.Time
	// emailChanged is told, in the transaction, whose address is another one.
	emailChanged EmailChanged
}

// New returns the service. now is the clock by which a week is the current
// one; nil for the real one.
func New(d *dbx.DB, now func() time.Time) *Service {
	if now == nil {
		now = time.Now
	}
	return &Service{db: d, now: now, emailChanged: func(context.Context, *db.Queries, db.User, db.User) error { return nil }}
}

// EmailChanged is called in the transaction of q that has changed an address.
type EmailChanged func(ctx context.Context, q *db.Queries, before, after db.User) error

// OnEmailChange has fn called with each change of somebody's address, which is
// then unverified. It is called before the service is used.
func (s *Service) OnEmailChange(fn EmailChanged) { s.emailChanged = fn }

// What a user has who has said nothing.
const (
	DefaultWeeklyCapacity int32 = 2400
	DefaultTimeZone             = "UTC"
	DefaultLocale               = "en"
)

var columns = page.Columns{
	"name":       {SQL: "u.name"},
	"email":      {SQL: "u.email"},
	"created_at": {SQL: "u.created_at"},
	"updated_at": {SQL: "u.updated_at"},
}

// Filter narrows a list; nil and empty fields do not.
type Filter struct {
	Role []string
	Kind []string
	// Skill has skills of which at least one is asked for.
	Skill []string
	// Q is searched for in the name and the address, in any case.
	Q *string
	// IncludeDeleted lists deleted users as well; for managers and up.
	IncludeDeleted bool
}

// List returns a page of the users that the actor can see, and how many there
// are. It returns Forbidden when deleted ones are asked for by who may not see them.
func (s *Service) List(ctx context.Context, actor access.Actor, filter Filter, request page.Request) ([]db.User, page.Info, error) {
	if filter.IncludeDeleted && !actor.SeesAll() {
		return nil, page.Info{}, apperr.New(apperr.Forbidden, "Only managers and administrators can list deleted users. Leave include_deleted out.")
	}
	list, err := dbx.NewList(s.db, columns, "u.id", request)
	if err != nil {
		return nil, page.Info{}, err
	}
	rows, err := db.New(list).UserList(ctx, db.UserListParams{
		SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID(), IncludeDeleted: filter.IncludeDeleted,
		Role: filter.Role, Kind: filter.Kind, Skill: filter.Skill, Q: dbx.Containing(filter.Q),
		RowLimit: list.Limit(), RowOffset: list.Offset(),
	})
	if err != nil {
		return nil, page.Info{}, fmt.Errorf("listing users: %w", err)
	}
	return rows, list.Info(), nil
}

// Get returns one user, NotFound when the actor cannot see it.
func (s *Service) Get(ctx context.Context, actor access.Actor, id uuid.UUID) (db.User, error) {
	return get(ctx, db.New(s.db), actor, id)
}

func get(ctx context.Context, q *db.Queries, actor access.Actor, id uuid.UUID) (db.User, error) {
	row, err := q.UserGet(ctx, db.UserGetParams{ID: id, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
	if err != nil {
		return db.User{}, fmt.Errorf("reading a user: %w", dbx.OrMissing(err, "user", id))
	}
	return row, nil
}

// Update changes the fields that params name; the values they have already
// change nothing, not even the version. It returns NotFound when the actor
// cannot see the user, Forbidden when it is neither the user itself nor an
// admin, names a field that is an admin's or would change its own role,
// VersionConflict when version is
// not nil and not the row's, AlreadyExists when the address is taken,
// LastAdmin when nobody would be left to administer, and a validation error
// when a value cannot be.
func (s *Service) Update(ctx context.Context, actor access.Actor, id uuid.UUID, version *int64, params db.UserUpdateParams) (db.User, error) {
	return s.retry(ctx, func(q *db.Queries) (db.User, error) {
		row, err := get(ctx, q, actor, id)
		if err != nil {
			return db.User{}, err
		}
		if err := mayUpdate(actor, row, params); err != nil {
			return db.User{}, err
		}
		checked, err := normalize(params)
		if err != nil {
			return db.User{}, err
		}
		return s.update(ctx, q, actor, row, version, checked)
	})
}

// update changes a user that was read without a lock, with what has been checked.
func (s *Service) update(ctx context.Context, q *db.Queries, actor access.Actor, row db.User, version *int64, params db.UserUpdateParams) (db.User, error) {
	if err := checkVersion(row, version); err != nil {
		return db.User{}, err
	}
	if err := checkOwnersRole(ctx, q, row, params.Role); err != nil {
		return db.User{}, err
	}
	before, err := lockForRole(ctx, q, actor, row, params.Role)
	if err != nil {
		return db.User{}, err
	}
	if err := checkVersion(before, version); err != nil {
		return db.User{}, err
	}
	params.ID, params.Version, params.ActorID = row.ID, before.Version, actor.IDOrNil()
	after, err := q.UserUpdate(ctx, params)
	if err != nil {
		return db.User{}, fmt.Errorf("updating a user: %w", err)
	}
	if !event.Differs(before, after) {
		return before, dbx.ErrNothingChanged
	}
	if err := record(ctx, q, actor, "updated", before, after); err != nil || strings.EqualFold(before.Email, after.Email) {
		return after, err
	}
	return after, s.emailChanged(ctx, q, before, after)
}

// lockForRole locks a user that is about to have the role; nil keeps it as it
// is. Who stops seeing all projects is taken off the open tasks of those it
// then has no place on, as somebody who leaves a team is.
func lockForRole(ctx context.Context, q *db.Queries, actor access.Actor, row db.User, role *db.Role) (db.User, error) {
	if role == nil || *role == row.Role {
		locked, err := lock(ctx, q, row.ID)
		if err == nil && role != nil && locked.Role != row.Role {
			return db.User{}, errMoved
		}
		return locked, err
	}
	sawAll := access.Role(row.Role).AtLeast(access.RoleManager)
	loses := sawAll && !access.Role(*role).AtLeast(access.RoleManager)
	if loses {
		if err := takeOffTasks(ctx, q, actor, row.ID, true); err != nil {
			return db.User{}, err
		}
	}
	locked, err := lockUnlessLastAdmin(ctx, q, row.ID, *role)
	if err != nil {
		return db.User{}, err
	}
	if locked.Role != row.Role {
		return db.User{}, errMoved
	}
	if loses {
		return locked, refuseOpenTasks(ctx, q, row.ID, true)
	}
	return locked, nil
}

func lock(ctx context.Context, q *db.Queries, id uuid.UUID) (db.User, error) {
	row, err := q.UserLock(ctx, id)
	if err != nil {
		return db.User{}, fmt.Errorf("locking a user: %w", dbx.OrMissing(err, "user", id))
	}
	return row, nil
}

// lockUnlessLastAdmin locks a user who is about to have the role, empty for
// none at all, and every admin with it. It returns LastAdmin when there would
// be no admin left.
func lockUnlessLastAdmin(ctx context.Context, q *db.Queries, id uuid.UUID, role db.Role) (db.User, error) {
	rows, err := q.UserLockWithAdmins(ctx, id)
	if err != nil {
		return db.User{}, fmt.Errorf("locking a user and the administrators: %w", err)
	}
	place := slices.IndexFunc(rows, func(row db.User) bool { return row.ID == id })
	if place < 0 {
		return db.User{}, apperr.Missing("user", id)
	}
	if rows[place].Role == db.RoleAdmin && role != db.RoleAdmin && len(rows) == 1 {
		return db.User{}, apperr.New(apperr.LastAdmin, "This is the last administrator. Make somebody else one first.")
	}
	return rows[place], nil
}

// errMoved says that what was decided on before the locks were taken did not
// hold any more once they were.
var errMoved = errors.New("the user or its tasks have changed meanwhile")

// attempts bounds how often an operation that found itself overtaken begins anew.
const attempts = 5

func (s *Service) retry(ctx context.Context, fn func(q *db.Queries) (db.User, error)) (db.User, error) {
	for range attempts {
		row, err := dbx.WithTxResult(ctx, s.db, fn)
		if !errors.Is(err, errMoved) {
			return row, err
		}
	}
	return db.User{}, apperr.New(apperr.Unavailable, "The user is being changed by others all the time. Try again in a few seconds.")
}

func checkVersion(row db.User, version *int64) error {
	if version != nil && *version != row.Version {
		return apperr.StaleVersion("user", row.Version, *version)
	}
	return nil
}

func record(ctx context.Context, q *db.Queries, actor access.Actor, action string, before, after any) error {
	row, ok := after.(db.User)
	if !ok {
		row = before.(db.User)
	}
	return event.Record(ctx, q, actor, event.Event{
		Entity: "user", ID: row.ID, Action: action, Before: before, After: after, Version: row.Version,
	})
}

func trimmed(text *string) *string {
	if text == nil {
		return nil
	}
	return new(strings.TrimSpace(*text))
}
