package dbx

import (
	"iter"

	"github.com/aicoordination/coordinator/internal/page"
)

// batch is how many rows of a walk are in memory at once.
const batch = 500

// Each walks all that a list query matches, in the statement's own order, with
// a bounded number of rows in memory:
//
//	for row, err := range dbx.Each(d, func(list *dbx.List) ([]db.TaskExportRow, error) {
//		return db.New(list).TaskExport(ctx, db.TaskExportParams{…, RowLimit: list.Limit(), RowOffset: list.Offset()})
//	}) { … }
//
// It reads batch by batch, each behind the last row of the one before, and so
// keeps no connection while its caller is slow: whoever reads slowly takes
// nothing from the others. The order is by what does not change, so each row
// that is there throughout is met once. The walk ends with the first error.
func Each[T any](d *DB, read func(list *List) ([]T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		request := page.Request{Size: batch}
		for {
			var none T
			list, err := NewList(d, nil, "", request)
			if err != nil {
				yield(none, err)
				return
			}
			list.walks = true
			rows, err := read(list)
			if err != nil && list.from.leave() {
				// What has been given out cannot be taken back, and need not be: what
				// the primary has behind it is at least as new.
				continue
			}
			if err != nil {
				yield(none, err)
				return
			}
			for _, row := range rows {
				if !yield(row, nil) {
					return
				}
			}
			info := list.Info()
			if !info.HasMore {
				return
			}
			request.Cursor = info.NextCursor
		}
	}
}
