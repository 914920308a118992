package page_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/page"
)

func TestRequest(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		number, size  int
		total         int64
		limit, offset int32
		pages         int64
	}{
		"EmptyListHasNoPages":          {1, 20, 0, 20, 0, 0},
		"OneRowIsOnePage":              {1, 20, 1, 20, 0, 1},
		"FullPageIsOnePage":            {1, 20, 20, 20, 0, 1},
		"OneMoreIsAnother":             {2, 20, 21, 20, 20, 2},
		"BehindTheEndItIsStillCounted": {9, 10, 25, 10, 80, 3},
		"FurthestPageFitsTheStatement": {page.MaxNumber, page.MaxSize, 100_000_000, 100, 99_999_900, 1_000_000},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := page.Request{Number: test.number, Size: test.size}
			if r.Limit() != test.limit || r.Offset() != test.offset {
				t.Errorf("LIMIT %d OFFSET %d, want %d and %d", r.Limit(), r.Offset(), test.limit, test.offset)
			}
			want := page.Info{Number: test.number, Size: test.size, Total: test.total, TotalPages: test.pages}
			if diff := cmp.Diff(want, r.Info(test.total)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOrderBy(t *testing.T) {
	t.Parallel()
	columns := page.Columns{
		"title": {SQL: "t.title"}, "priority": {SQL: "t.priority"}, "due_date": {SQL: "t.due_date", Nullable: true},
	}

	for name, test := range map[string]struct{ sort, want string }{
		"NothingKeepsTheStatementsOwn": {"", ""},
		"AscendingEndsWithTheID":       {"title", "t.title, t.id"},
		"DescendingTurnsTheIDToo":      {"-title", "t.title DESC, t.id DESC"},
		"NullIsLastEitherWay":          {"-due_date", "t.due_date DESC NULLS LAST, t.id DESC"},
		"FirstKeyTurnsTheID":           {"-priority,due_date", "t.priority DESC, t.due_date, t.id DESC"},
		"LaterKeyDoesNot":              {"due_date,-priority", "t.due_date, t.priority DESC, t.id"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := columns.OrderBy(test.sort, "t.id")
			if err != nil || got != test.want {
				t.Errorf("OrderBy(%q) = %q, %v, want %q", test.sort, got, err, test.want)
			}
		})
	}

	for name, sort := range map[string]string{
		"UnknownField":       "colour",
		"ColumnInPlaceOfIt":  "t.title",
		"SQL":                "title; DROP TABLE tasks",
		"TwiceTheSame":       "title,title",
		"BothDirections":     "title,-title",
		"EmptyKey":           "title,,priority",
		"TrailingComma":      "title,",
		"OnlyADash":          "-",
		"TwoDashes":          "--title",
		"Plus":               "+title",
		"SpaceBehindAComma":  "title, priority",
		"OtherCase":          "Title",
		"IDIsNoneOfTheTable": "id",
	} {
		t.Run(name+"IsRefused", func(t *testing.T) {
			t.Parallel()
			_, err := columns.OrderBy(sort, "t.id")
			var e *apperr.Error
			if !errors.As(err, &e) {
				t.Fatalf("OrderBy(%q) = %v", sort, err)
			}
			want := apperr.InvalidField("query:sort", "sort",
				"Sort by due_date, priority, title, each at most once, comma-separated, with - in front for descending.")
			if diff := cmp.Diff(want, e); diff != "" {
				t.Error(diff)
			}
		})
	}
}
