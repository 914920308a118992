package auth

import (
	"context"
	"fmt"
	"time"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/seal"
)

// CheckKeys opens the signing keys of the database under the secret and changes
// nothing. It returns when the one that signs was made, the zero time where no
// service has started yet, and an error that says what to do when they were
// sealed under another secret.
func CheckKeys(ctx context.Context, d *dbx.DB, secret []byte) (signsSince time.Time, err error) {
	box, err := seal.New(secret, sealedKeys)
	if err != nil {
		return time.Time{}, err
	}
	rows, err := db.New(d).SigningKeyListLive(ctx)
	if err != nil {
		return time.Time{}, fmt.Errorf("reading the signing keys: %w", err)
	}
	if len(rows) == 0 {
		return time.Time{}, nil
	}
	if _, err := openKeys(box, rows, time.Now()); err != nil { //nolint:forbidigo // A doctor has no service with a clock.
		return time.Time{}, err
	}
	return rows[0].CreatedAt, nil
}
