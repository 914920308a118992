// Package search owns what every text search has in common and no database is
// needed for: what is asked for becomes a tsquery, and what was found shows
// where it matches. Each aggregate runs the statement over its own records.
//
// The words are those of the SQL function search_words, which the indexed
// documents go through: whatever is neither letter nor digit parts them, so
// that "ana@acme.example" is found by "acme" and "log-in" by "log in".
package search

import (
	"html"
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// maxWords bounds what one search costs.
	maxWords = 16
	// snippetRunes is how much of a long text a snippet shows.
	snippetRunes = 200
	// leadRunes is how much of it stands before the first match.
	leadRunes = 60
)

// Query is what is searched for: records that have all of its words, the last
// of them, which may still be being typed, also as the beginning of a word.
type Query struct {
	words []string
}

// Parse reads what somebody has typed. Words beyond the sixteenth are ignored.
func Parse(text string) Query {
	words := make([]string, 0, usualWords)
	for span := range wordsOf(text) {
		words = append(words, strings.ToLower(text[span.from:span.to]))
	}
	return Query{words: words[:min(len(words), maxWords)]}
}

// TSQuery is the query for to_tsquery('simple', …). It is empty when nothing
// of what was typed is a word, and then matches nothing.
func (q Query) TSQuery() string {
	if len(q.words) == 0 {
		return ""
	}
	// A word has letters and digits alone, so that it needs no escaping inside the quotes.
	return quoted(q.words, ":*")
}

// WholeTSQuery is the query for the words before the last one, which stand for
// themselves alone; empty where there is none.
func (q Query) WholeTSQuery() string {
	if len(q.words) < 2 {
		return ""
	}
	return quoted(q.words[:len(q.words)-1], "")
}

// quoted are the words as a tsquery, with the ending behind the last one.
func quoted(words []string, ending string) string {
	var text strings.Builder
	size := len(ending)
	for _, word := range words {
		size += len(word) + len("'' & ")
	}
	text.Grow(size)
	for i, word := range words {
		if i > 0 {
			text.WriteString(" & ")
		}
		text.WriteByte('\'')
		text.WriteString(word)
		text.WriteByte('\'')
	}
	text.WriteString(ending)
	return text.String()
}

// Words returns the words, in lower case, of which the last stands for any that
// begins with it.
func (q Query) Words() []string { return q.words }

// Field is a text of a record that the search looks through, nil for none.
type Field struct {
	Name string
	Text *string
}

// Highlight is a field in which some words of the query stand, with a snippet
// of HTML that marks them.
type Highlight struct {
	Field   string
	Snippet string
}

// Highlights returns the fields that match, in the order given.
func (q Query) Highlights(fields ...Field) []Highlight {
	return q.Marker(1).Highlights(fields...)
}

// Snippet returns the text around its first match as HTML: the words that
// match stand between <mark> and </mark>, everything else is escaped, and "…"
// stands where a long text is cut. It returns false where nothing matches.
func (q Query) Snippet(text string) (string, bool) {
	return q.Marker(1).snippet(text)
}

// What is made room for: the words of most queries, and in most hits two fields
// that match, with their snippets.
const (
	usualWords   = 4
	usualFields  = 2
	usualSnippet = 100
)

// Marker returns what marks so many hits of a query: their snippets stand behind
// each other in one buffer.
func (q Query) Marker(hits int) *Marker {
	m := &Marker{query: q, found: make([]Highlight, 0, hits*usualFields)}
	m.text.Grow(hits * usualFields * usualSnippet)
	return m
}

// Marker marks where the words of a query stand in one text after another.
type Marker struct {
	query Query
	// text only grows, so that snippets taken from it stay what they are.
	text    strings.Builder
	found   []Highlight
	matches []span
}

// Highlights returns the fields that match, in the order given.
func (m *Marker) Highlights(fields ...Field) []Highlight {
	from := len(m.found)
	for _, field := range fields {
		if field.Text == nil {
			continue
		}
		if snippet, ok := m.snippet(*field.Text); ok {
			m.found = append(m.found, Highlight{Field: field.Name, Snippet: snippet})
		}
	}
	if from == len(m.found) {
		return []Highlight{}
	}
	return m.found[from:len(m.found):len(m.found)]
}

func (m *Marker) snippet(text string) (string, bool) {
	m.matches = m.matches[:0]
	for word := range wordsOf(text) {
		if m.query.matches(text[word.from:word.to]) {
			m.matches = append(m.matches, word)
		}
	}
	if len(m.matches) == 0 {
		return "", false
	}
	cut := around(text, m.matches[0])
	start := m.text.Len()
	if cut.from > 0 {
		m.text.WriteString("…")
	}
	at := cut.from
	for _, match := range m.matches {
		if match.to > cut.to {
			break
		}
		m.text.WriteString(html.EscapeString(text[at:match.from]))
		m.text.WriteString("<mark>")
		m.text.WriteString(text[match.from:match.to]) // letters and digits need no escaping
		m.text.WriteString("</mark>")
		at = match.to
	}
	m.text.WriteString(html.EscapeString(text[at:cut.to]))
	if cut.to < len(text) {
		m.text.WriteString("…")
	}
	return m.text.String()[start:], true
}

func (q Query) matches(word string) bool {
	for i, wanted := range q.words {
		if isWord(word, wanted, i == len(q.words)-1) {
			return true
		}
	}
	return false
}

// isWord tells whether the word is the wanted one, which is in lower case, or
// begins with it where a prefix is enough.
func isWord(word, wanted string, prefix bool) bool {
	for _, letter := range word {
		if wanted == "" {
			return prefix
		}
		expected, size := utf8.DecodeRuneInString(wanted)
		if unicode.ToLower(letter) != expected {
			return false
		}
		wanted = wanted[size:]
	}
	return wanted == ""
}

// span is a part of a text, in bytes.
type span struct{ from, to int }

// around returns the part of the text to show: all of a short one, else what
// stands about the match, cut between words where there is a place for it.
func around(text string, match span) span {
	if utf8.RuneCountInString(text) <= snippetRunes {
		return span{0, len(text)}
	}
	cut := span{from: match.from}
	for range leadRunes {
		_, size := utf8.DecodeLastRuneInString(text[:cut.from])
		cut.from -= size
	}
	if space := strings.IndexFunc(text[cut.from:match.from], unicode.IsSpace); cut.from > 0 && space >= 0 {
		cut.from += space
		cut.from += len(text[cut.from:match.from]) - len(strings.TrimLeftFunc(text[cut.from:match.from], unicode.IsSpace))
	}
	cut.to = cut.from
	for range snippetRunes {
		_, size := utf8.DecodeRuneInString(text[cut.to:])
		cut.to += size
	}
	cut.to = max(cut.to, match.to)
	if cut.to < len(text) {
		if space := strings.LastIndexFunc(text[match.to:cut.to], unicode.IsSpace); space >= 0 {
			cut.to = match.to + space
		}
	}
	return cut
}

// wordsOf yields where the words of a text stand.
func wordsOf(text string) iter.Seq[span] {
	return func(yield func(span) bool) {
		start := -1
		for i, r := range text {
			inWord := unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r)
			switch {
			case inWord && start < 0:
				start = i
			case !inWord && start >= 0:
				if !yield(span{start, i}) {
					return
				}
				start = -1
			}
		}
		if start >= 0 {
			yield(span{start, len(text)})
		}
	}
}
