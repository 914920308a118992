package dbx

import (
	"context"
	"reflect"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// rows are pgx's, decoded in fewer pieces, with errors translated and what they
// were read from given back once.
type rows struct {
	pgx.Rows
	ctx context.Context //nolint:containedctx // It is the caller's of the query, for whom the rows are read.
	// results are those of the batch that the rows are a part of, nil for none.
	results pgx.BatchResults
	// at is nil where somebody else gives the connection back.
	at session

	decoder decoder
	columns [maxColumns]kind
	// others are the columns that are decoded by pgx.
	others []other
}

// other is a column that is decoded by pgx, into a destination of a type.
type other struct {
	column      int
	plan        pgtype.ScanPlan
	destination reflect.Type
}

// maxColumns is how many columns are decoded here at most; a row of more is pgx's,
// at several times the cost. The widest of gen/db, a project's statistics, has 69.
const maxColumns = 96

// Expected is how many rows there are as far as is known, for whoever makes room
// for them; 0 where nobody knows.
func (r *rows) Expected() int { return r.decoder.expected }

func (r *rows) Err() error { return translateFor(r.ctx, r.Rows.Err()) }

// Scan decodes the row as pgx does. Where it is anything out of the ordinary,
// pgx does it: what is then an error, and which, is the same.
func (r *rows) Scan(destinations ...any) error {
	if r.decode(destinations, len(destinations)) {
		return nil
	}
	return translateFor(r.ctx, r.Rows.Scan(destinations...))
}

// decode decodes the first columns of a row that has so many of them; false
// where that is for pgx to do.
func (r *rows) decode(destinations []any, columns int) bool {
	d := &r.decoder
	d.values = r.RawValues()
	if len(d.values) != columns || d.kinds == nil && !r.plan(destinations) || len(d.kinds) != len(destinations) {
		return false
	}
	d.read++
	for i, k := range d.kinds {
		if k != byPgx && !d.decode(k, d.values[i], destinations[i]) {
			return false
		}
	}
	for i := range r.others {
		o := &r.others[i]
		if reflect.TypeOf(destinations[o.column]) != o.destination || o.plan.Scan(d.values[o.column], destinations[o.column]) != nil {
			return false
		}
	}
	return true
}

// plan finds out how each column is decoded.
func (r *rows) plan(destinations []any) bool {
	fields, types := r.FieldDescriptions(), r.TypeMap()
	if types == nil || len(destinations) == 0 || len(destinations) > min(len(fields), maxColumns) {
		return false
	}
	if _, whole := destinations[0].(pgx.RowScanner); whole {
		return false
	}
	kinds := r.columns[:len(destinations)]
	for i, destination := range destinations {
		kinds[i] = kindOf(types, &fields[i], destination)
		if kinds[i] == byPgx {
			plan := types.PlanScan(fields[i].DataTypeOID, fields[i].Format, destination)
			r.others = append(r.others, other{column: i, plan: plan, destination: reflect.TypeOf(destination)})
		}
	}
	r.decoder.kinds = kinds
	return true
}

func (r *rows) Close() {
	r.Rows.Close()
	r.giveBack()
}

// giveBack gives back what the rows are read from.
func (r *rows) giveBack() {
	if r.results != nil {
		_ = r.results.Close()
		r.results = nil
	}
	if r.at != nil {
		r.at.Release()
		r.at = nil
	}
}

// lone are the rows of a statement that is sent by itself, made in one piece with
// what is sent.
type lone struct {
	row
	queue queue
}

// send sends the statement over the connection, which is given back where it fails.
func (l *lone) send(sql string, args []any) (err error) {
	if isForPgx(args) {
		l.Rows, err = l.at.Query(l.ctx, sql, args...)
	} else {
		l.queue.add(sql, args)
		l.results = sendBatch(l.ctx, l.at, &l.queue.batch)
		l.Rows, err = l.results.Query()
	}
	if err != nil {
		l.giveBack()
		return translateFor(l.ctx, err)
	}
	return nil
}

// isForPgx tells that the first of the arguments says how a statement is sent.
func isForPgx(args []any) bool {
	if len(args) == 0 {
		return false
	}
	switch args[0].(type) {
	case pgx.QueryExecMode, pgx.QueryResultFormats, pgx.QueryResultFormatsByOID, pgx.QueryRewriter:
		return true
	default:
		return false
	}
}

// row is the first of some rows.
type row struct{ rows }

// Scan implements [pgx.Row].
func (r *row) Scan(destinations ...any) error { return r.scanFirst(destinations) }

// scanFirst decodes the first of the rows, and that is it.
func (r *rows) scanFirst(destinations []any) error {
	defer r.Close()
	if !r.Next() {
		if err := r.Err(); err != nil {
			return err
		}
		return pgx.ErrNoRows
	}
	if err := r.Scan(destinations...); err != nil {
		return err
	}
	r.Rows.Close()
	return r.Err()
}

// noRow is a row that could not be asked for.
type noRow struct{ err error }

// Scan implements [pgx.Row].
func (r noRow) Scan(...any) error { return r.err }
