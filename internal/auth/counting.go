package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/ratelimit"
	"github.com/aicoordination/coordinator/internal/seal"
)

// attempts counts what fails, in the database, for all replicas.
type attempts struct {
	db         *dbx.DB
	box        *seal.Box
	perAddress int32
	turns      turns
}

func newAttempts(d *dbx.DB, secret []byte, perAddress int) (*attempts, error) {
	box, err := seal.New(secret, "sign-in-attempts")
	if err != nil {
		return nil, fmt.Errorf("preparing the counting of attempts: %w", err)
	}
	if perAddress == 0 {
		perAddress = DefaultMaxAttemptsPerAddress
	}
	return &attempts{db: d, box: box, perAddress: int32(perAddress), turns: turns{waiting: map[string]*turn{}}}, nil
}

// subject is something of which the failures are counted.
type subject struct {
	key    []byte
	userID *uuid.UUID
	rule   rule
	// reason is what an event tells of it being blocked.
	reason string
}

func (a *attempts) account(email string) subject {
	return subject{key: a.box.Sum([]byte("account:" + strings.ToLower(email))), rule: accountRule, reason: reasonAccountLocked}
}

func (a *attempts) device(userID, deviceID uuid.UUID) subject {
	return subject{key: a.box.Sum([]byte("device:" + deviceID.String())), userID: &userID, rule: accountRule, reason: reasonDeviceLocked}
}

func (a *attempts) passwordChange(userID uuid.UUID) subject {
	return subject{key: a.box.Sum([]byte("password:" + userID.String())), userID: &userID, rule: accountRule, reason: reasonPasswordLocked}
}

func (a *attempts) secondFactor(userID uuid.UUID) subject {
	return subject{key: a.box.Sum([]byte("second-factor:" + userID.String())), userID: &userID, rule: factorRule, reason: reasonFactorBlocked}
}

// address is a client's, or the network of it that one subscriber has: see
// [ratelimit.AddressKey].
func (a *attempts) address(ip string) subject {
	return subject{key: a.box.Sum([]byte(ratelimit.AddressKey(ip))), rule: addressRule(a.perAddress), reason: reasonAddressBlocked}
}

// count counts an attempt of each subject, in a transaction that has ended when
// it returns: from then on nothing undoes it but a success. It returns the
// reasons of those that it blocks from now on, and the refusal when one of them
// was blocked before: then nothing is counted. The subjects are locked in the
// order in which they are given.
func (a *attempts) count(ctx context.Context, now time.Time, subjects []subject) (blocked []string, err error) {
	// By itself, so that it counts whatever becomes of the request.
	return dbx.WithTxResult(dbx.Apart(ctx), a.db, func(q *db.Queries) ([]string, error) {
		var blocked []string
		for _, s := range subjects {
			row, err := q.SignInAttemptsLock(ctx, db.SignInAttemptsLockParams{Subject: s.key, UserID: s.userID, ExpiresAt: now.Add(attemptWindow)})
			if err != nil {
				return nil, fmt.Errorf("reading how often signing in failed: %w", err)
			}
			counted, refusal := s.rule.attempt(counter{failures: row.Failures, blockedUntil: row.BlockedUntil, expiresAt: row.ExpiresAt}, now)
			if refusal != nil {
				return nil, refusal
			}
			err = q.SignInAttemptsUpdate(ctx, db.SignInAttemptsUpdateParams{
				Subject: s.key, Failures: counted.failures, BlockedUntil: counted.blockedUntil, ExpiresAt: counted.expiresAt,
			})
			if err != nil {
				return nil, fmt.Errorf("counting an attempt: %w", err)
			}
			if s.rule.blocks(counted) {
				blocked = append(blocked, s.reason)
			}
		}
		// Last, because what it locks nobody waits for who holds anything.
		if err := q.SignInAttemptsPurge(ctx, now); err != nil {
			return nil, fmt.Errorf("forgetting old attempts: %w", err)
		}
		return blocked, nil
	})
}

// succeeded takes back what was counted: a success ends the counting of an
// account, a device or a password, and is no failure of an address.
func (a *attempts) succeeded(ctx context.Context, q *db.Queries, subjects []subject) error {
	for _, s := range subjects {
		forget := q.SignInAttemptsForget
		if s.userID == nil && s.rule.delayAfter == 0 {
			forget = q.SignInAttemptsTakeBack
		}
		if err := forget(ctx, s.key); err != nil {
			return fmt.Errorf("forgetting failed attempts: %w", err)
		}
	}
	return nil
}

// takeBack undoes the counting of an attempt that was not made, because too many
// were under way or the caller has left before its password was looked at. It
// is done for who has left as well.
func (a *attempts) takeBack(ctx context.Context, subjects []subject) error {
	const patience = 2 * time.Second
	ctx, cancel := context.WithTimeout(dbx.Apart(context.WithoutCancel(ctx)), patience)
	defer cancel()
	return dbx.WithTx(ctx, a.db, func(q *db.Queries) error {
		for _, s := range subjects {
			if err := q.SignInAttemptsTakeBack(ctx, s.key); err != nil {
				return fmt.Errorf("taking back an attempt: %w", err)
			}
		}
		return nil
	})
}

// unlessTried returns the error with which an attempt ended, and takes the attempt
// back where that says that it was none: nothing was looked at, or the request is
// a repeat of one that is answered elsewhere.
func (a *attempts) unlessTried(ctx context.Context, subjects []subject, err error) error {
	if _, ok := errors.AsType[notTriedError](err); ok || errors.Is(err, dbx.ErrNotBegun) {
		return errors.Join(err, a.takeBack(ctx, subjects))
	}
	return err
}

// maxTurnWait bounds how long an attempt waits for those before it.
const maxTurnWait = 2 * time.Second

// turns lets one attempt of a subject be under way at a time. An attempt counts
// as a failure until it has succeeded, so without turns the sign-ins of one
// person that come at once would be refused for each other's sake. They are of
// this process alone: five replicas can have five under way.
type turns struct {
	mu      sync.Mutex
	waiting map[string]*turn
}

type turn struct {
	taken chan struct{}
	users int
}

// take waits for its turn, and returns what ends it. Whoever has waited too
// long is told to come back.
func (t *turns) take(ctx context.Context, key []byte) (end func(), err error) {
	t.mu.Lock()
	mine, ok := t.waiting[string(key)]
	if !ok {
		mine = &turn{taken: make(chan struct{}, 1)}
		t.waiting[string(key)] = mine
	}
	mine.users++
	t.mu.Unlock()

	leave := func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if mine.users--; mine.users == 0 {
			delete(t.waiting, string(key))
		}
	}
	wait, cancel := context.WithTimeout(ctx, maxTurnWait)
	defer cancel()
	select {
	case mine.taken <- struct{}{}:
		return func() { <-mine.taken; leave() }, nil
	case <-wait.Done():
		leave()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, apperr.New(apperr.Unavailable, "Too many sign-ins are under way. Try again in a few seconds.")
	}
}
