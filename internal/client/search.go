package client

import (
	"context"
	"fmt"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/search"
)

// Hit is a client that a search has found.
type Hit struct {
	Client db.Client
	// Score lies between 0 and 1.
	Score      float32
	Highlights []search.Highlight
}

// maxHits is as many matches as ClientSearch ranks.
const maxHits = 500

// Search returns a page of the clients that the actor can see and in which all
// words of the text stand, the best first. No more than 500 are ranked and
// counted.
func (s *Service) Search(ctx context.Context, actor access.Actor, text string, request page.Request) ([]Hit, page.Info, error) {
	at, err := request.Position()
	if err != nil {
		return nil, page.Info{}, err
	}
	asked, q := search.Parse(text), db.New(s.db)
	rows, err := q.ClientSearch(ctx, db.ClientSearchParams{
		Query: asked.TSQuery(), SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID(),
		RowLimit: int32(request.Size), RowOffset: int32(at.Offset),
	})
	if err != nil {
		return nil, page.Info{}, fmt.Errorf("searching clients: %w", err)
	}
	var total int64
	hits := make([]Hit, len(rows))
	for i, row := range rows {
		total = row.Total
		hits[i] = Hit{Client: row.Client, Score: row.Score, Highlights: highlights(asked, row.Client)}
	}
	if len(rows) == 0 && at.Offset > 0 {
		total, err = q.ClientSearchCount(ctx, db.ClientSearchCountParams{Query: asked.TSQuery(), SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
		if err != nil {
			return nil, page.Info{}, fmt.Errorf("counting the clients found: %w", err)
		}
	}
	info := request.Info(at, total, nil)
	info.MoreThanTotal, info.HasMore = total == maxHits, int64(at.Number) < info.TotalPages
	return hits, info, nil
}

// highlights looks through what clients_search puts together.
func highlights(asked search.Query, c db.Client) []search.Highlight {
	return asked.Highlights(
		search.Field{Name: "name", Text: &c.Name},
		search.Field{Name: "legal_name", Text: c.LegalName},
		search.Field{Name: "email", Text: c.Email},
		search.Field{Name: "address", Text: c.Address},
		search.Field{Name: "industry", Text: c.Industry},
		search.Field{Name: "segment", Text: c.Segment},
		search.Field{Name: "notes", Text: c.Notes},
	)
}
