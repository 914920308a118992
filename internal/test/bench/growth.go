package bench

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// keeps is the part of its rate at the smallest size that an operation is to
	// keep at the largest.
	keeps = 0.75
	// deepest is how much more than the first a page may cost, however deep.
	deepest = 1.5
	// least is how often a second PostgreSQL is to answer what reads much.
	least = 200
	// leastHeavy is how long that is measured at least.
	leastHeavy = 5 * time.Second
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
// each of the sizes, the smallest first. With an error it returns what it had by then.
func Growth(ctx context.Context, o Options, sizes []int) (*Figures, error) {
	if len(sizes) < 2 {
		return nil, errors.New("growth takes two sizes or more")
	}
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
			if err := s.depths(ctx, figures); err != nil {
				return err
			}
			if err := s.heavy(ctx, figures); err != nil {
				return err
			}
			return s.totals(ctx, figures)
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

// grow measures the operations at this size.
func (s *Stand) grow(ctx context.Context, into map[string]Window, figures *Figures) error {
	operations, err := chosen(growing)
	if err != nil {
		return err
	}
	for _, operation := range operations {
		window, err := s.middle(ctx, operation, figures)
		if err != nil {
			return fmt.Errorf("%s: %w", operation.Name, err)
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
		figures.add(Figure{
			Name: operation.Title + ", rate kept", Value: rates[len(rates)-1][name].Rate / rates[0][name].Rate, Wanted: keeps, Note: note,
		})
	}
}

// depths measures the pages of one list at growing depth, each by the cursor of
// the row in front of it.
func (s *Stand) depths(ctx context.Context, figures *Figures) error {
	var first float64
	for _, row := range []int{0, 1_000, 100_000, 900_000} {
		if row >= s.Options.Tasks {
			break
		}
		path := "/api/v1/tasks?sort=-created_at&page_size=50"
		if row > 0 {
			cursor, err := s.cursorAt(ctx, row)
			if err != nil {
				return err
			}
			path += "&cursor=" + url.QueryEscape(cursor)
		}
		window, err := s.middle(ctx, Operation{Name: "page", Requests: same(path)}, figures)
		if err != nil {
			return fmt.Errorf("the page at row %d: %w", row, err)
		}
		if row == 0 {
			first = window.Rate
			continue
		}
		figures.add(Figure{
			Name: fmt.Sprintf("page at row %d, cost of the first", row), Value: first / window.Rate, Unit: "×", Wanted: deepest, AtMost: true,
			Note: fmt.Sprintf("%.0f and %.0f req/s", first, window.Rate),
		})
	}
	return nil
}

// cursorAt is the cursor that the page has which ends with that row. A cursor is
// the order and the keys of a row, as package page writes it.
func (s *Stand) cursorAt(ctx context.Context, row int) (string, error) {
	type keys struct{ Created, ID string }
	found, err := records(ctx, s.World, pgx.RowToStructByName[keys],
		`SELECT created_at::text AS created, id::text AS id FROM tasks WHERE deleted_at IS NULL ORDER BY created_at DESC, id DESC LIMIT 1 OFFSET $1`, row-1)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString([]byte("-created_at\x00" + found[0].Created + "\x00" + found[0].ID)), nil
}

// heavy runs the statements of what reads much, by themselves.
func (s *Stand) heavy(ctx context.Context, figures *Figures) error {
	for _, operation := range heavy() {
		floor, err := s.Floor(ctx, operation)
		if err != nil {
			return fmt.Errorf("%s: %w", operation.Name, err)
		}
		// So long that what is slow beyond all measure comes to a figure as well.
		lasting := max(leastHeavy, time.Duration(s.Options.Seconds)*time.Second)
		done, err := s.Pgbench.Run(ctx, s.Postgres.URL(database), floor, 1, lasting)
		if err != nil {
			return fmt.Errorf("%s: %w", operation.Name, err)
		}
		figures.add(Figure{Name: operation.Title + ", statements alone", Value: done.Rate, Unit: "tps", Wanted: least, Note: fmt.Sprint(floor.Statements)})
	}
	return nil
}
