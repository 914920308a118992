package client_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/client"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

type agency struct {
	db      *dbx.DB
	clients *client.Service
	manager access.Actor
	// member is on the team of a project of seen.
	member access.Actor
	seen   db.Client
}

func setup(t *testing.T) agency {
	t.Helper()
	d := dbx.New(dbtest.Pool(t))
	a := agency{
		db: d, clients: client.New(d),
		manager: factory.Actor(factory.User(t, d, &factory.UserOpts{Role: db.RoleManager})),
		member:  factory.Actor(factory.User(t, d, nil)),
		seen:    factory.Client(t, d, &factory.ClientOpts{Name: "Seen", Status: db.ClientStatusActive}),
	}
	factory.Project(t, d, &factory.ProjectOpts{ClientID: &a.seen.ID, Team: map[uuid.UUID]db.ProjectMemberRole{a.member.ID: db.ProjectMemberRoleViewer}})
	return a
}

// wantNames fails unless the list holds exactly these clients, in any order.
func (a agency) wantNames(t *testing.T, actor access.Actor, filter client.Filter, want ...string) {
	t.Helper()
	rows, info, err := a.clients.List(t.Context(), actor, filter, page.Request{Size: page.MaxSize})
	expect.OK(t, err)
	if int(info.Total) != len(rows) {
		t.Errorf("the total is %d with %d rows", info.Total, len(rows))
	}
	got := []string{}
	for _, row := range rows {
		got = append(got, row.Name)
	}
	slices.Sort(got)
	if diff := cmp.Diff(append([]string{}, want...), got); diff != "" {
		t.Errorf("the list (-want +got):\n%s", diff)
	}
}

func TestCreateKeepsEveryField(t *testing.T) {
	t.Parallel()
	a := setup(t)
	created, err := a.clients.Create(t.Context(), a.manager, client.CreateParams{
		Name: "Baker & Sons", Email: new("hello@baker.example"), Phone: new("+49 30 1"), Website: new("https://baker.example"),
		Industry: new("Food"), Status: db.ClientStatusProspect, Notes: new("Met at the fair."),
	})
	expect.OK(t, err)
	want := db.Client{
		ID: created.ID, Name: "Baker & Sons", Email: new("hello@baker.example"), Phone: new("+49 30 1"), Website: new("https://baker.example"),
		Industry: new("Food"), Status: db.ClientStatusProspect, Notes: new("Met at the fair."),
		Tags: []string{}, CustomFields: json.RawMessage("{}"), ExternalReferences: json.RawMessage("{}"),
		Version: 1, CreatedAt: created.CreatedAt, CreatedBy: &a.manager.ID, UpdatedAt: created.CreatedAt, UpdatedBy: &a.manager.ID,
	}
	if diff := cmp.Diff(want, created); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	read, err := a.clients.Get(t.Context(), a.manager, created.ID)
	expect.OK(t, err)
	if diff := cmp.Diff(want, read); diff != "" {
		t.Errorf("read again (-want +got):\n%s", diff)
	}
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	a := setup(t)

	t.Run("NamedFieldsChangeAndNullClears", func(t *testing.T) {
		t.Parallel()
		before, err := a.clients.Create(t.Context(), a.manager, client.CreateParams{Name: "Old", Status: db.ClientStatusLead, Email: new("a@b.example"), Notes: new("Kept.")})
		expect.OK(t, err)
		after, err := a.clients.Update(t.Context(), a.manager, before.ID, &before.Version, db.ClientUpdateParams{
			Name: new("New"), EmailDoUpdate: true, PhoneDoUpdate: true, Phone: new("112"),
		})
		expect.OK(t, err)
		want := before
		want.Name, want.Email, want.Phone, want.Version, want.UpdatedAt = "New", nil, new("112"), 2, after.UpdatedAt
		if diff := cmp.Diff(want, after); diff != "" {
			t.Errorf("updated (-want +got):\n%s", diff)
		}
	})

	t.Run("StaleVersionIsRefused", func(t *testing.T) {
		t.Parallel()
		row, stale := factory.Client(t, a.db, nil), int64(7)
		_, err := a.clients.Update(t.Context(), a.manager, row.ID, &stale, db.ClientUpdateParams{Name: new("Late")})
		for _, err := range []error{err, a.clients.Delete(t.Context(), a.manager, row.ID, &stale)} {
			expect.Refusal(t, err, apperr.StaleVersion("client", 1, 7))
		}
	})
}

