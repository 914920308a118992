package e2e_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aicoordination/coordinator/internal/test/dbtest"
)

// A start with mistakes in its settings lists all of them and leaves nothing
// behind.
func TestMistakesStopTheStart(t *testing.T) {
	t.Parallel()

	dataDir := newDataDir(t)

	got := run(t, []string{
		"COORDINATOR_DATA_DIR=" + dataDir,
		"COORDINATOR_ADDR=everywhere",
		"COORDINATOR_BODY_LIMIT=12 apples",
		"COORDINATOR_ADMIN_PASSWORD=short",
		"COORDINATOR_ADMIN_EMIAL=ana@agency.example",
	}, "serve", "--log-level=loud", "--nonsense")
	got.refuses(t, 2, "6 mistakes in the settings:", "COORDINATOR_ADDR", `"everywhere"`, "COORDINATOR_BODY_LIMIT", "COORDINATOR_ADMIN_PASSWORD",
		"COORDINATOR_ADMIN_EMIAL: unknown variable; did you mean COORDINATOR_ADMIN_EMAIL?", "--log-level", "--nonsense: unknown flag")

	if strings.Contains(got.stderr, "short") {
		t.Errorf("the message shows the password:\n%s", got.stderr)
	}

	if _, err := os.Stat(dataDir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the data directory: %v, want that it does not exist", err)
	}
}

// secretKey is one that several servers share.
const secretKey = "COORDINATOR_SECRET_KEY=AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI="

func TestDatabaseURL(t *testing.T) {
	t.Parallel()

	t.Run("IsUsedInPlaceOfAPrivateServer", func(t *testing.T) {
		t.Parallel()

		url, dataDir := dbtest.EmptyURL(t), newDataDir(t)
		s := start(t, dataDir, slices.Concat(admin, []string{"DATABASE_URL=" + url})...)
		s.signedIn(t, adminEmail, adminPassword)

		if got := query[string](t, url, "SELECT email FROM users"); !slices.Equal(got, []string{adminEmail}) {
			t.Errorf("the database has the users %q", got)
		}

		if _, err := os.Stat(filepath.Join(dataDir, "postgresql")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the directory of a private server: %v, want that it does not exist", err)
		}

		s.stop(t)
	})

	t.Run("PasswordIsNotShown", func(t *testing.T) {
		t.Parallel()

		// Nobody listens on port 1.
		got := run(t, []string{"DATABASE_URL=postgres://ana:hunter2@127.0.0.1:1/agency", "COORDINATOR_ADDR=127.0.0.1:0", "COORDINATOR_DATA_DIR=" + newDataDir(t)}, "serve")
		got.refuses(t, 1, "127.0.0.1:1", "DATABASE_URL")

		if strings.Contains(got.stderr, "hunter2") {
			t.Errorf("the message shows the password:\n%s", got.stderr)
		}
	})

	// Replicas that meet an empty database at the same moment migrate it once and
	// make one administrator and one signing key.
	t.Run("ReplicasStartTogether", func(t *testing.T) {
		t.Parallel()

		const replicas = 4

		url := dbtest.EmptyURL(t)
		servers := make([]*server, replicas)

		for i := range servers {
			servers[i] = launchServer(t, newDataDir(t), slices.Concat(admin, []string{"DATABASE_URL=" + url, secretKey})...)
		}

		for _, s := range servers {
			s.awaitWelcome(t)

			// The token of one is good at another.
			token := s.signIn(t, adminEmail, adminPassword).AccessToken
			calling(servers[0].client(t, token).Users.Me(t.Context())).succeeds(t)
		}

		if got := query[int](t, url, "SELECT count(*) FROM signing_keys"); got[0] != 1 {
			t.Errorf("the replicas made %d signing keys", got[0])
		}

		if got := query[string](t, url, "SELECT email FROM users"); !slices.Equal(got, []string{adminEmail}) {
			t.Errorf("the replicas made the users %q", got)
		}

		for _, s := range servers {
			s.stop(t)
		}
	})
}
