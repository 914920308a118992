package search_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aicoordination/coordinator/internal/search"
)

func TestTSQuery(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ typed, want string }{
		"LastWordIsAPrefix":        {"acme", "'acme':*"},
		"AllWordsAreWanted":        {" Acme  Bakery lo", "'acme' & 'bakery' & 'lo':*"},
		"PunctuationPartsWords":    {"ana@acme.example", "'ana' & 'acme' & 'example':*"},
		"OperatorsAreNoOperators":  {"a' | !b & (c:* <-> d)\\", "'a' & 'b' & 'c' & 'd':*"},
		"LettersOfEveryScript":     {"Müller-Ångström 東京 2", "'müller' & 'ångström' & '東京' & '2':*"},
		"MarksBelongToTheirLetter": {"e\u0301te", "'e\u0301te':*"},
		"NoWordAtAll":              {"&|!", ""},
		"Nothing":                  {"", ""},
		"SixteenWordsAtMost":       {strings.Repeat("a ", 20), "'" + strings.Repeat("a' & '", 15) + "a':*"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := search.Parse(test.typed).TSQuery(); got != test.want {
				t.Errorf("%q gives %q, want %q", test.typed, got, test.want)
			}
		})
	}
}

func TestSnippet(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("lorem ipsum ", 40)
	for name, test := range map[string]struct{ typed, text, want string }{
		"MatchIsMarked":                {"bakery", "Northwind Bakery", "Northwind <mark>Bakery</mark>"},
		"LastWordMatchesAsAPrefix":     {"north ba", "North Bakery", "<mark>North</mark> <mark>Bakery</mark>"},
		"OtherWordsMatchWhole":         {"ba north", "North Bakery", "<mark>North</mark> Bakery"},
		"RestIsEscaped":                {"acme", `<b>Acme</b> & "Sons"`, "&lt;b&gt;<mark>Acme</mark>&lt;/b&gt; &amp; &#34;Sons&#34;"},
		"MarksInTheTextAreText":        {"acme", "<mark>Acme", "&lt;mark&gt;<mark>Acme</mark>"},
		"PartsOfAnAddress":             {"acme", "ana@acme.example", "ana@<mark>acme</mark>.example"},
		"EveryMatchIsMarked":           {"a", "a b a", "<mark>a</mark> b <mark>a</mark>"},
		"LongTextIsCutAroundTheMatch":  {"match", long + "the match " + long, "…" + strings.Repeat("ipsum lorem ", 4) + "ipsum the <mark>match</mark> " + strings.TrimSpace(strings.Repeat("lorem ipsum ", 11)) + "…"},
		"BeginningOfALongTextIsNotCut": {"match", "match " + long, "<mark>match</mark> " + strings.TrimSpace(strings.Repeat("lorem ipsum ", 16)) + "…"},
		"EndOfALongTextIsNotCut":       {"match", long + "match", "…ipsum " + strings.Repeat("lorem ipsum ", 4) + "<mark>match</mark>"},
		"TextWithoutSpaces":            {"match", strings.Repeat("é.", 200) + "match", "…" + strings.Repeat("é.", 30) + "<mark>match</mark>"},
		"WordLongerThanASnippet":       {"x", strings.Repeat("x", 300) + " y", "<mark>" + strings.Repeat("x", 300) + "</mark>…"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := search.Parse(test.typed).Snippet(test.text)
			if !ok || got != test.want {
				t.Errorf("the snippet is (-want +got):\n%s", cmp.Diff(test.want, got))
			}
		})
	}
}

func TestHighlightsAreOfTheFieldsThatMatch(t *testing.T) {
	t.Parallel()
	got := search.Parse("acme lon").Highlights(
		search.Field{Name: "name", Text: new("Acme")},
		search.Field{Name: "notes", Text: new("Nothing of it.")},
		search.Field{Name: "industry", Text: nil},
		search.Field{Name: "address", Text: new("London")},
	)
	want := []search.Highlight{{Field: "name", Snippet: "<mark>Acme</mark>"}, {Field: "address", Snippet: "<mark>London</mark>"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("highlights (-want +got):\n%s", diff)
	}
	if none := search.Parse("&").Highlights(search.Field{Name: "name", Text: new("Acme & Sons")}); len(none) != 0 {
		t.Errorf("no word is marked as %v", none)
	}
}
