package auth

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
)

// Register is for strangers, where registration is open; it returns Forbidden
// otherwise. It mails the address a token by which [Service.VerifyEmail] opens the
// account, or, if the address has one, tells its owner. Until then there is
// nothing of it to be seen, so that nobody keeps an address from its owner, and
// none tells whether it was free: neither the answer, nor its time, nor signing in.
func (s *Service) Register(ctx context.Context, account Account) error {
	arrived := time.Now() //nolint:forbidigo // As in Login.
	if err := s.config.Registration.refuseStrangers(); err != nil {
		return err
	}
	// Hashed before the transaction: it takes longer than everything in it.
	hash, err := s.newHash(ctx, "/password", account.Password, person{name: account.Name, email: account.Email})
	if err != nil {
		return err
	}
	account.Email = strings.TrimSpace(account.Email)
	if err := s.keepRegistration(ctx, account, hash); err != nil {
		return s.holdBack(ctx, arrived, err)
	}
	// It does not wait with a transaction open.
	dbx.OnceCommitted(ctx, func() { _ = s.holdBack(ctx, arrived, nil) })
	return nil
}

// keepRegistration stores what was asked for and has the address written to, in
// the same statements whether or not the address is taken. One of them does not
// replace another: the password that counts is the one that was chosen with the
// token that comes back, and whoever registers the address of somebody else only
// has it mailed.
func (s *Service) keepRegistration(ctx context.Context, account Account, hash string) error {
	token, tokenHash := newToken()
	return dbx.WithTx(ctx, s.db, func(q *db.Queries) error {
		now := s.config.Now()
		expires := now.Add(oneTimeTokenTTL)
		// Locked, so that the mails are counted one after another.
		if err := q.RegistrationLockAddress(ctx, account.Email); err != nil {
			return fmt.Errorf("locking the address: %w", err)
		}
		if err := q.RegistrationPurge(ctx, now.Add(-tokenMemory)); err != nil {
			return fmt.Errorf("deleting old registrations: %w", err)
		}
		sent, err := q.RegistrationCountRecent(ctx, db.RegistrationCountRecentParams{Email: account.Email, Since: now.Add(-tokenMailWindow)})
		if err != nil {
			return fmt.Errorf("counting the address's mails: %w", err)
		}
		if sent >= maxTokenMails {
			return nil
		}
		stored := &hash
		owner, err := q.UserGetByEmail(ctx, account.Email)
		taken := err == nil
		if err != nil && !dbx.IsNotFound(err) {
			return fmt.Errorf("looking for an account of the address: %w", err)
		}
		if taken {
			// What was chosen for an address that is taken is of no use.
			stored = nil
		}
		err = q.RegistrationInsert(ctx, db.RegistrationInsertParams{
			TokenHash: tokenHash, Email: account.Email, Name: strings.TrimSpace(account.Name), PasswordHash: stored, CreatedAt: now, ExpiresAt: expires,
		})
		if err != nil {
			return fmt.Errorf("storing the registration: %w", err)
		}
		switch {
		case !taken:
			return s.config.Mailer.Registration(ctx, q, account.Email, token, expires)
		case owner.Kind == db.PrincipalKindHuman:
			return s.config.Mailer.AddressTaken(ctx, q, owner.Email)
		default:
			// An agent reads no mail.
			return s.config.Mailer.Nobody(ctx, q)
		}
	})
}

// openRegistered makes the account that the token was mailed for. It returns
// the error of tokens that cannot be used when that is not the token of a
// registration, or the address has an account by now.
func (s *Service) openRegistered(ctx context.Context, q *db.Queries, actor access.Actor, token string, now time.Time) error {
	if s.config.Registration != RegistrationOpen {
		// It was closed since.
		return errToken()
	}
	get := db.RegistrationGetParams{TokenHash: hashToken(token), Now: now}
	found, err := q.RegistrationGet(ctx, get)
	if err == nil {
		if err := q.RegistrationLockAddress(ctx, found.Email); err != nil {
			return fmt.Errorf("locking the address: %w", err)
		}
		// Whoever held the lock may have made the account.
		found, err = q.RegistrationGet(ctx, get)
	}
	if dbx.IsNotFound(err) {
		return errToken()
	}
	if err != nil {
		return fmt.Errorf("reading the registration: %w", err)
	}
	account := Account{Email: found.Email, Name: found.Name, Role: access.RoleUser, verifiedAt: &now}
	_, err = insertUser(ctx, q, actor, account, *found.PasswordHash)
	if apperr.Is(err, apperr.AlreadyExists) {
		// By an invitation, or by an administrator.
		return errToken()
	}
	if err != nil {
		return err
	}
	if err := q.RegistrationEndAll(ctx, found.Email); err != nil {
		return fmt.Errorf("ending the registrations of the address: %w", err)
	}
	return nil
}
