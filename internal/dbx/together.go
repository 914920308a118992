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
	return (&together{on: on, ctx: ctx, functions: functions}).run()
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
	on, ok := q.Conn().(*translating)
	if !ok || on.tx.depth > 0 {
		return Together(ctx, q, functions...)
	}
	t := &together{on: on, ctx: ctx, functions: functions, commits: on.tx}
	err := t.run()
	if t.sent {
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
	// transacted is what is done once the transaction that it is sent in has
	// committed, nil where it is in none.
	transacted() *commitHooks
}

var (
	_ pipelined = (*DB)(nil)
	_ pipelined = (*translating)(nil)
)

// errEnded is what a statement returns whose function is one of those that are
// ended because another has failed.
var errEnded = errors.New("what this was sent together with has failed")

// together are the functions of one call of [Together]. The first runs where
// that was called, and takes the others along whenever it comes to a statement;
// once it has returned they go on without it.
type together struct {
	on        pipelined
	ctx       context.Context //nolint:containedctx // It is the caller's, for whom all of it is done.
	functions []func(q *db.Queries) error
	// strands are the functions as they run, the first at the first place.
	strands []strand
	// commits is the transaction that ends with the first round, nil for none.
	commits *transaction
	// sent tells that its COMMIT is on its way.
	sent bool
	// batch is what is sent in the round that is under way, and results what it
	// brings; queued and commit are a part of it.
	batch   pgx.Batch
	queued  [mostAtOnce]*pgx.QueuedQuery
	commit  pgx.QueuedQuery
	results pgx.BatchResults
	release func()
	// failed is why the first function was ended by another one, or by the round.
	failed error
}

func (t *together) run() error {
	t.strands = make([]strand, len(t.functions))
	for i := range t.strands {
		t.strands[i].of = t
	}
	defer t.end()
	first := &t.strands[0]
	err := t.functions[0](first.own())
	first.done = true
	if t.failed != nil {
		return t.failed
	}
	if err != nil {
		return err
	}
	for {
		if err := t.others(); err != nil || !t.waits() {
			return err
		}
		if err := t.send(); err != nil {
			return err
		}
	}
}

// others gives each function but the first its result of the round that is under
// way, with which it comes to its next statement, and ends the round.
func (t *together) others() error {
	for i := range t.strands {
		s := &t.strands[i]
		if i == 0 || s.done {
			continue
		}
		if s.next == nil {
			s.start(t.functions[i])
		} else {
			s.receive(t.results)
		}
		if err := s.resume(); err != nil {
			return err
		}
	}
	if t.results == nil {
		// There was none: they have only begun.
		return nil
	}
	if t.commits != nil {
		if err := t.commits.committed(t.ctx, t.results); err != nil {
			return err
		}
		if t.waits() {
			return errConcluded
		}
		// Whatever becomes of the connection now, it is committed.
		_ = t.close()
		return nil
	}
	if err := t.close(); err != nil {
		return translateFor(t.ctx, err)
	}
	return nil
}

// waits tells whether a function has come to a statement that is to be sent.
func (t *together) waits() bool {
	for i := range t.strands {
		if !t.strands[i].done {
			return true
		}
	}
	return false
}

// send begins a round with the statement that each function has come to.
func (t *together) send() (err error) {
	t.batch.QueuedQueries = t.queued[:0]
	reads := true
	for i := range t.strands {
		if s := &t.strands[i]; !s.done {
			t.batch.QueuedQueries = append(t.batch.QueuedQueries, &s.statement)
			reads = reads && !s.executes
		}
	}
	if t.commits != nil {
		// pgx would close the connection over a commit that it cannot send.
		if err := t.ctx.Err(); err != nil {
			return fmt.Errorf("committing: %w", err)
		}
		t.commit = pgx.QueuedQuery{SQL: commitStatement}
		t.batch.QueuedQueries = append(t.batch.QueuedQueries, &t.commit)
		t.sent = true
	}
	t.results, t.release, err = t.on.pipeline(t.ctx, &t.batch, reads)
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
		s := &t.strands[i]
		s.ended = true
		if s.stop != nil {
			defer s.stop()
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

	// queries are what the function is given.
	queries db.Queries
	// The statement that it has come to, and whether it is one that returns no rows.
	statement pgx.QueuedQuery
	executes  bool
	// What the statement has brought.
	found  pgx.Rows
	tag    pgconn.CommandTag
	failed error
	// row is what the function reads it from, until it comes to the next one.
	row row
}

var _ db.DBTX = (*strand)(nil)

// own returns queries that run on the strand.
func (s *strand) own() *db.Queries {
	s.queries = *db.New(s)
	return &s.queries
}

// start prepares a function that is not the first one.
func (s *strand) start(fn func(q *db.Queries) error) {
	s.next, s.stop = iter.Pull(func(give func(struct{}) bool) {
		s.give = give
		s.err = fn(s.own())
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
	s.statement, s.executes = pgx.QueuedQuery{SQL: sql, Arguments: args}, executes
	if !s.giveWay() {
		s.ended = true
		return errEnded
	}
	return translateFor(ctx, s.failed)
}

// giveWay returns once the statement has been sent; false where the function is to end.
func (s *strand) giveWay() bool {
	if s != &s.of.strands[0] {
		return s.give(struct{}{})
	}
	// The first function has nobody to give way to: it is up to it.
	if err := s.of.others(); err != nil {
		s.of.failed = err
		return false
	}
	if err := s.of.send(); err != nil {
		s.of.failed = err
		return false
	}
	s.receive(s.of.results)
	return true
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
	s.row = row{rows{Rows: s.found, ctx: ctx}}
	return &s.row.rows, nil
}

// QueryRow implements [db.DBTX].
func (s *strand) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	if err := s.wait(ctx, sql, args, false); err != nil {
		return noRow{err: err}
	}
	s.row = row{rows{Rows: s.found, ctx: ctx, decoder: decoder{expected: 1}}}
	return &s.row
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
	return sendBatch(ctx, at, batch), at.Release, nil
}

func (*DB) transacted() *commitHooks { return nil }

func (t *translating) pipeline(ctx context.Context, batch *pgx.Batch, _ bool) (pgx.BatchResults, func(), error) {
	return t.tx.SendBatch(ctx, batch), func() {}, nil
}

func (t *translating) transacted() *commitHooks { return t.hooks }
