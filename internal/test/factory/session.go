package factory

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
)

// SessionOpts are what a test may want of a session; without a user it is that
// of a new one.
type SessionOpts struct {
	UserID uuid.UUID
	// CreatedAt is now when it is zero; the session ends a day later.
	CreatedAt time.Time
}

// Session makes a session, of which nobody has a token.
func Session(t testing.TB, d *dbx.DB, opts *SessionOpts) db.Session {
	t.Helper()
	if opts == nil {
		opts = &SessionOpts{}
	}
	if opts.UserID == uuid.Nil {
		opts.UserID = User(t, d, nil).ID
	}
	from := or(opts.CreatedAt, time.Now())
	row, err := db.New(d).SessionInsert(t.Context(), db.SessionInsertParams{
		ID: uuid.Must(uuid.NewV7()), UserID: opts.UserID,
		CreatedAt: from, ExpiresAt: from.Add(24 * time.Hour), EndsAt: from.Add(24 * time.Hour),
	})
	return must(t, row, err)
}
