package importer

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/transfer"
)

// chunk is how many rows one statement writes.
const chunk = 1000

// patience is how long one statement of an import may take: its caller waits for
// a file of many thousand records, and not for a single change.
const patience = 5 * time.Minute

// Run applies a file in one transaction, which is kept where nothing was
// found wrong and it is no dry run.
func Run[T any](ctx context.Context, d *dbx.DB, file transfer.File[T], dryRun bool, apply func(q *db.Queries, found *transfer.Findings) (transfer.Outcome, error)) (transfer.Report, error) {
	return dbx.WithTxResult(ctx, d, func(q *db.Queries) (transfer.Report, error) {
		if err := dbx.SetPatience(ctx, q, patience); err != nil {
			return transfer.Report{}, err
		}
		// An attempt that is run again begins with what the reading has found.
		found := file.Findings.Clone()
		outcome, err := apply(q, found)
		report := found.Report(dryRun, outcome)
		if err == nil && !report.Applied {
			err = dbx.ErrNothingChanged
		}
		return report, err
	})
}

// Locked returns the rows of records that are to be changed, by their id. It
// returns Conflict where one of them has been deleted since it was found.
func Locked[R any](existing []uuid.UUID, rows []R, id func(*R) uuid.UUID) (map[uuid.UUID]*R, error) {
	if len(rows) < len(existing) {
		return nil, apperr.New(apperr.Conflict, "A record of the file was deleted while it was imported. Send the file again.")
	}
	found := make(map[uuid.UUID]*R, len(rows))
	for i := range rows {
		found[id(&rows[i])] = &rows[i]
	}
	return found, nil
}

// Changes gather what an import is to write.
type Changes[R any] struct {
	Rows    []R
	Events  []event.Event
	Outcome transfer.Outcome
}

// Add notes what a line does: row is new where before is nil, and otherwise
// changed where it differs. more tells that the line changes something beside
// the row.
func (c *Changes[R]) Add(row R, before *R, more bool, e event.Event) {
	e.After, e.Action = row, "created"
	switch {
	case before == nil:
		c.Outcome.Created++
	case event.Differs(*before, row):
		c.Outcome.Updated++
		e.Before, e.Action = *before, "updated"
	case more:
		c.Outcome.Updated++
		return
	default:
		c.Outcome.Unchanged++
		return
	}
	c.Keep(row, e)
}

// Keep notes a row that is to be written, with its event.
func (c *Changes[R]) Keep(row R, e event.Event) {
	e.Version++
	c.Rows, c.Events = append(c.Rows, row), append(c.Events, e)
}

// Write writes rows as they are to be, and what has changed in each.
func (c *Changes[R]) Write(ctx context.Context, q *db.Queries, actor access.Actor, write func(rows json.RawMessage) error) error {
	for part := range slices.Chunk(c.Rows, chunk) {
		encoded, err := json.Marshal(part)
		if err != nil {
			return fmt.Errorf("encoding rows: %w", err)
		}
		if err := write(encoded); err != nil {
			return fmt.Errorf("writing imported rows: %w", err)
		}
	}
	for part := range slices.Chunk(c.Events, chunk) {
		if err := event.RecordEach(ctx, q, actor, part); err != nil {
			return err
		}
	}
	return nil
}

// SetTime is transfer.Set for a time: one that is the same moment stays as it
// is, and the database keeps no more than microseconds.
func SetTime[T any](line transfer.Line[T], column string, place **time.Time, value *time.Time) {
	if !line.Gives(column) {
		return
	}
	if value == nil {
		*place = nil
		return
	}
	moment := value.UTC().Round(time.Microsecond)
	if *place == nil || !moment.Equal(**place) {
		*place = &moment
	}
}

// SetObject is transfer.Set for an object: the same members in another order
// leave it as it is.
func SetObject[T any](line transfer.Line[T], column string, place *json.RawMessage, value json.RawMessage) {
	if line.Gives(column) && !sameJSON(*place, value) {
		*place = value
	}
}

func sameJSON(a, b json.RawMessage) bool {
	var left, right any
	return json.Unmarshal(a, &left) == nil && json.Unmarshal(b, &right) == nil && reflect.DeepEqual(left, right)
}

// SetTags is transfer.Set for tags, without the space around them and without
// those that are then there already.
func SetTags[T any](line transfer.Line[T], place *[]string, tags []string) {
	if !line.Gives("tags") {
		return
	}
	*place = make([]string, 0, len(tags))
	for _, tag := range tags {
		if tag = strings.TrimSpace(tag); !slices.Contains(*place, tag) {
			*place = append(*place, tag)
		}
	}
}

// Unfit adds what is wrong with a record, whose pointers name its columns.
func Unfit(found *transfer.Findings, line int, wrong []apperr.Field) {
	for _, field := range wrong {
		found.Add(line, strings.TrimPrefix(field.Pointer, "/"), field.Code, "%s", field.Detail)
	}
}

// CheckMoney finds an amount without its currency, or a currency without.
func CheckMoney(found *transfer.Findings, line int, amountColumn, currencyColumn string, amount *int64, currency *string) {
	switch {
	case amount != nil && currency == nil:
		found.Add(line, currencyColumn, "required", "An amount needs its currency.")
	case amount == nil && currency != nil:
		found.Add(line, amountColumn, "required", "A currency needs its amount; give both, or neither.")
	}
}
