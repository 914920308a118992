package scale_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/scale"
)

// deepest is how much more than the first a page may cost, however deep.
const deepest = 1.5

// holdDepths holds pages at depth against the first by the blocks that PostgreSQL
// looks at, which are the same on any machine.
func (w *world) holdDepths(t *testing.T) {
	t.Helper()
	for _, sort := range []string{"-created_at", "created_at", "due_date", "-due_date"} {
		list := "/api/v1/tasks?page_size=50&sort=" + sort
		first := w.blocks(t, list)
		row := w.tasks * 9 / 10
		deep := w.blocks(t, list+"&cursor="+w.cursorAt(t, sort, row))
		// What is skipped is looked at for its place alone: a block for each row at
		// most, where every row of a page takes several.
		number := page.MaxRow / 50
		skipped := (number - 1) * 50
		last := w.blocks(t, list+fmt.Sprintf("&page=%d", number))
		t.Logf("sort=%-12s first page %d blocks, behind row %d by cursor %d, page %d behind row %d %d", sort, first, row, deep, number, skipped, last)
		if float64(deep) > deepest*float64(first) {
			t.Errorf("sort=%s: the page behind row %d takes %d blocks, the first %d", sort, row, deep, first)
		}
		if float64(last) > deepest*float64(first+skipped) {
			t.Errorf("sort=%s: page %d takes %d blocks, the first %d, and %d rows are skipped", sort, number, last, first, skipped)
		}
	}
}

// blocks is how many blocks the statements of a request look at, without those
// that count: a page by a cursor has none.
func (w *world) blocks(t *testing.T, path string) int {
	t.Helper()
	sent := slices.DeleteFunc(w.during(t, path, "admin"), func(s dbtest.Statement) bool { return strings.HasPrefix(s.SQL, "SELECT count(*)") })
	total := 0
	for _, s := range sent {
		total += scale.Blocks(t, w.pool, s)
	}
	return total
}

// cursorAt is the cursor that leads on behind the row with this number.
func (w *world) cursorAt(t *testing.T, sort string, row int) string {
	t.Helper()
	field, desc := strings.CutPrefix(sort, "-")
	key, direction := field, ""
	if field == "due_date" {
		key = map[bool]string{false: "coalesce(due_date, 'infinity')", true: "coalesce(due_date, '-infinity')"}[desc]
	}
	if desc {
		direction = " DESC"
	}
	var keys []string
	expect.OK(t, w.pool.QueryRow(t.Context(),
		"SELECT ARRAY[("+key+")::text, id::text] FROM tasks ORDER BY "+key+direction+", id"+direction+" LIMIT 1 OFFSET $1", row).Scan(&keys))
	return page.Request{Size: 20, Sort: sort}.Info(page.Position{}, 0, keys).NextCursor
}
