package doctor_test

import (
	"encoding/base64"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/emersion/go-smtp"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/aicoordination/coordinator/internal/audit"
	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/config"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/doctor"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/smtptest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

var secret = []byte("thirty-two bytes of a secret key")

// patient is a service that is well in every respect.
func patient(t *testing.T) doctor.Subject {
	t.Helper()

	owner := dbtest.OwnerURL(t)
	s := doctor.Subject{DB: open(t, dbtest.ApplicationURL(t, owner)), Owner: open(t, owner), KeysDir: t.TempDir()}

	mails := smtptest.New(t, func(server *smtp.Server) { server.AllowInsecureAuth = true })
	s.Config = config.Serve{
		Addr: freeAddress(t), SecretKey: config.Secret(base64.StdEncoding.EncodeToString(secret)), PublicURL: "https://example.com",
		MailURL:    mailURL(mails, smtptest.Password),
		RateLimits: config.RateLimits{RedisURL: config.RedisURL("redis://" + miniredis.RunT(t).Addr())},
		Database:   config.Database{URL: "postgres://test", DataDir: t.TempDir()},
		Migrate:    true,
	}

	_, err := auth.LoadKeys(t.Context(), s.DB, secret, config.DefaultAccessTokenTTL)
	if err != nil {
		t.Fatal(err)
	}

	sealer, err := audit.NewSealer(s.DB, secret, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}

	if _, err := sealer.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}

	return s
}

func open(t *testing.T, url string) *dbx.DB {
	t.Helper()

	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}

	cfg.MaxConns = 16

	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(pool.Close)

	return dbx.New(pool)
}

func mailURL(server *smtptest.Server, password string) config.MailURL {
	o := server.Options().Server

	return config.MailURL("smtp://" + o.User + ":" + password + "@127.0.0.1:" + port(o.Port) + "?tls=none")
}

func port(n int) string { return strings.TrimPrefix((&net.TCPAddr{Port: n}).String(), ":") }

func freeAddress(t *testing.T) string {
	t.Helper()

	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()

	return listener.Addr().String()
}

