package config

import (
	"log/slog"
	"net/netip"
	"strings"
	"time"
)

// CLI holds the settings of every command; Parse fills in those of the chosen
// one.
type CLI struct {
	ShowVersion bool `name:"version" help:"Print the version and exit."`

	Serve   Serve       `cmd:"" default:"withargs" help:"Run the API. This is the default command."`
	Migrate Migrate     `cmd:"" help:"Change or show the version of the database schema."`
	User    User        `cmd:"" help:"Manage accounts."`
	Keys    Keys        `cmd:"" help:"Manage the keys that sign access tokens."`
	Jobs    JobsCommand `cmd:"" help:"Look at background jobs and interfere with them."`
	Demo    Demo        `cmd:"" help:"Load the demo data: one agency with its clients, projects and tasks."`
	Doctor  Doctor      `cmd:"" help:"Check everything that the service needs, with the settings that it has, and say what mends what is broken."`
	Dump    Dump        `cmd:"" help:"Write the database, as it is at one moment, into one file."`
	Restore Restore     `cmd:"" help:"Read what dump wrote into an empty database, and verify what is there then."`
	Audit   Audit       `cmd:"" help:"Check that nobody has changed the audit log."`
	OpenAPI OpenAPI     `cmd:"" name:"openapi" help:"Print the API's contract."`
	Version struct{}    `cmd:"" help:"Print the version."`
}

// Database says which PostgreSQL to use: the one at URL, or a private one in
// DataDir when URL is empty. The default of DataDir depends on the machine; it
// is absolute after Parse, and empty only where nothing needs it.
type Database struct {
	URL DatabaseURL `name:"database-url" env:"DATABASE_URL" type:"database-url" placeholder:"URL" unset:"a private PostgreSQL in the data directory" help:"PostgreSQL to use, as a URL or as keyword=value pairs. Prefer the variable: a command line can be read by every user of the machine."`
	// OwnerURL is empty when there is no role beside that of URL.
	OwnerURL DatabaseURL `name:"database-owner-url" env:"DATABASE_OWNER_URL" type:"database-url" placeholder:"URL" unset:"that of the database" help:"The same PostgreSQL as the role that owns the schema. It migrates, and grants the role of the database URL what the service needs, which is not to change the audit log."`
	// DirectURL is empty where URL leads to PostgreSQL itself, or nothing else is known.
	DirectURL DatabaseURL `name:"database-direct-url" env:"DATABASE_DIRECT_URL" type:"database-url" placeholder:"URL" unset:"that of the database" help:"The same PostgreSQL as the same role, past the pooler: for background work, which LISTEN wakes, and for migrations unless the owner URL is set."`
	// Pooler is never empty after Parse.
	Pooler   Pooler `name:"db-pooler" env:"COORDINATOR_DB_POOLER" enum:"none,transaction" default:"none" help:"What stands between the service and PostgreSQL; transaction is a pooler such as PgBouncer in transaction mode."`
	DataDir  string `name:"data-dir" env:"COORDINATOR_DATA_DIR" type:"directory" placeholder:"DIR" default:"" help:"Directory of the private PostgreSQL and of keys. A relative one is made absolute."`
	PGBinDir string `name:"pg-bin-dir" env:"PG_BIN_DIR" type:"directory" placeholder:"DIR" unset:"searched for" help:"Directory of the PostgreSQL programs (initdb, postgres) for the private server."`
	// MaxConns is positive after Parse, which replaces 0 by AutomaticMaxConns.
	MaxConns int32 `name:"db-max-conns" env:"COORDINATOR_DB_MAX_CONNS" placeholder:"N" default:"0" min:"0" max:"1000" help:"Most database connections at once; 0 picks twice the processor cores, at least 4 and at most 32."`
}

// Pooler is what stands between the service and PostgreSQL.
type Pooler string

// The poolers. One in session mode is like none.
const (
	PoolerNone        Pooler = "none"
	PoolerTransaction Pooler = "transaction"
)

// Replica says which streaming replica of the database answers lists, searches
// and statistics.
type Replica struct {
	ReplicaURL    DatabaseURL   `name:"database-replica-url" env:"DATABASE_REPLICA_URL" type:"database-url" placeholder:"URL" unset:"none" help:"Streaming replica of the database, which answers lists, searches, exports and statistics. A caller reads its own changes all the same, and nobody what was taken from it."`
	ReplicaMaxLag time.Duration `name:"replica-max-lag" env:"COORDINATOR_REPLICA_MAX_LAG" placeholder:"DURATION" default:"1s" min:"200ms" max:"1m" help:"How far the replica may be behind and still be read from."`
}

