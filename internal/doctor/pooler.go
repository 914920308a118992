package doctor

import (
	"context"

	"github.com/jackc/pgx/v5/pgxpool"
)

const mendPooler = "let the pooler pool sessions, or tell the service with --db-pooler=transaction and DATABASE_DIRECT_URL"

// rounds are how often it is looked; a pooler that others use at the same time
// may give the right connection by chance.
const rounds = 20

// pooler finds out by asking on two connections in turn who serves them: a
// pooler of transactions hands the process that is free to whoever comes next,
// and so the same one to both. One that pools sessions gives itself away by the
// process that it says it is.
func pooler(ctx context.Context, s Subject) Outcome {
	one, err := s.DB.Pool().Acquire(ctx)
	if err != nil {
		return broken("", "%v", plain(err))
	}
	defer one.Release()
	two, err := s.DB.Pool().Acquire(ctx)
	if err != nil {
		return broken("", "%v", plain(err))
	}
	defer two.Release()
	var first uint32
	for range rounds {
		mine, err := backend(ctx, one)
		if err != nil {
			return broken(mendPooler, "a statement that was prepared is gone: %v", plain(err))
		}
		theirs, err := backend(ctx, two)
		if err != nil {
			return broken(mendPooler, "a statement that was prepared is gone: %v", plain(err))
		}
		if first == 0 {
			first = mine
		}
		if mine != first || mine == theirs {
			return broken(mendPooler, "a pooler stands in between that pools transactions: a session, with what is prepared in it, does not last")
		}
	}
	if first != one.Conn().PgConn().PID() {
		return warning("make sure that it pools sessions; otherwise "+mendPooler, "a pooler stands in between, which has kept the session so far")
	}
	return well("none: the service is connected to PostgreSQL itself, and prepared statements stay")
}

// backend is the process that serves a connection, by a statement that pgx
// prepares once.
func backend(ctx context.Context, conn *pgxpool.Conn) (uint32, error) {
	var pid uint32
	err := conn.QueryRow(ctx, "SELECT pg_backend_pid()::int8").Scan(&pid)
	return pid, err
}
