package doctor

import (
	"context"
	"errors"
	"strings"

	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
)

// leastMajor is the oldest PostgreSQL that the schema is written for.
const leastMajor = 15

func reachable(ctx context.Context, s Subject) Outcome {
	if s.NoDatabase {
		return warning("run `coordinator serve`", "there is none yet; the first start makes a private one in %s", s.Config.DataDir)
	}
	mend := "start PostgreSQL, or correct DATABASE_URL; `psql \"$DATABASE_URL\"` tries the same"
	if s.Config.URL == "" {
		mend = "look into the log of the private PostgreSQL in " + s.Config.DataDir + "/postgresql"
	}
	if s.DatabaseError != nil {
		return broken(mend, "%v", s.DatabaseError)
	}
	if err := s.DB.Ping(ctx); err != nil {
		return broken(mend, "%v", plain(err))
	}
	role, err := dbx.Role(ctx, s.DB)
	if err != nil {
		return broken(mend, "%v", plain(err))
	}
	if s.Config.URL == "" {
		return well("the private one answers the role %s", role)
	}
	return well("%s answers", s.Config.URL.Redacted())
}

// plain is the cause of an error that was made for callers of the API.
func plain(err error) error {
	if refusal, ok := errors.AsType[*apperr.Error](err); ok && refusal.Unwrap() != nil {
		return refusal.Unwrap()
	}
	return err
}

func version(ctx context.Context, s Subject) Outcome {
	var number int
	var text string
	if err := s.DB.QueryRow(ctx, "SELECT current_setting('server_version_num')::int, current_setting('server_version')").Scan(&number, &text); err != nil {
		return broken("", "%v", plain(err))
	}
	return judgeVersion(number/10_000, text)
}

func judgeVersion(major int, text string) Outcome {
	if major < leastMajor {
		return broken("upgrade PostgreSQL to 15 or later", "it is PostgreSQL %s, and the schema needs %d or later", text, leastMajor)
	}
	return well("PostgreSQL %s", text)
}

// needed are the extensions of the schema.
var needed = []string{"pg_trgm"}

func extensions(ctx context.Context, s Subject) Outcome {
	var missing, unavailable []string
	err := s.DB.QueryRow(ctx, `SELECT coalesce(array_agg(n.name ORDER BY 1) FILTER (WHERE a.installed_version IS NULL), '{}'),
			coalesce(array_agg(n.name ORDER BY 1) FILTER (WHERE a.name IS NULL), '{}')
		FROM unnest($1::text[]) n (name) LEFT JOIN pg_available_extensions a ON a.name = n.name`, needed).Scan(&missing, &unavailable)
	switch {
	case err != nil:
		return broken("", "%v", plain(err))
	case len(unavailable) > 0:
		return broken("install PostgreSQL's contrib package on the database server", "%s is not on the database server", strings.Join(unavailable, ", "))
	case len(missing) > 0:
		return broken("run `coordinator migrate up`, or as an administrator of the database: CREATE EXTENSION "+missing[0], "%s is not installed", strings.Join(missing, ", "))
	}
	return well("%s", strings.Join(needed, ", "))
}

func migrations(ctx context.Context, s Subject) Outcome {
	err := dbx.CheckMigrated(ctx, s.Owner)
	switch {
	case err == nil:
		latest, _ := dbx.LatestVersion()
		return well("the schema has version %d, as this program needs", latest)
	case errors.Is(err, dbx.ErrSchemaVersion) && strings.Contains(err.Error(), "migrate up") && s.Config.Migrate:
		return warning("start the service, which migrates, or run `coordinator migrate up`", "%v", err)
	case errors.Is(err, dbx.ErrSchemaVersion):
		return broken("run `coordinator migrate up` with this program, or start the one that migrated it", "%v", err)
	}
	return broken("", "%v", plain(err))
}
