package dbx

import (
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/pgtype"
)

// reply is the result of one statement of an [exchange]. Its rows are read as
// they come, so they end where the next result begins.
type reply struct {
	of        *exchange
	statement *statement
	values    [][]byte
	// ahead tells that the first row has been read before it was asked for.
	ahead, ended bool
	tag          pgconn.CommandTag
	err          error
	started      time.Time
}

var _ pgx.Rows = (*reply)(nil)

// advance reads up to the next row; false where the result has ended.
func (r *reply) advance() bool {
	for !r.ended {
		message, err := r.of.receive()
		if err != nil {
			// What was sent behind it is not run.
			r.of.err = err
			r.end(err)
			return false
		}
		switch message := message.(type) {
		case *pgproto3.DataRow:
			r.values = message.Values
			return true
		case *pgproto3.CommandComplete:
			r.tag = tagOf(message.CommandTag)
			r.end(nil)
		case *pgproto3.EmptyQueryResponse:
			r.end(nil)
		}
	}
	return false
}

func (r *reply) end(err error) {
	r.ended, r.err, r.values = true, err, nil
	if tracer := r.of.known.tracer; tracer != nil {
		queued := r.of.batch.QueuedQueries[r.of.begun-1]
		tracer.TraceBatchQuery(r.of.traced, r.of.conn, pgx.TraceBatchQueryData{
			SQL: queued.SQL, Args: queued.Arguments, CommandTag: r.tag, Err: err, ReadStartTime: r.started,
		})
	}
}

// tagOf is what a statement is said to have done, which nearly always is one of a few.
func tagOf(said []byte) pgconn.CommandTag {
	for _, usual := range [...]string{"BEGIN", "COMMIT", "SELECT 1", "SELECT 0", "INSERT 0 1", "UPDATE 1"} {
		if string(said) == usual {
			return pgconn.NewCommandTag(usual)
		}
	}
	return pgconn.NewCommandTag(string(said))
}

// Next implements [pgx.Rows].
func (r *reply) Next() bool {
	if r.ahead {
		r.ahead = false
		return true
	}
	return r.advance()
}

// Close implements [pgx.Rows].
func (r *reply) Close() {
	r.ahead = false
	for r.advance() {
		continue
	}
}

// Err implements [pgx.Rows].
func (r *reply) Err() error { return r.err }

// CommandTag implements [pgx.Rows].
func (r *reply) CommandTag() pgconn.CommandTag { return r.tag }

// FieldDescriptions implements [pgx.Rows].
func (r *reply) FieldDescriptions() []pgconn.FieldDescription {
	if r.statement == nil {
		return nil
	}
	return r.statement.fields
}

// RawValues implements [pgx.Rows].
func (r *reply) RawValues() [][]byte { return r.values }

// Conn implements [pgx.Rows].
func (r *reply) Conn() *pgx.Conn { return r.of.conn }

// TypeMap implements [pgx.Rows].
func (r *reply) TypeMap() *pgtype.Map { return r.of.conn.TypeMap() }

// Scan implements [pgx.Rows].
func (r *reply) Scan(destinations ...any) error {
	err := r.scan(destinations)
	if err != nil && r.err == nil {
		// As pgx does: the rows end there.
		r.Close()
		r.err = err
	}
	return err
}

func (r *reply) scan(destinations []any) error {
	if len(destinations) == 1 {
		if whole, ok := destinations[0].(pgx.RowScanner); ok {
			return whole.ScanRow(r)
		}
	}
	return pgx.ScanRow(r.TypeMap(), r.FieldDescriptions(), r.values, destinations...)
}

// Values implements [pgx.Rows].
func (r *reply) Values() ([]any, error) {
	values := make([]any, len(r.values))
	for i, raw := range r.values {
		if raw == nil {
			continue
		}
		if err := r.decode(i, raw, &values[i]); err != nil {
			return nil, err
		}
	}
	return values, r.err
}

func (r *reply) decode(column int, raw []byte, to *any) error {
	field := r.statement.fields[column]
	found, ok := r.TypeMap().TypeForOID(field.DataTypeOID)
	if !ok {
		*to = string(raw)
		return nil
	}
	value, err := found.Codec.DecodeValue(r.TypeMap(), field.DataTypeOID, field.Format, raw)
	*to = value
	return err
}
