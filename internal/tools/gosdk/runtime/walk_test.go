package client

import (
	"errors"
	"fmt"
	"testing"

	"github.com/aicoordination/coordinator/gen/api"
)

// pages reads the pages of a list by cursor, and counts them.
func pages(read *int, failAt int) func(cursor string) ([]string, string, error) {
	return func(cursor string) ([]string, string, error) {
		*read++
		if *read == failAt {
			return nil, "", errors.New("the connection was lost")
		}
		switch cursor {
		case "":
			return []string{"a", "b"}, "c1", nil
		case "c1":
			return nil, "c2", nil // A page may hold nothing and lead on.
		default:
			return []string{"c"}, "", nil
		}
	}
}

func TestAWalkYieldsAllPagesAndCanBeRepeated(t *testing.T) {
	t.Parallel()
	read := 0
	all := walk(pages(&read, 0))
	for range 2 {
		var items []string
		for item, err := range all {
			if err != nil {
				t.Fatal(err)
			}
			items = append(items, item)
		}
		if fmt.Sprint(items) != "[a b c]" {
			t.Errorf("got %v", items)
		}
	}
	if read != 6 {
		t.Errorf("%d pages were read, want 3 each time", read)
	}
}

func TestAWalkReadsNoMoreThanIsAskedFor(t *testing.T) {
	t.Parallel()
	read := 0
	for _, err := range walk(pages(&read, 0)) {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	if read != 1 {
		t.Errorf("%d pages were read for one item", read)
	}
}

func TestAWalkEndsWithAnError(t *testing.T) {
	t.Parallel()
	read, items, failures := 0, 0, 0
	for _, err := range walk(pages(&read, 2)) {
		if err != nil {
			failures++
		} else {
			items++
		}
	}
	if items != 2 || failures != 1 || read != 2 {
		t.Errorf("%d items and %d errors of %d pages", items, failures, read)
	}
}

func TestAPageLeadsOnAsFarAsThereIsMore(t *testing.T) {
	t.Parallel()
	more := api.PageInfo{HasMore: true, NextCursor: Value("c1"), Page: Value(2)}
	last := api.PageInfo{HasMore: false, NextCursor: Null[string](), Page: Value(3)}
	if nextCursor(more) != "c1" || nextCursor(last) != "" {
		t.Errorf("cursors lead to %q and %q", nextCursor(more), nextCursor(last))
	}
	if nextNumber(more) != 3 || nextNumber(last) != 0 {
		t.Errorf("numbers lead to %d and %d", nextNumber(more), nextNumber(last))
	}
	if nextOf("c9", true) != "c9" || nextOf("c9", false) != "" {
		t.Error("a feed does not end")
	}
}
