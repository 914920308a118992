package project

import (
	"context"
	"fmt"
	"iter"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/dbx"
)

// Export walks the projects that the actor can see, oldest first; those of one
// client unless that is nil.
func (s *Service) Export(ctx context.Context, actor access.Actor, clientID *uuid.UUID) iter.Seq2[db.ProjectExportRow, error] {
	return dbx.Each(s.db, func(list *dbx.List) ([]db.ProjectExportRow, error) {
		rows, err := db.New(list).ProjectExport(ctx, db.ProjectExportParams{
			SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID(), ClientID: clientID, RowLimit: list.Limit(), RowOffset: list.Offset(),
		})
		if err != nil {
			return nil, fmt.Errorf("exporting projects: %w", err)
		}
		return rows, nil
	})
}
