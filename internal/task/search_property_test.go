package task_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/search"
	"github.com/aicoordination/coordinator/internal/task"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// vocabulary has words that begin like others.
var vocabulary = []string{"log", "logo", "logos", "draw", "drawing", "café", "ÜBER", "42"}

// Whichever way a search goes, it finds the same, in the same order: the newest
// of what matches, as many as are ranked, for whoever asks and in whatever project.
func TestSearchFindsTheSameInEveryWay(t *testing.T) {
	t.Parallel()
	a := setup(t)
	other := factory.Project(t, a.db, nil)
	owner := dbtest.Owner(t, a.db)
	rapid.Check(t, func(rt *rapid.T) {
		_, err := owner.Exec(t.Context(), "DELETE FROM tasks")
		expect.OK(t, err)
		type text struct {
			id          uuid.UUID
			project     uuid.UUID
			title, text string
		}
		texts := rapid.SliceOfN(rapid.SampledFrom(vocabulary), 0, 4)
		var there []text
		for i := range rapid.IntRange(5, 30).Draw(rt, "tasks") {
			one := text{
				id:      uuid.Must(uuid.NewV7()),
				project: rapid.SampledFrom([]uuid.UUID{a.project.ID, other.ID}).Draw(rt, "project"),
				title:   fmt.Sprintf("%d. %s", i+100, strings.Join(texts.Draw(rt, "title"), "-")),
				text:    strings.Join(texts.Draw(rt, "description"), " "),
			}
			const insert = "INSERT INTO tasks (id, project_id, title, description) VALUES ($1, $2, $3, $4)"
			_, err := owner.Exec(t.Context(), insert, one.id, one.project, one.title, one.text)
			expect.OK(t, err)
			switch rapid.IntRange(0, 9).Draw(rt, "fate") {
			case 0:
				_, err = owner.Exec(t.Context(), "UPDATE tasks SET deleted_at = now(), deletion_id = id WHERE id = $1", one.id)
				expect.OK(t, err)
				continue
			case 1:
				one.title = "Renamed " + strings.Join(texts.Draw(rt, "new title"), " ")
				_, err = owner.Exec(t.Context(), "UPDATE tasks SET title = $2 WHERE id = $1", one.id, one.title)
				expect.OK(t, err)
			}
			there = append(there, one)
		}
		words := rapid.SliceOfN(rapid.SampledFrom(append(vocabulary, "lo", "d", "none")), 1, 3).Draw(rt, "query")
		query := search.Parse(strings.Join(words, " "))
		most := rapid.SampledFrom([]int32{1, 3, 500}).Draw(rt, "most")
		for _, seesAll := range []bool{true, false} {
			for _, project := range []*uuid.UUID{nil, &other.ID} {
				var want []string
				for _, one := range slices.Backward(there) {
					seen := (seesAll || one.project == a.project.ID) && (project == nil || one.project == *project)
					if seen && len(want) < int(most) && hasAll(query, one.title+" "+one.text) {
						want = append(want, one.id.String())
					}
				}
				slices.Sort(want)
				params := db.TaskSearchParams{
					Query: query.TSQuery(), Key: query.TSQuery(), SeesAll: seesAll, ViewerID: a.lead.ID, ProjectID: project, Most: most, RowLimit: 500,
				}
				byWholeWords, walked, read := params, params, params
				if len(words) > 1 {
					byWholeWords.Key = query.WholeTSQuery()
				}
				walked.Walked, read.Reads = 40_000, true
				q := db.New(dbx.NewNarrowed(a.db))
				first, err := q.TaskSearch(t.Context(), params)
				expect.OK(t, err)
				var found []string
				for _, row := range first {
					found = append(found, row.Task.ID.String())
					if row.Total != int64(len(want)) {
						rt.Errorf("%q has %d, is told to have %d", words, len(want), row.Total)
					}
				}
				slices.Sort(found)
				if diff := cmp.Diff(want, found); diff != "" {
					rt.Errorf("%q (-want +found):\n%s", words, diff)
				}
				for name, way := range map[string]db.TaskSearchParams{"by its whole words": byWholeWords, "by walking": walked, "by reading": read} {
					rows, err := q.TaskSearch(t.Context(), way)
					expect.OK(t, err)
					if diff := cmp.Diff(first, rows); diff != "" {
						rt.Errorf("%q %s (-by the index +so):\n%s", words, name, diff)
					}
				}
			}
		}
	})
}

