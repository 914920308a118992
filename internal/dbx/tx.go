package dbx

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/aicoordination/coordinator/gen/db"
)

const (
	// txAttempts bounds how often a transaction that lost to another is run again.
	txAttempts = 5
	// rollbackTimeout bounds a rollback, which goes on when the request is cancelled.
	rollbackTimeout = 5 * time.Second
)

// ErrNothingChanged is returned by a function of [WithTx] whose writes turned
// out to change nothing: they are rolled back, and its result is a success.
var ErrNothingChanged = errors.New("nothing changed")

// WithTx runs fn in one transaction and commits it when fn returns nil.
// When PostgreSQL aborts the transaction because it collided with another
// (40001, 40P01) the whole of fn runs again, so fn must not keep what an
// earlier run of it found out. With the context of an [Ambient] transaction it is
// a part of that: committed with it, and run again with it.
func WithTx(ctx context.Context, d *DB, fn func(q *db.Queries) error) error {
	_, err := WithTxResult(ctx, d, func(q *db.Queries) (struct{}, error) {
		return struct{}{}, fn(q)
	})
	return err
}

// WithTxResult is [WithTx] for a function that returns a value.
func WithTxResult[T any](ctx context.Context, d *DB, fn func(q *db.Queries) (T, error)) (T, error) {
	return WithSavepoints(ctx, d, func(q *db.Queries, _ Savepoint) (T, error) { return fn(q) })
}

// Savepoint runs fn, and undoes what it has written, and nothing else of the
// transaction, when it fails. It returns the error of fn.
type Savepoint func(fn func() error) error

// WithSavepoints is [WithTxResult] for a function of which some parts may fail
// by themselves.
func WithSavepoints[T any](ctx context.Context, d *DB, fn func(q *db.Queries, savepoint Savepoint) (T, error)) (T, error) {
	for attempt := 1; ; attempt++ {
		result, err := runTx(ctx, d, fn)
		// A part of a transaction cannot be run again by itself.
		if err == nil || attempt == txAttempts || !Collided(err) || d.takesPart(ctx) {
			return result, err
		}
		select {
		case <-ctx.Done():
			return result, ctx.Err()
		case <-time.After(time.Duration(rand.Int64N(int64(attempt) * int64(10*time.Millisecond)))):
		}
	}
}

func runTx[T any](ctx context.Context, d *DB, fn func(q *db.Queries, savepoint Savepoint) (T, error)) (T, error) {
	var none T
	at, err := d.session(ctx)
	if err != nil {
		return none, err
	}
	defer at.Release()
	tx, err := d.beginAt(ctx, at)
	if err != nil {
		return none, fmt.Errorf("beginning a transaction: %w", translateFor(ctx, err))
	}
	// Also after a panic, and harmless after the commit. A cancelled request
	// must still give its locks back at once.
	defer func() {
		rollback, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTimeout)
		defer cancel()
		_ = tx.Rollback(rollback)
	}()
	afterwards := &commitHooks{}
	result, err := fn(db.New(translating{tx: tx, hooks: afterwards}), func(fn func() error) error { return withSavepoint(ctx, tx, fn) })
	if errors.Is(err, ErrNothingChanged) {
		return result, nil
	}
	if err != nil {
		return none, err
	}
	// pgx would close the connection over a commit that it cannot send.
	if err := ctx.Err(); err != nil {
		return none, fmt.Errorf("committing: %w", err)
	}
	if err := tx.Commit(ctx); err != nil {
		if errors.Is(err, pgx.ErrTxCommitRollback) {
			return none, fmt.Errorf("committing: a statement had failed before: %w", err)
		}
		return none, fmt.Errorf("committing: %w", translateFor(ctx, err))
	}
	committed(at, afterwards)
	return result, nil
}

// commitHooks are what is done once a transaction is committed.
type commitHooks struct{ fns []func() }

func (h *commitHooks) run() {
	for _, fn := range h.fns {
		fn()
	}
}

// AfterCommit has fn called when the transaction of q has committed, and never
// when it is rolled back. fn must be quick and must not fail: it wakes somebody,
// or forgets what was cached. Outside a transaction it is called at once.
//
// A process may die between the commit and fn, so nothing may depend on it.
func AfterCommit(q *db.Queries, fn func()) {
	if t := transactionOf(q); t != nil {
		t.hooks.fns = append(t.hooks.fns, fn)
		return
	}
	fn()
}

// transactionOf returns the transaction of q, nil where it is of none.
func transactionOf(q *db.Queries) *translating {
	on := q.Conn()
	if s, ok := on.(*strand); ok {
		return s.of.on.transacted()
	}
	if p, ok := on.(pipelined); ok {
		return p.transacted()
	}
	return nil
}

// TxOf returns the transaction of q, for a library that writes in it; false
// where q is of none, and in a function of [Together].
func TxOf(q *db.Queries) (pgx.Tx, bool) {
	t, ok := q.Conn().(translating)
	return t.tx, ok
}

func withSavepoint(ctx context.Context, tx pgx.Tx, fn func() error) error {
	nested, err := tx.Begin(ctx)
	if err != nil {
		return fmt.Errorf("setting a savepoint: %w", translateFor(ctx, err))
	}
	if err := fn(); err != nil {
		if undone := nested.Rollback(ctx); undone != nil {
			return fmt.Errorf("going back to a savepoint after %w: %w", err, translateFor(ctx, undone))
		}
		return err
	}
	if err := nested.Commit(ctx); err != nil {
		return fmt.Errorf("releasing a savepoint: %w", translateFor(ctx, err))
	}
	return nil
}

// Collided tells whether the transaction lost against another one and would
// succeed when it is run again.
func Collided(err error) bool {
	pgErr, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (pgErr.Code == "40001" || pgErr.Code == "40P01")
}
