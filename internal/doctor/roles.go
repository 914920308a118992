package doctor

import (
	"context"
	"strings"

	"github.com/aicoordination/coordinator/internal/dbx"
)

func roles(ctx context.Context, s Subject) Outcome {
	undecided, err := dbx.Undecided(ctx, s.Owner)
	if err != nil {
		return broken("", "%v", plain(err))
	}
	// It may be another's: the service's role can do nothing with it.
	if len(undecided) > 0 {
		return broken("move what is not the service's into a schema or database of its own", "the schema has tables that the service does not know: %s", strings.Join(undecided, ", "))
	}
	var denied []string
	err = s.DB.QueryRow(ctx, `SELECT coalesce(array_agg(c.relname::text ORDER BY c.relname), '{}') FROM pg_class c
		WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'v') AND NOT has_table_privilege(c.oid, 'SELECT')`).Scan(&denied)
	if err != nil {
		return broken("", "%v", plain(err))
	}
	role, err := dbx.Role(ctx, s.DB)
	if err != nil {
		return broken("", "%v", plain(err))
	}
	if len(denied) > 0 {
		return broken("run `coordinator migrate up` with DATABASE_OWNER_URL, which grants what is needed", "the role %s may not read %s", role, strings.Join(denied, ", "))
	}
	can, err := dbx.CanChangeLog(ctx, s.DB)
	if err != nil {
		return broken("", "%v", plain(err))
	}
	if can {
		return warning("set DATABASE_OWNER_URL to the role that owns the schema, and DATABASE_URL to one without rights (CREATE ROLE … LOGIN)",
			"the role %s could change the audit log", role)
	}
	return well("the role %s may do what the service does, and not change the audit log", role)
}
