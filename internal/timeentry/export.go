package timeentry

import (
	"context"
	"fmt"
	"iter"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/dbx"
)

// Export walks the entries that the actor can see, in the order in which they
// were written. Of the filter project, client, from and to are looked at.
func (s *Service) Export(ctx context.Context, actor access.Actor, filter Filter) iter.Seq2[db.TimeEntryExportRow, error] {
	return dbx.Each(s.db, func(list *dbx.List) ([]db.TimeEntryExportRow, error) {
		rows, err := db.New(list).TimeEntryExport(ctx, db.TimeEntryExportParams{
			SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID(), ProjectID: filter.ProjectID, ClientID: filter.ClientID,
			SpentFrom: filter.From, SpentTo: filter.To, RowLimit: list.Limit(), RowOffset: list.Offset(),
		})
		if err != nil {
			return nil, fmt.Errorf("exporting time entries: %w", err)
		}
		return rows, nil
	})
}
