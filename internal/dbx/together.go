package dbx

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/aicoordination/coordinator/gen/db"
)

// Together runs the functions side by side on one connection, so that the
// statements each of them has come to are sent in one round trip, in the order
// of the functions; a function's second statement goes into the next. Each gets
// queries of its own, and what it reads by them is as if it ran alone:
//
//	err := dbx.Together(ctx, q,
//		func(q *db.Queries) (err error) { row, err = q.TaskGet(ctx, …); return err },
//		func(q *db.Queries) (err error) { team, err = q.ProjectMemberGet(ctx, …); return err },
//	)
//
// The functions take turns: only one of them runs at any time, and none may
// count on what a later one has read. The first error, in the order of the
// functions, is returned; the others are then ended where they are, by an error
// of their next statement. By then their statements may have been run, and
// outside of a transaction what was sent together is committed together, or, when
// one of the statements fails, not at all.
func Together(ctx context.Context, q *db.Queries, functions ...func(q *db.Queries) error) error {
	on, ok := q.Conn().(pipelined)
	if !ok || len(functions) < 2 {
		// One after the other is right everywhere, if slower.
		for _, fn := range functions {
			if err := fn(q); err != nil {
				return err
			}
		}
		return nil
	}
	t := &together{on: on, strands: make([]strand, len(functions))}
	defer t.end()
	return t.run(ctx, functions)
}

// Conclude is [Together] for the last statements of a transaction of [WithTx] or
// [Snapshot], one of each function at most: COMMIT is sent along with them. When
// one of the statements fails, nothing is committed; but when they have all
// succeeded it is, so a function must not refuse anything by what its statement
// has returned. An error of Conclude is to be returned from the transaction,
// which can send nothing more.
//
// Behind a savepoint, as everything is that takes part in an [Ambient]
// transaction, it is Together, and the commit is that of the whole.
func Conclude(ctx context.Context, q *db.Queries, functions ...func(q *db.Queries) error) error {
	on, ok := q.Conn().(translating)
	if !ok || on.tx.depth > 0 {
		return Together(ctx, q, functions...)
	}
	t := &together{on: on, strands: make([]strand, len(functions)), commits: on.tx}
	defer t.end()
	err := t.run(ctx, functions)
	if t.results != nil {
		err = on.tx.unlessLost(err)
	}
	return err
}

// errConcluded is of a function of [Conclude] that goes on behind the commit.
var errConcluded = errors.New("a second statement in a function of dbx.Conclude: the transaction has ended")

// pipelined is what several statements can be sent to at once.
type pipelined interface {
	// pipeline sends the batch. reads tells that none of it changes anything by its
	// looks. release is to be called when the results are closed.
	pipeline(ctx context.Context, batch *pgx.Batch, reads bool) (results pgx.BatchResults, release func(), err error)
	// transacted is the transaction that it is sent in, nil for none.
	transacted() *translating
}

var (
	_ pipelined = (*DB)(nil)
	_ pipelined = translating{}
)

// errEnded is what a statement returns whose function is one of those that are
// ended because another has failed.
var errEnded = errors.New("what this was sent together with has failed")

// together are the functions of one call of [Together].
type together struct {
	on      pipelined
	strands []strand
	// commits is the transaction that ends with the first round, nil for none.
	commits *transaction
	// results are those of the round that is under way.
	results pgx.BatchResults
	release func()
}

// run has every function come to its next statement, sends these, and gives each
// function its result, with which it comes to the one after that.
func (t *together) run(ctx context.Context, functions []func(q *db.Queries) error) error {
	waiting := 0
	for i, fn := range functions {
		s := &t.strands[i]
		s.start(t, fn)
		if err := s.resume(); err != nil {
			return err
		}
		if !s.done {
			waiting++
		}
	}
	for waiting > 0 {
		if err := t.send(ctx); err != nil {
			return err
		}
		for i := range t.strands {
			s := &t.strands[i]
			if s.done {
				continue
			}
			s.receive(t.results)
			if err := s.resume(); err != nil {
				return err
			}
			if s.done {
				waiting--
			}
		}
		if t.commits != nil {
			if err := t.commits.committed(ctx, t.results); err != nil {
				return err
			}
			if waiting > 0 {
				return errConcluded
			}
			// Whatever becomes of the connection now, it is committed.
			_ = t.close()
			return nil
		}
		if err := t.close(); err != nil {
			return translateFor(ctx, err)
		}
	}
	return nil
}

