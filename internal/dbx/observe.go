package dbx

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/aicoordination/coordinator/internal/obs"
)

// Observer is told of every statement of a pool, and of every wait for one of
// its connections. It is told names, never arguments.
type Observer struct {
	Metrics *obs.Metrics
	Tracing *obs.Tracing
	Logger  *slog.Logger
	// Slow is from what time on a statement is worth a line in the log; 0 for none.
	Slow time.Duration
}

// Observed has a pool observed under its name; not at all where all is off.
func Observed(pool string, o Observer) Option {
	if o.Metrics == nil && !o.Tracing.On() && o.Slow <= 0 {
		return func(*options) {}
	}
	return func(opened *options) { opened.tracer = &tracer{Observer: o, pool: pool} }
}

// PoolState returns how the pool stands.
func (d *DB) PoolState() obs.PoolState {
	s := d.pool.Stat()
	return obs.PoolState{
		Acquired: float64(s.AcquiredConns()), Idle: float64(s.IdleConns()), Constructing: float64(s.ConstructingConns()),
		Total: float64(s.TotalConns()), Max: float64(s.MaxConns()),
		Acquires: float64(s.AcquireCount()), Waits: float64(s.EmptyAcquireCount()), Canceled: float64(s.CanceledAcquireCount()),
		Waited: s.EmptyAcquireWaitTime(),
	}
}

// tracer is an observer as pgx calls it.
type tracer struct {
	Observer
	pool string
	// watches tells that statements are watched here, and not by pgx.
	watches bool
}

var (
	_ pgx.QueryTracer       = (*tracer)(nil)
	_ pgx.BatchTracer       = (*tracer)(nil)
	_ pgx.CopyFromTracer    = (*tracer)(nil)
	_ pgxpool.AcquireTracer = (*tracer)(nil)
)

// running is a statement that has begun, as the context that pgx gives back at
// its end. A connection runs one at a time, so that each is in the place of the
// one before.
type running struct {
	context.Context //nolint:containedctx // It is one.

	name string
	// others are the statements that it is sent together with.
	others  []string
	started time.Time
	span    *obs.Span

	// watch is nil where pgx does the watching.
	watch     *watch
	isWatched bool
}

// Done implements [context.Context]. Of a statement that is watched here pgx is
// told that it never ends, so that it does nothing about that.
func (r *running) Done() <-chan struct{} {
	if r.isWatched {
		return nil
	}
	return r.Context.Done()
}

// runningKey is where a connection has its statement.
const runningKey = "coordinator.running"

// next returns the place for the connection's next statement.
func (t *tracer) next(conn *pgx.Conn) *running {
	data := conn.PgConn().CustomData()
	r, ok := data[runningKey].(*running)
	if !ok {
		r = &running{}
		if t.watches {
			r.watch = newWatch(conn)
		}
		data[runningKey] = r
	}
	return r
}

// acquiring is a wait of a library that has its own way of waiting; see waiting.
type acquiring struct {
	context.Context //nolint:containedctx // It is one.

	started time.Time
}

func (t *tracer) begin(ctx context.Context, conn *pgx.Conn, name string) *running {
	r := t.next(conn)
	r.name, r.others, r.started = name, r.others[:0], time.Now()
	r.Context, r.span = t.Tracing.Statement(ctx, name)
	// Pgx does not begin what has ended before.
	if r.isWatched = r.watch != nil && ctx.Err() == nil; r.isWatched {
		r.watch.begin(ctx)
	}
	return r
}

func (t *tracer) end(ctx context.Context, err error) {
	r, ok := ctx.(*running)
	if !ok {
		return
	}
	if r.isWatched {
		r.watch.end()
	}
	took := time.Since(r.started)
	t.Metrics.Statement(r.name, took)
	for _, name := range r.others {
		t.Metrics.Statement(name, took)
	}
	r.span.End(err)
	if t.Slow > 0 && took >= t.Slow {
		t.Logger.WarnContext(ctx, "slow statement", "statement", r.name, "duration", took, "pool", t.pool, "failed", err != nil)
	}
	// What a caller has sent along is not kept for the next one.
	r.Context, r.span = context.Background(), nil
}

