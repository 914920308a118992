package auth

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
)

// ChangePassword replaces the actor's password and ends all its sessions but
// the one it acts in. It returns ValidationFailed at /new_password when the
// policy refuses that one, and at /current_password when that is not the
// password; this counts like a failed sign-in, by a counter of the user's own,
// and after too many it returns RateLimited or AccountLocked.
func (s *Service) ChangePassword(ctx context.Context, actor access.Actor, current, replacement string) error {
	user, err := db.New(s.db).UserGetForPassword(dbx.Apart(ctx), actor.ID)
	if dbx.IsNotFound(err) {
		return unauthenticated(err)
	}
	if err != nil {
		return fmt.Errorf("reading the user: %w", err)
	}
	if err := s.config.Passwords.check("/new_password", replacement, person{name: user.Name, email: user.Email}); err != nil {
		return err
	}
	// Whoever has only the session, and not the password, could otherwise go on
	// guessing; and strangers, who have neither, do not reach this counter.
	subjects := []subject{s.attempts.passwordChange(actor.ID)}
	end, err := s.attempts.turns.take(ctx, subjects[0].key)
	if err != nil {
		return err
	}
	defer end()
	blocked, err := s.attempts.count(ctx, s.config.Now(), subjects)
	if err != nil {
		return err
	}
	err = s.withPassword(ctx, actor.ID, current, func(hash storedHash) error {
		replaced, err := s.passwords.hash(ctx, replacement)
		if err != nil {
			return err
		}
		return dbx.WithTx(ctx, s.db, func(q *db.Queries) error {
			if err := s.replacePassword(ctx, q, actor, hash.text, replaced); err != nil {
				return err
			}
			if err := s.config.Mailer.Notice(ctx, q, user.Email, "The password of your account on Coordinator was changed, and its other sessions have ended."); err != nil {
				return err
			}
			return s.attempts.succeeded(ctx, q, subjects)
		})
	})
	if reason, failed := failureOf(err); failed {
		if err := s.recordFailure(ctx, actor, actor.ID, append([]string{reason}, blocked...)); err != nil {
			return err
		}
		return apperr.InvalidField("/current_password", "wrong", "This is not your password. Send the one that you sign in with.")
	}
	return s.attempts.unlessTried(ctx, subjects, err)
}

// replacePassword stores the new hash in place of the old one, and ends the
// user's other sessions. It returns errPasswordMoved when another is stored.
func (s *Service) replacePassword(ctx context.Context, q *db.Queries, actor access.Actor, old, replaced string) error {
	changed, err := q.UserUpdatePassword(ctx, db.UserUpdatePasswordParams{ID: actor.ID, OldHash: old, NewHash: replaced})
	if err != nil {
		return fmt.Errorf("storing the new password: %w", err)
	}
	if changed == 0 {
		return errPasswordMoved
	}
	now := s.config.Now()
	// Who has got hold of a mail that resets the password is locked out as well.
	err = q.OneTimeTokenReplace(ctx, db.OneTimeTokenReplaceParams{UserID: actor.ID, Purpose: db.TokenPurposePasswordReset, Now: now})
	if err != nil {
		return fmt.Errorf("taking back a token to reset the password: %w", err)
	}
	if err := endOthers(ctx, q, actor, actor.ID, actor.SessionID, reasonPasswordChanged, now); err != nil {
		return err
	}
	return event.Record(ctx, q, actor, event.Event{Entity: "user", ID: actor.ID, Action: "password_changed"})
}

// Unlock forgets how often signing in as the user has failed, from wherever. It
// returns NotFound when there is no such user.
func (s *Service) Unlock(ctx context.Context, actor access.Actor, id uuid.UUID) error {
	err := dbx.WithTx(ctx, s.db, func(q *db.Queries) error {
		user, err := q.UserLock(ctx, id)
		if dbx.IsNotFound(err) {
			return apperr.Missing("user", id)
		}
		if err != nil {
			return fmt.Errorf("locking the user: %w", err)
		}
		forgotten, err := q.SignInAttemptsForgetUser(ctx, db.SignInAttemptsForgetUserParams{
			Subject: s.attempts.account(user.Email).key, UserID: id, Now: s.config.Now(),
		})
		if err != nil {
			return fmt.Errorf("forgetting failed attempts: %w", err)
		}
		if forgotten == 0 {
			return dbx.ErrNothingChanged
		}
		return event.Record(ctx, q, actor, event.Event{Entity: "user", ID: id, Action: "unlocked", Version: user.Version})
	})
	return err
}
