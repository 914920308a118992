package backup

import (
	"context"
	"fmt"
	"strconv"

	"github.com/aicoordination/coordinator/internal/dbx"
)

const (
	// maxSpent is how many transactions are used up on somebody else's server to
	// come up to a log: a few minutes.
	maxSpent = 20_000_000
	// spentAtOnce are those of one statement, which an interrupt waits for.
	spentAtOnce = 100_000
)

// Lag returns how many transactions a server is behind the log of changes,
// whose order is that of transactions; 0 when its next one is after all of
// them.
func Lag(ctx context.Context, d *dbx.DB, last uint64) (uint64, error) {
	var text string
	if err := d.QueryRow(ctx, "SELECT pg_snapshot_xmax(pg_current_snapshot())::text").Scan(&text); err != nil {
		return 0, fmt.Errorf("asking for the next transaction: %w", err)
	}
	next, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, err
	}
	if next > last {
		return 0, nil
	}
	return last - next + 1, nil
}

// CanSpend tells whether the server can be brought up to the log by using
// transactions up.
func CanSpend(lag uint64) bool { return lag <= maxSpent }

// Spend uses up at least so many transactions. They change nothing, and a
// server has two thousand million before old rows need to be frozen, which it
// does by itself.
func Spend(ctx context.Context, d *dbx.DB, lag uint64) error {
	conn, err := d.Pool().Acquire(ctx)
	if err != nil {
		return fmt.Errorf("connecting to the database: %w", err)
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, "SET synchronous_commit = off"); err != nil {
		return fmt.Errorf("using up transactions: %w", err)
	}
	defer func() { _, _ = conn.Exec(context.WithoutCancel(ctx), "RESET synchronous_commit") }()
	const statement = "DO $$ BEGIN FOR n IN 1..%d LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$"
	for spent := uint64(0); spent < lag; spent += spentAtOnce {
		if _, err := conn.Exec(ctx, fmt.Sprintf(statement, min(lag-spent, spentAtOnce))); err != nil {
			return fmt.Errorf("using up transactions: %w", err)
		}
	}
	return nil
}

// Epoch is that in which every transaction is after the last one of a log.
func Epoch(last uint64) uint32 { return uint32(last>>32) + 1 }
