package doctor

import (
	"context"

	"github.com/aicoordination/coordinator/internal/config"
	"github.com/aicoordination/coordinator/internal/dbx"
)

const mendPooler = "let the pooler pool sessions, or tell the service with --db-pooler=transaction and DATABASE_DIRECT_URL"

// pooler finds out what stands between the service and PostgreSQL, and whether
// the settings say so.
func pooler(ctx context.Context, s Subject) Outcome {
	found, err := dbx.CheckPooler(ctx, s.DB.Pool().Config().ConnString())
	told := s.Config.Pooler == config.PoolerTransaction
	switch {
	case err != nil:
		return broken("", "%v", plain(err))
	case found == dbx.PoolerTransaction && told:
		return well("it pools transactions, as the settings say")
	case found == dbx.PoolerTransaction:
		return broken(mendPooler, "a pooler stands in between that pools transactions: a session, with what is prepared in it, does not last")
	case told:
		return warning("unset COORDINATOR_DB_POOLER unless a pooler of transactions is to come, because statements are prepared faster without",
			"the settings tell of a pooler of transactions, and none was found")
	case found == dbx.PoolerSession:
		return warning("make sure that it pools sessions; otherwise "+mendPooler, "a pooler stands in between, which has kept the session so far")
	default:
		return well("none: the service is connected to PostgreSQL itself, and prepared statements stay")
	}
}
