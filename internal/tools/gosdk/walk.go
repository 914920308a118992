package main

import (
	"slices"
	"strings"
)

// walk is the iterator over everything that a paged operation lists.
type walk struct {
	goName string // All, AllForTask
	by     string // the parameter that leads on: cursor, after, or page
	// pageSize is the most that a page may hold: a walk asks for so much where the caller says nothing.
	pageSize int
}

func walkOf(o *operation) *walk {
	if o.result.paging == unpaged {
		return nil
	}

	found := &walk{goName: walkName(o.goName)}
	for _, by := range []string{"cursor", "after", "page"} {
		if slices.ContainsFunc(o.params, func(p parameter) bool { return p.name == by }) {
			found.by = by

			break
		}
	}
	if found.by == "" {
		return nil
	}
	for _, p := range o.params {
		if p.name == "page_size" {
			found.pageSize = p.maximum
		}
	}

	return found
}

// walkName is All for List, AllForTask for ListForTask, AllHistory for GetHistory, and SearchAll for
// Search.
func walkName(method string) string {
	for _, verb := range []string{"List", "Get"} {
		if rest, ok := strings.CutPrefix(method, verb); ok {
			return "All" + rest
		}
	}

	return method + "All"
}