// Log says what is logged, and how.
type Log struct {
	Level  slog.Level `name:"log-level" env:"COORDINATOR_LOG_LEVEL" enum:"debug,info,warn,error" default:"info" help:"Least severe level that is logged."`
	Format LogFormat  `name:"log-format" env:"COORDINATOR_LOG_FORMAT" enum:"auto,text,json" default:"auto" help:"Form of a log line; auto is text on a terminal and json elsewhere."`
	// NoColor is set by any value of its variable; see https://no-color.org.
	NoColor     bool          `name:"no-color" env:"NO_COLOR" type:"presence" default:"false" help:"Write text without colours; any value of the variable does."`
	LevelFile   string        `name:"log-level-file" env:"COORDINATOR_LOG_LEVEL_FILE" type:"directory" placeholder:"FILE" unset:"none: SIGHUP switches between the level and debug" help:"File that holds the level (debug, info, warn or error), which is read at the start and on SIGHUP."`
	File        string        `name:"log-file" env:"COORDINATOR_LOG_FILE" type:"directory" placeholder:"FILE" unset:"the standard error" help:"File that the log is appended to, readable for this user alone. It is set aside by its size and each day, and opened anew on SIGHUP. Each process needs its own."`
	MaxSizeMB   int32         `name:"log-max-size-mb" env:"COORDINATOR_LOG_MAX_SIZE_MB" placeholder:"N" default:"100" min:"1" max:"10000" help:"Size in MiB from which a log file is set aside, and compressed."`
	MaxAgeDays  int32         `name:"log-max-age-days" env:"COORDINATOR_LOG_MAX_AGE_DAYS" placeholder:"N" default:"30" min:"0" max:"3650" help:"Days after which log files that were set aside are removed; 0 for never."`
	MaxBackups  int32         `name:"log-max-backups" env:"COORDINATOR_LOG_MAX_BACKUPS" placeholder:"N" default:"60" min:"0" max:"10000" help:"Most log files that were set aside; the oldest are removed first. 0 for any number."`
	SlowQuery   time.Duration `name:"slow-query" env:"COORDINATOR_SLOW_QUERY" placeholder:"DURATION" default:"500ms" min:"0s" max:"10m" help:"Time from which a statement is logged as slow, by its name and without its arguments; 0s for none."`
	SlowRequest time.Duration `name:"slow-request" env:"COORDINATOR_SLOW_REQUEST" placeholder:"DURATION" default:"2s" min:"0s" max:"10m" help:"Time from which a request is logged as slow, as a warning; 0s for none."`
}

// Metrics says where the metrics are served.
type Metrics struct {
	// Addr is empty where nothing was said: then it is DefaultMetricsAddr, as far
	// as that is free. MetricsOff serves none.
	Addr string `name:"metrics-addr" env:"COORDINATOR_METRICS_ADDR" type:"metrics-address" placeholder:"HOST:PORT" unset:"127.0.0.1:9464, or none where another process has that" help:"Address that serves /metrics to Prometheus, without a credential; off for none. Port 0 picks a free one, which is logged."`
}

// DefaultMetricsAddr is where metrics are served where nothing was said.
const DefaultMetricsAddr = "127.0.0.1:9464"

// MetricsOff serves no metrics.
const MetricsOff = "off"