func execute(t *testing.T, d *dbx.DB, statement string) {
	t.Helper()

	if _, err := d.Exec(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func find(t *testing.T, outcomes []doctor.Outcome, name string) doctor.Outcome {
	t.Helper()

	for _, o := range outcomes {
		if o.Name == name {
			return o
		}
	}

	t.Fatalf("there is no check %q", name)

	return doctor.Outcome{}
}

// Of a service that is well everything is well: each breakage below is what
// turns its line.
func TestEverythingIsWell(t *testing.T) {
	t.Parallel()

	outcomes := doctor.Examine(t.Context(), patient(t))
	for _, o := range outcomes {
		if o.State != doctor.Well {
			t.Errorf("%s is %s: %s", o.Name, o.State, o.Found)
		}
	}

	if doctor.IsBroken(outcomes) {
		t.Error("it is said to be broken")
	}
}

// Whatever is broken is named, with what mends it; the other checks are told
// all the same.
func TestWhatIsBrokenIsNamed(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		breakIt func(*testing.T, *doctor.Subject)
		check   string
		state   doctor.State
		found   string
		mend    string
	}{
		"DatabaseGone": {func(_ *testing.T, s *doctor.Subject) {
			s.DB, s.Owner, s.DatabaseError = nil, nil, net.ErrClosed
		}, "database", doctor.Broken, "closed", "start PostgreSQL"},
		"DatabaseGoneMeanwhile": {func(_ *testing.T, s *doctor.Subject) { s.DB.Close() }, "database", doctor.Broken, "closed pool", "start PostgreSQL"},
		"ExtensionMissing":      {func(t *testing.T, s *doctor.Subject) { execute(t, s.Owner, "DROP EXTENSION pg_trgm CASCADE") }, "extensions", doctor.Broken, "pg_trgm is not installed", "CREATE EXTENSION pg_trgm"},
		"OneRole":               {func(_ *testing.T, s *doctor.Subject) { s.DB = s.Owner }, "roles and grants", doctor.Warning, "could change the audit log", "DATABASE_OWNER_URL"},
		"UnknownTable":          {func(t *testing.T, s *doctor.Subject) { execute(t, s.Owner, "CREATE TABLE foreign_one ()") }, "roles and grants", doctor.Broken, "foreign_one", "a schema or database of its own"},
		"GrantMissing":          {func(t *testing.T, s *doctor.Subject) { execute(t, s.Owner, "REVOKE ALL ON tasks FROM coordinator") }, "roles and grants", doctor.Broken, "may not read tasks", "migrate up"},
		"MigrationMissing": {func(t *testing.T, s *doctor.Subject) {
			s.Config.Migrate = false
			execute(t, s.Owner, "DELETE FROM goose_db_version WHERE version_id = (SELECT max(version_id) FROM goose_db_version)")
		}, "migrations", doctor.Broken, "schema version", "migrate up"},
		"NewerSchema": {func(t *testing.T, s *doctor.Subject) {
			execute(t, s.Owner, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)")
		}, "migrations", doctor.Broken, "knows no further", "start the one that migrated it"},
		"OtherSecret": {func(_ *testing.T, s *doctor.Subject) {
			s.Config.SecretKey = config.Secret(base64.StdEncoding.EncodeToString([]byte("another secret key of 32 bytes..")))
		}, "secret key", doctor.Broken, "begun under another", "COORDINATOR_SECRET_KEY"},
		"NoSecret": {func(_ *testing.T, s *doctor.Subject) { s.Config.SecretKey = "" }, "secret key", doctor.Broken, "there is none", "COORDINATOR_SECRET_KEY"},
		"OldKey": {func(t *testing.T, s *doctor.Subject) {
			execute(t, s.Owner, "UPDATE signing_keys SET created_at = now() - interval '200 days'")
		}, "signing key", doctor.Warning, "200 days old", "keys rotate"},
		"DataDirClosed": {func(_ *testing.T, s *doctor.Subject) { s.Config.DataDir = "/dev/null/data" }, "disk space", doctor.Broken, "not a directory", "COORDINATOR_DATA_DIR"},
		"JobGivenUp": {func(t *testing.T, s *doctor.Subject) {
			execute(t, s.Owner, "INSERT INTO river.river_job (args, kind, max_attempts, state, finalized_at) VALUES ('{}', 'x', 1, 'discarded', now())")
		}, "background jobs", doctor.Warning, "1 were given up", "jobs retry"},
		"JobStuck": {func(t *testing.T, s *doctor.Subject) {
			execute(t, s.Owner, "INSERT INTO river.river_job (args, kind, max_attempts, state, attempted_at) VALUES ('{}', 'x', 1, 'running', now() - interval '3 hours')")
		}, "background jobs", doctor.Warning, "at work for more than", "restart the replica"},
		"NobodyWorks": {func(t *testing.T, s *doctor.Subject) {
			execute(t, s.Owner, "INSERT INTO river.river_job (args, kind, max_attempts, state, scheduled_at) VALUES ('{}', 'x', 1, 'available', now() - interval '3 hours')")
		}, "background jobs", doctor.Broken, "nobody does them", "start the service"},
		"MailServerGone": {func(_ *testing.T, s *doctor.Subject) { s.Config.MailURL = "smtp://u:hunter2@127.0.0.1:1?tls=none" }, "mail", doctor.Broken, "refused", "COORDINATOR_MAIL_URL"},
		"MailWithoutTLS": {func(t *testing.T, s *doctor.Subject) {
			server := smtptest.New(t, func(server *smtp.Server) { server.TLSConfig = nil })
			s.Config.MailURL = config.MailURL("smtp://127.0.0.1:" + port(server.Options().Server.Port))
		}, "mail", doctor.Broken, "STARTTLS", "COORDINATOR_MAIL_URL"},
		"MailPasswordWrong": {func(t *testing.T, s *doctor.Subject) {
			s.Config.MailURL = mailURL(smtptest.New(t, func(server *smtp.Server) { server.AllowInsecureAuth = true }), "hunter2")
		}, "mail", doctor.Broken, "535", "COORDINATOR_MAIL_URL"},
		"RedisGone": {func(_ *testing.T, s *doctor.Subject) { s.Config.RedisURL = "redis://:hunter2@127.0.0.1:1" }, "Redis", doctor.Broken, "refused", "REDIS_URL"},
		"AddressTaken": {func(t *testing.T, s *doctor.Subject) {
			other := httptest.NewServer(http.NotFoundHandler())
			t.Cleanup(other.Close)
			s.Config.Addr = strings.TrimPrefix(other.URL, "http://")
		}, "address", doctor.Broken, "not this service", "COORDINATOR_ADDR"},
		"DemoForEverybody": {func(_ *testing.T, s *doctor.Subject) {
			s.Config.Demo, s.Config.Addr = true, strings.Replace(s.Config.Addr, "127.0.0.1", "0.0.0.0", 1)
		}, "configuration", doctor.Warning, "everybody knows", "COORDINATOR_DEMO"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			s := patient(t)
			c.breakIt(t, &s)

			outcomes := doctor.Examine(t.Context(), s)

			got := find(t, outcomes, c.check)
			if got.State != c.state || !strings.Contains(got.Found, c.found) || !strings.Contains(got.Mend, c.mend) {
				t.Errorf("%s is %s: %s → %s; want %s, %q and %q", c.check, got.State, got.Found, got.Mend, c.state, c.found, c.mend)
			}

			if c.state == doctor.Broken && !doctor.IsBroken(outcomes) {
				t.Error("it is said to be well")
			}

			text := doctor.Text(outcomes, false)
			if strings.Contains(text, "hunter2") || strings.Contains(text, s.Config.SecretKey.Reveal()) && s.Config.SecretKey != "" {
				t.Errorf("it tells a secret:\n%s", text)
			}

			if lines := strings.Count(text, "\n") - strings.Count(text, "→"); lines != len(outcomes) {
				t.Errorf("%d of %d checks are told:\n%s", lines, len(outcomes), text)
			}
		})
	}
}
