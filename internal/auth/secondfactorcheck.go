package auth

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
)

// checkSecondFactor is the step of signing in after the password: it tells
// whether the user has passed a second factor, which is false for one who has
// none. It returns SecondFactorRequired when neither a code nor a recovery code
// was sent, and notVerified when what was sent is wrong or was used before.
// Wrong ones are counted by whoever signs the user in.
func (s *Service) checkSecondFactor(ctx context.Context, actor access.Actor, userID uuid.UUID, code, recoveryCode string) (passed bool, err error) {
	return dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (bool, error) {
		factor, err := activeFactor(ctx, q, userID)
		if apperr.Is(err, apperr.Conflict) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		now := s.config.Now()
		switch {
		case code != "":
			err = s.useCode(ctx, q, factor, code, now)
		case recoveryCode != "":
			if err = useRecoveryCode(ctx, q, userID, recoveryCode, now); err == nil {
				actor.ID = userID
				err = recordFactor(ctx, q, actor, userID, "recovery_code_used", &factor.RecoveryCodesLeft, new(factor.RecoveryCodesLeft-1))
			}
		default:
			return false, apperr.New(apperr.SecondFactorRequired, "Send the code that your authenticator shows as code, or a recovery_code.")
		}
		if apperr.Is(err, apperr.ValidationFailed) {
			return false, notVerifiedError{reasonWrongCode}
		}
		return err == nil, err
	})
}

// reauthenticate makes sure that whoever uses the session knows the password of
// its user. The attempt counts until something forgets it; blocked is what
// [Service.failAttempt] takes when it fails after this.
func (s *Service) reauthenticate(ctx context.Context, actor access.Actor, password string) (user db.User, blocked []string, err error) {
	blocked, err = s.countAttempt(ctx, actor.ID)
	if err != nil {
		return db.User{}, nil, err
	}
	err = s.withPassword(ctx, actor.ID, password, func(storedHash) (err error) {
		user, err = db.New(s.db).UserGet(dbx.Apart(ctx), db.UserGetParams{ID: actor.ID, SeesAll: true})
		return err
	})
	if reason, failed := failureOf(err); failed {
		return db.User{}, nil, s.failAttempt(ctx, actor, reason, blocked, apperr.InvalidField("/password", "wrong", "This is not your password."))
	}
	return user, blocked, s.unlessTried(ctx, actor.ID, err)
}

// unlessTried takes the attempt back, which was counted, where err says that it
// was none.
func (s *Service) unlessTried(ctx context.Context, userID uuid.UUID, err error) error {
	return s.attempts.unlessTried(ctx, []subject{s.attempts.secondFactor(userID)}, err)
}

// countAttempt counts an attempt of somebody who is signed in, before it is
// looked at, so that of many at once no more are looked at than are allowed. It
// returns RateLimited beyond that.
func (s *Service) countAttempt(ctx context.Context, userID uuid.UUID) (blocked []string, err error) {
	return s.attempts.count(ctx, s.config.Now(), []subject{s.attempts.secondFactor(userID)})
}

// failAttempt records that an attempt which was counted has failed, and what is
// blocked from now on, and returns the refusal.
func (s *Service) failAttempt(ctx context.Context, actor access.Actor, reason string, blocked []string, refusal error) error {
	if err := s.recordFailure(ctx, actor, actor.ID, append([]string{reason}, blocked...)); err != nil {
		return err
	}
	return refusal
}

func (s *Service) forgetAttempts(ctx context.Context, q *db.Queries, userID uuid.UUID) error {
	return s.attempts.succeeded(ctx, q, []subject{s.attempts.secondFactor(userID)})
}

// activeFactor returns the user's second factor, Conflict when none is active.
func activeFactor(ctx context.Context, q *db.Queries, userID uuid.UUID) (db.SecondFactorGetRow, error) {
	factor, err := q.SecondFactorGet(ctx, userID)
	if dbx.IsNotFound(err) || err == nil && factor.ConfirmedAt == nil {
		return db.SecondFactorGetRow{}, apperr.New(apperr.Conflict, "There is no active second factor. Set one up with POST /api/v1/users/me/second-factor.")
	}
	if err != nil {
		return db.SecondFactorGetRow{}, fmt.Errorf("reading the second factor: %w", err)
	}
	return factor, nil
}

