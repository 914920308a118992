package auth_test

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/test/apitest"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// replicas are two servers that share a database and nothing else.
type replicas struct {
	here, there *apitest.API
	// signer signs whatever token a test wants, under the keys of the two.
	signer *auth.Service
}

func newReplicas(t *testing.T) replicas {
	t.Helper()
	url := dbtest.URL(t)
	var servers []*apitest.API
	for range 2 {
		pool, err := pgxpool.New(t.Context(), url)
		expect.OK(t, err)
		t.Cleanup(pool.Close)
		servers = append(servers, apitest.New(t, &apitest.Options{Pool: pool}))
	}
	config := auth.Config{Secret: apitest.Secret, AccessTokenTTL: accessTTL, RefreshTokenTTL: refreshTTL, SessionMaxTTL: sessionTTL}
	keys, err := auth.LoadKeys(t.Context(), servers[0].DB, config.Secret, config.AccessTokenTTL)
	expect.OK(t, err)
	signer, err := auth.New(servers[0].DB, keys, config)
	expect.OK(t, err)
	return replicas{here: servers[0], there: servers[1], signer: signer}
}

// signedIn makes somebody with a session and a token, without a password.
func (r replicas) signedIn(t *testing.T, role db.Role) (db.User, string) {
	t.Helper()
	user := factory.User(t, r.here.DB, &factory.UserOpts{Role: role})
	token, err := r.signer.Sign(t.Context(), user.ID, factory.Session(t, r.here.DB, &factory.SessionOpts{UserID: user.ID}).ID)
	expect.OK(t, err)
	return user, token
}

// revocation is something done on one replica after which another refuses.
type revocation struct {
	// role is held by whose right is taken away.
	role db.Role
	// do takes it away.
	do func(user db.User, token, admin string) apitest.Request
	// asked is the request that it allowed, and refused the status it has then.
	asked   string
	refused int
}

func revocations() map[string]revocation {
	one := func(user db.User) string { return "/api/v1/users/" + user.ID.String() }
	const me = "/api/v1/users/me"
	return map[string]revocation{
		"Logout": {db.RoleUser, func(_ db.User, token, _ string) apitest.Request {
			return apitest.Request{Method: http.MethodPost, Path: "/api/v1/users/logout", Token: token}
		}, me, http.StatusUnauthorized},
		"Demotion": {db.RoleAdmin, func(user db.User, _, admin string) apitest.Request {
			return apitest.Request{Method: http.MethodPatch, Path: one(user), Token: admin, Body: map[string]any{"role": "user"}}
		}, "/api/v1/audit-log?page_size=1", http.StatusForbidden},
		"Deactivation": {db.RoleUser, func(user db.User, _, admin string) apitest.Request {
			return apitest.Request{Method: http.MethodDelete, Path: one(user), Token: admin}
		}, me, http.StatusUnauthorized},
		"SessionsEndedByAnAdmin": {db.RoleUser, func(user db.User, _, admin string) apitest.Request {
			return apitest.Request{Method: http.MethodDelete, Path: one(user) + "/sessions", Token: admin}
		}, me, http.StatusUnauthorized},
	}
}

// TestWhatIsTakenAwayOnOneReplicaIsRefusedByAnother takes rights of four kinds
// away from a thousand people, and asks that replica at once and the other one a
// second later. That the other still serves some of the requests at once shows
// that there is something to be late with.
func TestWhatIsTakenAwayOnOneReplicaIsRefusedByAnother(t *testing.T) {
	t.Parallel()
	// Few at once: they all wait for a second, and a busy machine has to have a
	// connection in time for each of them when it is over.
	times, workers := 100, 10
	if os.Getenv("COORDINATOR_REVOCATIONS") != "" {
		times, workers = 1000, 25
	}
	if testing.Short() {
		times = 50
	}
	all := revocations()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		kind := all[name]
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newReplicas(t)
			_, admin := r.signedIn(t, db.RoleAdmin)
			var refusedHere, refusedThere, late atomic.Int64
			var group sync.WaitGroup
			for range workers {
				group.Go(func() {
					for range times / workers {
						user, token := r.signedIn(t, kind.role)
						asked := apitest.Request{Method: http.MethodGet, Path: kind.asked, Token: token}
						for _, server := range []*apitest.API{r.here, r.there} {
							if got := server.Do(asked); got.Status != http.StatusOK {
								t.Errorf("before it the answer is %d: %s", got.Status, got.Body)
								return
							}
						}
						if got := r.here.Do(kind.do(user, token, admin)); got.Status >= http.StatusBadRequest {
							t.Errorf("it is answered with %d: %s", got.Status, got.Body)
							return
						}
						done := time.Now()
						if got := r.here.Do(asked); got.Status == kind.refused {
							refusedHere.Add(1)
						}
						if got := r.there.Do(asked); got.Status == http.StatusOK {
							late.Add(1)
						}
						time.Sleep(time.Until(done.Add(time.Second)))
						if got := r.there.Do(asked); got.Status == kind.refused {
							refusedThere.Add(1)
						}
					}
				})
			}
			group.Wait()
			if refusedHere.Load() != int64(times) || refusedThere.Load() != int64(times) {
				t.Error("somebody did what they had no right to any more")
			}
			t.Logf("of %d, the first request after it was refused %d times there, and a second later %d times elsewhere, where %d were served at once",
				times, refusedHere.Load(), refusedThere.Load(), late.Load())
		})
	}
}

