package auth_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/crypto/argon2"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

const (
	accessTTL  = 10 * time.Minute
	refreshTTL = 24 * time.Hour
	password   = "correct horse"
)

// reception is a service with a clock that can be put forward.
type reception struct {
	db   *dbx.DB
	auth *auth.Service
	late *atomic.Int64
}

func setup(t *testing.T, change func(*auth.Config)) reception {
	t.Helper()
	r := reception{db: dbx.New(dbtest.Pool(t)), late: &atomic.Int64{}}
	keys, err := auth.LoadKeys(t.TempDir())
	must(t, err)
	config := auth.Config{AccessTokenTTL: accessTTL, RefreshTokenTTL: refreshTTL, RegistrationOpen: true, Now: r.now}
	if change != nil {
		change(&config)
	}
	r.auth, err = auth.New(r.db, keys, config)
	must(t, err)
	return r
}

func (r reception) now() time.Time {
	return time.Date(2026, time.June, 15, 12, 0, 0, 0, time.UTC).Add(time.Duration(r.late.Load()))
}

// pass puts the clock forward.
func (r reception) pass(d time.Duration) { r.late.Add(int64(d)) }

// hash is the password's under settings that take no time.
func hash() *string {
	salt := []byte("sixteen bytes of")
	key := argon2.IDKey([]byte(password), salt, 1, 8, 1, 32)
	return new("$argon2id$v=19$m=8,t=1,p=1$" + base64.RawStdEncoding.EncodeToString(salt) + "$" + base64.RawStdEncoding.EncodeToString(key))
}

// user makes somebody who can sign in.
func (r reception) user(t *testing.T) db.User {
	t.Helper()
	return factory.User(t, r.db, &factory.UserOpts{PasswordHash: hash()})
}

// login signs the user in and returns who that is.
func (r reception) login(t *testing.T, user db.User) (auth.Tokens, access.Actor) {
	t.Helper()
	tokens, err := r.auth.Login(t.Context(), access.Actor{RequestID: "req-1"}, user.Email, password, auth.Device{})
	must(t, err)
	actor, err := r.auth.Authenticate(t.Context(), tokens.Access)
	must(t, err)
	return tokens, actor
}

func (r reception) refresh(t *testing.T, token string) (auth.Tokens, error) {
	t.Helper()
	return r.auth.Refresh(t.Context(), access.Actor{RequestID: "req-2"}, token)
}

func (r reception) wantUnauthenticated(t *testing.T, token string) {
	t.Helper()
	_, err := r.auth.Authenticate(t.Context(), token)
	wantCode(t, err, apperr.Unauthenticated)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantCode fails unless err is a refusal of the code, and returns it.
func wantCode(t *testing.T, err error, code apperr.Code) *apperr.Error {
	t.Helper()
	var e *apperr.Error
	if !errors.As(err, &e) || e.Code != code {
		t.Fatalf("the error is %v, want %s", err, code)
	}
	return e
}

// record is an event as it is stored.
type record struct {
	ActorID    *uuid.UUID
	Credential string
	RequestID  *string
	Action     string
	Changes    map[string]change
	Version    *int64
}

type change struct {
	Old any `json:"old"`
	New any `json:"new"`
}

// events returns the events of an entity, oldest first.
func (r reception) events(t *testing.T, id uuid.UUID) []record {
	t.Helper()
	rows, err := r.db.Query(t.Context(), "SELECT actor_id, credential, request_id, action, changes, version FROM events WHERE entity_id = $1 ORDER BY id", id)
	must(t, err)
	defer rows.Close()
	var found []record
	for rows.Next() {
		var e record
		var changes []byte
		must(t, rows.Scan(&e.ActorID, &e.Credential, &e.RequestID, &e.Action, &changes, &e.Version))
		must(t, json.Unmarshal(changes, &e.Changes))
		found = append(found, e)
	}
	must(t, rows.Err())
	return found
}

func (r reception) count(t *testing.T, sql string, args ...any) int {
	t.Helper()
	var n int
	must(t, r.db.QueryRow(t.Context(), sql, args...).Scan(&n))
	return n
}
