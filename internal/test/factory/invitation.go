package factory

import (
	"crypto/sha256"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
)

// InvitationOpts are what a test may want of an invitation, which is by somebody.
type InvitationOpts struct {
	Email string
	Role  db.Role
	By    uuid.UUID
	// Token is what it is accepted with.
	Token string
}

// Invitation makes an invitation that can be accepted.
func Invitation(t testing.TB, d *dbx.DB, opts *InvitationOpts) db.Invitation {
	t.Helper()
	id := uuid.Must(uuid.NewV7())
	hash := sha256.Sum256([]byte(or(opts.Token, id.String())))
	now := time.Now()
	row, err := db.New(d).InvitationInsert(t.Context(), db.InvitationInsertParams{
		ID: id, Email: or(opts.Email, id.String()+"@agency.example"), Role: or(opts.Role, db.RoleUser), TokenHash: hash[:],
		CreatedAt: now, CreatedBy: opts.By, ExpiresAt: now.Add(time.Hour),
	})
	return must(t, row, err)
}

// OneTimeToken makes a token that was mailed to the user just now, and returns it.
func OneTimeToken(t testing.TB, d *dbx.DB, user db.User, purpose db.TokenPurpose) string {
	t.Helper()
	token := name("a token long enough to be one")
	hash := sha256.Sum256([]byte(token))
	now := time.Now()
	err := db.New(d).OneTimeTokenInsert(t.Context(), db.OneTimeTokenInsertParams{
		TokenHash: hash[:], Purpose: purpose, UserID: user.ID, Email: user.Email, CreatedAt: now, ExpiresAt: now.Add(time.Minute),
	})
	if err != nil {
		t.Fatal(err)
	}
	return token
}
