package dbx

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/pressly/goose/v3"

	"github.com/aicoordination/coordinator/schema"
)

// SchemaVersions returns the version of the database's schema, and the one this
// binary was built for. It is one cheap statement, unlike [CheckMigrated].
func SchemaVersions(ctx context.Context, d *DB) (current, target int64, err error) {
	if target, err = LatestVersion(); err != nil {
		return 0, 0, err
	}
	err = d.QueryRow(ctx, "SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied").Scan(&current)
	if err != nil {
		return 0, 0, fmt.Errorf("reading the schema's version: %w", err)
	}
	return current, target, nil
}

// CheckReady returns ErrSchemaVersion, with what to do about it, where the
// database lacks a migration of this binary, and Unavailable when it cannot be
// asked. Unlike [CheckMigrated] it takes a newer schema: while a release is
// rolled out, the old binaries go on serving on the schema of the new one, which
// only adds to theirs.
func CheckReady(ctx context.Context, d *DB) error {
	current, target, err := SchemaVersions(ctx, d)
	if err != nil {
		return err
	}
	if current < target {
		return fmt.Errorf("%w: the database is at version %d, this binary needs %d; run `coordinator migrate up`", ErrSchemaVersion, current, target)
	}
	return nil
}

// IsMigrated tells whether the database has exactly the migrations of this
// binary, so that there is nothing for [Migrate] to do or to refuse. It is one
// statement on a connection that is there, where that takes connections of its
// own and a lock. Where it cannot tell, it says no: Migrate tells why.
func IsMigrated(ctx context.Context, d *DB) bool {
	known, err := knownVersions()
	if err != nil {
		return false
	}
	// goose begins its table with a version 0 of nothing.
	rows, err := d.Query(ctx, "SELECT DISTINCT version_id FROM goose_db_version WHERE is_applied AND version_id > 0 ORDER BY version_id")
	if err != nil {
		return false
	}
	applied, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	return err == nil && slices.Equal(applied, known)
}

// LatestVersion returns the version of the schema that this binary was built for.
func LatestVersion() (int64, error) {
	known, err := knownVersions()
	if err != nil {
		return 0, err
	}
	return known[len(known)-1], nil
}

// knownVersions returns the versions of the migrations of this binary, in their order.
var knownVersions = sync.OnceValues(func() ([]int64, error) {
	names, err := fs.Glob(schema.FS, "*.sql")
	if err != nil {
		return nil, fmt.Errorf("listing the migrations: %w", err)
	}
	var known []int64
	for _, name := range names {
		version, err := goose.NumericComponent(name)
		if err != nil {
			return nil, fmt.Errorf("reading the version of %s: %w", name, err)
		}
		known = append(known, version)
	}
	for _, migration := range riverMigrations(nil) {
		known = append(known, migration.Version)
	}
	slices.Sort(known)
	return known, nil
})