// Traces say whether spans are exported, by the standard variables of
// OpenTelemetry. Those that are not here (headers, certificates, timeouts, the
// sampler, the service's name) its SDK reads by itself.
type Traces struct {
	Exporter       string `name:"traces-exporter" env:"OTEL_TRACES_EXPORTER" enum:"otlp,none" default:"" unset:"otlp where an endpoint is set, none otherwise" help:"Whether traces are exported."`
	Endpoint       Secret `name:"otlp-endpoint" env:"OTEL_EXPORTER_OTLP_ENDPOINT" type:"otlp-endpoint" placeholder:"URL" unset:"http://localhost:4318 with the exporter otlp" help:"Base address of a collector that takes OTLP over HTTP; /v1/traces is added."`
	TracesEndpoint Secret `name:"otlp-traces-endpoint" env:"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" type:"otlp-endpoint" placeholder:"URL" unset:"that of OTLP" help:"The same for traces alone, as it is."`
	Protocol       string `name:"otlp-protocol" env:"OTEL_EXPORTER_OTLP_PROTOCOL" type:"otlp-protocol" placeholder:"PROTOCOL" default:"http/protobuf" help:"Protocol of OTLP; there is no other."`
	TracesProtocol string `name:"otlp-traces-protocol" env:"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL" type:"otlp-protocol" placeholder:"PROTOCOL" unset:"that of OTLP" help:"The same for traces alone."`
	Disabled       bool   `name:"otel-disabled" env:"OTEL_SDK_DISABLED" default:"false" help:"Export nothing by OpenTelemetry, whatever else is set."`
}

// Exported tells whether traces are exported.
func (t Traces) Exported() bool {
	if t.Disabled || t.Exporter == "none" {
		return false
	}
	return t.Exporter == "otlp" || t.Endpoint != "" || t.TracesEndpoint != ""
}

// CollectorURL is where spans are posted to; empty for the exporter's default.
func (t Traces) CollectorURL() string {
	if t.TracesEndpoint != "" {
		return t.TracesEndpoint.Reveal()
	}
	if t.Endpoint != "" {
		return strings.TrimRight(t.Endpoint.Reveal(), "/") + "/v1/traces"
	}
	return ""
}

// DefaultAccessTokenTTL is the life of an access token where nothing else is said.
const DefaultAccessTokenTTL = 10 * time.Minute

// LogFormat is the form of a log line.
type LogFormat string

// The log formats. LogFormatAuto is text on a terminal and JSON elsewhere.
const (
	LogFormatAuto LogFormat = "auto"
	LogFormatText LogFormat = "text"
	LogFormatJSON LogFormat = "json"
)

// Registration says whether strangers may create their own account.
type Registration string

// The registration policies. RegistrationInvitation takes an invitation by a
// manager or an administrator; under RegistrationClosed only administrators
// invite and create accounts.
const (
	RegistrationOpen       Registration = "open"
	RegistrationInvitation Registration = "invitation"
	RegistrationClosed     Registration = "closed"
)

// Passwords are the rules of new passwords. MinLength is in characters.
type Passwords struct {
	MinLength int32          `name:"password-min-length" env:"COORDINATOR_PASSWORD_MIN_LENGTH" placeholder:"N" default:"12" min:"8" max:"64" help:"Least length of a new password, in characters."`
	Scheme    PasswordScheme `name:"password-scheme" env:"COORDINATOR_PASSWORD_SCHEME" enum:"argon2id,pbkdf2" default:"argon2id" help:"How new passwords are hashed; pbkdf2 (SHA-256, 600,000 iterations) is for where FIPS 140 is required. Others are hashed anew at the next sign-in."`
}

// PasswordScheme is how new passwords are hashed.
type PasswordScheme string

// The schemes of new passwords.
const (
	PasswordSchemeArgon2id PasswordScheme = "argon2id"
	PasswordSchemePBKDF2   PasswordScheme = "pbkdf2"
)

