package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
)

// Mailer writes to people. Its methods return at once and do not fail: mail is
// sent, several times if need be, while the caller has its answer. They are
// called after the commit, so that nobody is told of what did not happen.
type Mailer interface {
	// Delivers tells whether mail reaches the people it is for.
	Delivers() bool
	Invitation(ctx context.Context, to, inviter, role, token string, expires time.Time)
	// Registration has the address confirm that an account is to be opened for it.
	Registration(ctx context.Context, to, token string, expires time.Time)
	// AddressTaken tells the owner of an account that somebody tried to open another.
	AddressTaken(ctx context.Context, to string)
	EmailVerification(ctx context.Context, to, token string, expires time.Time)
	PasswordReset(ctx context.Context, to, token string, expires time.Time)
	// Notice tells what has happened to an account, without a secret.
	Notice(ctx context.Context, to, what string)
}

// noMail is the mailer of a service that has none.
type noMail struct{}

func (noMail) Delivers() bool                                                        { return false }
func (noMail) Invitation(context.Context, string, string, string, string, time.Time) {}
func (noMail) Registration(context.Context, string, string, time.Time)               {}
func (noMail) AddressTaken(context.Context, string)                                  {}
func (noMail) EmailVerification(context.Context, string, string, time.Time)          {}
func (noMail) PasswordReset(context.Context, string, string, time.Time)              {}
func (noMail) Notice(context.Context, string, string)                                {}

// Notify tells the user by mail what has happened to the account, in sentences
// that hold no secret. It is called after the commit.
func (s *Service) Notify(ctx context.Context, user db.User, what string) {
	dbx.OnceCommitted(ctx, func() { s.config.Mailer.Notice(ctx, user.Email, what) })
}

// newToken returns 256 random bits as text, and the hash that is stored of them.
func newToken() (token string, hash []byte) {
	secret := make([]byte, 32)
	// It never fails: without randomness the program ends.
	_, _ = rand.Read(secret)
	token = base64.RawURLEncoding.EncodeToString(secret)
	return token, hashToken(token)
}

func hashToken(token string) []byte {
	hash := sha256.Sum256([]byte(token))
	return hash[:]
}

const (
	// maxPending bounds what waits to be done after an answer.
	maxPending = 256
	// maxAtOnce bounds how many database connections that takes.
	maxAtOnce = 2
	// afterwardsTimeout bounds each piece of it.
	afterwardsTimeout = 30 * time.Second
	// unavailablePause is how long it waits for a database that has no connection to spare.
	unavailablePause = time.Second
)

// afterwards does what an answer must not wait for, because its time would tell
// whether there was something to do.
type afterwards struct {
	logger  *slog.Logger
	pending chan struct{}
	running chan struct{}
	group   sync.WaitGroup
}

func newAfterwards(logger *slog.Logger) *afterwards {
	return &afterwards{logger: logger, pending: make(chan struct{}, maxPending), running: make(chan struct{}, maxAtOnce)}
}

// do runs fn while the caller goes on, once what it follows is committed, and
// logs its error. It returns Unavailable when too much is waiting already.
func (a *afterwards) do(ctx context.Context, what string, fn func(ctx context.Context) error) error {
	full := apperr.New(apperr.Unavailable, "Too much of this kind is waiting to be done. Try again in a few seconds.")
	if len(a.pending) == cap(a.pending) {
		return full
	}
	var err error
	dbx.OnceCommitted(ctx, func() {
		if !a.start(ctx, what, fn) {
			err = full
			a.logger.ErrorContext(ctx, "what follows an answer was not begun", "what", what, "error", err)
		}
	})
	return err
}

// start returns false when too much is waiting already.
func (a *afterwards) start(ctx context.Context, what string, fn func(ctx context.Context) error) bool {
	select {
	case a.pending <- struct{}{}:
	default:
		return false
	}
	ctx = dbx.Apart(context.WithoutCancel(ctx))
	a.group.Go(func() {
		defer func() { <-a.pending }()
		a.running <- struct{}{}
		defer func() { <-a.running }()
		ctx, cancel := context.WithTimeout(ctx, afterwardsTimeout)
		defer cancel()
		if err := untilAvailable(ctx, fn); err != nil {
			a.logger.ErrorContext(ctx, "what follows an answer failed", "what", what, "error", err)
		}
	})
	return true
}

// untilAvailable runs fn again while the database has no connection to spare:
// there is no caller any more who would.
func untilAvailable(ctx context.Context, fn func(ctx context.Context) error) error {
	for {
		err := fn(ctx)
		if !apperr.Is(err, apperr.Unavailable) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(unavailablePause):
		}
	}
}

// Close waits for what is being done after answers, until the context ends.
// Nothing may be asked of the service any more.
func (s *Service) Close(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		s.afterwards.group.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("closing sign-in: %w", ctx.Err())
	}
}
