package factory

import (
	"testing"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
)

// ContactOpts are what a test may want of a contact; the zero value is of a
// client of its own and not the primary one.
type ContactOpts struct {
	ClientID  uuid.UUID
	Name      string
	IsPrimary bool
}

// Contact makes somebody to talk to at a client.
func Contact(t testing.TB, d *dbx.DB, opts *ContactOpts) db.ClientContact {
	t.Helper()
	if opts == nil {
		opts = &ContactOpts{}
	}
	clientID := opts.ClientID
	if clientID == uuid.Nil {
		clientID = Client(t, d, nil).ID
	}
	row, err := db.New(d).ClientContactInsert(t.Context(), db.ClientContactInsertParams{
		ID: uuid.Must(uuid.NewV7()), ClientID: clientID, Name: or(opts.Name, name("Contact")), IsPrimary: opts.IsPrimary,
	})
	return must(t, row, err)
}
