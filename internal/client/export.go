package client

import (
	"context"
	"fmt"
	"iter"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/dbx"
)

// Export walks the clients that the actor can see, oldest first.
func (s *Service) Export(ctx context.Context, actor access.Actor) iter.Seq2[db.ClientExportRow, error] {
	return dbx.Each(s.db, func(list *dbx.List) ([]db.ClientExportRow, error) {
		rows, err := db.New(list).ClientExport(ctx, db.ClientExportParams{
			SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID(), RowLimit: list.Limit(), RowOffset: list.Offset(),
		})
		if err != nil {
			return nil, fmt.Errorf("exporting clients: %w", err)
		}
		return rows, nil
	})
}
