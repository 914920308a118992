package config

import (
	"log/slog"
	"net/netip"
	"time"
)

// CLI holds the settings of every command; Parse fills in those of the chosen
// one.
type CLI struct {
	ShowVersion bool `name:"version" help:"Print the version and exit."`

	Serve   Serve    `cmd:"" default:"withargs" help:"Run the API. This is the default command."`
	Migrate Migrate  `cmd:"" help:"Change or show the version of the database schema."`
	User    User     `cmd:"" help:"Manage accounts."`
	Demo    Demo     `cmd:"" help:"Load the demo data: one agency with its clients, projects and tasks."`
	Audit   Audit    `cmd:"" help:"Check that nobody has changed the audit log."`
	OpenAPI OpenAPI  `cmd:"" name:"openapi" help:"Print the API's contract."`
	Version struct{} `cmd:"" help:"Print the version."`
}

// Database says which PostgreSQL to use: the one at URL, or a private one in
// DataDir when URL is empty. The default of DataDir depends on the machine; it
// is absolute after Parse, and empty only where nothing needs it.
type Database struct {
	URL DatabaseURL `name:"database-url" env:"DATABASE_URL" type:"database-url" placeholder:"URL" unset:"a private PostgreSQL in the data directory" help:"PostgreSQL to use, as a URL or as keyword=value pairs. Prefer the variable: a command line can be read by every user of the machine."`
	// OwnerURL is empty when there is no role beside that of URL.
	OwnerURL DatabaseURL `name:"database-owner-url" env:"DATABASE_OWNER_URL" type:"database-url" placeholder:"URL" unset:"that of the database" help:"The same PostgreSQL as the role that owns the schema. It migrates, and grants the role of the database URL what the service needs, which is not to change the audit log."`
	DataDir  string      `name:"data-dir" env:"COORDINATOR_DATA_DIR" type:"directory" placeholder:"DIR" default:"" help:"Directory of the private PostgreSQL and of keys. A relative one is made absolute."`
	PGBinDir string      `name:"pg-bin-dir" env:"PG_BIN_DIR" type:"directory" placeholder:"DIR" unset:"searched for" help:"Directory of the PostgreSQL programs (initdb, postgres) for the private server."`
	// MaxConns is positive after Parse, which replaces 0 by AutomaticMaxConns.
	MaxConns int32 `name:"db-max-conns" env:"COORDINATOR_DB_MAX_CONNS" placeholder:"N" default:"0" min:"0" max:"1000" help:"Most database connections at once; 0 picks twice the processor cores, at least 4 and at most 32."`
}

// Log says what is logged, and how.
type Log struct {
	Level  slog.Level `name:"log-level" env:"COORDINATOR_LOG_LEVEL" enum:"debug,info,warn,error" default:"info" help:"Least severe level that is logged."`
	Format LogFormat  `name:"log-format" env:"COORDINATOR_LOG_FORMAT" enum:"auto,text,json" default:"auto" help:"Form of a log line; auto is text on a terminal and json elsewhere."`
}

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

// The registration policies. Under RegistrationClosed accounts are created by
// administrators alone.
const (
	RegistrationOpen   Registration = "open"
	RegistrationClosed Registration = "closed"
)