// Serve holds the settings of the API server.
type Serve struct {
	Addr           string         `name:"addr" env:"COORDINATOR_ADDR" type:"address" placeholder:"HOST:PORT" default:"127.0.0.1:8080" group:"HTTP:" help:"Address to listen on. Port 0 picks a free one; an empty host listens on every interface."`
	TrustedProxies []netip.Prefix `name:"trusted-proxies" env:"COORDINATOR_TRUSTED_PROXIES" type:"networks" placeholder:"CIDR" unset:"none" group:"HTTP:" help:"Networks of the proxies whose X-Forwarded-For is believed, separated by commas."`
	BodyLimit      int64          `name:"body-limit" env:"COORDINATOR_BODY_LIMIT" placeholder:"BYTES" default:"65536" min:"1024" max:"16777216" group:"HTTP:" help:"Largest request body in bytes."`
	BulkBodyLimit  int64          `name:"bulk-body-limit" env:"COORDINATOR_BULK_BODY_LIMIT" placeholder:"BYTES" default:"4194304" min:"1024" max:"16777216" group:"HTTP:" help:"Largest body in bytes of a request that changes many records at once."`
	RequestTimeout time.Duration  `name:"request-timeout" env:"COORDINATOR_REQUEST_TIMEOUT" placeholder:"DURATION" default:"25s" min:"1s" max:"10m" group:"HTTP:" help:"Longest time that one request may take."`
	RequestLimits
	// ShutdownGrace is what follows from Addr after Parse where nothing else was said.
	ShutdownGrace   time.Duration `name:"shutdown-grace" env:"COORDINATOR_SHUTDOWN_GRACE" placeholder:"DURATION" default:"" min:"0s" max:"10m" unset:"5s, and none where only this machine is listened to" group:"HTTP:" help:"Time from a signal to stop, with which /readyz fails, until no more requests are taken: what a load balancer needs to notice."`
	ShutdownTimeout time.Duration `name:"shutdown-timeout" env:"COORDINATOR_SHUTDOWN_TIMEOUT" placeholder:"DURATION" default:"10s" min:"1s" max:"10m" group:"HTTP:" help:"Time that running requests get to finish after a signal to stop."`

	RequireIfMatch string `name:"require-if-match" env:"COORDINATOR_REQUIRE_IF_MATCH" enum:"off,agents,all" default:"off" group:"HTTP:" help:"Whose changes of a record need If-Match with the version they are meant for: nobody's, those of agents, or everybody's. An API key can say so for itself."`

	Events `group:"Events:"`

	CORSOrigins []string `name:"cors-origins" env:"COORDINATOR_CORS_ORIGINS" type:"origins" placeholder:"ORIGIN" unset:"none" group:"HTTP:" help:"Origins whose pages may call the API from a browser, such as https://app.example.com, separated by commas."`

	RateLimits

	// Registration is never empty after Parse.
	Registration    Registration  `name:"registration" env:"COORDINATOR_REGISTRATION" enum:"open,invitation,closed" default:"" unset:"open with --demo, closed otherwise" group:"Sign-in:" help:"Who may open an account: anybody, who is invited by a manager or administrator, or who is invited by an administrator."`
	AccessTokenTTL  time.Duration `name:"access-token-ttl" env:"COORDINATOR_ACCESS_TOKEN_TTL" placeholder:"DURATION" default:"10m" min:"1m" max:"1h" group:"Sign-in:" help:"Life of an access token."`
	RefreshTokenTTL time.Duration `name:"refresh-token-ttl" env:"COORDINATOR_REFRESH_TOKEN_TTL" placeholder:"DURATION" default:"720h" min:"1m" max:"8760h" group:"Sign-in:" help:"Life of a refresh token; not below that of an access token."`
	SessionMaxTTL   time.Duration `name:"session-max-ttl" env:"COORDINATOR_SESSION_MAX_TTL" placeholder:"DURATION" default:"2160h" min:"1m" max:"8760h" group:"Sign-in:" help:"Life of a session however often it is refreshed, after which one has to sign in again; not below that of an access token."`

	RequireSecondFactor []string `name:"require-second-factor" env:"COORDINATOR_REQUIRE_SECOND_FACTOR" type:"roles" placeholder:"ROLES" unset:"none" group:"Sign-in:" help:"Roles that have to sign in with a second factor, separated by commas, such as admin,manager. Whoever has none sets one up first."`

	Passwords `group:"Sign-in:"`

	SecretKey Secret `name:"secret-key" env:"COORDINATOR_SECRET_KEY" type:"secret-key" placeholder:"KEY" unset:"a random one, kept in the data directory" group:"Sign-in:" help:"What signing keys and other secrets in the database are encrypted with: at least 32 random bytes in base64, the same for every replica. Prefer the variable: a command line can be read by every user of the machine."`

	// MailURL is mailToLog after Parse where Demo is set and nothing else was said.
	MailURL  MailURL `name:"mail-url" env:"COORDINATOR_MAIL_URL" type:"mail-url" placeholder:"URL" unset:"log: with --demo, otherwise no mail is sent" group:"Mail:" help:"Mail server: smtp://user:password@host:587 (STARTTLS is required), smtps://user:password@host:465, or log: to write mail with its links and tokens to the log. Prefer the variable: a command line can be read by every user of the machine."`
	MailFrom string  `name:"mail-from" env:"COORDINATOR_MAIL_FROM" type:"mailbox" placeholder:"ADDRESS" unset:"required with a mail server" group:"Mail:" help:"Who mail is from, with or without a name: Coordinator <coordinator@example.com>."`
	// AppURL and PublicURL have no slash at their end. PublicURL is empty where
	// the address that is listened on stands in for it.
	AppURL    string `name:"app-url" env:"COORDINATOR_APP_URL" type:"web-address" placeholder:"URL" unset:"mail holds the token and what to do with it" group:"Mail:" help:"Address of your front end. Links in mail are its /accept-invitation, /verify-email and /reset-password, each with ?token=."`
	PublicURL string `name:"public-url" env:"COORDINATOR_PUBLIC_URL" type:"web-address" placeholder:"URL" unset:"http:// and the address listened on" group:"Mail:" help:"Address under which the API is reached from outside."`

	AdminEmail    string `name:"admin-email" env:"COORDINATOR_ADMIN_EMAIL" type:"email" placeholder:"EMAIL" default:"admin@coordinator.example" group:"First start:" help:"Administrator that is created when the database is empty."`
	AdminPassword Secret `name:"admin-password" env:"COORDINATOR_ADMIN_PASSWORD" type:"password" placeholder:"PASSWORD" unset:"a random one, printed once" group:"First start:" help:"That administrator's password. Prefer the variable: a command line can be read by every user of the machine."`
	Demo          bool   `name:"demo" env:"COORDINATOR_DEMO" default:"false" negatable:"" group:"First start:" help:"Load demo data into a database that is empty."`

	Database         `group:"Database:"`
	Replica          `group:"Database:"`
	DatabaseTimeouts `group:"Database:"`
	Migrate          bool `name:"migrate" env:"COORDINATOR_MIGRATE" default:"true" negatable:"" group:"Database:" help:"Bring the database schema up to date before serving. When off, a schema of another version is an error."`

	Jobs `group:"Background work:"`

	Metrics `group:"Watching:"`
	Traces  `group:"Watching:"`

	Log `group:"Log:"`
}

