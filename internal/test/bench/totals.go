package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// countedTo is how far a total is counted.
const countedTo = 10_000

// totals holds the totals of lists against what is there: exact as far as they
// are counted, and said to be an estimate beyond.
func (s *Stand) totals(ctx context.Context, figures *Figures) error {
	for _, list := range []struct{ query, condition string }{
		{"", "true"},
		{"&status=blocked&priority=urgent", "status = 'blocked' AND priority = 'urgent'"},
		{"&status=todo", "status = 'todo'"},
	} {
		figure, err := s.total(ctx, list.query, list.condition)
		if err != nil {
			if err := figures.fail(ctx, fmt.Sprintf("total of %q", list.query), err); err != nil {
				return err
			}
			continue
		}
		figures.add(figure)
	}
	return nil
}

// total is that of one list.
func (s *Stand) total(ctx context.Context, query, condition string) (Figure, error) {
	there, err := values[int](ctx, s.World, "SELECT count(*)::int FROM tasks WHERE deleted_at IS NULL AND "+condition)
	if err != nil {
		return Figure{}, err
	}
	status, answer, err := s.Service.Do(ctx, Request{Method: http.MethodGet, Path: "/api/v1/tasks?page_size=1" + query, Token: s.World.tokens[0]})
	if err != nil {
		return Figure{}, err
	}
	var page struct {
		Page struct {
			Total      int   `json:"total"`
			IsEstimate *bool `json:"total_is_estimate"`
		} `json:"page"`
	}
	if err := json.Unmarshal(answer, &page); status != http.StatusOK || err != nil {
		return Figure{}, fmt.Errorf("reading a total: %d %s %w", status, answer, err)
	}
	if page.Page.IsEstimate == nil {
		return Figure{}, fmt.Errorf("a page does not tell whether its total is an estimate: %s", answer)
	}
	exact := there[0] <= countedTo
	if *page.Page.IsEstimate == exact || exact && page.Page.Total != there[0] {
		return Figure{}, fmt.Errorf("the total is %d, an estimate: %v; there are %d", page.Page.Total, *page.Page.IsEstimate, there[0])
	}
	return Figure{
		Name: fmt.Sprintf("total of a list of %d", there[0]), Value: float64(page.Page.Total) / float64(there[0]), Unit: "×",
		Note: map[bool]string{true: "exact", false: "an estimate, and said to be one"}[exact],
	}, nil
}
