package doctor

import (
	"context"

	"github.com/jackc/pgx/v5/pgxpool"
)

const mendPooler = "let the pooler pool sessions, or tell the service with --db-pooler=transaction and DATABASE_DIRECT_URL"

// pooler finds out by what a connection keeps from one transaction to the next
// while another connection is at work. A pooler that is idle may hand out the
// same one again; it gives itself away by the process that it says it is.
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
	before, err := backend(ctx, one)
	if err != nil {
		return broken(mendPooler, "%v", plain(err))
	}
	// Whoever is in a transaction has a server connection to itself.
	tx, err := two.Begin(ctx)
	if err != nil {
		return broken("", "%v", plain(err))
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	if _, err := tx.Exec(ctx, "SELECT 1"); err != nil {
		return broken("", "%v", plain(err))
	}
	after, err := backend(ctx, one)
	if err != nil {
		return broken(mendPooler, "a statement that was prepared is gone: %v", plain(err))
	}
	switch {
	case before != after:
		return broken(mendPooler, "a connection is another one after each transaction: a pooler stands in between that pools transactions")
	case before != one.Conn().PgConn().PID():
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
