package reference

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/transfer"
)

// chunk is how many rows one statement writes.
const chunk = 1000

// Import applies a file in one transaction, which is kept where nothing was
// found wrong and it is no dry run.
func Import[T any](ctx context.Context, d *dbx.DB, file transfer.File[T], dryRun bool, apply func(q *db.Queries, found *transfer.Findings) (transfer.Outcome, error)) (transfer.Report, error) {
	return dbx.WithTxResult(ctx, d, func(q *db.Queries) (transfer.Report, error) {
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

// Changes gather what an import is to write.
type Changes[R any] struct {
	Rows    []R
	Events  []event.Event
	Outcome transfer.Outcome
}

// Add notes a row that is new, where before is nil, changed or neither.
func (c *Changes[R]) Add(row R, before *R, e event.Event) {
	e.After, e.Action = row, "created"
	if before != nil {
		if len(event.Diff(*before, row)) == 0 {
			c.Outcome.Unchanged++
			return
		}
		e.Before, e.Action = *before, "updated"
		c.Outcome.Updated++
	} else {
		c.Outcome.Created++
	}
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

// CheckMoney finds an amount without its currency, or a currency without.
func CheckMoney(found *transfer.Findings, line int, amountColumn, currencyColumn string, amount *int64, currency *string) {
	switch {
	case amount != nil && currency == nil:
		found.Add(line, currencyColumn, "required", "An amount needs its currency.")
	case amount == nil && currency != nil:
		found.Add(line, amountColumn, "required", "A currency needs its amount; give both, or neither.")
	}
}

