package auth

import (
	"context"
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

const (
	// MaxKeyLife is the longest that an API key is valid: a leap year.
	MaxKeyLife = 366 * 24 * time.Hour
	// DefaultKeyLife is how long a key is valid when nobody has said.
	DefaultKeyLife = 90 * 24 * time.Hour
	// MaxLiveKeys is how many valid keys a principal may have.
	MaxLiveKeys = 50
)

// APIKey is an API key with what it is limited to.
type APIKey struct {
	db.APIKey
	ProjectIDs []uuid.UUID
	ClientIDs  []uuid.UUID
}

// The states of a key.
const (
	KeyActive  = "active"
	KeyExpired = "expired"
	KeyRevoked = "revoked"
)

// State tells whether the key can be used at the moment given.
func (k APIKey) State(now time.Time) string {
	switch {
	case k.RevokedAt != nil:
		return KeyRevoked
	case !k.ExpiresAt.After(now):
		return KeyExpired
	}
	return KeyActive
}

// Prefix is how the key begins: what may be known of it.
func (k APIKey) Prefix() string { return keyPrefix + k.PublicID }

// Now is the clock by which keys expire.
func (s *Service) Now() time.Time { return s.config.Now() }

// CreateAPIKeyParams are what a key is made from.
type CreateAPIKeyParams struct {
	Name   string
	Scopes []string
	// PrincipalID is who acts with it: nil for the actor itself, or an agent it owns.
	PrincipalID *uuid.UUID
	// RequireIfMatch has every change with the key name the version it is meant for.
	RequireIfMatch bool
	// ExpiresAt is nil for [DefaultKeyLife] from now.
	ExpiresAt *time.Time
	// ProjectIDs and ClientIDs are what the key is limited to; nil for no limit.
	ProjectIDs []uuid.UUID
	ClientIDs  []uuid.UUID
}

// CreateAPIKey makes a key for the actor or an agent it owns, and returns it with
// the only copy of its text. It returns a validation error for everything that
// cannot be, that the actor does not see or that is not the actor's, and Conflict
// when the principal has [MaxLiveKeys] already.
func (s *Service) CreateAPIKey(ctx context.Context, actor access.Actor, params CreateAPIKeyParams) (APIKey, NewKey, error) {
	secret, err := generateAPIKey()
	if err != nil {
		return APIKey{}, NewKey{}, err
	}
	publicID, hash, err := parseAPIKey(secret.Reveal())
	if err != nil {
		return APIKey{}, NewKey{}, fmt.Errorf("reading the API key that was made: %w", err)
	}
	now := s.config.Now()
	insert := db.APIKeyInsertParams{
		ID: uuid.Must(uuid.NewV7()), PrincipalID: actor.ID, PublicID: publicID, Name: strings.TrimSpace(params.Name), SecretHash: hash[:],
		Scopes: slices.Sorted(slices.Values(params.Scopes)), Limited: params.ProjectIDs != nil || params.ClientIDs != nil,
		RequireIfMatch: params.RequireIfMatch,
		CreatedBy:      actor.ID, CreatedAt: now, ExpiresAt: now.Add(DefaultKeyLife),
	}
	if params.PrincipalID != nil {
		insert.PrincipalID = *params.PrincipalID
	}
	if params.ExpiresAt != nil {
		insert.ExpiresAt = *params.ExpiresAt
	}
	key, err := dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (APIKey, error) {
		key, err := createAPIKey(ctx, q, actor, insert, params)
		if err != nil {
			return APIKey{}, err
		}
		return key, s.notify(ctx, q, actor.ID, "An API key was made on Coordinator in your name. It begins "+key.Prefix()+".")
	})
	return key, secret, err
}

func createAPIKey(ctx context.Context, q *db.Queries, actor access.Actor, insert db.APIKeyInsertParams, params CreateAPIKeyParams) (APIKey, error) {
	wrong := keyMistakes(insert)
	unseen, err := unseenLimits(ctx, q, actor, params)
	if err != nil {
		return APIKey{}, err
	}
	notTheirs, err := lockKeyPrincipal(ctx, q, actor, insert.PrincipalID)
	if err != nil {
		return APIKey{}, err
	}
	if wrong = append(append(wrong, unseen...), notTheirs...); len(wrong) > 0 {
		return APIKey{}, apperr.Invalid(wrong...)
	}
	live, err := q.APIKeyCountLive(ctx, db.APIKeyCountLiveParams{PrincipalID: insert.PrincipalID, Now: insert.CreatedAt})
	if err != nil {
		return APIKey{}, fmt.Errorf("counting API keys: %w", err)
	}
	if live >= MaxLiveKeys {
		return APIKey{}, apperr.New(apperr.Conflict, "There are %d valid API keys already, which is the most. Revoke one that is not needed any more.", live)
	}
	row, err := q.APIKeyInsert(ctx, insert)
	if err != nil {
		return APIKey{}, fmt.Errorf("inserting an API key: %w", err)
	}
	key := APIKey{APIKey: row, ProjectIDs: once(params.ProjectIDs), ClientIDs: once(params.ClientIDs)}
	if err := q.APIKeyProjectInsertMany(ctx, db.APIKeyProjectInsertManyParams{APIKeyID: row.ID, ProjectIds: key.ProjectIDs}); err != nil {
		return APIKey{}, fmt.Errorf("limiting an API key to projects: %w", err)
	}
	if err := q.APIKeyClientInsertMany(ctx, db.APIKeyClientInsertManyParams{APIKeyID: row.ID, ClientIds: key.ClientIDs}); err != nil {
		return APIKey{}, fmt.Errorf("limiting an API key to clients: %w", err)
	}
	return key, event.Record(ctx, q, actor, event.Event{
		Entity: "api_key", ID: row.ID, Action: "created", After: key.told(), Version: row.Version,
	})
}

