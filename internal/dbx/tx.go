package dbx

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

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
//
// It begins with the first statement of fn, in the same round trip; where fn
// knows its last ones, [Conclude] has it end with them.
func WithTx(ctx context.Context, d *DB, fn func(q *db.Queries) error) error {
	_, err := WithTxResult(ctx, d, func(q *db.Queries) (struct{}, error) {
		return struct{}{}, fn(q)
	})
	return err
}

// WithTxResult is [WithTx] for a function that returns a value.
func WithTxResult[T any](ctx context.Context, d *DB, fn func(q *db.Queries) (T, error)) (T, error) {
	return repeated(ctx, d, func(q *db.Queries, _ *transaction) (T, error) { return fn(q) })
}

// Savepoint runs fn, and undoes what it has written, and nothing else of the
// transaction, when it fails. It returns the error of fn.
type Savepoint func(fn func() error) error

// WithSavepoints is [WithTxResult] for a function of which some parts may fail
// by themselves.
func WithSavepoints[T any](ctx context.Context, d *DB, fn func(q *db.Queries, savepoint Savepoint) (T, error)) (T, error) {
	return repeated(ctx, d, func(q *db.Queries, tx *transaction) (T, error) { return fn(q, savepointsOf(ctx, tx)) })
}

// repeated runs fn in a transaction, again where that collided.
func repeated[T any](ctx context.Context, d *DB, fn func(q *db.Queries, tx *transaction) (T, error)) (T, error) {
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

func runTx[T any](ctx context.Context, d *DB, fn func(q *db.Queries, tx *transaction) (T, error)) (T, error) {
	var none T
	at, err := d.session(ctx)
	if err != nil {
		return none, err
	}
	defer at.Release()
	if part, ok := at.(joined); ok {
		return runPart(ctx, part, fn)
	}
	tx := d.transactionAt(at.(*pgxpool.Conn), beginToWrite)
	// Also after a panic.
	defer tx.rollback(ctx)
	tx.hooks.of = d
	result, err := fn(tx.inside(&tx.hooks), tx)
	if errors.Is(err, ErrNothingChanged) {
		return result, nil
	}
	if err != nil {
		return none, err
	}
	if err := tx.commit(ctx); err != nil {
		return none, err
	}
	tx.hooks.run()
	return result, nil
}

// runPart is runTx in an ambient transaction: what fails is undone by itself.
func runPart[T any](ctx context.Context, at joined, fn func(q *db.Queries, tx *transaction) (T, error)) (T, error) {
	var none T
	kept := false
	n := at.savepoint()
	defer func() {
		if !kept {
			at.undoAnyway(ctx, n)
		}
	}()
	hooks := &commitHooks{of: at.ambient.db}
	result, err := fn(queriesIn(at.transaction, hooks), at.transaction)
	if errors.Is(err, ErrNothingChanged) {
		return result, nil
	}
	if err != nil {
		return none, err
	}
	if err := ctx.Err(); err != nil {
		return none, fmt.Errorf("committing: %w", err)
	}
	if at.ambient.Spoilt() {
		return none, fmt.Errorf("committing: a statement had failed before: %w", pgx.ErrTxCommitRollback)
	}
	at.keep(n)
	kept = true
	if !at.ambient.afterwards(hooks.fns...) {
		hooks.run()
	}
	return result, nil
}

func savepointsOf(ctx context.Context, tx *transaction) Savepoint {
	return func(fn func() error) error {
		n := tx.savepoint()
		if err := fn(); err != nil {
			if undone := tx.undo(ctx, n); undone != nil {
				return fmt.Errorf("after %w: %w", err, undone)
			}
			return err
		}
		tx.keep(n)
		return nil
	}
}

// commitHooks are what is done once a transaction is committed.
type commitHooks struct {
	// of is the database of the transaction.
	of  *DB
	fns []func()
	// room is where the first of them are noted.
	room [4]func()
}

func (h *commitHooks) add(fn func()) {
	if h.fns == nil {
		h.fns = h.room[:0]
	}
	h.fns = append(h.fns, fn)
}

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
	if hooks := hooksOf(q); hooks != nil {
		hooks.add(fn)
		return
	}
	fn()
}

// hooksOf returns the hooks of the transaction of q, nil where it is of none.
func hooksOf(q *db.Queries) *commitHooks {
	on := q.Conn()
	if s, ok := on.(*strand); ok {
		return s.of.on.transacted()
	}
	if p, ok := on.(pipelined); ok {
		return p.transacted()
	}
	return nil
}

// TxOf returns the transaction of q, for a library that writes in it. It is an
// error where q is of none, and in a function of [Together].
func TxOf(ctx context.Context, q *db.Queries) (pgx.Tx, error) {
	t, ok := q.Conn().(*translating)
	if !ok {
		return nil, errors.New("it takes a transaction")
	}
	tx, err := t.tx.library(ctx)
	if err != nil {
		return nil, fmt.Errorf("beginning a transaction: %w", translateFor(ctx, err))
	}
	return tx, nil
}

// Collided tells whether the transaction lost against another one and would
// succeed when it is run again.
func Collided(err error) bool {
	pgErr, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (pgErr.Code == "40001" || pgErr.Code == "40P01")
}
