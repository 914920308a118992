package user_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
	"github.com/aicoordination/coordinator/internal/user"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// now is a Wednesday in the week 2026-W10.
var now = time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)

// agency is a project that Mia manages, with Ana and Ben on its team, and one
// that Max manages, with Cleo on its team. Dan is on the team of a deleted
// project alone, with Ana, and the agent Eve is on none.
type agency struct {
	db     *dbx.DB
	users  *user.Service
	people map[string]db.User
	// project is Mia's.
	project, other db.Project
}

func setup(t *testing.T) agency {
	t.Helper()
	d := dbx.New(dbtest.Pool(t))
	a := agency{db: d, users: user.New(d, func() time.Time { return now }), people: map[string]db.User{}}
	for name, opts := range map[string]factory.UserOpts{
		"Ada": {Role: db.RoleAdmin}, "Mia": {Role: db.RoleManager}, "Max": {Role: db.RoleManager},
		"Ana": {}, "Ben": {}, "Cleo": {}, "Dan": {}, "Eve": {Kind: db.PrincipalKindAgent},
	} {
		opts.Name = name
		a.people[name] = factory.User(t, d, &opts)
	}
	team := func(names ...string) map[uuid.UUID]db.ProjectMemberRole {
		found := map[uuid.UUID]db.ProjectMemberRole{}
		for _, name := range names {
			found[a.people[name].ID] = db.ProjectMemberRoleContributor
		}
		return found
	}
	a.project = factory.Project(t, d, &factory.ProjectOpts{ManagerID: a.id("Mia"), Team: team("Ana", "Ben")})
	a.other = factory.Project(t, d, &factory.ProjectOpts{ManagerID: a.id("Max"), Team: team("Cleo")})
	gone := factory.Project(t, d, &factory.ProjectOpts{ManagerID: a.id("Max"), Team: team("Ana", "Dan")})
	a.exec(t, "UPDATE projects SET deleted_at = now(), deletion_id = id WHERE id = $1", gone.ID)
	return a
}

func (a agency) actor(name string) access.Actor { return factory.Actor(a.people[name]) }

func (a agency) id(name string) *uuid.UUID { return new(a.people[name].ID) }

func (a agency) exec(t *testing.T, sql string, args ...any) {
	t.Helper()
	_, err := a.db.Exec(t.Context(), sql, args...)
	expect.OK(t, err)
}

// delete deactivates somebody, as Ada.
func (a agency) delete(t *testing.T, name string) {
	t.Helper()
	expect.OK(t, a.users.Delete(t.Context(), a.actor("Ada"), *a.id(name), nil))
}

// wantNames fails the test unless the list has exactly these, in this order
// where the request asks for one.
func (a agency) wantNames(t *testing.T, as string, filter user.Filter, sort string, want ...string) {
	t.Helper()
	request := page.First(100)
	request.Sort = sort
	rows, info, err := a.users.List(t.Context(), a.actor(as), filter, request)
	expect.OK(t, err)
	var got []string
	for _, row := range rows {
		got = append(got, row.Name)
	}
	if sort == "" {
		slices.Sort(got)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s lists (-want +got):\n%s", as, diff)
	}
	if info.Total != int64(len(want)) {
		t.Errorf("%s counts %d, want %d", as, info.Total, len(want))
	}
}