// once returns the ids without those that were named before: the contract
// compares them as texts, and an id can be written in upper and lower case.
func once(ids []uuid.UUID) []uuid.UUID {
	var kept []uuid.UUID
	for _, id := range ids {
		if !slices.Contains(kept, id) {
			kept = append(kept, id)
		}
	}
	return kept
}

func keyMistakes(insert db.APIKeyInsertParams) []apperr.Field {
	var wrong []apperr.Field
	if !insert.ExpiresAt.After(insert.CreatedAt) {
		wrong = append(wrong, apperr.Field{Pointer: "/expires_at", Code: "in_the_past", Detail: "expires_at must be in the future."})
	}
	if insert.ExpiresAt.After(insert.CreatedAt.Add(MaxKeyLife)) {
		wrong = append(wrong, apperr.Field{Pointer: "/expires_at", Code: "too_late", Detail: "An API key is valid for 366 days at most. Send an earlier expires_at."})
	}
	return wrong
}

// unseenLimits finds what the key is to be limited to and the actor does not see.
func unseenLimits(ctx context.Context, q *db.Queries, actor access.Actor, params CreateAPIKeyParams) ([]apperr.Field, error) {
	projects, err := q.APIKeyListSeenProjects(ctx, db.APIKeyListSeenProjectsParams{Ids: params.ProjectIDs, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
	if err != nil {
		return nil, fmt.Errorf("looking for projects: %w", err)
	}
	clients, err := q.APIKeyListSeenClients(ctx, db.APIKeyListSeenClientsParams{Ids: params.ClientIDs, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
	if err != nil {
		return nil, fmt.Errorf("looking for clients: %w", err)
	}
	return append(missing("project", "/project_ids", params.ProjectIDs, projects), missing("client", "/client_ids", params.ClientIDs, clients)...), nil
}

func missing(entity, pointer string, asked, found []uuid.UUID) []apperr.Field {
	var wrong []apperr.Field
	for i, id := range asked {
		if !slices.Contains(found, id) {
			wrong = append(wrong, apperr.Field{
				Pointer: fmt.Sprintf("%s/%d", pointer, i), Code: "not_found", Detail: fmt.Sprintf("There is no %s %s that you can see.", entity, id),
			})
		}
	}
	return wrong
}

// lockKeyPrincipal locks who is to act with a key: the actor itself, or an agent it owns.
func lockKeyPrincipal(ctx context.Context, q *db.Queries, actor access.Actor, id uuid.UUID) ([]apperr.Field, error) {
	rows, err := q.APIKeyLockPrincipal(ctx, db.APIKeyLockPrincipalParams{ID: id, MakerID: actor.ID})
	if err != nil {
		return nil, fmt.Errorf("locking who acts with the key: %w", err)
	}
	for _, row := range rows {
		if row.ID == id && (id == actor.ID || row.OwnerID != nil && *row.OwnerID == actor.ID) {
			return nil, nil
		}
	}
	return []apperr.Field{{
		Pointer: "/principal_id", Code: "not_yours",
		Detail: "A key is for yourself or for an agent that you own. Send its id, or leave principal_id out.",
	}}, nil
}

func (k APIKey) told() keyEvent {
	return keyEvent{
		Name: k.Name, PrincipalID: k.PrincipalID, Scopes: k.Scopes, ProjectIDs: k.ProjectIDs, ClientIDs: k.ClientIDs,
		RequireIfMatch: k.RequireIfMatch, ExpiresAt: k.ExpiresAt, RevokedAt: k.RevokedAt,
	}
}

var keyColumns = page.Columns{
	"name":       {SQL: "k.name"},
	"created_at": {SQL: "k.created_at"},
	"expires_at": {SQL: "k.expires_at"},
}

// APIKeyFilter narrows a list of keys; nil and empty fields do not.
type APIKeyFilter struct {
	PrincipalID *uuid.UUID
	// States are among [KeyActive], [KeyExpired] and [KeyRevoked].
	States []string
}

// ListAPIKeys returns a page of the actor's keys and those of its agents, and of
// everybody's for admins.
func (s *Service) ListAPIKeys(ctx context.Context, actor access.Actor, filter APIKeyFilter, request page.Request) ([]APIKey, page.Info, error) {
	list, err := dbx.NewList(s.db, keyColumns, "k.id", request)
	if err != nil {
		return nil, page.Info{}, err
	}
	rows, err := db.New(list).APIKeyList(ctx, db.APIKeyListParams{
		SeesAll: hasAllKeys(actor), ActorID: actor.ID, PrincipalID: filter.PrincipalID, State: filter.States, Now: s.config.Now(),
		RowLimit: list.Limit(), RowOffset: list.Offset(),
	})
	if err != nil {
		return nil, page.Info{}, fmt.Errorf("listing API keys: %w", err)
	}
	keys, err := withLimits(ctx, db.New(s.db), rows)
	return keys, list.Info(), err
}

func hasAllKeys(actor access.Actor) bool {
	return actor.Role.AtLeast(access.RoleAdmin) && actor.SeesAll()
}

func withLimits(ctx context.Context, q *db.Queries, rows []db.APIKey) ([]APIKey, error) {
	keys := make([]APIKey, len(rows))
	var limited []uuid.UUID
	for i, row := range rows {
		keys[i].APIKey = row
		if row.Limited {
			limited = append(limited, row.ID)
		}
	}
	if len(limited) == 0 {
		return keys, nil
	}
	limits, err := q.APIKeyListLimits(ctx, limited)
	if err != nil {
		return nil, fmt.Errorf("reading what API keys are limited to: %w", err)
	}
	for _, limit := range limits {
		key := &keys[slices.IndexFunc(keys, func(k APIKey) bool { return k.ID == limit.APIKeyID })]
		if limit.IsProject {
			key.ProjectIDs = append(key.ProjectIDs, limit.LimitID)
		} else {
			key.ClientIDs = append(key.ClientIDs, limit.LimitID)
		}
	}
	return keys, nil
}

// GetAPIKey returns one key, NotFound unless it is the actor's, one of its
// agents', or the actor is an admin.
func (s *Service) GetAPIKey(ctx context.Context, actor access.Actor, id uuid.UUID) (APIKey, error) {
	return getAPIKey(ctx, db.New(s.db), actor, id)
}

func getAPIKey(ctx context.Context, q *db.Queries, actor access.Actor, id uuid.UUID) (APIKey, error) {
	row, err := q.APIKeyGet(ctx, db.APIKeyGetParams{ID: id, SeesAll: hasAllKeys(actor), ActorID: actor.ID})
	if err != nil {
		return APIKey{}, fmt.Errorf("reading an API key: %w", dbx.OrMissing(err, "API key", id))
	}
	keys, err := withLimits(ctx, q, []db.APIKey{row})
	if err != nil {
		return APIKey{}, err
	}
	return keys[0], nil
}

// RenameAPIKey gives a key another name; the one it has changes nothing. It
// returns NotFound as GetAPIKey does, and VersionConflict when version is not nil
// and not the key's.
func (s *Service) RenameAPIKey(ctx context.Context, actor access.Actor, id uuid.UUID, version *int64, name *string) (APIKey, error) {
	return dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (APIKey, error) {
		key, err := lockAPIKey(ctx, q, actor, id)
		if err != nil {
			return APIKey{}, err
		}
		if version != nil && *version != key.Version {
			return APIKey{}, apperr.StaleVersion("API key", key.Version, *version)
		}
		if name == nil || strings.TrimSpace(*name) == key.Name {
			return key, nil
		}
		before := key.told()
		key.APIKey, err = q.APIKeyRename(ctx, db.APIKeyRenameParams{ID: id, Name: strings.TrimSpace(*name)})
		if err != nil {
			return APIKey{}, fmt.Errorf("renaming an API key: %w", err)
		}
		return key, event.Record(ctx, q, actor, event.Event{
			Entity: "api_key", ID: id, Action: "updated", Before: before, After: key.told(), Version: key.Version,
		})
	})
}

// RevokeAPIKey ends a key for good: the next request with it is refused here, and
// within a second on every other replica. One that is revoked already stays as it
// is. It returns NotFound as GetAPIKey does.
func (s *Service) RevokeAPIKey(ctx context.Context, actor access.Actor, id uuid.UUID) error {
	return dbx.WithTx(ctx, s.db, func(q *db.Queries) error {
		key, err := lockAPIKey(ctx, q, actor, id)
		if err != nil || key.RevokedAt != nil {
			return err
		}
		before := key.told()
		key.APIKey, err = q.APIKeyRevoke(ctx, db.APIKeyRevokeParams{ID: id, ActorID: actor.IDOrNil(), Now: s.config.Now()})
		if err != nil {
			return fmt.Errorf("revoking an API key: %w", err)
		}
		return event.Record(ctx, q, actor, event.Event{
			Entity: "api_key", ID: id, Action: "revoked", Before: before, After: key.told(), Version: key.Version,
		})
	})
}

// lockAPIKey locks the key and reads it, as far as the actor may have it.
func lockAPIKey(ctx context.Context, q *db.Queries, actor access.Actor, id uuid.UUID) (APIKey, error) {
	if _, err := q.APIKeyLock(ctx, id); err != nil {
		return APIKey{}, fmt.Errorf("locking an API key: %w", dbx.OrMissing(err, "API key", id))
	}
	return getAPIKey(ctx, q, actor, id)
}
