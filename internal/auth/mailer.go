package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
)

// Mailer writes to people. Its methods put a letter down in the transaction of
// q, so that it is sent exactly when that is committed, whatever happens to the
// process then; the caller does not wait for a mail server. Each returns an
// error only when the transaction has failed.
type Mailer interface {
	// Delivers tells whether mail reaches the people it is for.
	Delivers() bool
	Invitation(ctx context.Context, q *db.Queries, to, inviter, role, token string, expires time.Time) error
	// Registration has the address confirm that an account is to be opened for it.
	Registration(ctx context.Context, q *db.Queries, to, token string, expires time.Time) error
	// AddressTaken tells the owner of an account that somebody tried to open another.
	AddressTaken(ctx context.Context, q *db.Queries, to string) error
	EmailVerification(ctx context.Context, q *db.Queries, to, token string, expires time.Time) error
	PasswordReset(ctx context.Context, q *db.Queries, to, token string, expires time.Time) error
	// Notice tells what has happened to an account, without a secret.
	Notice(ctx context.Context, q *db.Queries, to, what string) error
	// Nobody writes to nobody, and takes as long as the others: for where the
	// time must not tell whether there was somebody to write to.
	Nobody(ctx context.Context, q *db.Queries) error
	// ForgottenPassword has [Service.MailPasswordReset] called for the address
	// once the transaction is committed, whether or not it is somebody's.
	ForgottenPassword(ctx context.Context, q *db.Queries, address string) error
}

// noMail is the mailer of a service that has none.
type noMail struct{}

func (noMail) Delivers() bool { return false }

func (noMail) Invitation(context.Context, *db.Queries, string, string, string, string, time.Time) error {
	return nil
}

func (noMail) Registration(context.Context, *db.Queries, string, string, time.Time) error { return nil }

func (noMail) AddressTaken(context.Context, *db.Queries, string) error { return nil }

func (noMail) EmailVerification(context.Context, *db.Queries, string, string, time.Time) error {
	return nil
}

func (noMail) PasswordReset(context.Context, *db.Queries, string, string, time.Time) error {
	return nil
}
func (noMail) Notice(context.Context, *db.Queries, string, string) error    { return nil }
func (noMail) Nobody(context.Context, *db.Queries) error                    { return nil }
func (noMail) ForgottenPassword(context.Context, *db.Queries, string) error { return nil }

// notify tells the user by mail what is happening to the account in this
// transaction, in sentences that hold no secret.
func (s *Service) notify(ctx context.Context, q *db.Queries, userID uuid.UUID, what string) error {
	user, err := q.UserGetForPassword(ctx, userID)
	if dbx.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading whom to tell: %w", err)
	}
	return s.config.Mailer.Notice(ctx, q, user.Email, what)
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
