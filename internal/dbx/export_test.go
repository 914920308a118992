package dbx

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// The constraints whose breaking has a meaning for the caller.
func ConstraintNames() []string {
	var names []string
	for name := range constraints {
		names = append(names, name)
	}
	return names
}

// Decoded returns the rows as the queries of this package return them.
func Decoded(found pgx.Rows) pgx.Rows { return &rows{Rows: found, ctx: context.Background()} }

// Uncertain is what is said where nobody knows whether a commit was done.
const Uncertain = lostCommit
