package task

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/aicoordination/coordinator/gen/db"
)

// node is the task of a letter.
func node(letter byte) uuid.UUID { return uuid.UUID{15: letter} }

// graph reads waits written as "AB BC": A waits for B, B for C.
func graph(edges string) []db.TaskListWaitsRow {
	var waits []db.TaskListWaitsRow
	for edge := range strings.FieldsSeq(edges) {
		waits = append(waits, db.TaskListWaitsRow{WaitingID: node(edge[0]), AwaitedID: node(edge[1])})
	}
	return waits
}

func spell(path []uuid.UUID) string {
	var letters strings.Builder
	for _, id := range path {
		letters.WriteByte(id[15])
	}
	return letters.String()
}

func TestPathBetween(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ edges, from, to, want string }{
		"NothingWaits":                {"", "A", "B", ""},
		"ItselfIsAPathOfOne":          {"", "A", "A", "A"},
		"ItselfWithoutLeavingIt":      {"AB BA", "A", "A", "A"},
		"OneStep":                     {"AB", "A", "B", "AB"},
		"NotAgainstTheWait":           {"AB", "B", "A", ""},
		"Chain":                       {"AB BC CD", "A", "D", "ABCD"},
		"DeadEnd":                     {"AB AC CD", "A", "E", ""},
		"ShortestOfTwo":               {"AB BC CD AD", "A", "D", "AD"},
		"DiamondIsEnteredOnce":        {"AB AC BD CD DE", "A", "E", "ABDE"},
		"CycleOnTheWayIsLeft":         {"AB BC CB CD", "A", "D", "ABCD"},
		"CycleWithoutAWayOut":         {"AB BA", "A", "C", ""},
		"WaitsElsewhereDoNotCount":    {"XY YZ AB", "A", "Z", ""},
		"BranchThatComesLaterInOrder": {"AB AC BX CD", "A", "D", "ACD"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := pathBetween(graph(test.edges), node(test.from[0]), node(test.to[0]))
			if spell(got) != test.want {
				t.Errorf("the path is %q, want %q", spell(got), test.want)
			}
		})
	}
}

// A path exists exactly where the transitive closure says so, runs along
// waits, and enters no task twice.
func TestPathBetweenAgreesWithTheClosure(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		const count = 7
		letter := rapid.Byte().Filter(func(b byte) bool { return b < count })
		var waits []db.TaskListWaitsRow
		var reach [count][count]bool
		for i := range count {
			reach[i][i] = true
		}
		for range rapid.IntRange(0, 14).Draw(t, "edges") {
			from, to := letter.Draw(t, "from"), letter.Draw(t, "to")
			waits = append(waits, db.TaskListWaitsRow{WaitingID: node(from), AwaitedID: node(to)})
			reach[from][to] = true
		}
		for k := range count {
			for i := range count {
				for j := range count {
					reach[i][j] = reach[i][j] || reach[i][k] && reach[k][j]
				}
			}
		}
		for from := range byte(count) {
			for to := range byte(count) {
				path := pathBetween(waits, node(from), node(to))
				if (path != nil) != reach[from][to] {
					t.Fatalf("from %d to %d the path is %v", from, to, path)
				}
				checkPath(t, waits, path, node(from), node(to))
			}
		}
	})
}

func checkPath(t *rapid.T, waits []db.TaskListWaitsRow, path []uuid.UUID, from, to uuid.UUID) {
	if path == nil {
		return
	}
	if path[0] != from || path[len(path)-1] != to {
		t.Fatalf("the path %v does not go from %s to %s", path, from, to)
	}
	for i, id := range path[1:] {
		if !slices.Contains(waits, db.TaskListWaitsRow{WaitingID: path[i], AwaitedID: id}) {
			t.Fatalf("the path %v has a step that is no wait", path)
		}
	}
	sorted := slices.Clone(path)
	slices.SortFunc(sorted, func(a, b uuid.UUID) int { return strings.Compare(a.String(), b.String()) })
	if diff := cmp.Diff(len(path), len(slices.Compact(sorted))); diff != "" {
		t.Fatalf("the path %v enters a task twice", path)
	}
}
