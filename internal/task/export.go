package task

import (
	"context"
	"fmt"
	"iter"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/dbx"
)

// Export walks the tasks that the actor can see, oldest first; those of one
// project and of one client's projects unless these are nil.
func (s *Service) Export(ctx context.Context, actor access.Actor, projectID, clientID *uuid.UUID) iter.Seq2[db.TaskExportRow, error] {
	return dbx.Each(s.db, func(list *dbx.List) ([]db.TaskExportRow, error) {
		rows, err := db.New(list).TaskExport(ctx, db.TaskExportParams{
			SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID(), ProjectID: projectID, ClientID: clientID,
			RowLimit: list.Limit(), RowOffset: list.Offset(),
		})
		if err != nil {
			return nil, fmt.Errorf("exporting tasks: %w", err)
		}
		return rows, nil
	})
}
