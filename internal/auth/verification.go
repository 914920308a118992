package auth

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
)

// maxPasswordMoves is how often a password may change while it is verified.
const maxPasswordMoves = 5

// errPasswordMoved says that the stored hash is not the one that was verified.
var errPasswordMoved = errors.New("the password was changed meanwhile")

// notVerifiedError is why a password was not accepted.
type notVerifiedError struct{ reason string }

func (e notVerifiedError) Error() string { return "the password was not accepted: " + e.reason }

// notTriedError says that the password was not looked at.
type notTriedError struct{ cause error }

func (e notTriedError) Error() string { return "the password was not looked at: " + e.cause.Error() }
func (e notTriedError) Unwrap() error { return e.cause }

// failureOf returns the reason when err says that a password was not accepted.
func failureOf(err error) (reason string, failed bool) {
	refused, ok := errors.AsType[notVerifiedError](err)
	return refused.reason, ok
}

// storedHash is the hash that a password was found to fit.
type storedHash struct {
	text string
	// isCurrent tells that a new one would have the same scheme and settings.
	isCurrent bool
}

// withPassword runs use with the user's stored hash when the password is the
// one that it was made from. It returns notVerifiedError otherwise, also for the
// zero id, whose password does not exist, and notTriedError when it did not come to
// that. When use returns errPasswordMoved, because another hash is stored by
// then, everything is done again with that one.
func (s *Service) withPassword(ctx context.Context, userID uuid.UUID, password string, use func(storedHash) error) error {
	for range maxPasswordMoves {
		stored, err := db.New(s.db).UserGetPassword(dbx.Apart(ctx), userID)
		unknown := dbx.IsNotFound(err)
		if err != nil && !unknown {
			return notTriedError{fmt.Errorf("reading the password hash: %w", err)}
		}
		found, err := s.passwords.verify(ctx, stored, password)
		switch {
		case err != nil:
			return notTriedError{err}
		case unknown:
			return notVerifiedError{reasonUnknownAccount}
		case found.unreadable:
			return notVerifiedError{reasonUnreadableHash}
		case !found.matches:
			return notVerifiedError{reasonWrongPassword}
		}
		if err := use(storedHash{text: *stored, isCurrent: found.isCurrent}); !errors.Is(err, errPasswordMoved) {
			return err
		}
	}
	return apperr.New(apperr.Unavailable, "The password is being changed at this moment. Try again in a few seconds.")
}

// renew replaces a hash of another scheme, or with other settings than new ones
// have, by one of the same password, and returns the hash that is stored then.
// It writes no event: nothing has changed for anybody. Of many sign-ins at once
// one replaces it; the others get errPasswordMoved and begin again with the new.
func (s *Service) renew(ctx context.Context, userID uuid.UUID, hash storedHash, password string) (storedHash, error) {
	if hash.isCurrent {
		return hash, nil
	}
	renewed, err := s.passwords.hash(ctx, password)
	if apperr.Is(err, apperr.Unavailable) {
		// Too much is going on: the next sign-in does it.
		return hash, nil
	}
	if err != nil {
		return storedHash{}, err
	}
	changed, err := db.New(s.db).UserRehashPassword(ctx, db.UserRehashPasswordParams{ID: userID, OldHash: hash.text, NewHash: renewed})
	if err != nil {
		return storedHash{}, fmt.Errorf("replacing the password hash: %w", err)
	}
	if changed == 0 {
		return storedHash{}, errPasswordMoved
	}
	return storedHash{text: renewed, isCurrent: true}, nil
}
