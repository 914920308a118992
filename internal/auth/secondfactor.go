package auth

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
)

// SecondFactorState is how far a second factor has come.
type SecondFactorState string

// The states. A pending second factor does not count yet.
const (
	SecondFactorNone    SecondFactorState = "none"
	SecondFactorPending SecondFactorState = "pending"
	SecondFactorActive  SecondFactorState = "active"
)

// SecondFactor is how somebody's second factor stands.
type SecondFactor struct {
	State SecondFactorState
	// Required tells that the role has to have one.
	Required bool
	// ConfirmedAt is nil for one that is not active.
	ConfirmedAt       *time.Time
	RecoveryCodesLeft int64
}

// requiresSecondFactor tells whether the role has to sign in with a second factor.
func (s *Service) requiresSecondFactor(role access.Role) bool {
	return slices.Contains(s.config.SecondFactorRoles, role)
}

// secondFactorDue is what a session still owes, as things stand now: whoever
// has a second factor passes it, and whose role requires one has one.
func (s *Service) secondFactorDue(role access.Role, has, passed bool) access.SecondFactorDue {
	switch {
	case has && passed:
		return ""
	case has:
		return access.DuePass
	case s.requiresSecondFactor(role):
		return access.DueSetUp
	}
	return ""
}

// SecondFactor returns how the actor's own second factor stands.
func (s *Service) SecondFactor(ctx context.Context, actor access.Actor) (SecondFactor, error) {
	found := SecondFactor{State: SecondFactorNone, Required: s.requiresSecondFactor(actor.Role)}
	row, err := db.New(s.db).SecondFactorGet(ctx, actor.ID)
	switch {
	case dbx.IsNotFound(err):
		return found, nil
	case err != nil:
		return SecondFactor{}, fmt.Errorf("reading the second factor: %w", err)
	case row.ConfirmedAt == nil:
		found.State = SecondFactorPending
	default:
		found.State, found.ConfirmedAt, found.RecoveryCodesLeft = SecondFactorActive, row.ConfirmedAt, row.RecoveryCodesLeft
	}
	return found, nil
}

// BeginSecondFactor makes a secret for the actor's authenticator, which counts
// once it is confirmed; it takes the place of one that never was. It returns
// ValidationFailed when the password is not the actor's, RateLimited after too
// many attempts, and Conflict when a second factor is active.
func (s *Service) BeginSecondFactor(ctx context.Context, actor access.Actor, password string) (Enrolment, error) {
	active := apperr.New(apperr.Conflict, "Your second factor is active already. Remove it before you set up another.")
	// Read before the password is hashed, while which no connection is held.
	found, err := s.SecondFactor(dbx.Apart(ctx), actor)
	if err != nil {
		return Enrolment{}, err
	}
	if found.State == SecondFactorActive {
		return Enrolment{}, active
	}
	user, _, err := s.reauthenticate(ctx, actor, password)
	if err != nil {
		return Enrolment{}, err
	}
	enrolment, err := newEnrolment(user.Email)
	if err != nil {
		return Enrolment{}, err
	}
	enrolment, err = dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (Enrolment, error) {
		begun, err := q.SecondFactorBegin(ctx, db.SecondFactorBeginParams{
			UserID: actor.ID, Secret: s.secondFactors.Seal([]byte(enrolment.Secret), actor.ID[:]), CreatedAt: s.config.Now(),
		})
		if err != nil {
			return Enrolment{}, fmt.Errorf("storing the second factor: %w", err)
		}
		if begun == 0 {
			return Enrolment{}, active
		}
		return enrolment, s.forgetAttempts(ctx, q, actor.ID)
	})
	return enrolment, s.unlessTried(ctx, actor.ID, err)
}

