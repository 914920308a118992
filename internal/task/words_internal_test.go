package task

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/search"
)

// A search goes the way that is the shortest for how common its words are.
func TestSearchGoesByHowCommonItsWordsAre(t *testing.T) {
	t.Parallel()
	// As PostgreSQL tells them: the shorter words first, and two figures more.
	told := db.TaskSearchWordsRow{
		Tasks: 1_000_000, Words: []string{"logo", "some", "acme", "homes", "homepage", "contract"}, Shares: []float32{0.04, 0.01, 0.002, 0.02, 0.25, 0.25, 0.002, 0.25},
	}
	all := newWords(told)
	few := newWords(db.TaskSearchWordsRow{Tasks: 1_000, Words: told.Words, Shares: told.Shares})
	type want struct {
		Walked string
		Reads  bool
		Key    string
	}
	for name, test := range map[string]struct {
		words    *words
		text     string
		confined bool
		want     want
	}{
		"CommonWord":               {all, "homepage", false, want{"some", false, "'homepage':*"}},
		"CommonBeginning":          {all, "ho", false, want{"some", false, "'ho':*"}},
		"TwoCommonWords":           {all, "contract homepage", false, want{"some", false, "'contract' & 'homepage':*"}},
		"FewTasks":                 {few, "homepage", false, want{"none", false, "'homepage':*"}},
		"NothingKnown":             {&words{}, "homepage", false, want{"none", false, "'homepage':*"}},
		"SomewhatCommon":           {all, "some", false, want{"none", false, "'some':*"}},
		"RareWord":                 {all, "acme", false, want{"none", false, "'acme':*"}},
		"UnknownWord":              {all, "zebra", false, want{"none", false, "'zebra':*"}},
		"RareBeforeCommon":         {all, "acme homepage", false, want{"none", false, "'acme'"}},
		"CommonBeforeRare":         {all, "homepage acme", false, want{"none", false, "'homepage' & 'acme':*"}},
		"NoWord":                   {all, "!", false, want{"none", false, ""}},
		"CommonInAProject":         {all, "homepage", true, want{"none", true, "'homepage':*"}},
		"SomewhatCommonInAProject": {all, "some", true, want{"none", true, "'some':*"}},
		"RareInAProject":           {all, "acme", true, want{"none", false, "'acme':*"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			query := search.Parse(test.text)
			got := test.words.wayTo(query, query.TSQuery(), test.confined)
			walked := "none"
			if got.walked >= 2*mostRanked && got.walked <= mostWalked {
				walked = "some"
			} else if got.walked != 0 {
				t.Errorf("goes through %d tasks", got.walked)
			}
			if diff := cmp.Diff(test.want, want{walked, got.reads, got.key}); diff != "" {
				t.Errorf("%q (-want +got):\n%s", test.text, diff)
			}
		})
	}
}
