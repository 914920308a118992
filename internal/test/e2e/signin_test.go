package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/client"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
)

// storm is how many sign in at once; `make sign-in-storm` asks for as many as the
// claims are made for.
func storm(full, brief int) int {
	if os.Getenv("COORDINATOR_SIGN_IN_STORM") != "" {
		return full
	}

	return brief
}

// However many guess at once, and although the server is killed amid it: the
// failures are counted before anybody is answered, and stay counted.
func TestGuessingIsCountedThroughAKill(t *testing.T) {
	t.Parallel()

	dir := newDataDir(t)
	s := start(t, dir, slices.Concat(admin, unlimited)...)
	known := s.signIn(t, adminEmail, adminPassword).DeviceToken

	var answered atomic.Int64

	guesses := guess(t.Context(), s, storm(1000, 100), &answered)
	conn := connect(t, s.database)

	for failures(t, conn) < 5 {
		time.Sleep(time.Millisecond)
	}

	atKill, told := failures(t, conn), answered.Load()

	s.kill()
	guesses.Wait()

	s = start(t, dir, unlimited...)
	conn = connect(t, s.database)

	if got := failures(t, conn); got < atKill || got > 10 {
		t.Errorf("%d failures are counted, want at least the %d before the kill", got, atKill)
	}

	t.Logf("%d failures were counted at the kill, and %d guesses answered", atKill, told)

	// The next is at least the sixth: the one after it has to wait for two seconds.
	for giveUp := time.Now().Add(patience); failures(t, conn) <= atKill; {
		if err := s.tryToSignIn(t, "wrong password", api.Nullable[string]{}); err == nil {
			t.Fatal("a wrong password signs in")
		}

		if time.Now().After(giveUp) {
			t.Fatal("no further attempt is counted")
		}
	}

	problem := doing(s.tryToSignIn(t, "wrong password", api.Nullable[string]{})).fails(t, http.StatusTooManyRequests, api.ProblemCodeRateLimited)
	if problem.RetryAfter <= 0 {
		t.Errorf("the next guess is not told when to come back: %v", problem)
	}

	after := guess(t.Context(), s, storm(1000, 100), &answered)

	if err := s.tryToSignIn(t, adminPassword, known); err != nil {
		t.Errorf("the owner, on a known device, gets %v", err)
	}

	after.Wait()

	var computed int

	scan(t, conn, "SELECT count(*) FROM events WHERE action = 'sign_in.failed' AND changes #>> '{reason,new}' = 'wrong_password'", &computed)

	if counted := failures(t, conn); counted > 10 || computed > counted {
		t.Errorf("%d hashes were computed and %d failures counted", computed, counted)
	}

	t.Logf("2 × %d parallel guesses, with a kill between: %d failures counted, limit 10", storm(1000, 100), failures(t, conn))
	s.stop(t)
}

// guess sends wrong passwords, all at once, and counts the answers.
func guess(ctx context.Context, s *server, count int, answered *atomic.Int64) *sync.WaitGroup {
	var guesses sync.WaitGroup

	for range count {
		guesses.Go(func() {
			request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.origin+"/api/v1/users/login",
				strings.NewReader(`{"email":"`+adminEmail+`","password":"wrong password"}`))
			if err != nil {
				return
			}

			request.Header.Set("Content-Type", "application/json")

			// An error is a server that is gone.
			if response, err := http.DefaultClient.Do(request); err == nil {
				answered.Add(1)

				_ = response.Body.Close()
			}
		})
	}

	return &guesses
}

func (s *server) tryToSignIn(t *testing.T, password string, deviceToken api.Nullable[string]) error {
	t.Helper()

	_, err := s.client(t, "").Users.Login(t.Context(), api.Login{Email: adminEmail, Password: password, DeviceToken: deviceToken})

	return err
}

// failures are those of the account that is guessed at.
func failures(t *testing.T, conn *pgx.Conn) int {
	t.Helper()

	var counted int

	scan(t, conn, "SELECT coalesce(max(failures), 0) FROM sign_in_attempts WHERE user_id IS NULL", &counted)

	return counted
}

func scan(t *testing.T, conn *pgx.Conn, sql string, into any) {
	t.Helper()

	if err := conn.QueryRow(t.Context(), sql).Scan(into); err != nil {
		t.Fatal(err)
	}
}