// DefaultMaxConnections is how many connections there are where nothing was
// said, as far as the process may open so many files.
const DefaultMaxConnections = 20000

// RequestLimits bound what one process works on at once.
type RequestLimits struct {
	MaxRequests    int32 `name:"max-requests" env:"COORDINATOR_MAX_REQUESTS" placeholder:"N" default:"500" min:"1" max:"100000" group:"HTTP:" help:"Most requests at work at once; further ones are told to come back. Health is always answered."`
	MaxConnections int32 `name:"max-connections" env:"COORDINATOR_MAX_CONNECTIONS" placeholder:"N" default:"20000" min:"10" max:"1000000" group:"HTTP:" help:"Most connections open at once, idle ones included; further ones wait. Never more than the open files of the process allow."`
}

// DatabaseTimeouts bound what a request asks of PostgreSQL.
type DatabaseTimeouts struct {
	Statement time.Duration `name:"db-statement-timeout" env:"COORDINATOR_DB_STATEMENT_TIMEOUT" placeholder:"DURATION" default:"20s" min:"100ms" max:"10m" help:"Longest time that PostgreSQL works on one statement of a request; below --request-timeout the caller is told so."`
	Lock      time.Duration `name:"db-lock-timeout" env:"COORDINATOR_DB_LOCK_TIMEOUT" placeholder:"DURATION" default:"5s" min:"10ms" max:"10m" help:"Longest time that a statement waits for what others change."`
}

// Jobs says how background work is done.
type Jobs struct {
	// PurgeAfter is zero where nothing is removed for good.
	PurgeAfter           time.Duration `name:"purge-after" env:"COORDINATOR_PURGE_AFTER" placeholder:"DURATION" default:"720h" min:"0s" max:"87600h" help:"Time after which what was deleted is removed for good and cannot be restored any more; 0 for never."`
	WebhookAllowLoopback bool          `name:"webhook-allow-loopback" env:"COORDINATOR_WEBHOOK_ALLOW_LOOPBACK" default:"false" negatable:"" help:"Let webhooks lead to this machine, on any port and without TLS: for development alone, because whoever makes a webhook then reaches what listens here."`

	PollOnly bool `name:"jobs-poll-only" env:"COORDINATOR_JOBS_POLL_ONLY" default:"false" negatable:"" help:"Look for background jobs every second instead of being told of them, for a database that LISTEN does not reach."`
}