// TraceQueryStart implements [pgx.QueryTracer].
func (t *tracer) TraceQueryStart(ctx context.Context, conn *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	return t.begin(ctx, conn, statementName(data.SQL))
}

// TraceQueryEnd implements [pgx.QueryTracer].
func (t *tracer) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryEndData) {
	t.end(ctx, data.Err)
}

// TraceBatchStart implements [pgx.BatchTracer]. PostgreSQL answers a batch as a
// whole, so each of its statements took as long as that; its span is of the last
// one. The control of transactions, which goes along, has a name where it is sent
// by itself.
func (t *tracer) TraceBatchStart(ctx context.Context, conn *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	name := otherStatement
	others := t.next(conn).others[:0]
	for _, query := range data.Batch.QueuedQueries {
		found := statementName(query.SQL)
		if _, control := controls[found]; control || found == otherStatement {
			continue
		}
		if name != otherStatement {
			others = append(others, name)
		}
		name = found
	}
	r := t.begin(ctx, conn, name)
	r.others = others
	return r
}

// TraceBatchQuery implements [pgx.BatchTracer].
func (*tracer) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd implements [pgx.BatchTracer].
func (t *tracer) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchEndData) {
	t.end(ctx, data.Err)
}

// TraceCopyFromStart implements [pgx.CopyFromTracer].
func (t *tracer) TraceCopyFromStart(ctx context.Context, conn *pgx.Conn, data pgx.TraceCopyFromStartData) context.Context {
	return t.begin(ctx, conn, "copy "+strings.Join(data.TableName, "."))
}

// TraceCopyFromEnd implements [pgx.CopyFromTracer].
func (t *tracer) TraceCopyFromEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceCopyFromEndData) {
	t.end(ctx, data.Err)
}

// TraceAcquireStart implements [pgxpool.AcquireTracer].
func (*tracer) TraceAcquireStart(ctx context.Context, _ *pgxpool.Pool, _ pgxpool.TraceAcquireStartData) context.Context {
	if _, ok := ctx.(*waiting); ok {
		return ctx
	}
	return acquiring{Context: ctx, started: time.Now()}
}

// TraceAcquireEnd implements [pgxpool.AcquireTracer]. How often and how long
// connections are waited for the pool itself tells; see [DB.PoolState].
func (t *tracer) TraceAcquireEnd(ctx context.Context, _ *pgxpool.Pool, data pgxpool.TraceAcquireEndData) {
	var started time.Time
	switch w := ctx.(type) {
	case *waiting:
		started = w.started
	case acquiring:
		started = w.started
	}
	if started.IsZero() || t.Slow <= 0 {
		return
	}
	if took := time.Since(started); took >= t.Slow {
		t.Logger.WarnContext(ctx, "slow wait for a database connection", "duration", took, "pool", t.pool, "failed", data.Err != nil)
	}
}

// otherStatement stands for those that have no name.
const otherStatement = "other"

// statementName returns what sqlc calls the statement: the X of the line
// `-- name: X :many` that it begins with. The control of transactions is named
// by its word. Everything else is one, so that there are as many names as there
// are queries in the program.
func statementName(sql string) string {
	const prefix = "-- name: "
	if rest, ok := strings.CutPrefix(strings.TrimLeft(sql, "\n\t "), prefix); ok {
		name, _, _ := strings.Cut(rest, " ")
		return strings.TrimSpace(name)
	}
	word, _, _ := strings.Cut(sql, " ")
	if control, ok := controls[word]; ok {
		return control
	}
	return otherStatement
}

// controls are the words of the control of transactions, in either spelling.
var controls = func() map[string]string {
	words := map[string]string{}
	for _, word := range []string{"begin", "commit", "rollback", "savepoint", "release"} {
		words[word], words[strings.ToUpper(word)] = word, word
	}
	return words
}()

// nameLine returns the line of a statement that names it, with its end; empty
// when there is none.
func nameLine(sql string) string {
	if line, _, ok := strings.Cut(strings.TrimLeft(sql, "\n\t "), "\n"); ok && statementName(line) != otherStatement && strings.HasPrefix(line, "--") {
		return line + "\n"
	}
	return ""
}
