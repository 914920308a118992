package dbx

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/aicoordination/coordinator/gen/db"
)

// transaction is one on a connection. What begins it, and what sets and releases
// its savepoints, tells nobody anything: it waits for the next statement and is
// sent ahead of that, in the same round trip.
type transaction struct {
	conn *pgxpool.Conn
	// begin is what begins it, and settings, unless it is empty, what gives it
	// those that go along.
	begin, settings string
	// begun tells that it has been begun.
	begun bool
	// ahead is what is sent ahead of the next statement.
	ahead []string
	// depth is how many savepoints there are, one in the other.
	depth int
	// first is the batch that it begins with, and opening the first statement of that.
	first   pgx.Batch
	opening pgx.QueuedQuery
	room    [mostAtOnce]*pgx.QueuedQuery
	// ended tells that it was committed, or was not, along with its last
	// statements; and failed why it was not. See [Conclude].
	ended  bool
	failed error

	// hooks are its own, unless others have them; on and queries are what its
	// function is given.
	hooks   commitHooks
	on      translating
	queries db.Queries
}

const (
	beginToWrite    = "BEGIN"
	beginToRead     = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
	commitStatement = "COMMIT"
)

func (d *DB) transactionAt(conn *pgxpool.Conn, begin string) *transaction {
	return &transaction{conn: conn, begin: begin, settings: d.settings}
}

// inside returns the queries that run in the transaction, made in one piece with it.
func (t *transaction) inside(hooks *commitHooks) *db.Queries {
	t.on = translating{tx: t, hooks: hooks}
	t.queries = *db.New(&t.on)
	return &t.queries
}

// queriesIn is inside for somebody who takes part in the transaction of others.
func queriesIn(t *transaction, hooks *commitHooks) *db.Queries {
	return db.New(&translating{tx: t, hooks: hooks})
}

// SendBatch sends the batch, with what goes ahead of it.
func (t *transaction) SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults {
	if t.ended {
		return pgx.FailedBatchResults(batch, pgx.ErrTxClosed)
	}
	if t.begun && len(t.ahead) == 0 {
		return exchangeOn(ctx, t.conn.Conn(), batch)
	}
	whole := &t.first
	if t.begun {
		whole = &pgx.Batch{}
	} else {
		t.begun = true
		whole.QueuedQueries = t.room[:0]
		t.opening.SQL = t.begin
		whole.QueuedQueries = append(whole.QueuedQueries, &t.opening)
		if t.settings != "" {
			whole.Queue(t.settings)
		}
	}
	for _, statement := range t.ahead {
		whole.Queue(statement)
	}
	control := whole.Len()
	whole.QueuedQueries = append(whole.QueuedQueries, batch.QueuedQueries...)
	results := exchangeOn(ctx, t.conn.Conn(), whole)
	for range control {
		if _, err := results.Exec(); err != nil {
			// The statements behind it have the same error.
			return results
		}
	}
	t.ahead = nil
	return results
}

// alone sends a statement by itself where something goes ahead of it.
func (t *transaction) alone(ctx context.Context, sql string, args []any) pgx.BatchResults {
	batch := &pgx.Batch{}
	batch.Queue(sql, args...)
	return t.SendBatch(ctx, batch)
}

// plain tells that a statement can be sent as it is.
func (t *transaction) plain() bool { return t.begun && len(t.ahead) == 0 && !t.ended }

// Exec runs a statement that returns no rows.
func (t *transaction) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	if t.plain() {
		return t.conn.Exec(ctx, sql, args...)
	}
	results := t.alone(ctx, sql, args)
	tag, err := results.Exec()
	if closed := results.Close(); err == nil {
		err = closed
	}
	return tag, err
}

// Query runs a statement that returns rows.
func (t *transaction) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	if t.plain() {
		return t.conn.Query(ctx, sql, args...)
	}
	results := t.alone(ctx, sql, args)
	found, err := results.Query()
	if err != nil {
		_ = results.Close()
		return nil, err
	}
	return &batchRows{Rows: found, results: results}, nil
}

// batchRows are the rows of the last statement of a batch, which ends with them.
type batchRows struct {
	pgx.Rows
	results pgx.BatchResults
	err     error
}

func (r *batchRows) Next() bool {
	if r.Rows.Next() {
		return true
	}
	r.Close()
	return false
}

