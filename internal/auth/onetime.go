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

const (
	oneTimeTokenTTL = 15 * time.Minute
	// maxTokenMails is how many mails of one purpose an address is sent within
	// tokenMailWindow, whoever asks for them.
	maxTokenMails   = 3
	tokenMailWindow = time.Hour
	// tokenMemory is how long a token is kept that nobody can use any more.
	tokenMemory = 24 * time.Hour
)

// RequestPasswordReset has a token mailed to the person of the address, if there
// is one. They are looked for in the background, so that neither the answer nor
// its time tells.
func (s *Service) RequestPasswordReset(ctx context.Context, email string) error {
	return dbx.WithTx(ctx, s.db, func(q *db.Queries) error { return s.config.Mailer.ForgottenPassword(ctx, q, email) })
}

// MailPasswordReset is what follows [Service.RequestPasswordReset]. Done twice,
// it replaces the first token by another.
func (s *Service) MailPasswordReset(ctx context.Context, email string) error {
	return dbx.WithTx(ctx, s.db, func(q *db.Queries) error {
		user, err := q.UserGetByEmail(ctx, email)
		if dbx.IsNotFound(err) || (err == nil && user.Kind != db.PrincipalKindHuman) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading the user: %w", err)
		}
		token, err := s.newOneTimeToken(ctx, q, db.TokenPurposePasswordReset, user.ID)
		if token == nil || err != nil {
			return err
		}
		return s.config.Mailer.PasswordReset(ctx, q, token.email, token.text, token.expires)
	})
}

// RequestEmailVerification mails the actor a token that verifies its address,
// unless it is verified.
func (s *Service) RequestEmailVerification(ctx context.Context, actor access.Actor) error {
	return dbx.WithTx(ctx, s.db, func(q *db.Queries) error { return s.mailVerification(ctx, q, actor.ID) })
}

// EmailChanged is called in the transaction that gives a person another
// address: it mails a token to that one, and tells the one before.
func (s *Service) EmailChanged(ctx context.Context, q *db.Queries, before, after db.User) error {
	if after.Kind != db.PrincipalKindHuman {
		// An agent reads no mail.
		return nil
	}
	err := s.config.Mailer.Notice(ctx, q, before.Email, "The e-mail address of your account on Coordinator was changed to another one, which mail goes to from now on.")
	if err != nil {
		return err
	}
	return s.mailVerification(ctx, q, after.ID)
}

func (s *Service) mailVerification(ctx context.Context, q *db.Queries, userID uuid.UUID) error {
	token, err := s.newOneTimeToken(ctx, q, db.TokenPurposeEmailVerification, userID)
	if token == nil || err != nil {
		return err
	}
	return s.config.Mailer.EmailVerification(ctx, q, token.email, token.text, token.expires)
}

// oneTimeToken is a token that is about to be mailed.
type oneTimeToken struct {
	text    string
	email   string
	expires time.Time
}

// newOneTimeToken makes a token in place of the user's earlier one. It returns
// nil when there is no use for one, or the address was sent enough of them.
func (s *Service) newOneTimeToken(ctx context.Context, q *db.Queries, purpose db.TokenPurpose, userID uuid.UUID) (*oneTimeToken, error) {
	text, hash := newToken()
	// Locked, so that the mails are counted one after another.
	user, err := q.UserLock(ctx, userID)
	if dbx.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("locking the user: %w", err)
	}
	if purpose == db.TokenPurposeEmailVerification && user.EmailVerifiedAt != nil {
		return nil, nil
	}
	now := s.config.Now()
	sent, err := q.OneTimeTokenCountRecent(ctx, db.OneTimeTokenCountRecentParams{Email: user.Email, Purpose: purpose, Since: now.Add(-tokenMailWindow)})
	if err != nil {
		return nil, fmt.Errorf("counting the address's mails: %w", err)
	}
	if sent >= maxTokenMails {
		return nil, nil
	}
	if err := q.OneTimeTokenReplace(ctx, db.OneTimeTokenReplaceParams{UserID: userID, Purpose: purpose, Now: now}); err != nil {
		return nil, fmt.Errorf("replacing the earlier token: %w", err)
	}
	if err := q.OneTimeTokenDeleteOld(ctx, db.OneTimeTokenDeleteOldParams{UserID: userID, Before: now.Add(-tokenMemory)}); err != nil {
		return nil, fmt.Errorf("deleting old tokens: %w", err)
	}
	token := oneTimeToken{text: text, email: user.Email, expires: now.Add(oneTimeTokenTTL)}
	err = q.OneTimeTokenInsert(ctx, db.OneTimeTokenInsertParams{
		TokenHash: hash, Purpose: purpose, UserID: userID, Email: user.Email, CreatedAt: now, ExpiresAt: token.expires,
	})
	if err != nil {
		return nil, fmt.Errorf("storing the token: %w", err)
	}
	return &token, nil
}

