package client

import (
	"errors"
	"slices"
	"testing"

	"github.com/aicoordination/coordinator/gen/api"
)

// pages are three, by the cursors that lead to them; asked are the cursors that were followed.
func pages(asked *[]string) func(string) ([]int, string, error) {
	return func(cursor string) ([]int, string, error) {
		*asked = append(*asked, cursor)
		switch cursor {
		case "":
			return []int{1, 2}, "b", nil
		case "b":
			return nil, "c", nil // An empty page may have others behind it.
		default:
			return []int{3}, "", nil
		}
	}
}

func TestWalkYieldsEachItemOnceAndBeginsAnew(t *testing.T) {
	t.Parallel()

	var asked []string
	items := walk(pages(&asked))
	for range 2 {
		var found []int
		for item, err := range items {
			if err != nil {
				t.Fatal(err)
			}
			found = append(found, item)
		}
		if !slices.Equal(found, []int{1, 2, 3}) {
			t.Errorf("it yields %v", found)
		}
	}
	if !slices.Equal(asked, []string{"", "b", "c", "", "b", "c"}) {
		t.Errorf("it asks for %q", asked)
	}
}

func TestWalkAsksForNoMoreThanIsRead(t *testing.T) {
	t.Parallel()

	var asked []string
	for _, err := range walk(pages(&asked)) {
		if err != nil {
			t.Error(err)
		}

		break
	}
	if len(asked) != 1 {
		t.Errorf("it asks for %q", asked)
	}
}

func TestWalkEndsWithAnError(t *testing.T) {
	t.Parallel()

	broken := errors.New("broken")
	var told []error
	for _, err := range walk(func(number int) ([]int, int, error) {
		if number == 0 {
			return []int{1}, 2, nil
		}

		return nil, 0, broken
	}) {
		told = append(told, err)
	}
	if len(told) != 2 || told[0] != nil || !errors.Is(told[1], broken) {
		t.Errorf("it tells %v", told)
	}
}

func TestWhereAPageLeads(t *testing.T) {
	t.Parallel()

	middle := api.PageInfo{HasMore: true, NextCursor: Value("next"), Page: Value(2)}
	last := api.PageInfo{NextCursor: Null[string](), Page: Value(3)}

	if nextCursor(middle) != "next" || nextNumber(middle) != 3 || nextOf("next", true) != "next" {
		t.Errorf("a page in the middle leads to %q and %d", nextCursor(middle), nextNumber(middle))
	}
	if nextCursor(last) != "" || nextNumber(last) != 0 || nextOf("next", false) != "" {
		t.Errorf("the last page leads to %q and %d", nextCursor(last), nextNumber(last))
	}
}