func (t *together) send(ctx context.Context) (err error) {
	batch := &pgx.Batch{}
	reads := true
	for i := range t.strands {
		if s := &t.strands[i]; !s.done {
			batch.Queue(s.sql, s.args...)
			reads = reads && !s.executes
		}
	}
	if t.commits != nil {
		// pgx would close the connection over a commit that it cannot send.
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("committing: %w", err)
		}
		batch.Queue(commitStatement)
	}
	t.results, t.release, err = t.on.pipeline(ctx, batch, reads)
	return err
}

// close ends the round, and gives the connection back where it is the round's.
func (t *together) close() error {
	if t.results == nil {
		return nil
	}
	results, release := t.results, t.release
	t.results, t.release = nil, nil
	defer release()
	return results.Close()
}

// end ends what has not come to its end: after an error, and after a panic.
func (t *together) end() {
	defer func() { _ = t.close() }()
	for i := range t.strands {
		if s := &t.strands[i]; s.stop != nil {
			defer s.stop()
			s.ended = true
		}
	}
}

// strand is one of the functions, and what its queries run on: it sends nothing
// by itself, but says what is to be sent and gives way until it has been.
type strand struct {
	of   *together
	next func() (struct{}, bool)
	stop func()
	give func(struct{}) bool
	err  error
	// done tells that the function has returned, and ended that it is to.
	done, ended bool

	// The statement that it has come to, and whether it is one that returns no rows.
	sql      string
	args     []any
	executes bool
	// What the statement has brought.
	found  pgx.Rows
	tag    pgconn.CommandTag
	failed error
}

var _ db.DBTX = (*strand)(nil)

func (s *strand) start(of *together, fn func(q *db.Queries) error) {
	s.of = of
	s.next, s.stop = iter.Pull(func(give func(struct{}) bool) {
		s.give = give
		s.err = fn(db.New(s))
	})
}

// resume lets the function go on to its next statement, or to its end.
func (s *strand) resume() error {
	if _, more := s.next(); more {
		return nil
	}
	s.done = true
	return s.err
}

// receive takes the statement's result out of those of the round.
func (s *strand) receive(results pgx.BatchResults) {
	s.found, s.tag, s.failed = nil, pgconn.CommandTag{}, nil
	if s.executes {
		s.tag, s.failed = results.Exec()
		return
	}
	s.found, s.failed = results.Query()
}

// wait returns once the statement has been sent and has brought its result.
func (s *strand) wait(ctx context.Context, sql string, args []any, executes bool) error {
	if s.ended {
		return errEnded
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("sending a statement: %w", err)
	}
	s.sql, s.args, s.executes = sql, args, executes
	if !s.give(struct{}{}) {
		s.ended = true
		return errEnded
	}
	return translateFor(ctx, s.failed)
}

// Exec implements [db.DBTX].
func (s *strand) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	err := s.wait(ctx, sql, args, true)
	return s.tag, err
}

// Query implements [db.DBTX].
func (s *strand) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	if err := s.wait(ctx, sql, args, false); err != nil {
		return nil, err
	}
	return &rows{Rows: s.found, ctx: ctx}, nil
}

// QueryRow implements [db.DBTX].
func (s *strand) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	if err := s.wait(ctx, sql, args, false); err != nil {
		return noRow{err: err}
	}
	return &row{rows{Rows: s.found, ctx: ctx, decoder: decoder{expected: 1}}}
}

// pipeline sends the batch on a connection of its own, or in the ambient
// transaction of the context.
func (d *DB) pipeline(ctx context.Context, batch *pgx.Batch, reads bool) (pgx.BatchResults, func(), error) {
	take := d.session
	if reads {
		take = d.sessionToRead
	}
	at, err := take(ctx)
	if err != nil {
		return nil, nil, err
	}
	return at.SendBatch(ctx, batch), at.Release, nil
}

func (*DB) transacted() *translating { return nil }

func (t translating) pipeline(ctx context.Context, batch *pgx.Batch, _ bool) (pgx.BatchResults, func(), error) {
	return t.tx.SendBatch(ctx, batch), func() {}, nil
}

func (t translating) transacted() *translating { return &t }
