package dbx

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/aicoordination/coordinator/gen/db"
)

// Ambient is one transaction around everything that is done with a context: the
// statements of a [DB] and the transactions of [WithTx] that are given the
// context take part in it, each of the latter as a savepoint. What several of
// them write is thereby committed together, or not at all.
//
// It begins with the first statement, so whatever is done before holds no
// connection. [Apart] leaves it. Like a transaction it is for one goroutine at a
// time.
type Ambient struct {
	db    *DB
	begin func(ctx context.Context, q *db.Queries) error

	mu sync.Mutex
	// tx is nil before it begins, and once it has ended.
	tx *transaction
	// work is the savepoint that everything which takes part is in.
	work  int
	hooks commitHooks
	// err is why it could not begin, and is what every statement then returns.
	err   error
	ended bool
}

// NewAmbient returns an ambient transaction of the database. begin is run in it
// before the first statement that takes part: when it fails, that statement and
// all others return its error and [ErrNotBegun], and nothing is written.
func NewAmbient(d *DB, begin func(ctx context.Context, q *db.Queries) error) *Ambient {
	return &Ambient{db: d, begin: begin, hooks: commitHooks{of: d}}
}

// ErrNotBegun is what a statement returns that would take part in an ambient
// transaction whose begin has failed; the error of begin goes along.
var ErrNotBegun = errors.New("the ambient transaction has not begun")

type ambientKey struct{}

// In returns a context with which everything takes part in the transaction.
func (a *Ambient) In(ctx context.Context) context.Context {
	return context.WithValue(ctx, ambientKey{}, a)
}

// Apart returns a context with which nothing takes part in an ambient
// transaction: for what has to be committed by itself, whatever becomes of the
// request, for what is read before something that takes long, and for
// goroutines. Nothing may be written apart that the ambient transaction has
// locked: it would wait for itself.
func Apart(ctx context.Context) context.Context {
	if ambientOf(ctx) == nil {
		return ctx
	}
	return context.WithValue(ctx, ambientKey{}, (*Ambient)(nil))
}

func ambientOf(ctx context.Context) *Ambient {
	a, _ := ctx.Value(ambientKey{}).(*Ambient)
	return a
}

// OnceCommitted has fn called when the ambient transaction of the context has
// committed, and never when it is rolled back; without one it is called at once.
// It is [AfterCommit] for what follows a transaction of [WithTx].
func OnceCommitted(ctx context.Context, fn func()) {
	if a := ambientOf(ctx); a == nil || !a.afterwards(fn) {
		fn()
	}
}

// afterwards keeps fns until the commit; false when that was.
func (a *Ambient) afterwards(fns ...func()) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ended {
		return false
	}
	a.hooks.fns = append(a.hooks.fns, fns...)
	return true
}

// Commit commits what took part, and with it what write writes, which may be
// nil. When a statement outside [WithTx] had failed, what took part is undone
// before. It returns the error of begin when the transaction begins only here.
func (a *Ambient) Commit(ctx context.Context, write func(q *db.Queries) error) error {
	if err := a.commit(ctx, write); err != nil {
		return err
	}
	a.hooks.run()
	return nil
}

func (a *Ambient) commit(ctx context.Context, write func(q *db.Queries) error) error {
	// Given back also after a panic: whoever rolls back then takes it.
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ended {
		return errors.New("committing: the ambient transaction has ended")
	}
	if a.tx == nil && a.err == nil && write != nil {
		a.err = a.start(ctx)
	}
	if a.err != nil {
		return a.err
	}
	if a.tx == nil {
		// Nothing took part.
		a.ended = true
		return nil
	}
	err := a.finish(ctx, write)
	a.close(ctx)
	return err
}

// Spoilt tells that a statement outside [WithTx] has failed, so that a commit
// undoes what took part.
func (a *Ambient) Spoilt() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.spoilt()
}

// spoilt is Spoilt for who holds mu.
func (a *Ambient) spoilt() bool {
	const failed = 'E'
	return a.tx != nil && a.tx.conn.Conn().PgConn().TxStatus() == failed
}

func (a *Ambient) finish(ctx context.Context, write func(q *db.Queries) error) error {
	// pgx would close the connection over a statement that it cannot send.
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("committing: %w", err)
	}
	if a.spoilt() {
		a.hooks.fns = nil
		if err := a.tx.undo(ctx, a.work); err != nil {
			return err
		}
	}
	// What is written now is not behind the savepoint: it goes with the commit.
	a.tx.depth = 0
	if write != nil {
		if err := write(a.tx.inside(&a.hooks)); err != nil {
			return err
		}
	}
	return a.tx.commit(ctx)
}

// Rollback undoes what took part, unless it is committed. Afterwards the context
// is like any other.
func (a *Ambient) Rollback(ctx context.Context) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.close(ctx)
}

// close ends the transaction and gives its connection back. The caller holds mu.
func (a *Ambient) close(ctx context.Context) {
	a.ended = true
	if a.tx == nil {
		return
	}
	a.tx.rollback(ctx)
	a.tx.conn.Release()
	a.tx = nil
}

// join returns the transaction, which it begins if need be; nil once it has ended.
func (a *Ambient) join(ctx context.Context) (session, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ended {
		return nil, nil
	}
	if a.tx == nil && a.err == nil {
		a.err = a.start(ctx)
	}
	if a.err != nil {
		return nil, a.err
	}
	return joined{transaction: a.tx, ambient: a}, nil
}

// start begins the transaction. The caller holds mu.
func (a *Ambient) start(ctx context.Context) error {
	conn, err := a.db.acquire(ctx)
	if err != nil {
		return err
	}
	tx := a.db.transactionAt(conn, beginToWrite)
	begun := false
	// Also after a panic.
	defer func() {
		if !begun {
			tx.rollback(ctx)
			conn.Release()
		}
	}()
	if err := a.begin(ctx, tx.inside(&a.hooks)); err != nil {
		return fmt.Errorf("%w: %w", ErrNotBegun, err)
	}
	begun = true
	a.tx, a.work = tx, tx.savepoint()
	return nil
}

// session is where a statement runs: on a connection of its own, or in the
// ambient transaction of its context.
type session interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults
	// Release gives the connection back where it is the session's own.
	Release()
}

// joined is the part that somebody takes in an ambient transaction.
type joined struct {
	*transaction
	ambient *Ambient
}

// Release implements session: the connection is the ambient transaction's.
func (joined) Release() {}

var (
	_ session = (*pgxpool.Conn)(nil)
	_ session = joined{}
)

// takesPart tells whether what is done with the context is a part of an ambient
// transaction of the database.
func (d *DB) takesPart(ctx context.Context) bool {
	a := ambientOf(ctx)
	if a == nil || a.db != d {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return !a.ended
}

// session returns where a statement with the context runs.
func (d *DB) session(ctx context.Context) (session, error) {
	if a := ambientOf(ctx); a != nil && a.db == d {
		if found, err := a.join(ctx); found != nil || err != nil {
			return found, err
		}
	}
	return d.acquire(ctx)
}

// sessionToRead is session for what only reads: from the replica where the
// context says so and it is a part of nothing.
func (d *DB) sessionToRead(ctx context.Context) (session, error) {
	if d.takesPart(ctx) {
		return d.session(ctx)
	}
	return d.acquireToRead(ctx)
}
