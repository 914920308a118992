package apitest

import (
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/auth"
)

// APIKeyOpts are what a test may want of an API key; the zero value is limited
// to nothing and expires after the usual time.
type APIKeyOpts struct {
	ProjectIDs []uuid.UUID
	ClientIDs  []uuid.UUID
	ExpiresAt  *time.Time
}

// APIKey makes an API key with which the user acts, and returns it. Without
// scopes it has all there are. It may be limited to what the user does not see.
// An agent that has no owner yet gets an administrator for one.
func (a *API) APIKey(u db.User, scopes []string, opts *APIKeyOpts) string {
	a.t.Helper()
	if opts == nil {
		opts = &APIKeyOpts{}
	}
	if scopes == nil {
		scopes = AllScopes(a.t)
	}
	maker := u.ID
	if u.Kind == db.PrincipalKindAgent {
		maker = a.ownerOf(u)
	}
	_, key, err := a.auth.CreateAPIKey(a.t.Context(), access.Actor{ID: maker, Role: access.RoleAdmin}, auth.CreateAPIKeyParams{
		Name: "Test", Scopes: scopes, PrincipalID: &u.ID, ExpiresAt: opts.ExpiresAt, ProjectIDs: opts.ProjectIDs, ClientIDs: opts.ClientIDs,
	})
	if err != nil {
		a.t.Fatalf("making an API key: %v", err)
	}
	// Using it is then nothing that would be noted, however long the test takes.
	_, err = a.DB.Exec(a.t.Context(), "UPDATE api_keys SET last_used_at = created_at + interval '1 day', use_recorded_at = created_at + interval '1 day' WHERE principal_id = $1 AND last_used_at IS NULL", u.ID)
	if err != nil {
		a.t.Fatalf("marking an API key as used: %v", err)
	}
	return key.Reveal()
}

func (a *API) ownerOf(agent db.User) uuid.UUID {
	a.t.Helper()
	if agent.OwnerID != nil {
		return *agent.OwnerID
	}
	var owner *uuid.UUID
	if err := a.DB.QueryRow(a.t.Context(), "SELECT owner_id FROM users WHERE id = $1", agent.ID).Scan(&owner); err != nil {
		a.t.Fatalf("reading the owner of an agent: %v", err)
	}
	if owner != nil {
		return *owner
	}
	id := a.User(db.RoleAdmin).ID
	if _, err := a.DB.Exec(a.t.Context(), "UPDATE users SET owner_id = $2 WHERE id = $1", agent.ID, id); err != nil {
		a.t.Fatalf("giving an agent an owner: %v", err)
	}
	return id
}
