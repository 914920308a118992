// Package auth turns credentials into an [access.Actor]: it owns passwords,
// sessions, access and refresh tokens, and the accounts they belong to at the
// moment these are made. It does not decide what an actor may do.
package auth

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/seal"
)

// Config is how sign-in behaves.
type Config struct {
	// AccessTokenTTL is how long an access token is valid.
	AccessTokenTTL time.Duration
	// RefreshTokenTTL is how long a session lasts without being refreshed.
	RefreshTokenTTL time.Duration
	// SessionMaxTTL is how long a session lasts however often it is refreshed.
	SessionMaxTTL time.Duration
	// Registration says who may open an account.
	Registration Registration
	// Mailer writes to people; nil writes to nobody.
	Mailer Mailer
	// Logger gets what fails after an answer; nil discards it.
	Logger *slog.Logger
	// Secret is what everything is sealed with that the database holds and may
	// not tell; see package seal. It is the same for every replica.
	Secret []byte
	// SecondFactorRoles are the roles that have to sign in with a second factor.
	SecondFactorRoles []access.Role
	// Passwords are the rules of new passwords.
	Passwords Passwords
	// RefusalTime is how long after its arrival a sign-in is refused, no sooner;
	// zero for one second, and less for at once.
	RefusalTime time.Duration
	// MaxAttemptsPerAddress are the failures that block a client's address; zero
	// for [DefaultMaxAttemptsPerAddress].
	MaxAttemptsPerAddress int
	// OnHash is called for each password hash that is computed; nil for nothing.
	OnHash func()
	// Now is the clock; nil for the real one.
	Now func() time.Time
}

// Service makes accounts, signs them in and recognises them.
type Service struct {
	db        *dbx.DB
	keys      *Keys
	passwords *passwords
	attempts  *attempts
	devices   devices
	// refreshing derives the refresh tokens that follow one another.
	refreshing    *seal.Box
	secondFactors *seal.Box
	config        Config
	startedAt     time.Time
	// touching is taken while it is written that API keys were used.
	touching chan struct{}
	// standings tells which of what is remembered of the credentials still counts.
	standings standings
	tokens    recent[provenToken]
	apiKeys   recent[provenKey]
}

// New returns the service.
func New(d *dbx.DB, keys *Keys, config Config) (*Service, error) {
	config.Passwords = config.Passwords.withDefaults()
	if config.RefusalTime == 0 {
		config.RefusalTime = refusalTime
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Mailer == nil {
		config.Mailer = noMail{}
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	hasher, err := newPasswords(config.Passwords.Scheme, config.OnHash)
	if err != nil {
		return nil, fmt.Errorf("preparing password hashing: %w", err)
	}
	counting, err := newAttempts(d, config.Secret, config.MaxAttemptsPerAddress)
	if err != nil {
		return nil, err
	}
	known, err := newDevices(config.Secret)
	if err != nil {
		return nil, err
	}
	refreshing, err := seal.New(config.Secret, "refresh-tokens")
	if err != nil {
		return nil, err
	}
	secondFactors, err := seal.New(config.Secret, "second-factors")
	if err != nil {
		return nil, err
	}
	s := &Service{
		db: d, keys: keys, passwords: hasher, attempts: counting, devices: known,
		refreshing: refreshing, secondFactors: secondFactors, config: config, startedAt: config.Now(),
		touching: make(chan struct{}, 1),
	}
	s.standings.now = time.Now
	s.standings.follow(d)
	return s, nil
}

// Account is what an account is made from.
type Account struct {
	Email    string
	Password string
	Name     string
	Role     access.Role
	// InvitationToken is the invitation that [Service.Register] opens it by; empty without one.
	InvitationToken string

	// verifiedAt is when the address was shown to be the account's; nil if it was not.
	verifiedAt *time.Time
}

// String keeps the password and the invitation out of whatever prints it.
func (a Account) String() string { return "account of " + a.Email }

// Format does so for every verb.
func (a Account) Format(state fmt.State, _ rune) { _, _ = state.Write([]byte(a.String())) }

// LogValue does so for logs.
func (a Account) LogValue() slog.Value { return slog.StringValue(a.String()) }

// newHash returns the hash of a new password, or a validation error at the
// pointer when the policy refuses it.
func (s *Service) newHash(ctx context.Context, pointer, password string, who person) (string, error) {
	if err := s.config.Passwords.check(pointer, password, who); err != nil {
		return "", err
	}
	return s.passwords.hash(ctx, password)
}

// CreateAccount makes an account of any role, for the command line and the
// first start. It returns ValidationFailed when the password is not accepted
// and AlreadyExists when the address is taken.
func CreateAccount(ctx context.Context, d *dbx.DB, actor access.Actor, rules Passwords, account Account) (db.User, error) {
	rules = rules.withDefaults()
	if err := rules.check("/password", account.Password, person{name: account.Name, email: account.Email}); err != nil {
		return db.User{}, err
	}
	hash, err := HashPassword(rules.Scheme, account.Password)
	if err != nil {
		return db.User{}, err
	}
	return insertAccount(ctx, d, actor, account, hash)
}

func insertAccount(ctx context.Context, d *dbx.DB, actor access.Actor, account Account, hash string) (db.User, error) {
	return dbx.WithTxResult(ctx, d, func(q *db.Queries) (db.User, error) {
		return insertUser(ctx, q, actor, account, hash)
	})
}

func insertUser(ctx context.Context, q *db.Queries, actor access.Actor, account Account, hash string) (db.User, error) {
	user, err := q.UserInsert(ctx, db.UserInsertParams{
		ID:              uuid.Must(uuid.NewV7()),
		Kind:            db.PrincipalKindHuman,
		Email:           strings.TrimSpace(account.Email),
		Name:            strings.TrimSpace(account.Name),
		Role:            db.Role(account.Role),
		PasswordHash:    &hash,
		EmailVerifiedAt: account.verifiedAt,
		CreatedBy:       actor.IDOrNil(),
	})
	if err != nil {
		return db.User{}, fmt.Errorf("inserting a user: %w", err)
	}
	return user, event.Record(ctx, q, actor, event.Event{
		Entity: "user", ID: user.ID, Action: "created", After: user, Version: user.Version,
	})
}

// HasAdmin tells whether the database has ever had an administrator.
func HasAdmin(ctx context.Context, d *dbx.DB) (bool, error) {
	return db.New(d).UserExistsAdmin(ctx)
}
