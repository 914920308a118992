package e2e_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/client"
)

// Whenever the server is killed, also between the exchange of a refresh token
// and the answer: with the last token that a client has received it goes on.
func TestRefreshSurvivesKills(t *testing.T) {
	t.Parallel()

	const clients = 6

	rounds := fromEnvironment(t, "COORDINATOR_TEST_KILLS", 4)
	dataDir := newDataDir(t)
	s := start(t, dataDir, slices.Concat(admin, unlimited)...)

	tokens := make([]string, clients)
	for i := range tokens {
		tokens[i] = s.signIn(t, adminEmail, adminPassword).RefreshToken
	}

	var refreshed, lost, kills int

	// Whether a kill comes between an exchange and its answer is chance.
	for ; kills < rounds || lost == 0 && kills < 5*rounds; kills++ {
		ctx, cancel := context.WithCancel(t.Context())
		counts := make([]int, clients)

		var refreshing sync.WaitGroup

		for i := range tokens {
			asAnybody := s.client(t, "")

			refreshing.Go(func() { counts[i] = refreshUntilGone(ctx, t, asAnybody, &tokens[i]) })
		}

		time.Sleep(100*time.Millisecond + rand.N(400*time.Millisecond))
		s.kill()

		// Nobody answers any more; a client that has not noticed is told.
		time.AfterFunc(time.Second, cancel)
		refreshing.Wait()
		cancel()

		s = start(t, dataDir, unlimited...)

		for i, count := range counts {
			refreshed += count

			if isUsed(t, s, tokens[i]) {
				lost++
			}

			pair := calling(s.client(t, "").Users.RefreshSession(t.Context(), api.RefreshRequest{RefreshToken: tokens[i]})).
				succeeds(t)
			tokens[i] = pair.RefreshToken

			calling(s.client(t, pair.AccessToken).Users.Me(t.Context())).succeeds(t)
		}
	}

	s.stop(t)
	t.Logf("%d kills of the server: %d refreshes answered, %d answers lost after the exchange, and every client went on", kills, refreshed, lost)

	if lost == 0 {
		t.Error("no kill came between an exchange and its answer; this has shown nothing")
	}
}

// refreshUntilGone refreshes until there is no answer, keeps the last token
// that was received, and returns how many there were.
func refreshUntilGone(ctx context.Context, t *testing.T, c *client.Client, token *string) (count int) {
	t.Helper()

	for ; ; count++ {
		got, err := c.Users.RefreshSession(ctx, api.RefreshRequest{RefreshToken: *token})

		switch {
		case err == nil:
			*token = got.RefreshToken
		case client.HasCode(err, api.ProblemCodeUnavailable):
			// PostgreSQL has gone before its server.
		default:
			if _, isRefused := errors.AsType[*client.Error](err); isRefused {
				t.Errorf("a refresh is answered with %v", err)
			}

			return count
		}
	}
}

// isUsed tells whether the token has been exchanged.
func isUsed(t *testing.T, s *server, token string) bool {
	t.Helper()

	used := query[bool](t, s.database, "SELECT used_at IS NOT NULL FROM refresh_tokens WHERE token_hash = sha256($1)", []byte(token))
	if len(used) != 1 {
		t.Fatalf("%d tokens are the one that was received", len(used))
	}

	return used[0]
}

func TestKeysCommands(t *testing.T) {
	t.Parallel()

	dataDir := newDataDir(t)
	s := start(t, dataDir, admin...)
	settings := []string{"COORDINATOR_DATA_DIR=" + dataDir}
	before := s.signIn(t, adminEmail, adminPassword)

	works := func(t *testing.T, token string) {
		t.Helper()
		calling(s.client(t, token).Users.Me(t.Context())).succeeds(t)
	}
	isRefused := func(t *testing.T, token string) {
		t.Helper()
		calling(s.client(t, token).Users.Me(t.Context())).fails(t, http.StatusUnauthorized, api.ProblemCodeUnauthenticated)
	}

	// states are what the keys do, newest first.
	states := func(t *testing.T) (found string) {
		t.Helper()

		for line := range strings.Lines(mustRun(t, settings, "keys", "list")) {
			found += strings.Trim(strings.Fields(line)[3], ";") + " "
		}

		return strings.TrimSpace(found)
	}

	if got := states(t); got != "signs" {
		t.Errorf("after the first start: %q", got)
	}

	if got := mustRun(t, settings, "keys", "rotate"); !strings.Contains(got, "signs from now on. The one before it verifies until the next rotation.") {
		t.Errorf("a rotation prints %q", got)
	}

	after := s.signIn(t, adminEmail, adminPassword)
	works(t, before.AccessToken)
	works(t, after.AccessToken)

	run(t, settings, "keys", "rotate").refuses(t, 1, "are valid until "+time.Now().UTC().Format("2006-01-02T"), "--revoke")

	if got := states(t); got != "signs verifies" {
		t.Errorf("after a rotation and a refusal: %q", got)
	}

	mustRun(t, settings, "keys", "rotate", "--revoke")
	isRefused(t, before.AccessToken)
	isRefused(t, after.AccessToken)

	pair := calling(s.client(t, "").Users.RefreshSession(t.Context(), api.RefreshRequest{RefreshToken: after.RefreshToken})).
		succeeds(t)
	works(t, pair.AccessToken)

	if got := states(t); got != "signs dropped dropped" {
		t.Errorf("after a revocation: %q", got)
	}

	s.stop(t)

	withOther := append([]string{secretKey, "COORDINATOR_ADDR=127.0.0.1:0"}, settings...)
	run(t, withOther, "serve").refuses(t, 1, "sealed under another secret key", "COORDINATOR_SECRET_KEY", "keys rotate --revoke --secret-lost")

	// Where the first one is lost, the other takes its place.
	mustRun(t, withOther, "keys", "rotate", "--revoke", "--secret-lost")
	start(t, dataDir, secretKey).stop(t)
}