// Events says how changes are followed as they happen.
type Events struct {
	StreamRetention    time.Duration `name:"event-stream-retention" env:"COORDINATOR_EVENT_STREAM_RETENTION" placeholder:"DURATION" default:"168h" min:"1m" max:"8760h" help:"How far back a stream of events goes on after it was cut off. GET /api/v1/events reaches back to the first change, whatever this is."`
	Streams            int32         `name:"event-streams" env:"COORDINATOR_EVENT_STREAMS" placeholder:"N" default:"1000" min:"1" max:"100000" help:"Most streams of events that this process serves at once."`
	StreamsByPrincipal int32         `name:"event-streams-per-principal" env:"COORDINATOR_EVENT_STREAMS_PER_PRINCIPAL" placeholder:"N" default:"10" min:"1" max:"100000" help:"Most streams of events of one person or agent at this process."`
}

// RateLimits are the requests a minute that are taken of one principal, or of
// one address from who is not signed in. A third of them may come at once; 0
// switches a limit off.
type RateLimits struct {
	SignIn   int32    `name:"rate-limit-sign-in" env:"COORDINATOR_RATE_LIMIT_SIGN_IN" placeholder:"N" default:"60" min:"0" max:"1000000" group:"Rate limits:" help:"Sign-ins, registrations and the like a minute from one address; 0 for any number, as for the others."`
	Search   int32    `name:"rate-limit-search" env:"COORDINATOR_RATE_LIMIT_SEARCH" placeholder:"N" default:"300" min:"0" max:"1000000" group:"Rate limits:" help:"Searches, filtered lists, statistics and exports a minute of one person or agent."`
	Write    int32    `name:"rate-limit-write" env:"COORDINATOR_RATE_LIMIT_WRITE" placeholder:"N" default:"600" min:"0" max:"1000000" group:"Rate limits:" help:"Changes a minute of one person or agent."`
	Read     int32    `name:"rate-limit-read" env:"COORDINATOR_RATE_LIMIT_READ" placeholder:"N" default:"3000" min:"0" max:"1000000" group:"Rate limits:" help:"Other requests a minute of one person or agent."`
	Address  int32    `name:"rate-limit-address" env:"COORDINATOR_RATE_LIMIT_ADDRESS" placeholder:"N" default:"600" min:"0" max:"1000000" group:"Rate limits:" help:"Requests a minute without a valid credential from one address, after which it is refused."`
	RedisURL RedisURL `name:"redis-url" env:"REDIS_URL" type:"redis-url" placeholder:"URL" unset:"each replica counts by itself" group:"Rate limits:" help:"Redis in which replicas count requests together, as redis:// or rediss://. Prefer the variable: a command line can be read by every user of the machine."`
}

// Migrate holds the settings of the migrate commands, which share them.
type Migrate struct {
	Database

	Up     struct{} `cmd:"" help:"Apply the migrations that are missing."`
	Down   struct{} `cmd:"" help:"Undo the last migration."`
	Status struct{} `cmd:"" help:"List the migrations and when each was applied."`
}

// User groups the commands about accounts.
type User struct {
	Create            UserCreate            `cmd:"" help:"Create an account."`
	ResetSecondFactor UserResetSecondFactor `cmd:"" name:"reset-second-factor" help:"Take away the second factor of somebody who has lost the authenticator and the recovery codes; its sessions end."`

	Import UserImport `cmd:"" help:"Import the accounts of another system, with the hashes of their passwords."`
}

// UserCreate holds the settings of a new account. Password is empty when one
// is to be made up and printed; Name is never empty after Parse.
type UserCreate struct {
	Email         string `name:"email" type:"email" placeholder:"EMAIL" unset:"required" help:"Address to sign in with."`
	Name          string `name:"name" type:"name" placeholder:"NAME" unset:"the part of the email before the @" help:"Name that others see."`
	Role          string `name:"role" enum:"user,manager,admin" default:"user" help:"What the account may do."`
	Password      Secret `name:"password" env:"COORDINATOR_USER_PASSWORD" type:"password" placeholder:"PASSWORD" unset:"a random one, printed once" help:"Password of the account. Prefer the variable or --password-stdin: a command line can be read by every user of the machine."`
	PasswordStdin bool   `name:"password-stdin" default:"false" help:"Read the password from the first line of the standard input."`

	Passwords
	Database `group:"Database:"`
}