func TestList(t *testing.T) {
	t.Parallel()
	a := setup(t)
	factory.Client(t, a.db, &factory.ClientOpts{Name: "Unseen", Status: db.ClientStatusLead})
	// A client whose only project of the member's is deleted is seen no more.
	lost := factory.Client(t, a.db, &factory.ClientOpts{Name: "Lost", Status: db.ClientStatusChurned})
	gone := factory.Project(t, a.db, &factory.ProjectOpts{ClientID: &lost.ID, Team: map[uuid.UUID]db.ProjectMemberRole{a.member.ID: db.ProjectMemberRoleLead}})
	expect.OK(t, db.New(a.db).ProjectDelete(t.Context(), db.ProjectDeleteParams{ID: gone.ID, DeletionID: uuid.New()}))
	deleted := factory.Client(t, a.db, &factory.ClientOpts{Name: "Deleted"})
	expect.OK(t, a.clients.Delete(t.Context(), a.manager, deleted.ID, nil))
	admin := access.Actor{Role: access.RoleAdmin}

	for name, test := range map[string]struct {
		actor  access.Actor
		filter client.Filter
		want   []string
	}{
		"AdminSeesAll":             {admin, client.Filter{}, []string{"Lost", "Seen", "Unseen"}},
		"ManagerSeesAll":           {a.manager, client.Filter{}, []string{"Lost", "Seen", "Unseen"}},
		"MemberSeesTheTeamsOnes":   {a.member, client.Filter{}, []string{"Seen"}},
		"NobodySeesNone":           {access.Actor{}, client.Filter{}, nil},
		"EitherStatus":             {admin, client.Filter{Status: []string{"lead", "churned"}}, []string{"Lost", "Unseen"}},
		"StatusAsFarAsSeen":        {a.member, client.Filter{Status: []string{"lead", "churned"}}, nil},
		"EmptyStatusDoesNotNarrow": {a.member, client.Filter{Status: []string{}}, []string{"Seen"}},
		"WordInAnyCase":            {admin, client.Filter{Q: new("SEEN")}, []string{"Seen", "Unseen"}},
		"WordAsFarAsSeen":          {a.member, client.Filter{Q: new("seen")}, []string{"Seen"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a.wantNames(t, test.actor, test.filter, test.want...)
		})
	}

	t.Run("SortsOfTheContract", func(t *testing.T) {
		t.Parallel()
		for sort, first := range map[string]string{
			"": "Lost", "name": "Lost", "-name": "Unseen", "status": "Unseen", "-status": "Lost",
			"created_at": "Seen", "-created_at": "Lost", "updated_at": "Seen", "-updated_at": "Lost",
		} {
			rows, _, err := a.clients.List(t.Context(), admin, client.Filter{}, page.Request{Size: 20, Sort: sort})
			expect.OK(t, err)
			if rows[0].Name != first {
				t.Errorf("sorted by %q the first is %s, want %s", sort, rows[0].Name, first)
			}
		}
		_, _, err := a.clients.List(t.Context(), admin, client.Filter{}, page.Request{Size: 20, Sort: "notes"})
		expect.Code(t, err, apperr.ValidationFailed)
	})

	t.Run("UnseenIsMissing", func(t *testing.T) {
		t.Parallel()
		for _, id := range []uuid.UUID{lost.ID, deleted.ID, uuid.New()} {
			_, getErr := a.clients.Get(t.Context(), a.member, id)
			_, updateErr := a.clients.Update(t.Context(), a.member, id, nil, db.ClientUpdateParams{})
			for _, err := range []error{getErr, updateErr, a.clients.Delete(t.Context(), a.member, id, nil)} {
				expect.Refusal(t, err, apperr.Missing("client", id))
			}
		}
	})
}