func (s *Service) matchingStep(factor db.SecondFactorGetRow, code string, now time.Time) (step int64, ok bool, err error) {
	secret, err := s.secondFactors.Open(factor.Secret, factor.UserID[:])
	if err != nil {
		return 0, false, fmt.Errorf("opening the second factor: %w", err)
	}
	return matchingStep(string(secret), code, now, factor.LastUsedStep)
}

// useCode takes a code of the active factor, once. It returns ValidationFailed
// when it is wrong, has run out, or was used before.
func (s *Service) useCode(ctx context.Context, q *db.Queries, factor db.SecondFactorGetRow, code string, now time.Time) error {
	step, ok, err := s.matchingStep(factor, code, now)
	if err != nil {
		return err
	}
	if !ok {
		return wrongCode("/code")
	}
	used, err := q.SecondFactorUseStep(ctx, db.SecondFactorUseStepParams{UserID: factor.UserID, Secret: factor.Secret, Step: step})
	if err != nil {
		return fmt.Errorf("using the code: %w", err)
	}
	if used == 0 {
		return wrongCode("/code")
	}
	return nil
}

// useRecoveryCode takes a recovery code, once. It returns ValidationFailed when
// there is no such code or it was used before.
func useRecoveryCode(ctx context.Context, q *db.Queries, userID uuid.UUID, code string, now time.Time) error {
	used, err := q.RecoveryCodeUse(ctx, db.RecoveryCodeUseParams{UserID: userID, CodeHash: recoveryCodeHash(code), Now: now})
	if err != nil {
		return fmt.Errorf("using the recovery code: %w", err)
	}
	if used == 0 {
		return wrongCode("/recovery_code")
	}
	return nil
}

func wrongCode(pointer string) error {
	return apperr.InvalidField(pointer, "wrong", "The code is wrong, has run out, or was used before.")
}

func insertRecoveryCodes(ctx context.Context, q *db.Queries, userID uuid.UUID, hashes [][]byte, now time.Time) error {
	err := q.RecoveryCodeInsert(ctx, db.RecoveryCodeInsertParams{UserID: userID, CodeHashes: hashes, CreatedAt: now})
	if err != nil {
		return fmt.Errorf("storing the recovery codes: %w", err)
	}
	return nil
}

// deleteFactor removes the active second factor of the user with its recovery
// codes, and ends its sessions but the one that is kept.
func deleteFactor(ctx context.Context, q *db.Queries, actor access.Actor, userID, keptSession uuid.UUID, codesLeft int64, now time.Time) error {
	deleted, err := q.SecondFactorDelete(ctx, userID)
	if err != nil {
		return fmt.Errorf("deleting the second factor: %w", err)
	}
	if deleted == 0 { // somebody else was faster
		return nil
	}
	if err := q.SessionForgetSecondFactor(ctx, userID); err != nil {
		return fmt.Errorf("unmarking the sessions: %w", err)
	}
	if err := endOthers(ctx, q, actor, userID, keptSession, reasonFactor, now); err != nil {
		return err
	}
	return recordFactor(ctx, q, actor, userID, "second_factor_removed", &codesLeft, nil)
}

// factorChange is what an event of a second factor tells: nothing that helps
// to pass it.
type factorChange struct {
	RecoveryCodesLeft *int64 `json:"recovery_codes_left"`
}

func recordFactor(ctx context.Context, q *db.Queries, actor access.Actor, userID uuid.UUID, action string, before, after *int64) error {
	return event.Record(ctx, q, actor, event.Event{
		Entity: "user", ID: userID, Action: action,
		Before: factorChange{before}, After: factorChange{after},
	})
}
