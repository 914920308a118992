package dbx

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/aicoordination/coordinator/gen/db"
)

const (
	// acquireTimeout bounds the wait for a connection that others hold; pgx
	// itself waits as long as the request lives, which under load is until the
	// client gives up.
	acquireTimeout = 500 * time.Millisecond

	// roomTimeout is acquireTimeout where a connection is being made, so that a
	// caller has an answer within a second also when PostgreSQL does not answer.
	// The making goes on behind it, and serves whoever comes next.
	roomTimeout = 800 * time.Millisecond

	// connectTimeout bounds the making of a connection, which on a machine that
	// is busy takes longer than anybody waits for one.
	connectTimeout = 10 * time.Second

	// pingTimeout is how long a connection that was idle may take to show that
	// it still leads somewhere, before another is tried.
	pingTimeout = 300 * time.Millisecond

	// cancelTimeout is how long PostgreSQL may take to stop a statement whose
	// caller has left; then the connection is given up.
	cancelTimeout = 2 * time.Second

	// checkEvery is how often the pool makes up for connections that were lost.
	checkEvery = 2 * time.Second

	// warm is how many connections are kept open, so that a burst of requests
	// seldom waits for one to be made.
	warm = 8
)

// Limits bound what a pool asks of the database, and how long its callers wait.
// The zero value of a field leaves it to PostgreSQL, which knows no bound.
type Limits struct {
	// Statement, Lock and IdleInTransaction are PostgreSQL's settings
	// statement_timeout, lock_timeout and idle_in_transaction_session_timeout.
	Statement, Lock, IdleInTransaction time.Duration
	// Impatient is for a pool that answers requests: nobody waits longer than
	// most of a second for a connection, and a caller who leaves has the statement
	// cancelled and the connection kept. Whoever listens for notifications cannot
	// use it: such a wait is no statement that could be cancelled.
	Impatient bool
}

// settings are the run-time settings of PostgreSQL that the limits ask for.
func (l Limits) settings() map[string]string {
	settings := map[string]string{}
	for name, limit := range map[string]time.Duration{
		"statement_timeout":                   l.Statement,
		"lock_timeout":                        l.Lock,
		"idle_in_transaction_session_timeout": l.IdleInTransaction,
	} {
		if limit > 0 {
			settings[name] = milliseconds(limit)
		}
	}
	return settings
}

// inTransaction is the statement that gives a transaction the settings, for where
// those of a session are not to be relied upon; empty without any.
func (l Limits) inTransaction() string {
	settings := l.settings()
	if len(settings) == 0 {
		return ""
	}
	var calls []string
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		calls = append(calls, "set_config('"+name+"', '"+settings[name]+"', true)")
	}
	return "SELECT " + strings.Join(calls, ", ")
}

// apply makes the limits those of every connection of the pool. A pooler in
// transaction mode takes no settings along with a connection but a few, of which
// the zone is one: there they go along with each transaction, and what a request
// asks outside of one is bounded by the request's own time.
func (l Limits) apply(config *pgxpool.Config, pooled bool) {
	// Dates and times are read and compared in UTC, whatever the server's zone is.
	config.ConnConfig.RuntimeParams["timezone"] = "UTC"
	if !pooled {
		maps.Copy(config.ConnConfig.RuntimeParams, l.settings())
	}
	if config.ConnConfig.ConnectTimeout == 0 || config.ConnConfig.ConnectTimeout > connectTimeout {
		config.ConnConfig.ConnectTimeout = connectTimeout
	}
	if !l.Impatient {
		return
	}
	config.PingTimeout = pingTimeout
	config.HealthCheckPeriod = checkEvery
	config.MinConns = min(warm, config.MaxConns)
	config.ConnConfig.BuildContextWatcherHandler = func(conn *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: conn, DeadlineDelay: cancelTimeout}
	}
}

// SetPatience lets each statement of the transaction of q take longer than
// others may: for what goes over much and has nobody waiting, or somebody who
// knows that it takes long.
func SetPatience(ctx context.Context, q *db.Queries, limit time.Duration) error {
	_, err := q.Conn().Exec(ctx, "SELECT set_config('statement_timeout', $1, true)", milliseconds(limit))
	if err != nil {
		return fmt.Errorf("allowing a statement more time: %w", err)
	}
	return nil
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