// UserResetSecondFactor names whose second factor is taken away.
type UserResetSecondFactor struct {
	Email string `name:"email" type:"email" placeholder:"EMAIL" unset:"required" help:"Address of the account."`

	Database `group:"Database:"`
}

// UserImport holds the settings of an import of accounts.
type UserImport struct {
	File         string `arg:"" name:"file" help:"File with an account a line: email, name, role, kind, password_hash, created_at; as NDJSON, or as CSV with a header. - is the standard input."`
	DryRun       bool   `name:"dry-run" default:"false" help:"Tell what would be imported, and import nothing."`
	SkipExisting bool   `name:"skip-existing" default:"false" help:"Leave out addresses that have an account already; without it they are mistakes."`

	Database `group:"Database:"`
}

// Keys groups the commands about signing keys.
type Keys struct {
	Rotate KeysRotate `cmd:"" help:"Make a new key that signs from now on. The one before verifies until the next rotation."`
	List   KeysList   `cmd:"" help:"List the keys there were and are."`
}

// KeysRotate holds the settings of a rotation of the signing keys.
type KeysRotate struct {
	Revoke     bool   `name:"revoke" default:"false" help:"Drop the keys there are at once, for one that has leaked: every access token is refused within a second, and clients refresh."`
	SecretLost bool   `name:"secret-lost" default:"false" help:"With --revoke, make a key under another secret key than that of the keys there are, which is lost for good."`
	SecretKey  Secret `name:"secret-key" env:"COORDINATOR_SECRET_KEY" type:"secret-key" placeholder:"KEY" unset:"the one kept in the data directory" help:"What signing keys in the database are encrypted with, the same as the server has. Prefer the variable: a command line can be read by every user of the machine."`

	Database `group:"Database:"`
}

// KeysList holds the settings of a list of the signing keys.
type KeysList struct {
	Database
}

// Demo holds the settings of the demo command.
type Demo struct {
	Database
}

// Audit groups the commands about the audit log.
type Audit struct {
	Head   AuditHead   `cmd:"" help:"Print where the audit log's chain ends, to keep elsewhere."`
	Verify AuditVerify `cmd:"" help:"Check the audit log from its beginning, and name the first row that was tampered with."`
}

// AuditHead holds the settings of the command that prints the chain's head.
type AuditHead struct {
	Database `group:"Database:"`
}

// AuditVerify holds the settings of a verification.
type AuditVerify struct {
	Head      string `name:"head" type:"audit-head" placeholder:"POSITION:HASH" unset:"none" help:"What \"coordinator audit head\" printed earlier. With it a log whose end was cut off is found too."`
	SecretKey Secret `name:"secret-key" env:"COORDINATOR_SECRET_KEY" type:"secret-key" placeholder:"KEY" unset:"the one in the data directory" help:"The service's secret key. Prefer the variable: a command line can be read by every user of the machine."`

	Database `group:"Database:"`
}

// Doctor holds the settings of a service that is looked at.
type Doctor struct {
	JSON bool `name:"json" default:"false" help:"Print the outcome as JSON."`

	Serve
}

// Dump holds the settings of a dump.
type Dump struct {
	Output string `name:"output" short:"o" type:"file" placeholder:"FILE" default:"-" help:"File to write; - is the standard output."`

	Database `group:"Database:"`
}

// Restore holds the settings of a restore.
type Restore struct {
	File       string `arg:"" name:"file" help:"What dump wrote. - is the standard input."`
	WithJobs   bool   `name:"with-jobs" default:"false" help:"Keep the background jobs that were waiting, such as mail, and the deliveries to webhooks: for when the service that the dump is of does not run any more."`
	SecretKey  Secret `name:"secret-key" env:"COORDINATOR_SECRET_KEY" type:"secret-key" placeholder:"KEY" unset:"the one in the data directory" help:"The secret key of the service that the dump is of, which is not in the dump. Prefer the variable: a command line can be read by every user of the machine."`
	SecretLost bool   `name:"secret-lost" default:"false" help:"Restore although the secret key is lost for good: what is sealed under it cannot be read, and the audit log cannot be verified."`

	Database `group:"Database:"`
}

// OpenAPI holds the settings of the openapi command.
type OpenAPI struct {
	Format string `name:"format" enum:"yaml,json" default:"yaml" help:"Form of the document."`
}
