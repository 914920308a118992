package config

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Each bad value stops the start with one line that names the setting, the
// value and what is accepted.
func TestBadValues(t *testing.T) {
	t.Parallel()

	const (
		address  = "expected HOST:PORT with a port from 0 to 65535, such as 127.0.0.1:8080 or [::1]:8080"
		networks = "expected networks or addresses separated by commas, such as 10.0.0.0/8,192.0.2.7; not "
		roles    = "expected roles out of user, manager and admin, separated by commas, such as admin,manager; not "
		duration = "expected a duration such as 90s or 1h30m, from "
		email    = "expected an email address such as ana@example.com"
		database = "expected a PostgreSQL URL such as postgres://user:password@host:5432/database (reserved characters in the password percent-encoded), or pairs such as host=localhost dbname=coordinator"
		password = "expected a password of 12 to 128 characters, none of them a control character"

		longPassword = "expected a password of at most 128 characters, none of them a control character"
		origins      = "expected origins separated by commas, each a scheme, a host in lower case and a port unless it is the scheme's own, such as https://app.example.com,http://localhost:3000; not "
		redis        = "expected a Redis URL such as redis://:password@host:6379/0, or rediss:// for TLS (reserved characters in the password percent-encoded)"
		web          = "expected a web address such as https://app.example.com, without a user, a query or a fragment"
		mailbox      = `expected an email address such as coordinator@example.com or "Coordinator <coordinator@example.com>"`
		mailURL      = "expected smtp://user:password@host:587, smtps://user:password@host:465 (reserved characters in the password percent-encoded), or log: to write mail to the log"
		// Its password would be sent in the clear.
		mailPlain = "tls=none sends passwords and tokens in the clear: it is for a server on this machine, such as smtp://localhost:25?tls=none"
		tilde     = "expected a path; the shell leaves this ~ as it is, so write the directory out"
	)

	for _, test := range []struct{ flag, variable, value, problem string }{
		{"addr", "COORDINATOR_ADDR", "localhost", address},
		{"addr", "COORDINATOR_ADDR", "8080", address},
		{"addr", "COORDINATOR_ADDR", "localhost:65536", address},
		{"addr", "COORDINATOR_ADDR", "localhost:http", address},
		{"addr", "COORDINATOR_ADDR", "http://localhost:80", address},
		{"addr", "COORDINATOR_ADDR", "local host:80", address},
		{"addr", "COORDINATOR_ADDR", "::1:80", address},
		{"trusted-proxies", "COORDINATOR_TRUSTED_PROXIES", "10/8,10.0.0.1,x", networks + `"10/8", "x"`},
		{"trusted-proxies", "COORDINATOR_TRUSTED_PROXIES", "10.0.0.1,", networks + `""`},
		{"trusted-proxies", "COORDINATOR_TRUSTED_PROXIES", "fe80::1%eth0", networks + `"fe80::1%eth0"`},
		{"body-limit", "COORDINATOR_BODY_LIMIT", "64KiB", "expected a whole number, from 1024 to 16777216"},
		{"body-limit", "COORDINATOR_BODY_LIMIT", "1023", "expected a whole number, from 1024 to 16777216"},
		{"body-limit", "COORDINATOR_BODY_LIMIT", "16777217", "expected a whole number, from 1024 to 16777216"},
		{"body-limit", "COORDINATOR_BODY_LIMIT", "99999999999999999999", "expected a whole number, from 1024 to 16777216"},
		{"request-timeout", "COORDINATOR_REQUEST_TIMEOUT", "30", duration + "1s to 10m"},
		{"request-timeout", "COORDINATOR_REQUEST_TIMEOUT", "0s", duration + "1s to 10m"},
		{"max-requests", "COORDINATOR_MAX_REQUESTS", "0", "expected a whole number, from 1 to 100000"},
		{"max-connections", "COORDINATOR_MAX_CONNECTIONS", "9", "expected a whole number, from 10 to 1000000"},
		{"db-statement-timeout", "COORDINATOR_DB_STATEMENT_TIMEOUT", "20", duration + "100ms to 10m"},
		{"db-lock-timeout", "COORDINATOR_DB_LOCK_TIMEOUT", "0s", duration + "10ms to 10m"},
		{"shutdown-grace", "COORDINATOR_SHUTDOWN_GRACE", "-1s", duration + "0s to 10m"},
		{"shutdown-timeout", "COORDINATOR_SHUTDOWN_TIMEOUT", "soon", duration + "1s to 10m"},
		{"cors-origins", "COORDINATOR_CORS_ORIGINS", "*", "expected each origin by its name: with *, any page that somebody opens could call this service from within its network; list the origins of your own pages"},
		{"cors-origins", "COORDINATOR_CORS_ORIGINS", "https://app.example.com,https://*.example.com,app.example.com", origins + `"https://*.example.com", "app.example.com"`},
		{"cors-origins", "COORDINATOR_CORS_ORIGINS", "https://app.example.com/", origins + `"https://app.example.com/"`},
		{"cors-origins", "COORDINATOR_CORS_ORIGINS", "https://App.example.com", origins + `"https://App.example.com"`},
		{"cors-origins", "COORDINATOR_CORS_ORIGINS", "https://app.example.com:443,http://a:80,http://a:,http://a:0,http://a:65536,null,http://ana@a,ftp://a", origins + `"https://app.example.com:443", "http://a:80", "http://a:", "http://a:0", "http://a:65536", "null", "http://ana@a", "ftp://a"`},
		{"rate-limit-sign-in", "COORDINATOR_RATE_LIMIT_SIGN_IN", "1/s", "expected a whole number, from 0 to 1000000"},
		{"rate-limit-read", "COORDINATOR_RATE_LIMIT_READ", "1000001", "expected a whole number, from 0 to 1000000"},
		{"require-if-match", "COORDINATOR_REQUIRE_IF_MATCH", "yes", "expected one of off, agents, all"},
		{"registration", "COORDINATOR_REGISTRATION", "opened", "expected one of open, invitation, closed; did you mean open?"},
		{"registration", "COORDINATOR_REGISTRATION", "never", "expected one of open, invitation, closed"},
		{"mail-from", "COORDINATOR_MAIL_FROM", "Coordinator", mailbox},
		{"mail-from", "COORDINATOR_MAIL_FROM", "a@b.c\nBcc: d@e.f", mailbox},
		{"app-url", "COORDINATOR_APP_URL", "app.example.com", web},
		{"app-url", "COORDINATOR_APP_URL", "ftp://app.example.com", web},
		{"app-url", "COORDINATOR_APP_URL", "https://app.example.com/?page=1", web},
		{"public-url", "COORDINATOR_PUBLIC_URL", "https://", web},
		{"event-stream-retention", "COORDINATOR_EVENT_STREAM_RETENTION", "30s", duration + "1m to 8760h"},
		{"access-token-ttl", "COORDINATOR_ACCESS_TOKEN_TTL", "59s", duration + "1m to 1h"},
		{"access-token-ttl", "COORDINATOR_ACCESS_TOKEN_TTL", "61m", duration + "1m to 1h"},
		{"refresh-token-ttl", "COORDINATOR_REFRESH_TOKEN_TTL", "30d", duration + "1m to 8760h"},
		{"refresh-token-ttl", "COORDINATOR_REFRESH_TOKEN_TTL", "5m", "expected at least the life of an access token, 10m"},
		{"session-max-ttl", "COORDINATOR_SESSION_MAX_TTL", "9000h", duration + "1m to 8760h"},
		{"session-max-ttl", "COORDINATOR_SESSION_MAX_TTL", "5m", "expected at least the life of an access token, 10m"},
		{"require-second-factor", "COORDINATOR_REQUIRE_SECOND_FACTOR", "admin,owner,Manager", roles + `"owner", "Manager"`},
		{"require-second-factor", "COORDINATOR_REQUIRE_SECOND_FACTOR", "all", roles + `"all"`},
		{"require-second-factor", "COORDINATOR_REQUIRE_SECOND_FACTOR", "admin,", roles + `""`},
		{"admin-email", "COORDINATOR_ADMIN_EMAIL", "ana", email},
		{"admin-email", "COORDINATOR_ADMIN_EMAIL", "Ana <ana@example.com>", email},
		{"admin-email", "COORDINATOR_ADMIN_EMAIL", strings.Repeat("a", 251) + "@a.b", email},
		{"demo", "COORDINATOR_DEMO", "maybe", "expected true or false"},
		{"data-dir", "COORDINATOR_DATA_DIR", "~/data", tilde},
		{"pg-bin-dir", "PG_BIN_DIR", "~ana/bin", tilde},
		{"db-max-conns", "COORDINATOR_DB_MAX_CONNS", "many", "expected a whole number, from 0 to 1000"},
		{"db-max-conns", "COORDINATOR_DB_MAX_CONNS", "-1", "expected a whole number, from 0 to 1000"},
		{"db-max-conns", "COORDINATOR_DB_MAX_CONNS", "4294967297", "expected a whole number, from 0 to 1000"},
		{"migrate", "COORDINATOR_MIGRATE", "later", "expected true or false"},
		{"log-level", "COORDINATOR_LOG_LEVEL", "inf", "expected one of debug, info, warn, error; did you mean info?"},
		{"log-level", "COORDINATOR_LOG_LEVEL", "debug+2", "expected one of debug, info, warn, error; did you mean debug?"},
		{"log-format", "COORDINATOR_LOG_FORMAT", "logfmt", "expected one of auto, text, json"},
		{"log-level-file", "COORDINATOR_LOG_LEVEL_FILE", "~/level", tilde},
		{"log-file", "COORDINATOR_LOG_FILE", "~/log", tilde},
		{"log-max-size-mb", "COORDINATOR_LOG_MAX_SIZE_MB", "0", "expected a whole number, from 1 to 10000"},
		{"log-max-age-days", "COORDINATOR_LOG_MAX_AGE_DAYS", "-1", "expected a whole number, from 0 to 3650"},
		{"log-max-backups", "COORDINATOR_LOG_MAX_BACKUPS", "many", "expected a whole number, from 0 to 10000"},
		{"slow-query", "COORDINATOR_SLOW_QUERY", "500", duration + "0s to 10m"},
		{"slow-request", "COORDINATOR_SLOW_REQUEST", "1h", duration + "0s to 10m"},
		{"metrics-addr", "COORDINATOR_METRICS_ADDR", "9464", "expected HOST:PORT with a port from 0 to 65535, such as 127.0.0.1:9464, or off"},
		{"traces-exporter", "OTEL_TRACES_EXPORTER", "zipkin", "expected one of otlp, none"},
		{"otlp-protocol", "OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "gRPC is not spoken here; set it to http/protobuf, and the endpoint to the collector's port for HTTP, which is 4318 and not 4317 by default"},
		{"otlp-traces-protocol", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json", "expected http/protobuf"},

		// Secrets, whose value is left out.
		{"mail-url", "COORDINATOR_MAIL_URL", "hunter2", mailURL},
		{"mail-url", "COORDINATOR_MAIL_URL", "http://ana:hunter2@mail", mailURL},
		{"mail-url", "COORDINATOR_MAIL_URL", "smtp://ana:hun/ter2@mail", mailURL},
		{"mail-url", "COORDINATOR_MAIL_URL", "smtp://ana:hunter2@mail:0", mailURL},
		{"mail-url", "COORDINATOR_MAIL_URL", "smtp://ana:hunter2@mail/box", mailURL},
		{"mail-url", "COORDINATOR_MAIL_URL", "smtp://ana:hunter2@mail?tls=none", mailPlain},
		{"mail-url", "COORDINATOR_MAIL_URL", "smtps://ana:hunter2@localhost?tls=none", mailPlain},
		{"mail-url", "COORDINATOR_MAIL_URL", "smtp://ana:hunter2@mail?tls=maybe", "the only setting after a ? is tls=none"},
		{"admin-password", "COORDINATOR_ADMIN_PASSWORD", "hunter2", password},
		{"admin-password", "COORDINATOR_ADMIN_PASSWORD", strings.Repeat("hunter2", 20), longPassword},
		{"admin-password", "COORDINATOR_ADMIN_PASSWORD", "hunter2\thunter2", longPassword},
		{"admin-password", "COORDINATOR_ADMIN_PASSWORD", "hunter2hunter2\xff", longPassword},
		{"password-min-length", "COORDINATOR_PASSWORD_MIN_LENGTH", "7", "expected a whole number, from 8 to 64"},
		{"password-min-length", "COORDINATOR_PASSWORD_MIN_LENGTH", "65", "expected a whole number, from 8 to 64"},
		{"password-scheme", "COORDINATOR_PASSWORD_SCHEME", "bcrypt", "expected one of argon2id, pbkdf2"},
		{"secret-key", "COORDINATOR_SECRET_KEY", "hunter2!", "a secret key is written in base64; make one with `openssl rand -base64 32`"},
		{"secret-key", "COORDINATOR_SECRET_KEY", "aHVudGVyMg==", "the secret key has 7 bytes, and at least 32 are needed; make one with `openssl rand -base64 32`"},
		{"redis-url", "REDIS_URL", "hunter2", redis},
		{"redis-url", "REDIS_URL", "http://:hunter2@redis", redis},
		{"redis-url", "REDIS_URL", "redis://:hun/ter2@redis:6379", redis},
		{"database-url", "DATABASE_URL", "mysql://root:hunter2@db/app?a=b", database},
		{"database-url", "DATABASE_URL", "hunter2", database},
		{"database-owner-url", "DATABASE_OWNER_URL", "hunter2", database},
		{"database-owner-url", "DATABASE_OWNER_URL", "postgres://ana:hunter2@db/app", "it is the owner of which database? set DATABASE_URL to it, as the role that the service runs as"},
		{"database-direct-url", "DATABASE_DIRECT_URL", "hunter2", database},
		{"database-direct-url", "DATABASE_DIRECT_URL", "postgres://ana:hunter2@db/app", "it is the direct way to which database? set DATABASE_URL to it, through the pooler"},
		{"database-replica-url", "DATABASE_REPLICA_URL", "hunter2", database},
		{"database-replica-url", "DATABASE_REPLICA_URL", "postgres://ana:hunter2@db/app", "it is the replica of which database? set DATABASE_URL to the primary"},
		{"replica-max-lag", "COORDINATOR_REPLICA_MAX_LAG", "100ms", duration + "200ms to 1m"},
		{"db-pooler", "COORDINATOR_DB_POOLER", "session", "expected one of none, transaction"},
		{"db-pooler", "COORDINATOR_DB_POOLER", "transaction", "no pooler stands in front of the private PostgreSQL; set DATABASE_URL to the pooler's address"},
		{"database-url", "DATABASE_URL", "postgres://ana:hunter2@db:port/app", database},
		{"database-url", "DATABASE_URL", "postgres://ana:hun/ter2@db/app", database},
		{"database-url", "DATABASE_URL", "host=db password='hunter2", database},
		{"database-url", "DATABASE_URL", "postgres://ana:hunter2@db/app?sslmode=maybe", database},
		{"database-url", "DATABASE_URL", "postgres://ana:hunter2@db/app?sslmode=verify-full&sslrootcert=/missing/ca", "names a file that cannot be read: open /missing/ca: no such file or directory"},
	} {
		given := " " + quote(test.value)
		if slices.Contains([]string{"mail-url", "admin-password", "secret-key", "redis-url", "database-url", "database-owner-url", "database-direct-url", "database-replica-url"}, test.flag) {
			given = ""
		}

		t.Run(test.variable+"="+test.value, func(t *testing.T) {
			t.Parallel()

			want := []string{"--" + test.flag + given + ": " + test.problem}
			if d := cmp.Diff(want, mistakesOf(t, []string{"--" + test.flag + "=" + test.value}, nil)); d != "" {
				t.Errorf("by flag (-want +got):\n%s", d)
			}

			want = []string{test.variable + given + ": " + test.problem}
			if d := cmp.Diff(want, mistakesOf(t, nil, []string{test.variable + "=" + test.value})); d != "" {
				t.Errorf("by variable (-want +got):\n%s", d)
			}
		})
	}
}

func TestGoodValues(t *testing.T) {
	t.Parallel()

	for _, arg := range []string{
		"--addr=:0", "--addr=localhost:65535", "--addr=db-1.internal_net:80", "--addr=[fe80::1%eth0]:80",
		"--cors-origins=http://[::1]:3000", "--cors-origins=https://a.b:8443,http://localhost", "--rate-limit-read=0", "--redis-url=redis://redis",
		"--trusted-proxies=::1", "--trusted-proxies=::ffff:10.0.0.1",
		"--database-url=postgres://", "--database-url=postgresql:///app?host=/run/postgresql",
		"--database-url=host=/run/postgresql dbname=app", "--database-url=postgres://a:b@h1:1,h2:2/app?target_session_attrs=any",
		"--database-url=options=a://b host=db",
		"--admin-password=éééééééééééé",
		"--demo=yes", "--demo=ON", "--demo=0", "--demo",
		"--refresh-token-ttl=10m", "--db-max-conns=1000",
	} {
		mustParse(t, []string{arg}, nil)
	}
}

func TestCommandLineShape(t *testing.T) {
	t.Parallel()

	const commands = "expected one of serve, migrate, user, keys, jobs, demo, doctor, dump, restore, audit, openapi, version"

	for _, test := range []struct {
		name string
		args []string
		want []string
	}{
		{"UnknownFlags", []string{"--adr=x:1", "--nonsense", "-x"}, []string{"--adr: unknown flag; did you mean --addr?", "--nonsense: unknown flag", "-x: unknown flag"}},
		{"UnknownNegatedFlag", []string{"--no-migrat"}, []string{"--no-migrat: unknown flag; did you mean --no-migrate?"}},
		{"NegatedFlagWithoutNegation", []string{"--no-addr"}, []string{"--no-addr: unknown flag"}},
		{"NegatedFlagWithValue", []string{"--no-migrate=true"}, []string{"--no-migrate: takes no value"}},
		{"UnknownCommand", []string{"migrat", "up", "--addr=nonsense"}, []string{`command "migrat": unknown; ` + commands + "; did you mean migrate?"}},
		{"UnknownSubcommand", []string{"migrate", "upp"}, []string{`command "upp": unknown; expected one of up, down, status; did you mean up?`}},
		{"NoJobToRetry", []string{"jobs", "retry"}, []string{"ID: name the jobs by their ids, or say --all-discarded"}},
		{"JobsToRetryTwice", []string{"jobs", "retry", "1", "--all-discarded"}, []string{"--all-discarded: either name jobs or say --all-discarded"}},
		{"KindOfNamedJobs", []string{"jobs", "retry", "1", "--kind=mail"}, []string{"--kind: it takes --all-discarded"}},
		{"NoIdOfAJob", []string{"jobs", "cancel", "x"}, []string{`ID "x": expected the id of a job, a whole number as "coordinator jobs list" shows it`}},
		{"PurgeAfterNegative", []string{"--purge-after=-1h"}, []string{`--purge-after "-1h": expected a duration such as 90s or 1h30m, from 0s to 87600h`}},
		{"SecretLostWithoutRevoke", []string{"keys", "rotate", "--secret-lost"}, []string{"--secret-lost: without the secret key the keys there are verify nothing; revoke them as well, with --revoke"}},
		{"MissingSubcommand", []string{"migrate", "--db-max-conns=x"}, []string{"migrate: needs a command: one of up, down, status", `--db-max-conns "x": expected a whole number, from 0 to 1000`}},
		{"UnexpectedArgument", []string{"serve", "now", "--demo=x"}, []string{`argument "now": unexpected`, `--demo "x": expected true or false`}},
		{"DoubleDash", []string{"serve", "--"}, []string{`argument "--": unexpected`}},
		{"FlagOfAnotherCommand", []string{"migrate", "up", "--addr=:1"}, []string{"--addr: not a flag of migrate up"}},
		{"FlagBeforeAnotherCommand", []string{"--demo", "migrate", "up"}, []string{"--demo: not a flag of migrate up"}},
		{"MissingValueAtTheEnd", []string{"--addr"}, []string{"--addr: needs a value"}},
		{"MissingValueBeforeAFlag", []string{"--addr", "--demo"}, []string{"--addr: needs a value"}},
		{"EmptyValue", []string{"--addr=", "--data-dir", ""}, []string{"--addr: needs a value", "--data-dir: needs a value"}},
		{"FlagOfVersion", []string{"version", "--format=json"}, []string{"--format: not a flag of version"}},
		{"CommandAfterUnknownFlag", []string{"--nonsense", "migrate", "up"}, []string{"--nonsense: unknown flag"}},
		{"ValueOfUnknownFlagIsHidden", []string{"--admin-pasword", "hunter2", "hunter2"}, []string{"--admin-pasword: unknown flag; did you mean --admin-password?", "argument: unexpected after --admin-pasword; quote a value that has spaces in it"}},
		{"RestOfASecretIsHidden", []string{"--admin-password", "correct-horse", "hunter2"}, []string{"argument: unexpected after --admin-password; quote a value that has spaces in it"}},
		{"ValueOfAnEmptySecretIsHidden", []string{"--admin-password=", "hunter2"}, []string{"--admin-password: needs a value", "argument: unexpected after --admin-password; quote a value that has spaces in it"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			if d := cmp.Diff(test.want, mistakesOf(t, test.args, nil)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestUnknownVariables(t *testing.T) {
	t.Parallel()

	got := mistakesOf(t, nil, []string{
		"COORDINATOR_LOGLEVEL=hunter2", "COORDINATOR_ADMIN_PASWORD=hunter2", "COORDINATOR_PORT=8080", "COORDINATOR_X=hunter2",
		// Not ours, or empty.
		"COORDINATOR_EMPTY=", "COORDINATOR=x", "DATABASE_UR=x", "PATH=/bin", "nonsense",
		// A known variable of another command.
		"COORDINATOR_USER_PASSWORD=hunter2",
	})
	want := []string{
		"COORDINATOR_ADMIN_PASWORD: unknown variable; did you mean COORDINATOR_ADMIN_PASSWORD?",
		"COORDINATOR_LOGLEVEL: unknown variable; did you mean COORDINATOR_LOG_LEVEL?",
		"COORDINATOR_PORT: unknown variable",
		"COORDINATOR_X: unknown variable",
	}

	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// Kubernetes sets these beside services named "coordinator" and "coordinator-db".
func TestServiceLinksAreNoMistakes(t *testing.T) {
	t.Parallel()

	mustParse(t, nil, []string{
		"COORDINATOR_SERVICE_HOST=10.96.0.7",
		"COORDINATOR_SERVICE_PORT=8080",
		"COORDINATOR_SERVICE_PORT_HTTP=8080",
		"COORDINATOR_PORT=tcp://10.96.0.7:8080",
		"COORDINATOR_PORT_8080_TCP=tcp://10.96.0.7:8080",
		"COORDINATOR_PORT_8080_TCP_PROTO=tcp",
		"COORDINATOR_PORT_8080_TCP_PORT=8080",
		"COORDINATOR_PORT_8080_TCP_ADDR=10.96.0.7",
		"COORDINATOR_DB_SERVICE_HOST=10.96.0.8",
		"COORDINATOR_DB_PORT=tcp://10.96.0.8:5432",
	})
}

// All kinds of mistakes at once, in one message without a secret.
func TestEveryMistakeAtOnce(t *testing.T) {
	t.Parallel()

	_, err := parseForTest(t,
		[]string{"serve", "--adr=:1", "--access-token-ttl=2h", "--admin-password=hunter2", "--no-migrate=no", "extra"},
		[]string{"COORDINATOR_BODY_LIMIT=x", "DATABASE_URL=mysql://ana:hunter2@db", "COORDINATOR_DAT_DIR=/srv", "COORDINATOR_REFRESH_TOKEN_TTL=1m"})

	want := `8 mistakes in the settings:
  --adr: unknown flag; did you mean --addr?
  --no-migrate: takes no value
  argument "extra": unexpected
  --access-token-ttl "2h": expected a duration such as 90s or 1h30m, from 1m to 1h
  COORDINATOR_BODY_LIMIT "x": expected a whole number, from 1024 to 16777216
  DATABASE_URL: expected a PostgreSQL URL such as postgres://user:password@host:5432/database (reserved characters in the password percent-encoded), or pairs such as host=localhost dbname=coordinator
  COORDINATOR_DAT_DIR: unknown variable; did you mean COORDINATOR_DATA_DIR?
  --admin-password: expected a password of 12 to 128 characters, none of them a control character`

	if err == nil {
		t.Fatal("no error")
	}

	if d := cmp.Diff(want, err.Error()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}

	if one := (Mistakes{{Setting: "--x", Given: `"1"`, Problem: "bad"}}).Error(); one != "1 mistake in the settings:\n  --x \"1\": bad" {
		t.Errorf("one mistake reads %q", one)
	}
}

func TestUserCreateRules(t *testing.T) {
	t.Parallel()

	const (
		asNone   = "expected a password of 12 to 128 characters, none of them a control character"
		asLonger = "expected a password of 20 to 128 characters, none of them a control character"
		variable = "COORDINATOR_USER_PASSWORD"
	)

	for _, test := range []struct {
		name          string
		args, environ []string
		want          []string
	}{
		{"EmailIsRequired", nil, nil, []string{"--email: required"}},
		{"BadEmailIsOneMistake", []string{"--email=x"}, nil, []string{`--email "x": expected an email address such as ana@example.com`}},
		{"MissingEmailValueIsOneMistake", []string{"--email"}, nil, []string{"--email: needs a value"}},
		{"Role", []string{"--email=a@b.c", "--role=root"}, nil, []string{`--role "root": expected one of user, manager, admin`}},
		{"BlankName", []string{"--email=a@b.c", "--name= "}, nil, []string{`--name " ": expected a name of 1 to 200 characters`}},
		{"LongName", []string{"--email=a@b.c", "--name=" + strings.Repeat("n", 201)}, nil, []string{"--name " + quote(strings.Repeat("n", 201)) + ": expected a name of 1 to 200 characters"}},
		{"ShortPassword", []string{"--email=a@b.c"}, []string{variable + "=hunter2"}, []string{variable + ": " + asNone}},
		{"ShorterThanTheSetting", []string{"--email=a@b.c", "--password-min-length=20"}, []string{variable + "=hunter2hunter2hunte"}, []string{variable + ": " + asLonger}},
		{"SettingIsOutOfBounds", []string{"--email=a@b.c", "--password-min-length=7"}, []string{variable + "=hunter2"}, []string{"--password-min-length \"7\": expected a whole number, from 8 to 64"}},
		{"TwoPasswords", []string{"--email=a@b.c", "--password-stdin"}, []string{variable + "=hunter2hunter2"}, []string{"--password-stdin: the password is given already; use one of the two"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			if d := cmp.Diff(test.want, mistakesOf(t, append([]string{"user", "create"}, test.args...), test.environ)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestReadPassword(t *testing.T) {
	t.Parallel()

	for _, test := range []struct {
		name, input string
		want        Secret
		problem     string
	}{
		{"FirstLine", "correct horse\nmore\n", "correct horse", ""},
		{"CarriageReturn", "correct horse\r\n", "correct horse", ""},
		{"NoNewline", "correct horse", "correct horse", ""},
		{"SpacesAreKept", " correct horse \n", " correct horse ", ""},
		{"LongestInWideCharacters", strings.Repeat("🔒", 128) + "\r\n", Secret(strings.Repeat("🔒", 128)), ""},
		{"TooLong", strings.Repeat("x", 129), "", "at most 128"},
		{"Empty", "", "", "12 to 128"},
		{"TooShort", "hunter2hunt", "", "12 to 128"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			create := UserCreate{PasswordStdin: true, Passwords: Passwords{MinLength: 12}}

			err := create.ReadPassword(strings.NewReader(test.input))
			if got := create.Password; got != test.want {
				t.Errorf("Password = %q, want %q", got.Reveal(), test.want.Reveal())
			}

			want := ""
			if test.problem != "" {
				want = "1 mistake in the settings:\n  --password-stdin: expected a password of " + test.problem + " characters, none of them a control character"
			}

			got := ""
			if err != nil {
				got = err.Error()
			}

			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("error (-want +got):\n%s", d)
			}
		})
	}

	t.Run("NotAsked", func(t *testing.T) {
		t.Parallel()

		create := UserCreate{Password: "given before"}
		if err := create.ReadPassword(strings.NewReader("other password")); err != nil || create.Password != "given before" {
			t.Errorf("ReadPassword = %v, password %q", err, create.Password.Reveal())
		}
	})
}