// ConfirmSecondFactor makes the actor's second factor active by a first code.
// The actor's session has passed it then, and the others end. It returns
// ValidationFailed when the code is wrong, RateLimited after too many attempts,
// and Conflict when none was begun or one is active.
func (s *Service) ConfirmSecondFactor(ctx context.Context, actor access.Actor, code string) (RecoveryCodes, error) {
	factor, err := db.New(s.db).SecondFactorGet(dbx.Apart(ctx), actor.ID)
	if dbx.IsNotFound(err) || err == nil && factor.ConfirmedAt != nil {
		return nil, apperr.New(apperr.Conflict, "There is no second factor that waits to be confirmed. Begin with POST /api/v1/users/me/second-factor.")
	}
	if err != nil {
		return nil, fmt.Errorf("reading the second factor: %w", err)
	}
	blocked, err := s.countAttempt(ctx, actor.ID)
	if err != nil {
		return nil, err
	}
	now := s.config.Now()
	step, ok, err := s.matchingStep(factor, code, now)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, s.failAttempt(ctx, actor, reasonWrongCode, blocked, wrongCode("/code"))
	}
	codes, hashes, err := newRecoveryCodes()
	if err != nil {
		return nil, err
	}
	codes, err = dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (RecoveryCodes, error) {
		confirmed, err := q.SecondFactorConfirm(ctx, db.SecondFactorConfirmParams{UserID: actor.ID, Secret: factor.Secret, Step: step, Now: now})
		if err != nil {
			return nil, fmt.Errorf("confirming the second factor: %w", err)
		}
		if confirmed == 0 {
			return nil, apperr.New(apperr.Conflict, "The second factor was confirmed or begun anew meanwhile. Read how it stands.")
		}
		if err := insertRecoveryCodes(ctx, q, actor.ID, hashes, now); err != nil {
			return nil, err
		}
		if err := q.SessionPassSecondFactor(ctx, db.SessionPassSecondFactorParams{ID: actor.SessionID, Now: now}); err != nil {
			return nil, fmt.Errorf("marking the session: %w", err)
		}
		if err := endOthers(ctx, q, actor, actor.ID, actor.SessionID, reasonFactor, now); err != nil {
			return nil, err
		}
		if err := recordFactor(ctx, q, actor, actor.ID, "second_factor_added", nil, new(int64(recoveryCodeCount))); err != nil {
			return nil, err
		}
		if err := s.notify(ctx, q, actor.ID, "A second factor was added to your account on Coordinator, and its other sessions have ended."); err != nil {
			return nil, err
		}
		return codes, s.forgetAttempts(ctx, q, actor.ID)
	})
	return codes, s.unlessTried(ctx, actor.ID, err)
}

// ReplaceRecoveryCodes gives the actor new recovery codes in place of those
// there are. It returns ValidationFailed when the code is wrong, RateLimited
// after too many attempts, and Conflict without an active second factor.
func (s *Service) ReplaceRecoveryCodes(ctx context.Context, actor access.Actor, code string) (RecoveryCodes, error) {
	factor, err := activeFactor(dbx.Apart(ctx), db.New(s.db), actor.ID)
	if err != nil {
		return nil, err
	}
	blocked, err := s.countAttempt(ctx, actor.ID)
	if err != nil {
		return nil, err
	}
	codes, hashes, err := newRecoveryCodes()
	if err != nil {
		return nil, err
	}
	codes, err = dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (RecoveryCodes, error) {
		now := s.config.Now()
		if err := s.useCode(ctx, q, factor, code, now); err != nil {
			return nil, err
		}
		if err := q.RecoveryCodeDelete(ctx, actor.ID); err != nil {
			return nil, fmt.Errorf("deleting the recovery codes: %w", err)
		}
		if err := insertRecoveryCodes(ctx, q, actor.ID, hashes, now); err != nil {
			return nil, err
		}
		if err := recordFactor(ctx, q, actor, actor.ID, "recovery_codes_replaced", &factor.RecoveryCodesLeft, new(int64(recoveryCodeCount))); err != nil {
			return nil, err
		}
		return codes, s.forgetAttempts(ctx, q, actor.ID)
	})
	if apperr.Is(err, apperr.ValidationFailed) {
		return nil, s.failAttempt(ctx, actor, reasonWrongCode, blocked, err)
	}
	return codes, s.unlessTried(ctx, actor.ID, err)
}