// Serve holds the settings of the API server.
type Serve struct {
	Addr            string         `name:"addr" env:"COORDINATOR_ADDR" type:"address" placeholder:"HOST:PORT" default:"127.0.0.1:8080" group:"HTTP:" help:"Address to listen on. Port 0 picks a free one; an empty host listens on every interface."`
	TrustedProxies  []netip.Prefix `name:"trusted-proxies" env:"COORDINATOR_TRUSTED_PROXIES" type:"networks" placeholder:"CIDR" unset:"none" group:"HTTP:" help:"Networks of the proxies whose X-Forwarded-For is believed, separated by commas."`
	BodyLimit       int64          `name:"body-limit" env:"COORDINATOR_BODY_LIMIT" placeholder:"BYTES" default:"65536" min:"1024" max:"16777216" group:"HTTP:" help:"Largest request body in bytes."`
	BulkBodyLimit   int64          `name:"bulk-body-limit" env:"COORDINATOR_BULK_BODY_LIMIT" placeholder:"BYTES" default:"4194304" min:"1024" max:"16777216" group:"HTTP:" help:"Largest body in bytes of a request that changes many records at once."`
	RequestTimeout  time.Duration  `name:"request-timeout" env:"COORDINATOR_REQUEST_TIMEOUT" placeholder:"DURATION" default:"30s" min:"1s" max:"10m" group:"HTTP:" help:"Longest time that one request may take."`
	ShutdownTimeout time.Duration  `name:"shutdown-timeout" env:"COORDINATOR_SHUTDOWN_TIMEOUT" placeholder:"DURATION" default:"10s" min:"1s" max:"10m" group:"HTTP:" help:"Time that running requests get to finish after a signal to stop."`

	Registration    Registration  `name:"registration" env:"COORDINATOR_REGISTRATION" enum:"open,closed" default:"open" group:"Sign-in:" help:"Whether anybody may register, or administrators alone create accounts."`
	AccessTokenTTL  time.Duration `name:"access-token-ttl" env:"COORDINATOR_ACCESS_TOKEN_TTL" placeholder:"DURATION" default:"10m" min:"1m" max:"1h" group:"Sign-in:" help:"Life of an access token."`
	RefreshTokenTTL time.Duration `name:"refresh-token-ttl" env:"COORDINATOR_REFRESH_TOKEN_TTL" placeholder:"DURATION" default:"720h" min:"1m" max:"8760h" group:"Sign-in:" help:"Life of a refresh token; not below that of an access token."`

	SecretKey Secret `name:"secret-key" env:"COORDINATOR_SECRET_KEY" type:"secret-key" placeholder:"KEY" unset:"a random one, kept in the data directory" group:"Sign-in:" help:"What signing keys and other secrets in the database are encrypted with: at least 32 random bytes in base64, the same for every replica. Prefer the variable: a command line can be read by every user of the machine."`

	AdminEmail    string `name:"admin-email" env:"COORDINATOR_ADMIN_EMAIL" type:"email" placeholder:"EMAIL" default:"admin@coordinator.example" group:"First start:" help:"Administrator that is created when the database is empty."`
	AdminPassword Secret `name:"admin-password" env:"COORDINATOR_ADMIN_PASSWORD" type:"admin-password" placeholder:"PASSWORD" unset:"a random one, printed once" group:"First start:" help:"That administrator's password, of 12 to 128 characters. Prefer the variable: a command line can be read by every user of the machine."`
	Demo          bool   `name:"demo" env:"COORDINATOR_DEMO" default:"false" negatable:"" group:"First start:" help:"Load demo data into a database that is empty."`

	Database `group:"Database:"`
	Migrate  bool `name:"migrate" env:"COORDINATOR_MIGRATE" default:"true" negatable:"" group:"Database:" help:"Bring the database schema up to date before serving. When off, a schema of another version is an error."`

	Log `group:"Log:"`
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
	Create UserCreate `cmd:"" help:"Create an account."`
}

// UserCreate holds the settings of a new account. Password is empty when one
// is to be made up and printed; Name is never empty after Parse.
type UserCreate struct {
	Email         string `name:"email" type:"email" placeholder:"EMAIL" unset:"required" help:"Address to sign in with."`
	Name          string `name:"name" type:"name" placeholder:"NAME" unset:"the part of the email before the @" help:"Name that others see."`
	Role          string `name:"role" enum:"user,manager,admin" default:"user" help:"What the account may do."`
	Password      Secret `name:"password" env:"COORDINATOR_USER_PASSWORD" type:"password" placeholder:"PASSWORD" unset:"a random one, printed once" help:"Password of 8 to 128 characters, at least 12 for an admin. Prefer the variable or --password-stdin: a command line can be read by every user of the machine."`
	PasswordStdin bool   `name:"password-stdin" default:"false" help:"Read the password from the first line of the standard input."`

	Database `group:"Database:"`
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

// OpenAPI holds the settings of the openapi command.
type OpenAPI struct {
	Format string `name:"format" enum:"yaml,json" default:"yaml" help:"Form of the document."`
}
