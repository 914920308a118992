package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
)

// refusalTime is how long after its arrival a refusal is answered, no sooner.
// It is more than the slowest hash that is accepted takes on one core together
// with the statements, so that neither the cost of somebody's hash, nor whether
// one was computed at all, shows in the time.
const refusalTime = time.Second

// recordPatience bounds how long it takes to record a failure.
const recordPatience = 2 * time.Second

// Why a sign-in failed, as its event tells.
const (
	reasonUnknownAccount = "unknown_account"
	reasonWrongPassword  = "wrong_password"
	reasonWrongCode      = "wrong_code"
	// reasonUnreadableHash is a stored hash of an unknown scheme or with
	// settings out of bounds.
	reasonUnreadableHash = "unreadable_hash"
	// reasonAccountLocked and those below are failures from which on nothing is
	// tried for a while.
	reasonAccountLocked  = "account_locked"
	reasonDeviceLocked   = "device_locked"
	reasonPasswordLocked = "password_change_locked"
	reasonAddressBlocked = "address_blocked"
	reasonFactorBlocked  = "second_factor_blocked"
)

// Credentials are what somebody signs in with.
type Credentials struct {
	Email    string
	Password string
	// Code is of the authenticator, RecoveryCode in place of one; both are empty
	// without a second factor.
	Code         string
	RecoveryCode string
	// DeviceToken is what an earlier sign-in has returned; empty without one.
	DeviceToken string
}

// String keeps the secrets out of whatever prints it.
func (c Credentials) String() string { return "credentials of " + c.Email }

// GoString does so for %#v.
func (c Credentials) GoString() string { return c.String() }

// LogValue does so for logs.
func (c Credentials) LogValue() slog.Value { return slog.StringValue(c.String()) }

// Login opens a session. It returns Unauthenticated when the address and the
// password do not belong together or the second factor's code is wrong,
// SecondFactorRequired when that is all that is missing, RateLimited or AccountLocked when it failed
// too often before, and Unavailable when too many are under way. Whether there
// is such an account shows neither in what it returns nor in the time it takes.
func (s *Service) Login(ctx context.Context, actor access.Actor, credentials Credentials, device Device) (Tokens, error) {
	arrived := time.Now() //nolint:forbidigo // How long it takes, and not what time it is: a clock that is set would show.
	tokens, err := s.login(ctx, actor, credentials, device)
	if err != nil {
		return Tokens{}, s.holdBack(ctx, arrived, err)
	}
	return tokens, nil
}

// holdBack returns the error when the time of refusals has come. Meanwhile it
// holds neither a connection nor a place among those that hash.
func (s *Service) holdBack(ctx context.Context, arrived time.Time, err error) error {
	// Whoever is asked for more has the right password, and knows the account.
	if s.config.RefusalTime < 0 || apperr.Is(err, apperr.SecondFactorRequired) {
		return err
	}
	timer := time.NewTimer(time.Until(arrived.Add(s.config.RefusalTime))) //nolint:forbidigo // As in Login.
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	return err
}

// signIn is a sign-in under way.
type signIn struct {
	actor       access.Actor
	credentials Credentials
	device      Device
	// userID is zero where there is no account.
	userID uuid.UUID
	// deviceID is the known device's, or that of a new one.
	deviceID uuid.UUID
	// subjects are what the attempt is counted by; blocked are the reasons of
	// those that it blocks if it fails.
	subjects []subject
	blocked  []string
}

func (s *Service) login(ctx context.Context, actor access.Actor, credentials Credentials, device Device) (Tokens, error) {
	// Everything but the session is committed by itself, or read before a password
	// is hashed, while which no connection is held.
	apart := dbx.Apart(ctx)
	attempt, err := s.beginSignIn(apart, actor, credentials, device)
	if err != nil {
		return Tokens{}, err
	}
	end, err := s.attempts.turns.take(ctx, attempt.subjects[0].key)
	if err != nil {
		return Tokens{}, err
	}
	defer end()
	// Counted first, and committed: whatever happens from here on, also to this
	// process, the attempt counts as a failure until it has succeeded.
	if attempt.blocked, err = s.attempts.count(ctx, s.config.Now(), attempt.subjects); err != nil {
		return Tokens{}, err
	}
	var tokens Tokens
	// A code is taken once, however often the password is looked at.
	var checked, passed bool
	err = s.withPassword(ctx, attempt.userID, credentials.Password, func(hash storedHash) error {
		var err error
		if !checked {
			if passed, err = s.checkSecondFactor(apart, actor, attempt.userID, credentials.Code, credentials.RecoveryCode); err != nil {
				return err
			}
			checked = true
		}
		hash, err = s.renew(apart, attempt.userID, hash, credentials.Password)
		if err != nil {
			return err
		}
		tokens, err = s.succeedSignIn(ctx, attempt, hash, passed)
		return err
	})
	return tokens, s.afterAttempt(ctx, attempt, err)
}

