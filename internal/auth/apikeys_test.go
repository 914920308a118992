package auth_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// key makes a key of the actor's.
func (r reception) key(t testing.TB, actor access.Actor, change func(*auth.CreateAPIKeyParams)) (auth.APIKey, string) {
	t.Helper()
	params := auth.CreateAPIKeyParams{Name: "Script", Scopes: []string{"tasks:write", "tasks:read"}}
	if change != nil {
		change(&params)
	}
	key, text, err := r.auth.CreateAPIKey(t.Context(), actor, params)
	expect.OK(t, err)
	return key, text.Reveal()
}

func TestCreateAPIKey(t *testing.T) {
	t.Parallel()
	r := setup(t, nil)
	_, actor := r.login(t, r.user(t))
	actor.RequestID = "req-1"
	key, text := r.key(t, actor, nil)

	if key.ExpiresAt.Sub(key.CreatedAt) != auth.DefaultKeyLife || key.Limited || key.State(r.now()) != auth.KeyActive || key.Prefix() != text[:20] {
		t.Errorf("the key is %+v", key)
	}
	want := []expect.Event{{
		ActorID: &actor.ID, Credential: actor.Credential(), RequestID: new("req-1"), Entity: "api_key", EntityID: key.ID, Action: "api_key.created", Version: new(int64(1)),
		Changes: map[string]expect.Change{
			"name": {New: "Script"}, "principal_id": {New: actor.ID.String()}, "scopes": {New: []any{"tasks:read", "tasks:write"}},
			"expires_at": {New: key.ExpiresAt.UTC().Format(time.RFC3339)}, "require_if_match": {New: false},
		},
	}}
	got := expect.Events(t, r.db, key.ID)
	if at, err := time.Parse(time.RFC3339, fmt.Sprint(got[0].Changes["expires_at"].New)); err == nil {
		got[0].Changes["expires_at"] = expect.Change{New: at.UTC().Format(time.RFC3339)}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	// Nothing in the database has the key.
	if n := expect.Count(t, r.db, "SELECT count(*) FROM api_keys k, events e WHERE to_jsonb(k)::text LIKE '%' || $1 || '%' OR to_jsonb(e)::text LIKE '%' || $1 || '%'", text[21:40]); n != 0 {
		t.Error("the secret is in the database")
	}

	used, err := r.auth.AuthenticateAPIKey(t.Context(), text, "192.0.2.1")
	expect.OK(t, err)
	wantActor := access.Actor{ID: actor.ID, Role: access.RoleUser, APIKeyID: key.ID, Scopes: "tasks:read tasks:write", SeesFewProjects: true}
	if used != wantActor {
		t.Errorf("it acts as %+v, want %+v", used, wantActor)
	}
}

func TestCreateAPIKeyRefuses(t *testing.T) {
	t.Parallel()
	r := setup(t, nil)
	user := r.user(t)
	actor := factory.Actor(user)
	other := r.user(t)
	project := factory.Project(t, r.db, nil)
	mine := factory.Project(t, r.db, &factory.ProjectOpts{Team: map[uuid.UUID]db.ProjectMemberRole{user.ID: db.ProjectMemberRoleViewer}})
	foreign := factory.User(t, r.db, &factory.UserOpts{Kind: db.PrincipalKindAgent, OwnerID: &other.ID})
	client := factory.Client(t, r.db, nil)

	for name, test := range map[string]struct {
		change   func(*auth.CreateAPIKeyParams)
		pointers []string
	}{
		"InThePast":        {func(p *auth.CreateAPIKeyParams) { p.ExpiresAt = new(r.now()) }, []string{"/expires_at"}},
		"BeyondAYear":      {func(p *auth.CreateAPIKeyParams) { p.ExpiresAt = new(r.now().Add(auth.MaxKeyLife + time.Second)) }, []string{"/expires_at"}},
		"ForSomebodyElse":  {func(p *auth.CreateAPIKeyParams) { p.PrincipalID = &other.ID }, []string{"/principal_id"}},
		"ForAnothersAgent": {func(p *auth.CreateAPIKeyParams) { p.PrincipalID = &foreign.ID }, []string{"/principal_id"}},
		"ForNobody":        {func(p *auth.CreateAPIKeyParams) { p.PrincipalID = new(uuid.New()) }, []string{"/principal_id"}},
		"ForWhatIsNotSeen": {func(p *auth.CreateAPIKeyParams) {
			p.ProjectIDs, p.ClientIDs = []uuid.UUID{mine.ID, project.ID}, []uuid.UUID{client.ID}
		}, []string{"/project_ids/1", "/client_ids/0"}},
		"EverythingAtOnce": {func(p *auth.CreateAPIKeyParams) {
			p.ExpiresAt, p.PrincipalID, p.ProjectIDs = new(r.now()), &other.ID, []uuid.UUID{project.ID}
		}, []string{"/expires_at", "/project_ids/0", "/principal_id"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			params := auth.CreateAPIKeyParams{Name: "Script", Scopes: []string{"tasks:read"}}
			test.change(&params)
			_, _, err := r.auth.CreateAPIKey(t.Context(), actor, params)
			var pointers []string
			for _, field := range expect.Code(t, err, apperr.ValidationFailed).Fields {
				pointers = append(pointers, field.Pointer)
			}
			if diff := cmp.Diff(test.pointers, pointers); diff != "" {
				t.Errorf("the mistakes are at (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("AYearIsNotTooLong", func(t *testing.T) {
		t.Parallel()
		r.key(t, actor, func(p *auth.CreateAPIKeyParams) { p.ExpiresAt = new(r.now().Add(auth.MaxKeyLife)) })
	})
}

func TestLiveAPIKeysAreBounded(t *testing.T) {
	t.Parallel()
	r := setup(t, nil)
	actor := factory.Actor(r.user(t))
	var keys []auth.APIKey
	for range auth.MaxLiveKeys - 1 {
		key, _ := r.key(t, actor, nil)
		keys = append(keys, key)
	}
	// Of several that want the last place one gets it.
	create := func() error {
		_, _, err := r.auth.CreateAPIKey(t.Context(), actor, auth.CreateAPIKeyParams{Name: "Script", Scopes: []string{"tasks:read"}})
		return err
	}
	made := 0
	for _, err := range expect.Together(create, create, create, create) {
		if err == nil {
			made++
			continue
		}
		expect.Code(t, err, apperr.Conflict)
	}
	if made != 1 {
		t.Errorf("%d were made at the same time", made)
	}
	expect.OK(t, r.auth.RevokeAPIKey(t.Context(), actor, keys[0].ID))
	expect.OK(t, create())
	r.pass(auth.DefaultKeyLife)
	expect.OK(t, create())
}

// Whatever is wrong with a key, the answer is the same.
func TestAPIKeyIsRefused(t *testing.T) {
	t.Parallel()
	r := setup(t, nil)
	user := r.user(t)
	actor := factory.Actor(user)
	good, text := r.key(t, actor, nil)
	another, anotherText := r.key(t, actor, nil)
	expect.OK(t, r.auth.RevokeAPIKey(t.Context(), actor, another.ID))
	_, short := r.key(t, actor, func(p *auth.CreateAPIKeyParams) { p.ExpiresAt = new(r.now().Add(time.Minute)) })
	r.pass(time.Minute)
	if _, err := r.auth.AuthenticateAPIKey(t.Context(), text, ""); err != nil {
		t.Fatal(err)
	}
	details := map[string]string{}
	for name, key := range map[string]string{
		"Typo": text[:40] + "-" + text[41:], "Truncated": text[:50], "AnotherPrefix": "ck_test_" + text[8:],
		"AnothersID":  auth.KeyWith(good.PublicID[:11]+"!", text[21:64]),
		"UnknownID":   auth.KeyWith("000000000000", text[21:64]),
		"WrongSecret": auth.KeyWith(good.PublicID, anotherText[21:64]),
		"Revoked":     anotherText, "Expired": short,
	} {
		_, err := r.auth.AuthenticateAPIKey(t.Context(), key, "")
		details[expect.Code(t, err, apperr.Unauthenticated).Detail] = name
	}
	if len(details) != 1 {
		t.Errorf("there are several answers: %v", details)
	}
	if _, err := r.auth.AuthenticateAPIKey(t.Context(), auth.KeyWith(good.PublicID, text[21:64]), ""); err != nil {
		t.Errorf("the control is refused: %v", err)
	}
}

// The contract compares texts, and an id can be written in two ways.
func TestAnIDThatIsNamedTwiceIsOneLimit(t *testing.T) {
	t.Parallel()
	r := setup(t, nil)
	admin := factory.Actor(factory.User(t, r.db, &factory.UserOpts{Role: db.RoleAdmin}))
	client := factory.Client(t, r.db, nil).ID
	project := factory.Project(t, r.db, &factory.ProjectOpts{ClientID: &client}).ID
	key, _ := r.key(t, admin, func(p *auth.CreateAPIKeyParams) {
		p.ProjectIDs, p.ClientIDs = []uuid.UUID{project, project}, []uuid.UUID{client, client}
	})
	if diff := cmp.Diff([][]uuid.UUID{{project}, {client}}, [][]uuid.UUID{key.ProjectIDs, key.ClientIDs}); diff != "" {
		t.Errorf("the key is limited to (-want +got):\n%s", diff)
	}
}

// That a key is used is noted at most once a minute and told at most once an hour.
func TestUseOfAPIKeyIsNoted(t *testing.T) {
	t.Parallel()
	r := setup(t, nil)
	actor := factory.Actor(r.user(t))
	key, text := r.key(t, actor, nil)
	use := func(ip string) auth.APIKey {
		_, err := r.auth.AuthenticateAPIKey(t.Context(), text, ip)
		expect.OK(t, err)
		r.auth.WaitForTouch()
		found, err := r.auth.GetAPIKey(t.Context(), actor, key.ID)
		expect.OK(t, err)
		return found
	}
	start := r.now()
	for _, step := range []struct {
		after time.Duration
		ip    string
		// noted is how long after the first use the last one is known to be, from.
		noted time.Duration
		from  string
		told  int
	}{
		{0, "192.0.2.1", 0, "192.0.2.1", 1},
		{59 * time.Second, "192.0.2.2", 0, "192.0.2.1", 1},
		{time.Second, "192.0.2.3", time.Minute, "192.0.2.3", 1},
		{58 * time.Minute, "192.0.2.4", 59 * time.Minute, "192.0.2.4", 1},
		{time.Minute, "192.0.2.5", time.Hour, "192.0.2.5", 2},
	} {
		r.pass(step.after)
		found := use(step.ip)
		if found.LastUsedAt == nil || found.LastUsedAt.Sub(start) != step.noted || *found.LastUsedIP != step.from || found.Version != 1 {
			t.Errorf("used from %s it is noted as used at %v from %v", step.ip, found.LastUsedAt, *found.LastUsedIP)
		}
		if n := expect.Count(t, r.db, "SELECT count(*) FROM events WHERE action = 'api_key.used' AND credential = $1", "api_key:"+key.ID.String()); n != step.told {
			t.Errorf("used from %s it is told %d times, want %d", step.ip, n, step.told)
		}
	}

	// Whoever holds the row keeps no request waiting. That its use was not noted is
	// known when the key is read again.
	r.pass(time.Hour)
	err := dbx.WithTx(t.Context(), r.db, func(q *db.Queries) error {
		_, err := q.APIKeyLock(t.Context(), key.ID)
		if found := use("192.0.2.6"); *found.LastUsedIP != "192.0.2.5" {
			t.Errorf("it is noted as used from %s", *found.LastUsedIP)
		}
		return err
	})
	expect.OK(t, err)
	r.auth.Wait(time.Second)
	if found := use("192.0.2.7"); *found.LastUsedIP != "192.0.2.7" {
		t.Errorf("later it is noted as used from %s", *found.LastUsedIP)
	}
}

func TestWhoseAPIKeys(t *testing.T) {
	t.Parallel()
	r := setup(t, nil)
	owner, stranger, admin := r.user(t), r.user(t), factory.User(t, r.db, &factory.UserOpts{Role: db.RoleAdmin})
	agent := factory.User(t, r.db, &factory.UserOpts{Kind: db.PrincipalKindAgent, OwnerID: &owner.ID})
	own, _ := r.key(t, factory.Actor(owner), nil)
	agents, _ := r.key(t, factory.Actor(owner), func(p *auth.CreateAPIKeyParams) { p.PrincipalID = &agent.ID })
	theirs, _ := r.key(t, factory.Actor(stranger), nil)
	expect.OK(t, r.auth.RevokeAPIKey(t.Context(), factory.Actor(stranger), theirs.ID))

	for name, test := range map[string]struct {
		actor  access.Actor
		filter auth.APIKeyFilter
		want   []uuid.UUID
	}{
		"OwnAndOnesAgents": {factory.Actor(owner), auth.APIKeyFilter{}, []uuid.UUID{agents.ID, own.ID}},
		"OneAgents":        {factory.Actor(owner), auth.APIKeyFilter{PrincipalID: &agent.ID}, []uuid.UUID{agents.ID}},
		"NobodyElses":      {factory.Actor(owner), auth.APIKeyFilter{PrincipalID: &stranger.ID}, nil},
		"AllForAdmins":     {factory.Actor(admin), auth.APIKeyFilter{}, []uuid.UUID{theirs.ID, agents.ID, own.ID}},
		"ByState":          {factory.Actor(admin), auth.APIKeyFilter{States: []string{auth.KeyRevoked}}, []uuid.UUID{theirs.ID}},
		"BySeveralStates":  {factory.Actor(admin), auth.APIKeyFilter{States: []string{auth.KeyActive, auth.KeyExpired}}, []uuid.UUID{agents.ID, own.ID}},
	} {
		keys, _, err := r.auth.ListAPIKeys(t.Context(), test.actor, test.filter, page.First(10))
		expect.OK(t, err)
		var got []uuid.UUID
		for _, key := range keys {
			got = append(got, key.ID)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for _, try := range []func() error{
		func() error { _, err := r.auth.GetAPIKey(t.Context(), factory.Actor(stranger), own.ID); return err },
		func() error {
			_, err := r.auth.RenameAPIKey(t.Context(), factory.Actor(stranger), own.ID, nil, new("Mine"))
			return err
		},
		func() error { return r.auth.RevokeAPIKey(t.Context(), factory.Actor(stranger), own.ID) },
		func() error { return r.auth.RevokeAPIKey(t.Context(), factory.Actor(owner), uuid.New()) },
	} {
		expect.Code(t, try(), apperr.NotFound)
	}
	expect.OK(t, r.auth.RevokeAPIKey(t.Context(), factory.Actor(admin), agents.ID))
	renamed, err := r.auth.RenameAPIKey(t.Context(), factory.Actor(owner), own.ID, new(int64(1)), new(" Other "))
	expect.OK(t, err)
	if renamed.Name != "Other" || renamed.Version != 2 {
		t.Errorf("it is %q at version %d", renamed.Name, renamed.Version)
	}
	_, err = r.auth.RenameAPIKey(t.Context(), factory.Actor(owner), own.ID, new(int64(1)), new("Third"))
	expect.Code(t, err, apperr.VersionConflict)
}