// Whoever is imported with the hash of another system signs in with the
// password of there, and has a hash of ours from then on.
func TestUserImport(t *testing.T) {
	t.Parallel()

	url := dbtest.EmptyURL(t)
	settings := []string{"DATABASE_URL=" + url}
	imported := map[string]string{
		"bcrypt@old.example":  "a",
		"passlib@old.example": "correct horse battery",
		"django@old.example":  "lètmein",
		"argon@old.example":   "password",
	}

	const lines = `{"email":"bcrypt@old.example","name":"Bea","role":"admin","password_hash":"$2a$10$k87L/MF28Q673VKh8/cPi.SUl7MU/rWuSiIDDFayrKk/1tBsSQu4u","created_at":"2021-02-03T04:05:06Z"}
{"email":"passlib@old.example","name":"Pat","role":"user","password_hash":"$pbkdf2-sha256$29000$c2l4dGVlbiBieXRlcyBvZg$nYFaqUIIhX0QSAh7lGCZ9dn88DE9fhLt2Mz1eGXpoUs"}
{"email":"django@old.example","name":"Dan","role":"user","password_hash":"pbkdf2_sha256$10000$seasalt$CWWFdHOWwPnki7HvkcqN9iA2T3KLW1cf2uZ5kvArtVY="}
{"email":"argon@old.example","name":"Ann","role":"manager","password_hash":"$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"}
{"email":"robot@old.example","name":"Robot","role":"user","kind":"agent","password_hash":null}
`

	file := filepath.Join(t.TempDir(), "users.ndjson")
	if err := os.WriteFile(file, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}

	runWithInput(t, lines+`{"email":"bcrypt@OLD.example","name":"Bea","role":"root","kind":"person","password_hash":"$2a$31$k87L/MF28Q673VKh8","created_at":"yesterday"}`+"\n{\n",
		settings, "user", "import", "-").refuses(t, 1, "nothing was imported; 2 lines are wrong", "line 6: email: Line 1 has this address already",
		"line 6: role:", "line 6: kind:", "line 6: password_hash: The bcrypt hash", "line 6: created_at:", "line 7: This is no JSON object")

	if got := mustRun(t, settings, "user", "import", file, "--dry-run"); got != "This was a dry run; it would have imported 5 accounts.\n" {
		t.Errorf("a dry run prints %q", got)
	}

	if got := mustRun(t, settings, "user", "import", file); got != "Imported 5 accounts.\n" {
		t.Errorf("it prints %q", got)
	}

	again := run(t, settings, "user", "import", file)
	again.refuses(t, 1, "5 lines are wrong", "line 3: email: There is an account with this address already")

	if got := mustRun(t, settings, "user", "import", file, "--skip-existing"); got != "Imported 0 accounts.\nLeft out 5 accounts that exist already.\n" {
		t.Errorf("with those there left out it prints %q", got)
	}

	execute(t, url,
		"CREATE TABLE renewals (email text, hash text)",
		"CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO renewals VALUES (NEW.email, NEW.password_hash); RETURN NEW; END $$",
		"CREATE TRIGGER note AFTER UPDATE OF password_hash ON users FOR EACH ROW EXECUTE FUNCTION note()")

	// All of them come from one address, as from behind one proxy, within a minute.
	attempts := len(imported) * storm(50, 4)
	s := start(t, newDataDir(t), append(settings, fmt.Sprintf("COORDINATOR_RATE_LIMIT_SIGN_IN=%d", mostTries*attempts))...)

	for email, password := range imported {
		s.signInTogether(t, storm(50, 4), email, password)
	}

	conn := connect(t, url)

	var renewed, created int

	scan(t, conn, "SELECT count(*) FROM renewals WHERE starts_with(hash, '$argon2id$v=19$m=19456,t=2,p=1$')", &renewed)
	scan(t, conn, "SELECT count(*) FROM events WHERE action = 'user.created' AND NOT changes ? 'password_hash'", &created)

	if renewed != len(imported) || created != 5 {
		t.Errorf("%d hashes were renewed, %d accounts recorded", renewed, created)
	}

	s.stop(t)
}

// mostTries is how often somebody tries to sign in who is told to come back.
const mostTries = 20

// signInTogether signs in several times at once, as clients do that come back
// when they are told to: more passwords at once than the machine is to hash.
func (s *server) signInTogether(t *testing.T, count int, email, password string) {
	t.Helper()

	var together sync.WaitGroup

	for range count {
		together.Go(func() {
			for try := 1; ; try++ {
				_, err := s.client(t, "").Users.Login(t.Context(), api.Login{Email: email, Password: password})
				if err == nil {
					return
				}

				problem, ok := errors.AsType[*client.Error](err)
				if !ok || problem.Code != api.ProblemCodeUnavailable || problem.RetryAfter <= 0 || try == mostTries {
					t.Errorf("%s gets %v at try %d", email, err, try)

					return
				}

				time.Sleep(problem.RetryAfter)
			}
		})
	}

	together.Wait()
}