// afterAttempt returns the answer to an attempt that ended with err.
func (s *Service) afterAttempt(ctx context.Context, attempt signIn, err error) error {
	if reason, failed := failureOf(err); failed {
		return s.failSignIn(ctx, attempt, reason)
	}
	// Who has the right password is not failing while it asks for the code.
	if apperr.Is(err, apperr.SecondFactorRequired) {
		return errors.Join(err, s.attempts.takeBack(ctx, attempt.subjects))
	}
	return s.attempts.unlessTried(ctx, attempt.subjects, err)
}

// beginSignIn finds out whose sign-in it is and by what it is counted.
func (s *Service) beginSignIn(ctx context.Context, actor access.Actor, credentials Credentials, device Device) (signIn, error) {
	attempt := signIn{actor: actor, credentials: credentials, device: device, deviceID: uuid.Must(uuid.NewV7())}
	email := credentials.Email
	user, err := db.New(s.db).UserGetByEmail(ctx, email)
	switch {
	case err == nil:
		attempt.userID = user.ID
		// As it is stored: however the address was typed, it is the same account.
		email = user.Email
		if deviceID, ok := s.devices.read(credentials.DeviceToken, user.ID, user.PasswordHash, s.config.Now()); ok {
			attempt.deviceID = deviceID
			attempt.subjects = []subject{s.attempts.device(user.ID, deviceID)}
			return attempt, nil
		}
	case !dbx.IsNotFound(err):
		return signIn{}, fmt.Errorf("reading the user: %w", err)
	}
	attempt.subjects = []subject{s.attempts.account(email), s.attempts.address(device.IP)}
	return attempt, nil
}

// succeedSignIn opens the session, unless the password was changed since its
// hash was verified; then it returns errPasswordMoved.
func (s *Service) succeedSignIn(ctx context.Context, attempt signIn, hash storedHash, passed bool) (Tokens, error) {
	return dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (Tokens, error) {
		_, err := q.UserHoldPassword(ctx, db.UserHoldPasswordParams{ID: attempt.userID, PasswordHash: hash.text})
		if dbx.IsNotFound(err) {
			return Tokens{}, errPasswordMoved
		}
		if err != nil {
			return Tokens{}, fmt.Errorf("holding the password: %w", err)
		}
		if err := s.attempts.succeeded(ctx, q, attempt.subjects); err != nil {
			return Tokens{}, err
		}
		tokens, err := s.openSession(ctx, q, attempt.actor, attempt.userID, attempt.device, passed)
		tokens.Device = s.devices.token(attempt.userID, hash.text, attempt.deviceID, s.config.Now())
		return tokens, err
	})
}

// failure is what an event of a failed sign-in tells.
type failure struct {
	Reason *string `json:"reason"`
}

// failSignIn records that the sign-in failed, and what is blocked from now on,
// and returns the one answer to all failures.
func (s *Service) failSignIn(ctx context.Context, attempt signIn, reason string) error {
	if err := s.recordFailure(ctx, attempt.actor, attempt.userID, append([]string{reason}, attempt.blocked...)); err != nil {
		return err
	}
	if reason == reasonWrongCode {
		return apperr.New(apperr.Unauthenticated, "The code is wrong, has run out, or was used before. Send the one that the authenticator shows next.")
	}
	return apperr.New(apperr.Unauthenticated, "The e-mail address and the password do not belong together.")
}

func (s *Service) recordFailure(ctx context.Context, actor access.Actor, userID uuid.UUID, reasons []string) error {
	events := make([]event.Event, len(reasons))
	for i := range reasons {
		events[i] = event.Event{Entity: "sign_in", ID: userID, Action: "failed", Before: failure{}, After: failure{Reason: &reasons[i]}}
	}
	// Also for who has left: otherwise whoever guesses would do so without a trace.
	ctx, cancel := context.WithTimeout(dbx.Apart(context.WithoutCancel(ctx)), recordPatience)
	defer cancel()
	return dbx.WithTx(ctx, s.db, func(q *db.Queries) error { return event.RecordEach(ctx, q, actor, events) })
}
