package task

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/search"
)

// mostRanked is how many matches a search ranks, the newest of them.
const mostRanked = 500

// Hit is a task that a search has found.
type Hit struct {
	Task Task
	// Score lies between 0 and 1; the better match has the higher one.
	Score      float64
	Highlights []search.Highlight
}

// Search returns a page of the tasks that the actor can see and that have all
// the words of the text in their title or description, the best match first.
// Of more than [mostRanked] matches, the newest are ranked and counted.
func (s *Service) Search(ctx context.Context, actor access.Actor, text string, projectID *uuid.UUID, request page.Request) ([]Hit, page.Info, error) {
	at, err := request.Position()
	if err != nil {
		return nil, page.Info{}, err
	}
	query := search.Parse(text)
	q := db.New(dbx.NewNarrowed(s.db).Expecting(request.Size))
	confined := projectID != nil || !actor.SeesAll() && actor.SeesFewProjects
	wanted := query.TSQuery()
	by := s.words.get(ctx, s.db, s.now()).wayTo(query, wanted, confined)
	asked := db.TaskSearchParams{
		Query: wanted, Key: by.key, Walked: by.walked, Reads: by.reads,
		SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID(), ProjectID: projectID,
		Most: mostRanked, RowLimit: int32(request.Size), RowOffset: int32(at.Offset),
	}
	rows, err := q.TaskSearch(ctx, asked)
	if err == nil && by.walked > 0 && (len(rows) == 0 || rows[0].Total < mostRanked) {
		// The words are not as common among the newest tasks as they are among all.
		asked.Walked = 0
		rows, err = q.TaskSearch(ctx, asked)
	}
	if err != nil {
		return nil, page.Info{}, fmt.Errorf("searching tasks: %w", err)
	}
	var total int64
	hits, marker := make([]Hit, len(rows)), query.Marker(len(rows))
	for i := range rows {
		r := &rows[i]
		total = r.Total
		hits[i] = Hit{
			Task: Task{Task: r.Task, IsBlocked: r.IsBlocked, PrerequisiteIds: r.PrerequisiteIds}, Score: r.Score,
			Highlights: marker.Highlights(search.Field{Name: "title", Text: &r.Task.Title}, search.Field{Name: "description", Text: r.Task.Description}),
		}
	}
	if len(rows) == 0 && at.Offset > 0 {
		total, err = q.TaskSearchCount(ctx, db.TaskSearchCountParams{
			Query: wanted, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID(), ProjectID: projectID, Most: mostRanked,
		})
		if err != nil {
			return nil, page.Info{}, fmt.Errorf("counting found tasks: %w", err)
		}
	}
	info := request.Info(at, total, nil)
	info.MoreThanTotal, info.HasMore = total == mostRanked, int64(at.Number) < info.TotalPages
	return hits, info, nil
}
