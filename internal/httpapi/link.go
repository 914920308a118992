package httpapi

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/aicoordination/coordinator/internal/page"
)

// The parameters that say which page of a list is asked for.
const (
	pageParameter   = "page"
	cursorParameter = "cursor"
)

// links is the Link header (RFC 8288) of a page, with the same filters and
// order: the first, previous, next and last one around a page by its number,
// the first and the next one along a cursor.
func links(ctx context.Context, info page.Info) *string {
	s := scopeOf(ctx)
	if s == nil {
		return nil
	}
	l := linkWriter{path: s.request.URL.Path}
	l.before, l.after = queryAround(s.query, pageParameter)
	number := int64(info.Number)
	l.add("first", 1)
	switch {
	case number > 1 && info.MoreThanTotal:
		// Where the pages end was not counted.
		l.add("prev", number-1)
	case number > 1:
		l.add("prev", min(number-1, max(1, info.TotalPages)))
	}
	switch {
	case number > 0 && number < info.TotalPages:
		l.add("next", number+1)
	case info.HasMore:
		before, after := queryAround(s.query, cursorParameter)
		l.write("next", before, url.QueryEscape(info.NextCursor), after)
	}
	if number > 0 && !info.MoreThanTotal {
		l.add("last", max(1, info.TotalPages))
	}
	header := l.header.String()
	return &header
}

// linkWriter writes links to the pages of one list.
type linkWriter struct {
	header strings.Builder
	path   string
	// before and after are the query without the number of the page.
	before, after string
}

// add adds the link to a page by its number.
func (l *linkWriter) add(relation string, number int64) {
	var room [20]byte
	l.write(relation, l.before, string(strconv.AppendInt(room[:0], number, 10)), l.after)
}

func (l *linkWriter) write(relation, before, value, after string) {
	// There are four at most, of about the same length.
	if l.header.Len() == 0 {
		const links, others = 4, 32
		l.header.Grow(links * (len(l.path) + len(before) + len(value) + len(after) + others))
	} else {
		l.header.WriteString(", ")
	}
	for _, part := range [...]string{"<", l.path, "?", before, value, after, `>; rel="`, relation, `"`} {
		l.header.WriteString(part)
	}
}

// queryAround is the query for another page: what stands before the value of the
// parameter, with its name, and what stands behind it. As [url.Values.Encode] has
// it, the parameters are sorted by their names.
func queryAround(query url.Values, parameter string) (before, after string) {
	const usual = 128
	text := make([]byte, 0, usual)
	add := func(name, value string) {
		if len(text) > 0 {
			text = append(text, '&')
		}
		text = append(text, url.QueryEscape(name)...)
		text = append(append(text, '='), url.QueryEscape(value)...)
	}
	place := 0
	var room [16]string
	names := room[:0]
	for name := range query {
		names = append(names, name)
	}
	names = slices.DeleteFunc(names, func(name string) bool { return name == pageParameter || name == cursorParameter })
	names = append(names, parameter)
	slices.Sort(names)
	for _, name := range names {
		if name == parameter {
			add(name, "")
			place = len(text)
			continue
		}
		for _, value := range query[name] {
			add(name, value)
		}
	}
	around := string(text)
	return around[:place], around[place:]
}
