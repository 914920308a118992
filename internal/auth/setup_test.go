package auth_test

import (
	"bytes"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

const (
	accessTTL  = 10 * time.Minute
	refreshTTL = 24 * time.Hour
	sessionTTL = 90 * 24 * time.Hour
	// grace is how long a refresh token that was used gets its successor again.
	grace    = 10 * time.Second
	password = "correct horse"
)

var secret = bytes.Repeat([]byte{1}, 32)

// reception is a service with a clock that can be put forward.
type reception struct {
	db   *dbx.DB
	auth *auth.Service
	late *atomic.Int64
}

func setup(t testing.TB, change func(*auth.Config)) reception {
	t.Helper()
	r := reception{db: dbx.New(dbtest.Pool(t)), late: &atomic.Int64{}}
	r.auth = r.replica(t, change)
	return r
}

// replica is another service on the same database.
func (r reception) replica(t testing.TB, change func(*auth.Config)) *auth.Service {
	t.Helper()
	config := auth.Config{
		Secret: secret, AccessTokenTTL: accessTTL, RefreshTokenTTL: refreshTTL, SessionMaxTTL: sessionTTL,
		Registration: auth.RegistrationOpen, RefusalTime: -1, Now: r.now,
	}
	if change != nil {
		change(&config)
	}
	keys, err := auth.LoadKeys(t.Context(), r.db, config.Secret, config.AccessTokenTTL)
	expect.OK(t, err)
	service, err := auth.New(r.db, keys, config)
	expect.OK(t, err)
	return service
}

func (r reception) now() time.Time {
	return time.Date(2026, time.June, 15, 12, 0, 0, 0, time.UTC).Add(time.Duration(r.late.Load()))
}

// pass puts the clock forward.
func (r reception) pass(d time.Duration) { r.late.Add(int64(d)) }

// exec changes what no verb of the service changes so, and has the service told
// of it as if an event had been committed along with it.
func (r reception) exec(t *testing.T, sql string, args ...any) {
	t.Helper()
	_, err := r.db.Exec(t.Context(), sql, args...)
	expect.OK(t, err)
	dbx.Announce(db.New(r.db), "user.changed_by_hand")
}

// user makes somebody who can sign in.
func (r reception) user(t testing.TB) db.User {
	t.Helper()
	return factory.User(t, r.db, &factory.UserOpts{PasswordHash: new(factory.PasswordHash(password))})
}

// login signs the user in and returns who that is.
func (r reception) login(t testing.TB, user db.User) (auth.Tokens, access.Actor) {
	t.Helper()
	tokens, err := r.auth.Login(t.Context(), access.Actor{RequestID: "req-1"}, auth.Credentials{Email: user.Email, Password: password}, auth.Device{})
	expect.OK(t, err)
	actor, err := r.auth.Authenticate(t.Context(), tokens.Access)
	expect.OK(t, err)
	return tokens, actor
}

func (r reception) refresh(t *testing.T, token string) (auth.Tokens, error) {
	t.Helper()
	return r.auth.Refresh(t.Context(), access.Actor{RequestID: "req-2"}, token)
}

func (r reception) wantUnauthenticated(t *testing.T, token string) {
	t.Helper()
	_, err := r.auth.Authenticate(t.Context(), token)
	expect.Code(t, err, apperr.Unauthenticated)
}