// RemoveSecondFactor takes the actor's second factor away; the other sessions
// end. It returns Forbidden while the actor's role requires one,
// ValidationFailed when the password or the code is wrong, RateLimited after
// too many attempts, and Conflict without an active second factor.
func (s *Service) RemoveSecondFactor(ctx context.Context, actor access.Actor, password, code, recoveryCode string) error {
	if s.requiresSecondFactor(actor.Role) {
		return apperr.New(apperr.Forbidden, "The role %s requires a second factor, so it cannot be removed.", actor.Role)
	}
	if code == "" && recoveryCode == "" {
		return apperr.InvalidField("/code", "required", "Send a code of the authenticator, or a recovery_code.")
	}
	factor, err := activeFactor(dbx.Apart(ctx), db.New(s.db), actor.ID)
	if err != nil {
		return err
	}
	_, blocked, err := s.reauthenticate(ctx, actor, password)
	if err != nil {
		return err
	}
	err = dbx.WithTx(ctx, s.db, func(q *db.Queries) error {
		now := s.config.Now()
		var err error
		if code != "" {
			err = s.useCode(ctx, q, factor, code, now)
		} else {
			err = useRecoveryCode(ctx, q, actor.ID, recoveryCode, now)
		}
		if err != nil {
			return err
		}
		if err := deleteFactor(ctx, q, actor, actor.ID, actor.SessionID, factor.RecoveryCodesLeft, now); err != nil {
			return err
		}
		if err := s.notify(ctx, q, actor.ID, "The second factor of your account on Coordinator was removed, and its other sessions have ended."); err != nil {
			return err
		}
		return s.forgetAttempts(ctx, q, actor.ID)
	})
	if apperr.Is(err, apperr.ValidationFailed) {
		return s.failAttempt(ctx, actor, reasonWrongCode, blocked, err)
	}
	return s.unlessTried(ctx, actor.ID, err)
}

// ResetSecondFactor takes somebody else's second factor away, whose sessions
// end; one who has none is left alone. It returns Forbidden for the actor's
// own and NotFound when there is no such user.
func (s *Service) ResetSecondFactor(ctx context.Context, actor access.Actor, userID uuid.UUID) error {
	if actor.ID == userID {
		return apperr.New(apperr.Forbidden, "Nobody resets their own second factor. Remove it with a code, or ask another administrator.")
	}
	return dbx.WithTx(ctx, s.db, func(q *db.Queries) error {
		_, err := q.UserGet(ctx, db.UserGetParams{ID: userID, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
		if dbx.IsNotFound(err) {
			return apperr.Missing("user", userID)
		}
		if err != nil {
			return fmt.Errorf("reading the user: %w", err)
		}
		if err := s.forgetAttempts(ctx, q, userID); err != nil {
			return err
		}
		had, err := resetFactor(ctx, q, actor, userID, s.config.Now())
		if err != nil || !had {
			return err
		}
		return s.notify(ctx, q, userID, "An administrator has removed the second factor of your account on Coordinator, and its sessions have ended.")
	})
}

// ResetSecondFactorOf is for the command line, and with it for an administrator
// who has nobody else to ask: it takes away the second factor of whoever has
// the address, whose sessions end, and tells whether there was one. It returns
// NotFound when nobody has the address.
func ResetSecondFactorOf(ctx context.Context, d *dbx.DB, actor access.Actor, email string, now time.Time) (had bool, err error) {
	return dbx.WithTxResult(ctx, d, func(q *db.Queries) (bool, error) {
		user, err := q.UserGetByEmail(ctx, email)
		if dbx.IsNotFound(err) {
			return false, apperr.New(apperr.NotFound, "Nobody has the address %s.", email)
		}
		if err != nil {
			return false, fmt.Errorf("reading the user: %w", err)
		}
		return resetFactor(ctx, q, actor, user.ID, now)
	})
}

// resetFactor takes the user's second factor away and tells whether it was active.
func resetFactor(ctx context.Context, q *db.Queries, actor access.Actor, userID uuid.UUID, now time.Time) (had bool, err error) {
	factor, err := activeFactor(ctx, q, userID)
	if apperr.Is(err, apperr.Conflict) {
		// What was only begun counts for nothing, so nothing else changes with it.
		if _, err := q.SecondFactorDelete(ctx, userID); err != nil {
			return false, fmt.Errorf("deleting a second factor: %w", err)
		}
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, deleteFactor(ctx, q, actor, userID, uuid.Nil, factor.RecoveryCodesLeft, now)
}
