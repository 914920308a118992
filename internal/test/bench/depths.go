package bench

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"
)

// deepest is how much more than the first a page may cost, however deep.
const deepest = 1.5

// manyNewest is the list whose pages are measured: everything, the newest first.
const manyNewest = "/api/v1/tasks?sort=-created_at&page_size=50"

// depth is a page that lies so deep.
type depth struct{ name, path string }

// depths measures the pages of one list at growing depth: by the cursor of the
// row in front of each, which has nothing counted, and by their numbers, which
// all have the same counted and reach 10,000 rows.
func (s *Stand) depths(ctx context.Context, figures *Figures) error {
	var cursors []depth
	for _, row := range []int{0, 1_000, 100_000, 900_000} {
		if row >= s.Options.Tasks {
			break
		}
		cursor, err := s.cursorAt(ctx, row)
		if err != nil {
			return figures.fail(ctx, "pages by cursor", err)
		}
		cursors = append(cursors, depth{fmt.Sprintf("page by cursor at row %d", row), manyNewest + "&cursor=" + url.QueryEscape(cursor)})
	}
	var numbers []depth
	for _, number := range []int{1, 2, 20, 200} {
		numbers = append(numbers, depth{fmt.Sprintf("page %d", number), manyNewest + fmt.Sprintf("&page=%d", number)})
	}
	for _, pages := range [][]depth{cursors, numbers} {
		if err := s.compareDepths(ctx, figures, pages); err != nil {
			if err := figures.fail(ctx, pages[0].name+" and deeper", err); err != nil {
				return err
			}
		}
	}
	return nil
}

// compareDepths has pages take turns, and tells what each costs of the first, in
// processor time of the service and PostgreSQL, which others disturb less than
// rates: the median of the rounds, in each of which the first is measured as well.
func (s *Stand) compareDepths(ctx context.Context, figures *Figures, pages []depth) error {
	lasting := time.Duration(s.Options.Seconds) * time.Second
	costs, rates := make([][]float64, len(pages)), make([][]float64, len(pages))
	last := make([]Window, len(pages))
	for round := range s.Options.Rounds + 1 {
		var first float64
		for i, page := range pages {
			o := Operation{Name: "page", Requests: same(page.path)}
			if round == 0 { // warms
				if _, err := s.serviceWindow(ctx, o, 0, time.Second); err != nil {
					return fmt.Errorf("%s: %w", page.name, err)
				}
				continue
			}
			window, _, err := s.undisturbed(func() (Window, error) { return s.serviceWindow(ctx, o, round, lasting) })
			if err != nil {
				return fmt.Errorf("%s: %w", page.name, err)
			}
			figures.disturbed(window.Others)
			s.sayf("  %s: %.0f req/s, others had %.0f%%", page.name, window.Rate, 100*window.Others)
			cost := window.ServerMicros + window.PostgresMicros
			if i == 0 {
				first = cost
			}
			costs[i], rates[i], last[i] = append(costs[i], cost/first), append(rates[i], window.Rate), window
		}
	}
	for i, page := range pages {
		figure := Figure{
			Name: page.name + ", cost of the first", Value: median(costs[i]), Unit: "×", Wanted: deepest, AtMost: true,
			Note: fmt.Sprintf("%.0f req/s (%.0f+%.0f µs)", median(rates[i]), last[i].ServerMicros, last[i].PostgresMicros),
		}
		if i == 0 {
			figure.Name, figure.Value, figure.Unit, figure.Wanted = page.name, median(rates[i]), "req/s", 0
		}
		figures.add(figure)
	}
	return nil
}

// cursorAt is the cursor that the page has which ends with that row; that of row
// 0 is of one in front of all. A cursor is the order and the keys of a row, as
// package page writes it.
func (s *Stand) cursorAt(ctx context.Context, row int) (string, error) {
	type keys struct{ Created, ID string }
	at := keys{"9999-12-31 00:00:00+00", "ffffffff-ffff-ffff-ffff-ffffffffffff"}
	if row > 0 {
		found, err := records(ctx, s.World, pgx.RowToStructByName[keys],
			`SELECT created_at::text AS created, id::text AS id FROM tasks WHERE deleted_at IS NULL ORDER BY created_at DESC, id DESC LIMIT 1 OFFSET $1`, row-1)
		if err != nil {
			return "", err
		}
		at = found[0]
	}
	return base64.RawURLEncoding.EncodeToString([]byte("-created_at\x00" + at.Created + "\x00" + at.ID)), nil
}
