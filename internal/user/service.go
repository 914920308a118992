// Package user owns people and agents as the API shows them. How they sign in
// is auth's.
package user

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
)

// Service reads users.
type Service struct {
	db *dbx.DB
}

// New returns the service.
func New(d *dbx.DB) *Service { return &Service{db: d} }

// Get returns a user that is not deleted, NotFound otherwise.
func (s *Service) Get(ctx context.Context, id uuid.UUID) (db.User, error) {
	row, err := db.New(s.db).UserGetByID(ctx, id)
	if err != nil {
		return db.User{}, fmt.Errorf("reading a user: %w", dbx.OrMissing(err, "user", id))
	}
	return row, nil
}
