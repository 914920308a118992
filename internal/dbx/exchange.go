package dbx

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/pgxpool"
)

// exchange is a batch that has been sent over a connection, and what comes back.
// It is what pgx makes of a batch, without what pgx notes of each statement on
// its way, some ten pieces each: the statements and their results are in one
// piece with it.
//
// The connection is pgx's all the time: its pipeline holds the connection until
// the exchange is closed, watches the context, ends what was sent with Sync and
// waits for the answer to that. Only the messages of the statements are written,
// and read, here.
type exchange struct {
	ctx context.Context //nolint:containedctx // It is the caller's, for whom the batch is sent.
	// traced is ctx as the tracer wants it back at the end.
	traced context.Context //nolint:containedctx // See ctx.
	conn   *pgx.Conn
	known  *prepared
	batch  *pgx.Batch
	// pipeline is nil where nothing could be sent.
	pipeline *pgconn.Pipeline
	// replies are the results of the statements, of which so many have been begun to be read.
	replies []reply
	begun   int
	err     error
	closed  bool

	room [mostAtOnce]reply
}

// mostAtOnce is how many results are made in one piece with their exchange. A
// request sends a handful of statements together, with BEGIN or COMMIT.
const mostAtOnce = 6

var _ pgx.BatchResults = (*exchange)(nil)

// sendBatch sends a batch over what a statement runs on.
func sendBatch(ctx context.Context, at session, batch *pgx.Batch) pgx.BatchResults {
	if own, ok := at.(*pgxpool.Conn); ok {
		return exchangeOn(ctx, own.Conn(), batch)
	}
	return at.SendBatch(ctx, batch)
}

// exchangeOn sends a batch over a connection. Where statements are not kept
// prepared, as behind a pooler, it is for pgx to do.
func exchangeOn(ctx context.Context, conn *pgx.Conn, batch *pgx.Batch) pgx.BatchResults {
	known := preparedOn(conn)
	if !known.direct || batch.Len() == 0 {
		return conn.SendBatch(ctx, batch)
	}
	e := &exchange{ctx: ctx, traced: ctx, conn: conn, known: known, batch: batch}
	if known.tracer != nil {
		e.traced = known.tracer.TraceBatchStart(ctx, conn, pgx.TraceBatchStartData{Batch: batch})
	}
	e.replies = e.room[:]
	if n := batch.Len(); n <= len(e.room) {
		e.replies = e.replies[:n]
	} else {
		e.replies = make([]reply, n)
	}
	e.err = e.send()
	if e.err != nil {
		_ = e.Close()
	}
	return e
}

func (e *exchange) send() error {
	e.pipeline = e.conn.PgConn().StartPipeline(e.traced)
	// Nothing may be written to a connection that is somebody else's, and only this says so.
	if err := e.pipeline.Flush(); err != nil {
		return err
	}
	if err := e.known.prepare(e.pipeline, e.batch.QueuedQueries); err != nil {
		return err
	}
	defer e.known.clear()
	for i, queued := range e.batch.QueuedQueries {
		r := &e.replies[i]
		r.of, r.statement = e, e.known.statements[queued.SQL]
		if err := e.known.encode(e.conn.TypeMap(), r.statement, queued.Arguments); err != nil {
			return fmt.Errorf("encoding the arguments of %s: %w", statementName(queued.SQL), err)
		}
	}
	// From here on nothing fails but the connection.
	values, formats := e.known.values, e.known.formats
	frontend := e.conn.PgConn().Frontend()
	for i := range e.replies {
		s := e.replies[i].statement
		n := len(s.parameters)
		frontend.SendBind(&pgproto3.Bind{
			PreparedStatement: s.name, ParameterFormatCodes: formats[:n], Parameters: values[:n], ResultFormatCodes: s.formats,
		})
		frontend.SendExecute(&pgproto3.Execute{})
		values, formats = values[n:], formats[n:]
	}
	return e.pipeline.Sync()
}

// receive returns the next message of a result; what says that a statement has
// failed is an error, and so is that nothing comes any more.
func (e *exchange) receive() (pgproto3.BackendMessage, error) {
	for {
		message, err := e.conn.PgConn().Frontend().Receive()
		if err != nil {
			// The pipeline finds that out too. It knows why, and what is to be done with the connection.
			if why := e.pipeline.Close(); why != nil {
				err = why
			}
			return nil, err
		}
		switch message := message.(type) {
		case *pgproto3.ErrorResponse:
			return nil, pgconn.ErrorResponseToPgError(message)
		case *pgproto3.NoticeResponse, *pgproto3.ParameterStatus, *pgproto3.NotificationResponse:
			// Nobody waits for these on a connection that statements are sent over.
		default:
			return message, nil
		}
	}
}

// next begins to read the result of the next statement, when the one before has ended.
func (e *exchange) next() (*reply, error) {
	if e.err == nil && e.begun > 0 {
		e.replies[e.begun-1].Close()
	}
	switch {
	case e.err != nil:
		return &reply{of: e, ended: true, err: e.err}, e.err
	case e.closed || e.begun == len(e.replies):
		err := errors.New("no more results in batch")
		return &reply{of: e, ended: true, err: err}, err
	}
	r := &e.replies[e.begun]
	e.begun++
	if e.known.tracer != nil {
		r.started = time.Now()
	}
	// An error of the statement is known here, unless it comes behind a row.
	r.ahead = r.advance()
	return r, r.err
}

// Exec implements [pgx.BatchResults].
func (e *exchange) Exec() (pgconn.CommandTag, error) {
	r, err := e.next()
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	r.Close()
	return r.tag, r.err
}

// Query implements [pgx.BatchResults].
func (e *exchange) Query() (pgx.Rows, error) { return e.next() }

// QueryRow implements [pgx.BatchResults].
func (e *exchange) QueryRow() pgx.Row {
	r, err := e.next()
	if err != nil {
		return noRow{err: err}
	}
	return &row{rows{Rows: r, ctx: e.ctx}}
}

// Tx implements [pgx.BatchResults]: whoever has sent BEGIN knows that.
func (*exchange) Tx() pgx.Tx { return nil }

// Close implements [pgx.BatchResults]: what nobody has looked at is read, and the
// connection is free.
func (e *exchange) Close() error {
	if e.closed {
		return e.err
	}
	for e.err == nil && e.begun < len(e.replies) {
		_, _ = e.next()
	}
	if e.err == nil {
		e.replies[e.begun-1].Close()
	}
	e.closed = true
	if err := e.pipeline.Close(); e.err == nil {
		// Constraints that are deferred, where there is no transaction around it.
		e.err = err
	}
	if e.err != nil {
		e.known.doubt(e.batch.QueuedQueries, e.err)
	}
	if e.known.tracer != nil {
		e.known.tracer.TraceBatchEnd(e.traced, e.conn, pgx.TraceBatchEndData{Err: e.err})
	}
	return e.err
}
