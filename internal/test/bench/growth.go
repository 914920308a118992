package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"
)

const (
	// keeps is the part of its rate at the smallest size that an operation is to
	// keep at the largest.
	keeps = 0.75
	// least is how often a second PostgreSQL is to answer what reads much.
	least = 200
	// leastHeavy is how long that is measured at least.
	leastHeavy = 5 * time.Second
	// growthPatience is how long windows that others have disturbed are taken
	// again, so that a run comes to its end on a machine that is never quiet.
	growthPatience = 12 * time.Minute
)

// growing are the operations that are to cost the same however much there is.
var growing = []string{"get", "create", "transition", "list-next"}

// heavy are what reads much to answer, by its statements alone.
func heavy() []Operation {
	return []Operation{
		{Name: "overdue", Title: "overdue tasks", Requests: same("/api/v1/tasks?overdue=true&sort=due_date&page_size=50")},
		{Name: "overview", Title: "dashboard", Requests: same("/api/v1/statistics/overview")},
		{Name: "big-project", Title: "statistics of the biggest project", Requests: biggestProject},
		{Name: "common-word", Title: "search for a common word", Requests: same("/api/v1/tasks/search?q=homepage&page_size=20")},
	}
}

// same makes one request by each of the callers, over and over: as often as it
// takes for what the service does beside to be told from what it does for them.
func same(path string) func(context.Context, *World, int) ([]Request, error) {
	const times = 12
	return func(_ context.Context, w *World, _ int) ([]Request, error) {
		return each(slices.Repeat(w.tokens, times), func(token string) Request {
			return Request{Method: http.MethodGet, Path: path, Token: token}
		}), nil
	}
}

func biggestProject(ctx context.Context, w *World, window int) ([]Request, error) {
	ids, err := values[string](ctx, w, "SELECT project_id::text FROM tasks WHERE deleted_at IS NULL GROUP BY project_id ORDER BY count(*) DESC, project_id LIMIT 1")
	if err != nil {
		return nil, err
	}
	return same("/api/v1/projects/"+ids[0]+"/statistics")(ctx, w, window)
}

// Growth measures what becomes of the operations as the database grows, for
// each of the sizes, the smallest first. What fails is told among the figures,
// and the rest is measured all the same; with an error it returns what it had by then.
func Growth(ctx context.Context, o Options, sizes []int) (*Figures, error) {
	if len(sizes) < 2 {
		return nil, errors.New("growth takes two sizes or more")
	}
	o.RetakeUntil = time.Now().Add(growthPatience)
	var figures *Figures
	rates := make([]map[string]Window, len(sizes))
	for i, size := range sizes {
		o.Tasks = size
		isLargest := i == len(sizes)-1
		rates[i] = map[string]Window{}
		err := within(ctx, o, func(s *Stand) error {
			if figures == nil {
				figures = newFigures(fmt.Sprintf("From %d to %d tasks", sizes[0], sizes[len(sizes)-1]), s.Postgres)
			}
			if err := s.grow(ctx, rates[i], figures); err != nil {
				return err
			}
			if !isLargest {
				return nil
			}
			compare(figures, sizes, rates)
			for _, part := range []func(context.Context, *Figures) error{s.depths, s.heavy, s.totals} {
				if err := part(ctx, figures); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return figures, fmt.Errorf("%d tasks: %w", size, err)
		}
	}
	return figures, nil
}

// within opens a stand for as long as do takes.
func within(ctx context.Context, o Options, do func(*Stand) error) error {
	s, err := Open(ctx, o)
	if err != nil {
		return err
	}
	return errors.Join(do(s), s.Close(context.WithoutCancel(ctx)))
}

// grow measures the operations at this size. One that fails has no window.
func (s *Stand) grow(ctx context.Context, into map[string]Window, figures *Figures) error {
	operations, err := chosen(growing)
	if err != nil {
		return err
	}
	for _, operation := range operations {
		window, err := s.middle(ctx, operation, figures)
		if err != nil {
			if err := figures.fail(ctx, fmt.Sprintf("%s of %d tasks", operation.Title, s.Options.Tasks), err); err != nil {
				return err
			}
			continue
		}
		into[operation.Name] = window
		s.sayf("  %s: %.0f req/s, %.0f µs in the service and %.0f in PostgreSQL, others had %.0f%%", operation.Name, window.Rate,
			window.ServerMicros, window.PostgresMicros, 100*window.Others)
	}
	return nil
}

// middle is the round with the median rate, after one that warms.
func (s *Stand) middle(ctx context.Context, o Operation, figures *Figures) (Window, error) {
	lasting := time.Duration(s.Options.Seconds) * time.Second
	if _, err := s.serviceWindow(ctx, o, 0, min(lasting, time.Second)); err != nil {
		return Window{}, err
	}
	var windows []Window
	var rates []float64
	for round := range s.Options.Rounds {
		window, _, err := s.undisturbed(func() (Window, error) { return s.serviceWindow(ctx, o, round+1, lasting) })
		if err != nil {
			return Window{}, err
		}
		figures.disturbed(window.Others)
		windows, rates = append(windows, window), append(rates, window.Rate)
	}
	middle := windows[0]
	for _, window := range windows {
		if distance(window.Rate, median(rates)) < distance(middle.Rate, median(rates)) {
			middle = window
		}
	}
	return middle, nil
}

func distance(a, b float64) float64 { return max(a-b, b-a) }

// compare tells what is left at the largest size of each rate at the smallest.
func compare(figures *Figures, sizes []int, rates []map[string]Window) {
	operations, _ := chosen(growing) // they were chosen before
	for _, operation := range operations {
		name, note := operation.Name, ""
		for i, size := range sizes {
			window := rates[i][name]
			note += fmt.Sprintf("%d: %.0f req/s (%.0f+%.0f µs)  ", size, window.Rate, window.ServerMicros, window.PostgresMicros)
		}
		if rates[0][name].Rate == 0 || rates[len(rates)-1][name].Rate == 0 {
			continue // it is told that it failed
		}
		figures.add(Figure{
			Name: operation.Title + ", rate kept", Value: rates[len(rates)-1][name].Rate / rates[0][name].Rate, Wanted: keeps, Note: note,
		})
	}
}

// heavy runs the statements of what reads much, by themselves.
func (s *Stand) heavy(ctx context.Context, figures *Figures) error {
	for _, operation := range heavy() {
		name := operation.Title + ", statements alone"
		rate, statements, err := s.alone(ctx, operation)
		if err != nil {
			if err := figures.fail(ctx, name, err); err != nil {
				return err
			}
			continue
		}
		figures.add(Figure{Name: name, Value: rate, Unit: "tps", Wanted: least, Note: fmt.Sprint(statements)})
	}
	return nil
}

// alone returns how often a second PostgreSQL runs the statements of an operation.
func (s *Stand) alone(ctx context.Context, o Operation) (rate float64, statements []string, err error) {
	floor, err := s.Floor(ctx, o)
	if err != nil {
		return 0, nil, err
	}
	// So long that what is slow beyond all measure comes to a figure as well.
	lasting := max(leastHeavy, time.Duration(s.Options.Seconds)*time.Second)
	done, err := s.Pgbench.Run(ctx, s.Postgres.URL(database), floor, 1, lasting)
	return done.Rate, floor.Statements, err
}