// VerifyEmail marks the address verified that the token was mailed to, and opens
// the account that [Service.Register] was asked for. It returns a validation error
// when the token cannot be used.
func (s *Service) VerifyEmail(ctx context.Context, actor access.Actor, token string) error {
	return dbx.WithTx(ctx, s.db, func(q *db.Queries) error {
		now := s.config.Now()
		_, err := tokenUser(ctx, q, db.TokenPurposeEmailVerification, token, now)
		if apperr.Is(err, apperr.ValidationFailed) {
			return s.openRegistered(ctx, q, actor, token, now)
		}
		if err != nil {
			return err
		}
		before, err := useToken(ctx, q, db.TokenPurposeEmailVerification, token, now)
		if err != nil || before.EmailVerifiedAt != nil {
			return err
		}
		after, err := q.UserVerifyEmail(ctx, db.UserVerifyEmailParams{ID: before.ID, Now: now})
		if err != nil {
			return fmt.Errorf("marking the address verified: %w", err)
		}
		actor.ID = after.ID
		return event.Record(ctx, q, actor, event.Event{
			Entity: "user", ID: after.ID, Action: "email_verified", Before: before, After: after, Version: after.Version,
		})
	})
}

// ResetPassword sets the password of whom the token was mailed to, ends all of
// its sessions and tells it so. It returns a validation error when the token
// cannot be used.
func (s *Service) ResetPassword(ctx context.Context, actor access.Actor, token, password string) error {
	// Looked at before the password is hashed, which costs more than all the rest.
	apart := dbx.Apart(ctx)
	id, err := tokenUser(apart, db.New(s.db), db.TokenPurposePasswordReset, token, s.config.Now())
	if err != nil {
		return err
	}
	who, err := db.New(s.db).UserGetForPassword(apart, id)
	if dbx.IsNotFound(err) {
		return errToken()
	}
	if err != nil {
		return fmt.Errorf("reading the user: %w", err)
	}
	hash, err := s.newHash(ctx, "/password", password, person{name: who.Name, email: who.Email})
	if err != nil {
		return err
	}
	return dbx.WithTx(ctx, s.db, func(q *db.Queries) error {
		now := s.config.Now()
		before, err := useToken(ctx, q, db.TokenPurposePasswordReset, token, now)
		if err != nil {
			return err
		}
		after, err := q.UserResetPassword(ctx, db.UserResetPasswordParams{ID: before.ID, PasswordHash: hash, Now: now})
		if err != nil {
			return fmt.Errorf("setting the password: %w", err)
		}
		actor := actor
		actor.ID = after.ID
		err = event.Record(ctx, q, actor, event.Event{
			Entity: "user", ID: after.ID, Action: "password_reset", Before: before, After: after, Version: after.Version,
		})
		if err != nil {
			return err
		}
		// Whoever was locked out for having forgotten it need not wait.
		if err := s.attempts.succeeded(ctx, q, []subject{s.attempts.account(after.Email)}); err != nil {
			return err
		}
		if err := endOthers(ctx, q, actor, actor.ID, uuid.Nil, reasonPasswordReset, now); err != nil {
			return err
		}
		return s.config.Mailer.Notice(ctx, q, after.Email, "The password of your account on Coordinator was reset, and all of its sessions have ended.")
	})
}

// useToken takes the token, which nobody can use afterwards, and returns its
// user, locked.
func useToken(ctx context.Context, q *db.Queries, purpose db.TokenPurpose, token string, now time.Time) (db.User, error) {
	id, err := tokenUser(ctx, q, purpose, token, now)
	if err != nil {
		return db.User{}, err
	}
	// The user before its token, as where tokens are made.
	user, err := q.UserLock(ctx, id)
	if dbx.IsNotFound(err) {
		return db.User{}, errToken()
	}
	if err != nil {
		return db.User{}, fmt.Errorf("locking the user: %w", err)
	}
	used, err := q.OneTimeTokenUse(ctx, db.OneTimeTokenUseParams{TokenHash: hashToken(token), Purpose: purpose, Now: now})
	if err != nil {
		return db.User{}, fmt.Errorf("using the token: %w", err)
	}
	if used == 0 {
		return db.User{}, errToken()
	}
	return user, nil
}

func tokenUser(ctx context.Context, q *db.Queries, purpose db.TokenPurpose, token string, now time.Time) (uuid.UUID, error) {
	id, err := q.OneTimeTokenGetUser(ctx, db.OneTimeTokenGetUserParams{TokenHash: hashToken(token), Purpose: purpose, Now: now})
	if dbx.IsNotFound(err) {
		return uuid.Nil, errToken()
	}
	if err != nil {
		return uuid.Nil, fmt.Errorf("reading the token: %w", err)
	}
	return id, nil
}

// errToken is the same for every token that cannot be used.
func errToken() error {
	return apperr.InvalidField("/token", "not_valid", "This token is not valid or no longer so. Ask for a new mail and use the token in it.")
}
