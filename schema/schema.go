// Package schema holds the database's migrations: goose SQL files, applied in
// the order of their numbers by [github.com/aicoordination/coordinator/internal/dbx.Migrate].
// sqlc reads the same files to type the queries, so the schema is written once.
package schema

import "embed"

// FS holds every migration, at its root.
//
//go:embed *.sql
var FS embed.FS
