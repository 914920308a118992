package access_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/internal/access"
)

func TestRoleAtLeast(t *testing.T) {
	t.Parallel()
	// Each role with those whose rights it holds.
	holds := map[access.Role][]access.Role{
		access.RoleUser:    {access.RoleUser},
		access.RoleManager: {access.RoleUser, access.RoleManager},
		access.RoleAdmin:   {access.RoleUser, access.RoleManager, access.RoleAdmin},
		"":                 nil,
		"owner":            nil,
	}
	roles := []access.Role{access.RoleUser, access.RoleManager, access.RoleAdmin, "", "owner"}
	for role, want := range holds {
		var got []access.Role
		for _, other := range roles {
			if role.AtLeast(other) {
				got = append(got, other)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q holds the rights of (-want +got):\n%s", role, diff)
		}
	}
}

func TestActor(t *testing.T) {
	t.Parallel()
	id := uuid.MustParse("0197a1d2-0000-7000-8000-000000000001")
	session := uuid.MustParse("0197a1d2-0000-7000-8000-000000000002")

	for name, test := range map[string]struct {
		actor      access.Actor
		seesAll    bool
		credential string
		id         *uuid.UUID
	}{
		"Nobody":         {access.Actor{}, false, "anonymous", nil},
		"UserInASession": {access.Actor{ID: id, Role: access.RoleUser, SessionID: session}, false, "session:" + session.String(), &id},
		"Manager":        {access.Actor{ID: id, Role: access.RoleManager, SessionID: session}, true, "session:" + session.String(), &id},
		"Admin":          {access.Actor{ID: id, Role: access.RoleAdmin}, true, "anonymous", &id},
		"System":         {access.System(), true, "system", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := test.actor.SeesAll(); got != test.seesAll {
				t.Errorf("SeesAll = %v", got)
			}
			if got := test.actor.Credential(); got != test.credential {
				t.Errorf("Credential = %q, want %q", got, test.credential)
			}
			if diff := cmp.Diff(test.id, test.actor.IDOrNil()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// An administrator's credential that is for less than everything makes no administrator.
func TestAdministers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		actor access.Actor
		want  bool
	}{
		"Session":           {access.Actor{Role: access.RoleAdmin, SessionID: uuid.New()}, true},
		"Key":               {access.Actor{Role: access.RoleAdmin, APIKeyID: uuid.New()}, true},
		"LimitedKey":        {access.Actor{Role: access.RoleAdmin, APIKeyID: uuid.New(), Limited: true}, false},
		"OwesASecondFactor": {access.Actor{Role: access.RoleAdmin, SessionID: uuid.New(), SecondFactorDue: access.DueSetUp}, false},
		"Manager":           {access.Actor{Role: access.RoleManager, SessionID: uuid.New()}, false},
		"System":            {access.System(), true},
		"Nobody":            {access.Actor{}, false},
	} {
		if got := test.actor.Administers(); got != test.want {
			t.Errorf("%s: Administers = %v", name, got)
		}
	}
}

func TestContext(t *testing.T) {
	t.Parallel()
	if got := access.FromContext(t.Context()); got != (access.Actor{}) {
		t.Errorf("without an actor there is %+v", got)
	}
	actor := access.Actor{ID: uuid.New(), Role: access.RoleUser, RequestID: "req-1"}
	if got := access.FromContext(access.WithActor(t.Context(), actor)); got != actor {
		t.Errorf("the actor comes back as %+v, want %+v", got, actor)
	}
}