// hasAll tells whether the text has all words of the query, by itself.
func hasAll(query search.Query, text string) bool {
	words := query.Words()
	for i, wanted := range words {
		if !slices.ContainsFunc(strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return strings.ContainsRune(" -.", r) }), func(word string) bool {
			return word == wanted || i == len(words)-1 && strings.HasPrefix(word, wanted)
		}) {
			return false
		}
	}
	return true
}

// What is common is found among the newest tasks, with one statement; where it is
// so no more, the index is asked after all.
func TestCommonWordsAreFoundAmongTheNewestTasks(t *testing.T) {
	t.Parallel()
	pool, sent := dbtest.Recorded(t, dbtest.URL(t))
	d := dbx.New(pool)
	owner := dbtest.Owner(t, d)
	admin := factory.Actor(factory.User(t, d, &factory.UserOpts{Role: db.RoleAdmin}))
	project := factory.Project(t, d, nil)
	const fill = `INSERT INTO tasks (id, project_id, title) SELECT ('00000000-0000-7000-8000-' || lpad(i::text, 12, '0'))::uuid, $1, 'Draft ' || i || CASE WHEN i = 7 THEN ' unique' ELSE '' END FROM generate_series(1, 2000) i`
	_, err := owner.Exec(t.Context(), fill, project.ID)
	expect.OK(t, err)
	_, err = owner.Exec(t.Context(), "ANALYZE task_texts")
	expect.OK(t, err)
	tasks := task.New(d, nil)
	find := func(text string, number int) (found []task.Hit, info page.Info, ways []any) {
		statements := sent.During(func() {
			found, info, err = tasks.Search(t.Context(), admin, text, nil, page.Request{Number: &number, Size: 100})
			expect.OK(t, err)
		})
		for _, s := range statements {
			if s.Name() == "TaskSearch" {
				ways = append(ways, s.Args[0])
			}
		}
		return found, info, ways
	}
	hits, info, ways := find("draft", 5)
	if len(hits) != 100 || hits[99].Task.Task.Title != "Draft 1501" || info.Total != 500 || !info.MoreThanTotal {
		t.Errorf("the last page of the newest has %d, up to %q, and says %+v", len(hits), hits[99].Task.Task.Title, info)
	}
	if len(ways) != 1 || ways[0] == int32(0) {
		t.Errorf("a common word is looked for by going through %v tasks", ways)
	}
	if hits, info, ways = find("draft unique", 1); len(hits) != 1 || info.Total != 1 || len(ways) != 1 || ways[0] != int32(0) {
		t.Errorf("a rare word beside it is found %d times, %+v, by going through %v tasks", len(hits), info, ways)
	}
	_, err = owner.Exec(t.Context(), "UPDATE tasks SET title = 'Done ' || id WHERE title ~ '^Draft [0-9]{4}'")
	expect.OK(t, err)
	if hits, info, ways = find("draft", 1); len(hits) != 100 || info.Total != 500 || len(ways) != 1 {
		t.Errorf("what none of the newest has is found %d times, %+v, by going through %v tasks", len(hits), info, ways)
	}
	_, err = owner.Exec(t.Context(), "UPDATE tasks SET title = 'Done ' || id WHERE title ~ '^Draft ' AND id > '00000000-0000-7000-8000-000000000400'")
	expect.OK(t, err)
	if hits, info, ways = find("draft", 1); len(hits) != 100 || info.Total != 400 || info.MoreThanTotal || len(ways) != 2 || ways[1] != int32(0) {
		t.Errorf("what is not common any more is found %d times, %+v, by going through %v tasks", len(hits), info, ways)
	}
}
