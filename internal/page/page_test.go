package page_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/page"
)

func TestPosition(t *testing.T) {
	t.Parallel()
	cursor := page.Request{Size: 10, Sort: "-title"}.Info(page.Position{Number: 1}, 30, []string{"B", "id"}).NextCursor
	for name, test := range map[string]struct {
		request page.Request
		want    page.Position
	}{
		"FirstWithoutEither":  {page.First(20), page.Position{Number: 1}},
		"ByNumber":            {page.Request{Number: new(3), Size: 10}, page.Position{Number: 3, Offset: 20}},
		"FurthestByNumber":    {page.Request{Number: new(100), Size: 100}, page.Position{Number: 100, Offset: 9900}},
		"BehindTheCursorsRow": {page.Request{Size: 10, Sort: "-title", Cursor: cursor}, page.Position{After: []string{"B", "id"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := test.request.Position()
			if diff := cmp.Diff(test.want, got); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}

	for name, test := range map[string]struct {
		request       page.Request
		pointer, code string
	}{
		"NumberBeyondTheLastRow": {page.Request{Number: new(101), Size: 100}, "query:page", "too_deep"},
		"NumberAndCursor":        {page.Request{Number: new(1), Size: 10, Sort: "-title", Cursor: cursor}, "query:page", "with_cursor"},
		"CursorOfAnotherOrder":   {page.Request{Size: 10, Sort: "title", Cursor: cursor}, "query:cursor", "sort"},
		"CursorThatIsNoBase64":   {page.Request{Size: 10, Cursor: "?"}, "query:cursor", "cursor"},
		"CursorWithoutKeys":      {page.Request{Size: 10, Cursor: "YWJj"}, "query:cursor", "cursor"},
	} {
		t.Run(name+"IsRefused", func(t *testing.T) {
			t.Parallel()
			_, err := test.request.Position()
			var e *apperr.Error
			if !errors.As(err, &e) || len(e.Fields) != 1 || e.Fields[0].Pointer != test.pointer || e.Fields[0].Code != test.code {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestInfo(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		at       page.Position
		matching int64
		last     []string
		want     page.Info
	}{
		"EmptyListHasNoPages":        {page.Position{Number: 1}, 0, nil, page.Info{Number: 1, Size: 20}},
		"FullPageIsOnePage":          {page.Position{Number: 1}, 20, nil, page.Info{Number: 1, Size: 20, Total: 20, TotalPages: 1}},
		"OneMoreIsAnother":           {page.Position{Number: 2, Offset: 20}, 21, nil, page.Info{Number: 2, Size: 20, Total: 21, TotalPages: 2}},
		"BehindTheEndIsStillCounted": {page.Position{Number: 9, Offset: 160}, 25, nil, page.Info{Number: 9, Size: 20, Total: 25, TotalPages: 2}},
		"AsManyAsAreCounted":         {page.Position{Number: 9}, 10_000, nil, page.Info{Number: 9, Size: 20, Total: 10_000, TotalPages: 500}},
		"MoreThanAreCounted":         {page.Position{Number: 9}, 10_001, nil, page.Info{Number: 9, Size: 20, Total: 10_000, TotalPages: 500, MoreThanTotal: true}},
		"ByACursorNothingIsCounted":  {page.Position{After: []string{"A", "1"}}, 0, nil, page.Info{Size: 20}},
		"WhatFollowsHasItsOwnCursor": {page.Position{After: []string{"A", "1"}}, 0, []string{"B", "2"}, page.Info{Size: 20, HasMore: true, NextCursor: "AEIAMg"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, page.First(20).Info(test.at, test.matching, test.last)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestOrder(t *testing.T) {
	t.Parallel()
	columns := page.Columns{
		"title": {SQL: "t.title"}, "priority": {SQL: "t.priority"}, "due_date": page.NullableDate("t.due_date"),
	}

	for name, test := range map[string]struct{ sort, want string }{
		"NothingKeepsTheStatementsOwn": {"", ""},
		"AscendingEndsWithTheID":       {"title", "t.title, t.id"},
		"DescendingTurnsTheIDToo":      {"-title", "t.title DESC, t.id DESC"},
		"NullIsLastEitherWay":          {"-due_date", "coalesce(t.due_date, '-infinity') DESC, t.id DESC"},
		"FirstKeyTurnsTheID":           {"-priority,due_date", "t.priority DESC, coalesce(t.due_date, 'infinity'), t.id DESC"},
		"LaterKeyDoesNot":              {"due_date,-priority", "coalesce(t.due_date, 'infinity'), t.priority DESC, t.id"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			order, err := columns.Order(test.sort, "t.id")
			var terms []string
			for _, term := range order {
				terms = append(terms, term.String())
			}
			if got := strings.Join(terms, ", "); err != nil || got != test.want {
				t.Errorf("Order(%q) = %q, %v, want %q", test.sort, got, err, test.want)
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
			_, err := columns.Order(sort, "t.id")
			var e *apperr.Error
			if !errors.As(err, &e) {
				t.Fatalf("Order(%q) = %v", sort, err)
			}
			want := apperr.InvalidField("query:sort", "sort",
				"Sort by due_date, priority, title, each at most once, comma-separated, with - in front for descending.")
			if diff := cmp.Diff(want, e); diff != "" {
				t.Error(diff)
			}
		})
	}
}