// TestParallelRefreshesHaveOneSuccessor sends the same refresh token a hundred
// times at the same moment, to two servers.
func TestParallelRefreshesHaveOneSuccessor(t *testing.T) {
	t.Parallel()
	const requests = 100
	r := newReplicas(t)
	user := r.here.User(db.RoleUser)
	tokens := r.here.Login(user)
	var mu sync.Mutex
	successors, access := map[string]int{}, []string{}
	refreshes := make([]func() error, requests)
	for i := range refreshes {
		server := r.here
		if i%2 == 1 {
			server = r.there
		}
		refreshes[i] = func() error {
			for {
				got := server.Do(apitest.Request{
					Method: http.MethodPost, Path: "/api/v1/users/refresh", Body: api.RefreshRequest{RefreshToken: tokens.RefreshToken},
				})
				if got.Status == http.StatusServiceUnavailable {
					// All connections are taken; a client does as it is told and tries again.
					time.Sleep(50 * time.Millisecond)
					continue
				}
				if got.Status != http.StatusOK {
					return fmt.Errorf("status %d: %s", got.Status, got.Body)
				}
				var pair api.TokenPair
				got.MustDecode(t, http.StatusOK, &pair)
				mu.Lock()
				defer mu.Unlock()
				successors[pair.RefreshToken]++
				access = append(access, pair.AccessToken)
				return nil
			}
		}
	}
	if err := errors.Join(expect.Together(refreshes...)...); err != nil {
		t.Fatal(err)
	}
	if len(successors) != 1 {
		t.Fatalf("%d refreshes have %d successors", requests, len(successors))
	}
	if got := expect.Count(t, r.here.DB, "SELECT count(*) FROM refresh_tokens"); got != 2 {
		t.Errorf("%d refresh tokens are stored", got)
	}
	for _, token := range access {
		r.there.Do(apitest.Request{Method: http.MethodGet, Path: "/api/v1/users/me", Token: token}).MustDecode(t, http.StatusOK, nil)
	}
	slices.Sort(access)
	t.Logf("%d refreshes of one token: %d successor, %d access tokens", requests, len(successors), len(slices.Compact(access)))
}

// TestRotationRefusesNobody rotates the key amid the requests to two servers:
// of those with a token that is valid none is refused. Revoking it is the
// control, which shows that a refusal would be noticed.
func TestRotationRefusesNobody(t *testing.T) {
	t.Parallel()
	for name, revoke := range map[string]bool{"Rotation": false, "Revocation": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const rounds = 2
			var served, refused atomic.Int64
			for range rounds {
				r := newReplicas(t)
				rotated, done := make(chan struct{}), make(chan struct{})
				var group sync.WaitGroup
				for range 3 {
					tokens := r.here.Login(r.here.User(db.RoleUser))
					group.Go(func() {
						for turn := 0; ; turn++ {
							select {
							case <-done:
								return
							default:
							}
							// What one server has signed, the other is the first to see.
							signs, asked := r.here, r.there
							if turn%2 == 1 {
								signs, asked = asked, signs
							}
							got := asked.Do(apitest.Request{Method: http.MethodGet, Path: "/api/v1/users/me", Token: tokens.AccessToken})
							served.Add(1)
							if got.Status != http.StatusOK {
								refused.Add(1)
							}
							if turn%3 == 2 {
								signs.Do(apitest.Request{
									Method: http.MethodPost, Path: "/api/v1/users/refresh", Body: api.RefreshRequest{RefreshToken: tokens.RefreshToken},
								}).MustDecode(t, http.StatusOK, &tokens)
							}
						}
					})
				}
				group.Go(func() {
					defer close(rotated)
					time.Sleep(200 * time.Millisecond)
					if _, err := auth.RotateKeys(t.Context(), r.here.DB, apitest.Secret, auth.Rotation{Now: time.Now(), Revoke: revoke}); err != nil {
						t.Errorf("rotating: %v", err)
					}
				})
				<-rotated
				time.Sleep(1500 * time.Millisecond) // longer than a server waits to look for a key
				close(done)
				group.Wait()
			}
			t.Logf("%d requests around %d rotations, %d refused", served.Load(), rounds, refused.Load())
			if (refused.Load() > 0) != revoke || served.Load() < 100 {
				t.Errorf("%d of %d requests were refused", refused.Load(), served.Load())
			}
		})
	}
}
