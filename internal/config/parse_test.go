package config

import (
	"bytes"
	"errors"
	"log/slog"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// testMachine is an ordinary user's, with two cores.
var testMachine = machine{goos: "linux", cores: 2, home: "/home/ana"}

func parseForTest(t *testing.T, args, environ []string) (*Invocation, error) {
	t.Helper()

	var stdout, stderr bytes.Buffer

	invocation, err := parse(args, environ, testMachine, &stdout, &stderr)
	if stdout.Len() > 0 || stderr.Len() > 0 {
		t.Errorf("printed %q and %q, want nothing", stdout.String(), stderr.String())
	}

	return invocation, err
}

func mustParse(t *testing.T, args, environ []string) *Invocation {
	t.Helper()

	invocation, err := parseForTest(t, args, environ)
	if err != nil {
		t.Fatalf("Parse(%q, %q): %v", args, environ, err)
	}

	return invocation
}

// mistakesOf returns the mistakes, one line each.
func mistakesOf(t *testing.T, args, environ []string) []string {
	t.Helper()

	_, err := parseForTest(t, args, environ)

	var mistakes Mistakes
	if !errors.As(err, &mistakes) {
		t.Fatalf("Parse(%q, %q) = %v, want Mistakes", args, environ, err)
	}

	var lines []string
	for _, mistake := range mistakes {
		lines = append(lines, mistake.String())
	}

	return lines
}

func defaultDatabase() Database {
	return Database{Pooler: PoolerNone, DataDir: "/home/ana/.local/share/coordinator", MaxConns: 4}
}

func defaultServe() Serve {
	return Serve{
		Addr:             "127.0.0.1:8080",
		BodyLimit:        65536,
		BulkBodyLimit:    4194304,
		RequireIfMatch:   "off",
		RequestTimeout:   25 * time.Second,
		RequestLimits:    RequestLimits{MaxRequests: 500, MaxConnections: DefaultMaxConnections},
		ShutdownTimeout:  10 * time.Second,
		Events:           Events{StreamRetention: 168 * time.Hour, Streams: 1000, StreamsByPrincipal: 10},
		RateLimits:       RateLimits{SignIn: 60, Search: 300, Write: 600, Read: 3000, Address: 600},
		Registration:     RegistrationClosed,
		AccessTokenTTL:   10 * time.Minute,
		RefreshTokenTTL:  720 * time.Hour,
		SessionMaxTTL:    2160 * time.Hour,
		Passwords:        Passwords{MinLength: 12, Scheme: PasswordSchemeArgon2id},
		AdminEmail:       "admin@coordinator.example",
		Database:         defaultDatabase(),
		DatabaseTimeouts: DatabaseTimeouts{Statement: 20 * time.Second, Lock: 5 * time.Second},
		Migrate:          true,
		Replica:          Replica{ReplicaMaxLag: time.Second},
		Traces:           Traces{Protocol: "http/protobuf"},
		Jobs:             Jobs{PurgeAfter: 720 * time.Hour},
		Log:              Log{Level: slog.LevelInfo, Format: LogFormatAuto, MaxSizeMB: 100, MaxAgeDays: 30, MaxBackups: 60, SlowQuery: 500 * time.Millisecond, SlowRequest: 2 * time.Second},
	}
}

// diff compares with secrets in the clear, which their String would hide.
func diff(want, got any) string {
	return cmp.Diff(want, got, cmpopts.EquateComparable(netip.Prefix{}))
}

func TestParseDefaults(t *testing.T) {
	t.Parallel()

	invocation := mustParse(t, nil, nil)
	if invocation.Command != CommandServe {
		t.Errorf("Command = %q, want serve", invocation.Command)
	}

	if d := diff(defaultServe(), invocation.Serve); d != "" {
		t.Errorf("serve (-want +got):\n%s", d)
	}

	create := mustParse(t, []string{"user", "create", "--email=ana@example.com"}, nil).User.Create
	if d := diff(UserCreate{Email: "ana@example.com", Name: "ana", Role: "user", Passwords: Passwords{MinLength: 12, Scheme: PasswordSchemeArgon2id}, Database: defaultDatabase()}, create); d != "" {
		t.Errorf("user create (-want +got):\n%s", d)
	}

	for _, file := range []string{"users.csv", "-", "--users"} {
		want := UserImport{File: file, DryRun: true, Database: defaultDatabase()}
		args := []string{"user", "import", "--dry-run", file}
		if file == "--users" {
			args = []string{"user", "import", "./--users", "--dry-run"}
			want.File = "./--users"
		}
		if d := diff(want, mustParse(t, args, nil).User.Import); d != "" {
			t.Errorf("user import (-want +got):\n%s", d)
		}
	}

	reset := mustParse(t, []string{"user", "reset-second-factor", "--email=ana@example.com"}, nil).User.ResetSecondFactor
	if d := diff(UserResetSecondFactor{Email: "ana@example.com", Database: defaultDatabase()}, reset); d != "" {
		t.Errorf("user reset-second-factor (-want +got):\n%s", d)
	}

	if d := diff(Migrate{Database: defaultDatabase()}, mustParse(t, []string{"migrate", "up"}, nil).Migrate); d != "" {
		t.Errorf("migrate (-want +got):\n%s", d)
	}

	if d := diff(KeysRotate{Database: defaultDatabase()}, mustParse(t, []string{"keys", "rotate"}, nil).Keys.Rotate); d != "" {
		t.Errorf("keys rotate (-want +got):\n%s", d)
	}

	if d := diff(Demo{Database: defaultDatabase()}, mustParse(t, []string{"demo"}, nil).Demo); d != "" {
		t.Errorf("demo (-want +got):\n%s", d)
	}

	if d := diff(OpenAPI{Format: "yaml"}, mustParse(t, []string{"openapi"}, nil).OpenAPI); d != "" {
		t.Errorf("openapi (-want +got):\n%s", d)
	}
}

// testSecretKey is 32 bytes in base64.
const testSecretKey = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="

// Every setting of serve, by its flag and by its variable, gives the same.
func TestParseEverySetting(t *testing.T) {
	t.Parallel()

	want := Serve{
		Addr:                "[::1]:9090",
		TrustedProxies:      []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.7/32"), netip.MustParsePrefix("2001:db8::/32")},
		BodyLimit:           131072,
		BulkBodyLimit:       8388608,
		RequireIfMatch:      "agents",
		RequestTimeout:      5 * time.Second,
		RequestLimits:       RequestLimits{MaxRequests: 9, MaxConnections: 70},
		ShutdownGrace:       4 * time.Second,
		ShutdownTimeout:     3 * time.Second,
		CORSOrigins:         []string{"https://app.example.com", "http://localhost:3000"},
		RateLimits:          RateLimits{SignIn: 1, Search: 2, Write: 3, Read: 4, Address: 5, RedisURL: "rediss://:hunter2@redis:6380/1"},
		Registration:        RegistrationInvitation,
		AccessTokenTTL:      5 * time.Minute,
		RefreshTokenTTL:     time.Hour,
		SessionMaxTTL:       12 * time.Hour,
		RequireSecondFactor: []string{"admin", "manager"},
		Passwords:           Passwords{MinLength: 15, Scheme: PasswordSchemePBKDF2},
		SecretKey:           testSecretKey,
		MailURL:             "smtp://ana:hunter2@mail.example.com:2525",
		MailFrom:            "Agency <agency@example.com>",
		AppURL:              "https://app.example.com",
		PublicURL:           "https://example.com/coordinator",
		AdminEmail:          "root@example.com",
		AdminPassword:       "correct horse battery",
		Demo:                true,
		Database:            Database{URL: "postgres://ana:hunter2@db:5432/app", OwnerURL: "postgres://root:hunter3@db:5432/app", DirectURL: "postgres://ana:hunter2@db:5433/app", Pooler: PoolerTransaction, DataDir: "/srv/data", PGBinDir: "/opt/pg/bin", MaxConns: 7},
		Replica:             Replica{ReplicaURL: "postgres://ana:hunter2@replica:5432/app", ReplicaMaxLag: 2 * time.Second},
		DatabaseTimeouts:    DatabaseTimeouts{Statement: 6 * time.Second, Lock: 200 * time.Millisecond},
		Migrate:             false,
		Events:              Events{StreamRetention: 24 * time.Hour, Streams: 50, StreamsByPrincipal: 2},
		Jobs:                Jobs{PurgeAfter: 48 * time.Hour, PollOnly: true, WebhookAllowLoopback: true},
		Metrics:             Metrics{Addr: "127.0.0.1:9999"},
		Traces:              Traces{Exporter: "otlp", Endpoint: "http://collector:4318", TracesEndpoint: "https://collector/traces", Protocol: "http/protobuf", TracesProtocol: "http/protobuf", Disabled: true},
		Log: Log{
			Level: slog.LevelDebug, Format: LogFormatJSON, NoColor: true, LevelFile: "/srv/level", File: "/srv/log",
			MaxSizeMB: 10, MaxAgeDays: 7, MaxBackups: 5, SlowQuery: time.Second, SlowRequest: 0,
		},
	}

	settings := []struct{ flag, variable, value string }{
		{"addr", "COORDINATOR_ADDR", "[::1]:9090"},
		{"trusted-proxies", "COORDINATOR_TRUSTED_PROXIES", "10.1.2.3/8, 192.0.2.7, 2001:db8::/32"},
		{"body-limit", "COORDINATOR_BODY_LIMIT", "131072"},
		{"bulk-body-limit", "COORDINATOR_BULK_BODY_LIMIT", "8388608"},
		{"require-if-match", "COORDINATOR_REQUIRE_IF_MATCH", "agents"},
		{"request-timeout", "COORDINATOR_REQUEST_TIMEOUT", "5s"},
		{"max-requests", "COORDINATOR_MAX_REQUESTS", "9"},
		{"max-connections", "COORDINATOR_MAX_CONNECTIONS", "70"},
		{"shutdown-grace", "COORDINATOR_SHUTDOWN_GRACE", "4s"},
		{"shutdown-timeout", "COORDINATOR_SHUTDOWN_TIMEOUT", "3s"},
		{"cors-origins", "COORDINATOR_CORS_ORIGINS", "https://app.example.com, http://localhost:3000"},
		{"rate-limit-sign-in", "COORDINATOR_RATE_LIMIT_SIGN_IN", "1"},
		{"rate-limit-search", "COORDINATOR_RATE_LIMIT_SEARCH", "2"},
		{"rate-limit-write", "COORDINATOR_RATE_LIMIT_WRITE", "3"},
		{"rate-limit-read", "COORDINATOR_RATE_LIMIT_READ", "4"},
		{"rate-limit-address", "COORDINATOR_RATE_LIMIT_ADDRESS", "5"},
		{"redis-url", "REDIS_URL", "rediss://:hunter2@redis:6380/1"},
		{"registration", "COORDINATOR_REGISTRATION", "invitation"},
		{"mail-url", "COORDINATOR_MAIL_URL", "smtp://ana:hunter2@mail.example.com:2525"},
		{"mail-from", "COORDINATOR_MAIL_FROM", "Agency <agency@example.com>"},
		{"app-url", "COORDINATOR_APP_URL", "https://app.example.com/"},
		{"public-url", "COORDINATOR_PUBLIC_URL", "https://example.com/coordinator"},
		{"access-token-ttl", "COORDINATOR_ACCESS_TOKEN_TTL", "5m"},
		{"refresh-token-ttl", "COORDINATOR_REFRESH_TOKEN_TTL", "1h"},
		{"session-max-ttl", "COORDINATOR_SESSION_MAX_TTL", "12h"},
		{"require-second-factor", "COORDINATOR_REQUIRE_SECOND_FACTOR", "admin, manager,admin"},
		{"password-min-length", "COORDINATOR_PASSWORD_MIN_LENGTH", "15"},
		{"password-scheme", "COORDINATOR_PASSWORD_SCHEME", "pbkdf2"},
		{"secret-key", "COORDINATOR_SECRET_KEY", testSecretKey},
		{"admin-email", "COORDINATOR_ADMIN_EMAIL", "root@example.com"},
		{"admin-password", "COORDINATOR_ADMIN_PASSWORD", "correct horse battery"},
		{"event-stream-retention", "COORDINATOR_EVENT_STREAM_RETENTION", "24h"},
		{"event-streams", "COORDINATOR_EVENT_STREAMS", "50"},
		{"event-streams-per-principal", "COORDINATOR_EVENT_STREAMS_PER_PRINCIPAL", "2"},
		{"purge-after", "COORDINATOR_PURGE_AFTER", "48h"},
		{"webhook-allow-loopback", "COORDINATOR_WEBHOOK_ALLOW_LOOPBACK", "true"},
		{"jobs-poll-only", "COORDINATOR_JOBS_POLL_ONLY", "true"},
		{"demo", "COORDINATOR_DEMO", "true"},
		{"database-url", "DATABASE_URL", "postgres://ana:hunter2@db:5432/app"},
		{"database-owner-url", "DATABASE_OWNER_URL", "postgres://root:hunter3@db:5432/app"},
		{"database-direct-url", "DATABASE_DIRECT_URL", "postgres://ana:hunter2@db:5433/app"},
		{"database-replica-url", "DATABASE_REPLICA_URL", "postgres://ana:hunter2@replica:5432/app"},
		{"replica-max-lag", "COORDINATOR_REPLICA_MAX_LAG", "2s"},
		{"db-pooler", "COORDINATOR_DB_POOLER", "transaction"},
		{"data-dir", "COORDINATOR_DATA_DIR", "/srv/data"},
		{"pg-bin-dir", "PG_BIN_DIR", "/opt/pg/bin"},
		{"db-max-conns", "COORDINATOR_DB_MAX_CONNS", "7"},
		{"db-statement-timeout", "COORDINATOR_DB_STATEMENT_TIMEOUT", "6s"},
		{"db-lock-timeout", "COORDINATOR_DB_LOCK_TIMEOUT", "200ms"},
		{"migrate", "COORDINATOR_MIGRATE", "false"},
		{"log-level", "COORDINATOR_LOG_LEVEL", "debug"},
		{"log-format", "COORDINATOR_LOG_FORMAT", "json"},
		{"no-color", "NO_COLOR", "anything"},
		{"log-level-file", "COORDINATOR_LOG_LEVEL_FILE", "/srv/level"},
		{"log-file", "COORDINATOR_LOG_FILE", "/srv/log"},
		{"log-max-size-mb", "COORDINATOR_LOG_MAX_SIZE_MB", "10"},
		{"log-max-age-days", "COORDINATOR_LOG_MAX_AGE_DAYS", "7"},
		{"log-max-backups", "COORDINATOR_LOG_MAX_BACKUPS", "5"},
		{"slow-query", "COORDINATOR_SLOW_QUERY", "1s"},
		{"slow-request", "COORDINATOR_SLOW_REQUEST", "0s"},
		{"metrics-addr", "COORDINATOR_METRICS_ADDR", "127.0.0.1:9999"},
		{"traces-exporter", "OTEL_TRACES_EXPORTER", "otlp"},
		{"otlp-endpoint", "OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318"},
		{"otlp-traces-endpoint", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://collector/traces"},
		{"otlp-protocol", "OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"},
		{"otlp-traces-protocol", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf"},
		{"otel-disabled", "OTEL_SDK_DISABLED", "true"},
	}

	var args, environ, others []string
	for _, s := range settings {
		args = append(args, "--"+s.flag+"="+s.value)
		environ = append(environ, s.variable+"="+s.value)
		others = append(others, s.variable+"=")
	}

	if d := diff(want, mustParse(t, append([]string{"serve"}, args...), nil).Serve); d != "" {
		t.Errorf("by flags (-want +got):\n%s", d)
	}

	if d := diff(want, mustParse(t, nil, environ).Serve); d != "" {
		t.Errorf("by variables (-want +got):\n%s", d)
	}

	if d := diff(defaultServe(), mustParse(t, nil, others).Serve); d != "" {
		t.Errorf("empty variables count as unset (-want +got):\n%s", d)
	}

	p, err := newParser(nil, testMachine, nil, nil)
	if err != nil {
		t.Fatal(err)
	}

	// A new setting has to be added above.
	if got := len(p.kong.Model.DefaultCmd.Flags); got != len(settings) {
		t.Errorf("serve has %d settings and this test sets %d", got, len(settings))
	}
}

// Who may open an account, and where mail goes, follows from the demo unless it is said.
func TestParseDemoOpensRegistration(t *testing.T) {
	t.Parallel()

	for _, test := range []struct {
		args         []string
		registration Registration
		mail         MailURL
	}{
		{nil, RegistrationClosed, ""},
		{[]string{"--demo"}, RegistrationOpen, "log:"},
		{[]string{"--demo", "--registration=closed", "--mail-url=smtp://localhost", "--mail-from=a@b.c"}, RegistrationClosed, "smtp://localhost"},
		{[]string{"--registration=open", "--mail-url=log:"}, RegistrationOpen, "log:"},
	} {
		got := mustParse(t, test.args, nil).Serve
		if got.Registration != test.registration || got.MailURL != test.mail {
			t.Errorf("%q: registration %q, mail %q, want %q, %q", test.args, got.Registration, got.MailURL, test.registration, test.mail)
		}
	}
}

// Traces are exported where the standard variables say so, and else are not.
func TestParseTraces(t *testing.T) {
	t.Parallel()

	for _, test := range []struct {
		environ []string
		on      bool
		url     string
	}{
		{nil, false, ""},
		{[]string{"OTEL_TRACES_EXPORTER=otlp"}, true, ""},
		{[]string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318/"}, true, "http://c:4318/v1/traces"},
		{[]string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://d/x"}, true, "http://d/x"},
		{[]string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318", "OTEL_TRACES_EXPORTER=none"}, false, "http://c:4318/v1/traces"},
		{[]string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318", "OTEL_SDK_DISABLED=true"}, false, "http://c:4318/v1/traces"},
	} {
		got := mustParse(t, nil, test.environ).Serve.Traces
		if got.Exported() != test.on || got.CollectorURL() != test.url {
			t.Errorf("%q: exported %t to %q, want %t, %q", test.environ, got.Exported(), got.CollectorURL(), test.on, test.url)
		}
	}
}

func TestParseCommands(t *testing.T) {
	t.Parallel()

	for _, test := range []struct {
		args []string
		want Command
	}{
		{nil, CommandServe},
		{[]string{"serve"}, CommandServe},
		{[]string{"--addr", ":80"}, CommandServe},
		{[]string{"migrate", "up"}, CommandMigrateUp},
		{[]string{"migrate", "down"}, CommandMigrateDown},
		{[]string{"migrate", "status"}, CommandMigrateStatus},
		{[]string{"--data-dir", "/srv", "migrate", "status"}, CommandMigrateStatus},
		{[]string{"user", "create", "--email", "ana@example.com"}, CommandUserCreate},
		{[]string{"keys", "rotate", "--revoke", "--secret-lost"}, CommandKeysRotate},
		{[]string{"keys", "list"}, CommandKeysList},
		{[]string{"jobs", "list", "--state", "discarded", "--json"}, CommandJobsList},
		{[]string{"jobs", "retry", "1", "2", "3"}, CommandJobsRetry},
		{[]string{"jobs", "retry", "--all-discarded", "--kind=mail"}, CommandJobsRetry},
		{[]string{"jobs", "cancel", "7"}, CommandJobsCancel},
		{[]string{"demo"}, CommandDemo},
		{[]string{"openapi", "--format", "json"}, CommandOpenAPI},
		{[]string{"version"}, CommandVersion},
		{[]string{"--version"}, CommandVersion},
		{[]string{"serve", "--version"}, CommandVersion},
	} {
		if got := mustParse(t, test.args, nil).Command; got != test.want {
			t.Errorf("Parse(%q).Command = %q, want %q", test.args, got, test.want)
		}
	}
}

func TestParsePrecedence(t *testing.T) {
	t.Parallel()

	environ := []string{"COORDINATOR_ADDR=first:1", "COORDINATOR_ADDR=second:2", "COORDINATOR_MIGRATE=true"}

	if got := mustParse(t, nil, environ).Serve.Addr; got != "second:2" {
		t.Errorf("Addr = %q, want that of the last variable", got)
	}

	if got := mustParse(t, []string{"--addr", "third:3", "--addr=fourth:4"}, environ).Serve.Addr; got != "fourth:4" {
		t.Errorf("Addr = %q, want that of the last flag", got)
	}

	for _, off := range []string{"--no-migrate", "--migrate=false", "--migrate=0"} {
		if mustParse(t, []string{off}, environ).Serve.Migrate {
			t.Errorf("%s does not win over its variable", off)
		}
	}

	if got := mustParse(t, []string{"--trusted-proxies=10.0.0.0/8", "--trusted-proxies=192.0.2.0/24"}, nil).Serve.TrustedProxies; len(got) != 1 || got[0] != netip.MustParsePrefix("192.0.2.0/24") {
		t.Errorf("TrustedProxies = %v, want those of the last flag", got)
	}
}

// The process's own variables have no part in it: kong alone would read them.
func TestParseReadsNoOtherEnvironment(t *testing.T) {
	t.Setenv("COORDINATOR_ADDR", "elsewhere:1")
	t.Setenv("COORDINATOR_REGISTRATION", "nonsense")

	if d := diff(defaultServe(), mustParse(t, nil, nil).Serve); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// A variable of another command is not looked at.
func TestParseOtherCommandsVariables(t *testing.T) {
	t.Parallel()

	mustParse(t, []string{"migrate", "up"}, []string{"COORDINATOR_ADDR=nonsense", "COORDINATOR_USER_PASSWORD=x"})
}

// Whoever asks for the version may be finding out why a start is refused.
func TestParseVersionDespiteBadSettings(t *testing.T) {
	t.Parallel()

	for _, arg := range []string{"version", "--version"} {
		mustParse(t, []string{arg}, []string{"COORDINATOR_ADDR=nonsense", "COORDINATOR_NONSENSE=x"})
	}
}

func TestParseMakesDirectoriesAbsolute(t *testing.T) {
	t.Parallel()

	want, err := filepath.Abs("data")
	if err != nil {
		t.Fatal(err)
	}

	got := mustParse(t, []string{"--data-dir=./x/../data", "--pg-bin-dir=data"}, nil).Serve.Database
	if got.DataDir != want || got.PGBinDir != want {
		t.Errorf("DataDir = %q, PGBinDir = %q, want %q", got.DataDir, got.PGBinDir, want)
	}
}

// Whoever listens to others gives them time to notice that it stops.
func TestShutdownGraceFollowsFromTheAddress(t *testing.T) {
	t.Parallel()

	for addr, want := range map[string]time.Duration{
		"127.0.0.1:8080": 0, "[::1]:8080": 0, "localhost:8080": 0,
		":8080": 5 * time.Second, "0.0.0.0:8080": 5 * time.Second, "10.1.2.3:80": 5 * time.Second, "api.example.com:80": 5 * time.Second,
	} {
		if got := mustParse(t, []string{"--addr=" + addr}, nil).Serve.ShutdownGrace; got != want {
			t.Errorf("%s: %v, want %v", addr, got, want)
		}
	}

	if got := mustParse(t, []string{"--addr=:80", "--shutdown-grace=0s"}, nil).Serve.ShutdownGrace; got != 0 {
		t.Errorf("what is said counts: %v", got)
	}
}

func TestAutomaticMaxConns(t *testing.T) {
	t.Parallel()

	for cores, want := range map[int]int32{1: 4, 2: 4, 3: 6, 8: 16, 16: 32, 128: 32} {
		if got := AutomaticMaxConns(cores); got != want {
			t.Errorf("AutomaticMaxConns(%d) = %d, want %d", cores, got, want)
		}
	}
}

func TestParseThisMachine(t *testing.T) {
	t.Parallel()

	// Only what the machine decides differs from the other tests.
	invocation, err := Parse(nil, []string{"HOME=" + t.TempDir()}, &bytes.Buffer{}, &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}

	if got := invocation.Serve.Database; !filepath.IsAbs(got.DataDir) || got.MaxConns < 4 {
		t.Errorf("Database = %+v, want an absolute DataDir and at least 4 connections", got)
	}
}
