package user_test

import (
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
	"github.com/aicoordination/coordinator/internal/user"
)

// Who sees whom: itself, who shares a team, and the managers of its projects.
// A deleted project brings nobody together, and a deleted person is gone.
func TestExactlyTheseAreSeen(t *testing.T) {
	t.Parallel()
	a := setup(t)
	all := []string{"Ada", "Ana", "Ben", "Cleo", "Dan", "Eve", "Max", "Mia"}
	for as, want := range map[string][]string{
		"Ada": all, "Mia": all, "Max": all,
		"Ana":  {"Ana", "Ben", "Mia"},
		"Ben":  {"Ana", "Ben", "Mia"},
		"Cleo": {"Cleo", "Max"},
		"Dan":  {"Dan"},
		"Eve":  {"Eve"},
	} {
		t.Run(as, func(t *testing.T) {
			t.Parallel()
			a.wantNames(t, as, user.Filter{}, "", want...)
			for _, name := range all {
				_, err := a.users.Get(t.Context(), a.actor(as), *a.id(name))
				if slices.Contains(want, name) {
					expect.OK(t, err)
				} else {
					expect.Refusal(t, err, apperr.Missing("user", *a.id(name)))
				}
			}
		})
	}
}

func TestDeletedAreSeenByManagersWhoAskForThem(t *testing.T) {
	t.Parallel()
	a := setup(t)
	a.delete(t, "Ben")
	a.wantNames(t, "Ana", user.Filter{}, "", "Ana", "Mia")
	a.wantNames(t, "Mia", user.Filter{}, "", "Ada", "Ana", "Cleo", "Dan", "Eve", "Max", "Mia")
	a.wantNames(t, "Mia", user.Filter{IncludeDeleted: true}, "", "Ada", "Ana", "Ben", "Cleo", "Dan", "Eve", "Max", "Mia")
	_, _, err := a.users.List(t.Context(), a.actor("Ana"), user.Filter{IncludeDeleted: true}, page.First(10))
	expect.Code(t, err, apperr.Forbidden)
	for _, as := range []string{"Ana", "Mia", "Ada"} {
		_, err := a.users.Get(t.Context(), a.actor(as), *a.id("Ben"))
		expect.Refusal(t, err, apperr.Missing("user", *a.id("Ben")))
	}
}

func TestListIsNarrowedAndSorted(t *testing.T) {
	t.Parallel()
	a := setup(t)
	a.exec(t, "UPDATE users SET skills = '{go,figma}', email = 'ana@agency.example' WHERE name = 'Ana'")
	a.exec(t, "UPDATE users SET skills = '{figma}', email = 'zoe@agency.example' WHERE name = 'Ben'")
	a.exec(t, "UPDATE users SET skills = '{sql}', email = 'cleo@agency.example' WHERE name = 'Cleo'")
	for name, test := range map[string]struct {
		filter user.Filter
		sort   string
		want   []string
	}{
		"Role":                {user.Filter{Role: []string{"admin", "manager"}}, "name", []string{"Ada", "Max", "Mia"}},
		"Kind":                {user.Filter{Kind: []string{"agent"}}, "name", []string{"Eve"}},
		"AnyOfTheSkills":      {user.Filter{Skill: []string{"go", "sql"}}, "name", []string{"Ana", "Cleo"}},
		"SkillIsSpelledSo":    {user.Filter{Skill: []string{"Go"}}, "name", nil},
		"TextInTheName":       {user.Filter{Q: new("LEO")}, "name", []string{"Cleo"}},
		"TextInTheAddress":    {user.Filter{Q: new("ZOE@")}, "name", []string{"Ben"}},
		"FiltersAreCombined":  {user.Filter{Skill: []string{"figma"}, Q: new("an")}, "name", []string{"Ana"}},
		"SortedByNameDown":    {user.Filter{Skill: []string{"figma", "sql"}}, "-name", []string{"Cleo", "Ben", "Ana"}},
		"SortedByAddressDown": {user.Filter{Skill: []string{"figma", "sql"}}, "-email,name", []string{"Ben", "Cleo", "Ana"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a.wantNames(t, "Ada", test.filter, test.sort, test.want...)
		})
	}
	t.Run("OwnOrderIsNewestFirst", func(t *testing.T) {
		t.Parallel()
		rows, _, err := a.users.List(t.Context(), a.actor("Ada"), user.Filter{}, page.First(100))
		expect.OK(t, err)
		if !slices.IsSortedFunc(rows, func(x, y db.User) int { return y.CreatedAt.Compare(x.CreatedAt) }) {
			t.Error("it is not")
		}
	})
	t.Run("UnknownSortIsRefused", func(t *testing.T) {
		t.Parallel()
		_, _, err := a.users.List(t.Context(), a.actor("Ada"), user.Filter{}, page.Request{Size: 1, Sort: "role"})
		expect.Fields(t, err, "query:sort sort")
	})
}

func TestCursorWalksEveryUserOnce(t *testing.T) {
	t.Parallel()
	a := setup(t)
	for _, sort := range []string{"", "name", "-email", "updated_at,-name"} {
		seen := map[uuid.UUID]int{}
		request := page.Request{Size: 3, Sort: sort}
		for {
			rows, info, err := a.users.List(t.Context(), a.actor("Mia"), user.Filter{}, request)
			expect.OK(t, err)
			for _, row := range rows {
				seen[row.ID]++
			}
			if !info.HasMore {
				break
			}
			request.Cursor = info.NextCursor
			factory.User(t, a.db, nil)
			if len(seen) > 100 {
				t.Fatal("the walk does not end")
			}
		}
		for name, person := range a.people {
			if seen[person.ID] != 1 {
				t.Errorf("sorted by %q, %s is met %d times", sort, name, seen[person.ID])
			}
		}
	}
}