func (r *batchRows) Close() {
	r.Rows.Close()
	if r.results != nil {
		r.err = r.results.Close()
		r.results = nil
	}
}

func (r *batchRows) Err() error {
	if err := r.Rows.Err(); err != nil {
		return err
	}
	return r.err
}

// library returns the transaction as pgx's, for who sends on it what is not seen here.
func (t *transaction) library(ctx context.Context) (pgx.Tx, error) {
	if !t.plain() {
		if err := t.SendBatch(ctx, &pgx.Batch{}).Close(); err != nil {
			return nil, err
		}
	}
	// A batch that begins a transaction, of which the server has got the beginning
	// already: nothing is sent, and pgx takes the transaction for one of its own.
	begun := &pgx.Batch{}
	begun.BeginTx(pgx.TxOptions{BeginQuery: t.begin})
	begun.QueuedQueries = nil
	return t.conn.SendBatch(ctx, begun).Tx(), nil
}

func setSavepoint(n int) string { return "SAVEPOINT nested_" + strconv.Itoa(n) }

// savepoint sets one, and returns its number.
func (t *transaction) savepoint() int {
	t.depth++
	t.ahead = append(t.ahead, setSavepoint(t.depth))
	return t.depth
}

// unset takes a savepoint back that nothing was sent behind.
func (t *transaction) unset(n int) bool {
	t.depth = n - 1
	at := slices.Index(t.ahead, setSavepoint(n))
	if at < 0 {
		return false
	}
	t.ahead = t.ahead[:at]
	return true
}

// keep makes what was done since the savepoint a part of what was done before.
func (t *transaction) keep(n int) {
	if !t.unset(n) {
		t.ahead = append(t.ahead, "RELEASE SAVEPOINT nested_"+strconv.Itoa(n))
	}
}

// undo goes back to the savepoint.
func (t *transaction) undo(ctx context.Context, n int) error {
	if t.unset(n) {
		return nil
	}
	t.ahead = nil
	if _, err := t.conn.Exec(ctx, "ROLLBACK TO SAVEPOINT nested_"+strconv.Itoa(n)); err != nil {
		return fmt.Errorf("going back to a savepoint: %w", translateFor(ctx, err))
	}
	t.keep(n)
	return nil
}

// undoAnyway is undo for who leaves: also after a panic, and when the request
// was cancelled.
func (t *transaction) undoAnyway(ctx context.Context, n int) {
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTimeout)
	defer cancel()
	_ = t.undo(bounded, n)
}

// commit commits it, unless that was done along with its last statements.
func (t *transaction) commit(ctx context.Context) error {
	if t.ended {
		return t.failed
	}
	// pgx would close the connection over a commit that it cannot send.
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("committing: %w", err)
	}
	if !t.begun {
		// Nothing was sent.
		return nil
	}
	tag, err := t.conn.Exec(ctx, "commit")
	switch {
	case err != nil:
		return fmt.Errorf("committing: %w", t.unlessLost(translateFor(ctx, err)))
	case tag.String() == "ROLLBACK":
		return fmt.Errorf("committing: a statement had failed before: %w", pgx.ErrTxCommitRollback)
	}
	return nil
}

// unlessLost is the error of a commit that was sent, which says that nothing was
// changed only where the database has said so.
func (t *transaction) unlessLost(err error) error {
	if t.begin == beginToWrite && lost(err) {
		return uncertain(err)
	}
	return err
}

// committed reads how the COMMIT went that was sent along with the last statements.
func (t *transaction) committed(ctx context.Context, results pgx.BatchResults) error {
	tag, err := results.Exec()
	switch {
	case err != nil:
		t.failed = fmt.Errorf("committing: %w", translateFor(ctx, err))
	case tag.String() != commitStatement:
		t.failed = fmt.Errorf("committing: %w", pgx.ErrTxCommitRollback)
	}
	t.ended = true
	return t.failed
}

// rollback undoes it unless it is committed. A cancelled request must still give
// its locks back at once.
func (t *transaction) rollback(ctx context.Context) {
	conn := t.conn.Conn()
	const none = 'I'
	if !t.begun || conn.PgConn().TxStatus() == none {
		return
	}
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTimeout)
	defer cancel()
	if _, err := conn.Exec(bounded, "rollback"); err != nil {
		// Nobody knows what it has open, so nobody may get it.
		_ = conn.Close(bounded)
	}
}
