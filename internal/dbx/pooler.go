package dbx

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Pooler is what stands between a process and PostgreSQL.
type Pooler string

// The poolers, by what a client keeps from one transaction to the next.
const (
	// PoolerNone leads to PostgreSQL itself.
	PoolerNone Pooler = "none"
	// PoolerSession keeps a session as long as its client; it is like none.
	PoolerSession Pooler = "session"
	// PoolerTransaction gives the session away after each transaction.
	PoolerTransaction Pooler = "transaction"
)

// listenTimeout is how long a notification may take that LISTEN waits for.
const listenTimeout = 2 * time.Second

// CheckPooler finds out what the address leads to. PostgreSQL tells each client
// the process that serves it, and a pooler makes up a number; one process that
// serves two clients by turns is shared by them.
func CheckPooler(ctx context.Context, url string) (Pooler, error) {
	const clients, rounds = 2, 5
	serving := [clients]map[int]bool{}
	var conns [clients]*pgx.Conn
	direct := true
	for i := range conns {
		conn, err := connectPlainly(ctx, url)
		if err != nil {
			return "", err
		}
		defer conn.Close(context.WithoutCancel(ctx))
		conns[i], serving[i] = conn, map[int]bool{}
	}
	for range rounds {
		for i, conn := range conns {
			var process int
			if err := conn.QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&process); err != nil {
				return "", fmt.Errorf("asking for the serving process: %w", translate(err))
			}
			serving[i][process] = true
			direct = direct && process == int(conn.PgConn().PID())
		}
	}
	switch {
	case direct:
		return PoolerNone, nil
	case len(serving[0]) == 1 && len(serving[1]) == 1 && !serving[1][firstOf(serving[0])]:
		return PoolerSession, nil
	default:
		return PoolerTransaction, nil
	}
}

func firstOf(numbers map[int]bool) int {
	for n := range numbers {
		return n
	}
	return 0
}

// CheckListen returns why a notification does not reach who listens through the
// address, nil when it does.
func CheckListen(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, listenTimeout)
	defer cancel()
	listener, err := connectPlainly(ctx, url)
	if err != nil {
		return err
	}
	defer listener.Close(context.WithoutCancel(ctx))
	notifier, err := connectPlainly(ctx, url)
	if err != nil {
		return err
	}
	defer notifier.Close(context.WithoutCancel(ctx))
	// A name of its own, so that nobody else's notification is taken for it.
	channel := fmt.Sprintf("coordinator_check_%d", time.Now().UnixNano())
	if _, err := listener.Exec(ctx, "LISTEN "+channel); err != nil {
		return fmt.Errorf("listening: %w", translate(err))
	}
	if _, err := notifier.Exec(ctx, "NOTIFY "+channel); err != nil {
		return fmt.Errorf("notifying: %w", translate(err))
	}
	if _, err := listener.WaitForNotification(ctx); err != nil {
		return errors.New("a notification does not arrive: this is a pooler in transaction mode; set DATABASE_DIRECT_URL to PostgreSQL itself")
	}
	return nil
}

// connectPlainly connects as one does through a pooler of whatever kind.
func connectPlainly(ctx context.Context, url string) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("reading the database's address: %w", err)
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connecting to the database: %w", translate(err))
	}
	return conn, nil
}
