package task

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/search"
)

const (
	// wordsLife is how long is gone by what PostgreSQL said of the words of tasks.
	wordsLife = time.Minute
	// mostWalked bounds how many of the newest tasks are gone through for a common
	// word, which costs 2 µs for each.
	mostWalked = 40_000
	// fewMatches is up to how many matches, in all projects, are rather looked at
	// than all that is in some projects.
	fewMatches = 5_000
	// collecting a match of what only begins with a word costs so much of looking at
	// one that matches.
	collecting = 0.05
)

// words are how common the words of tasks are, by which a search chooses its
// way. The ways find the same, so that what is old or missing costs time alone.
type words struct {
	// tasks is how many there are.
	tasks float64
	// known are the commonest words, in order, and shares the parts of all tasks
	// that have them. A word that is not among them is as common as rare at most.
	known  []string
	shares []float64
	rare   float64
}

// way is how a search finds what matches.
type way struct {
	// walked is how many of the newest tasks are gone through, 0 for none.
	walked int32
	// reads tells to go through all tasks of some projects.
	reads bool
	// key are the words that are looked for in the index of words.
	key string
}

// wayTo returns how to find the tasks that have the words of a query, whose
// tsquery is all, among all tasks or, where these are confined, those of some projects.
func (w *words) wayTo(query search.Query, all string, confined bool) way {
	chosen := way{key: all}
	asked := query.Words()
	if len(asked) == 0 {
		return chosen
	}
	last := len(asked) - 1
	whole, begins := 1.0, w.shareOfBeginning(asked[last])
	for _, word := range asked[:last] {
		whole *= w.share(word)
	}
	if whole < begins*collecting {
		chosen.key = query.WholeTSQuery()
	}
	matching := whole * begins
	// Twice as many as have to be gone through for enough matches if these are
	// spread evenly. It ends with the last match that is wanted; many of the newest
	// tasks may have come together, and none of them have the words. Where it is in
	// vain, the index is asked after all.
	walked := 2 * mostRanked / matching
	switch {
	case confined:
		chosen.reads = matching*w.tasks > fewMatches
	case walked < mostWalked && walked < matching*w.tasks:
		chosen.walked = mostWalked
	}
	return chosen
}

func (w *words) share(word string) float64 {
	if at, ok := slices.BinarySearch(w.known, word); ok {
		return w.shares[at]
	}
	return w.rare
}

// shareOfBeginning is the part of the tasks that have a word which begins so, as
// if which words a task has were chance.
func (w *words) shareOfBeginning(beginning string) float64 {
	at, _ := slices.BinarySearch(w.known, beginning)
	without := 1 - w.rare
	for ; at < len(w.known) && strings.HasPrefix(w.known[at], beginning); at++ {
		without *= 1 - w.shares[at]
	}
	return 1 - without
}

// newWords are the words as PostgreSQL tells them.
func newWords(row db.TaskSearchWordsRow) *words {
	w := &words{tasks: row.Tasks, known: row.Words, shares: make([]float64, len(row.Words))}
	if len(row.Shares) < len(row.Words) || len(row.Words) == 0 {
		return &words{tasks: row.Tasks}
	}
	order := make([]int, len(row.Words))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(row.Words[a], row.Words[b]) })
	w.known = make([]string, len(row.Words))
	w.rare = 1
	for i, from := range order {
		w.known[i], w.shares[i] = row.Words[from], float64(row.Shares[from])
		w.rare = min(w.rare, w.shares[i]/2)
	}
	return w
}

// knownWords keeps the words from one search to the next.
type knownWords struct {
	mu sync.Mutex
	// current is nil until it was asked for.
	current *words
	until   time.Time
}

// get returns the words, which one search at a time asks for; the others go on
// with those that are known. Where PostgreSQL does not tell, the search does
// without, and fails itself if it has to.
func (k *knownWords) get(ctx context.Context, d *dbx.DB, now time.Time) *words {
	k.mu.Lock()
	current := k.current
	if current != nil && now.Before(k.until) {
		k.mu.Unlock()
		return current
	}
	if current == nil {
		current = &words{}
	}
	k.current, k.until = current, now.Add(wordsLife)
	k.mu.Unlock()

	row, err := db.New(d).TaskSearchWords(ctx)
	if err != nil {
		return current
	}
	current = newWords(row)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.current = current
	return current
}
