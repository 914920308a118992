package contract_test

import (
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/test/apitest"
)

// The matrix is every operation of the contract, sent by every actor: the
// request is that of the operation's proof, the answer is the one that stands
// in testdata/permissions.txt, and what is refused has changed nothing in the
// database. The file is for people to review; matrix_rules_test.go says the
// same a second time, as the rules that the contract states in words.
//
//	go test ./internal/test/contract -run TestPermissionMatrix -update

const goldenMatrix = "testdata/permissions.txt"

var update = flag.Bool("update", false, "write "+goldenMatrix+" from what the server answers")

// matrix is the status of each operation for each actor.
type matrix map[string]map[who]int

func TestPermissionMatrix(t *testing.T) {
	t.Parallel()
	ids := slices.Sorted(maps.Keys(operations(t)))
	want := matrix{}
	if !*update {
		want = readMatrix(t)
	}
	got := matrix{}
	var guard sync.Mutex
	t.Run("Cells", func(t *testing.T) {
		// Few worlds, each for many operations: what is refused leaves it as it was.
		const groups = 8
		for n := range groups {
			t.Run(strconv.Itoa(n), func(t *testing.T) {
				t.Parallel()
				shared := newSharedWorld(t, nil)
				for i := n; i < len(ids); i += groups {
					t.Run(ids[i], func(t *testing.T) {
						row := shared.row(t, ids[i], want[ids[i]])
						guard.Lock()
						defer guard.Unlock()
						got[ids[i]] = row
					})
				}
			})
		}
	})
	if *update {
		writeMatrix(t, got)
	}
}

// TestMatrixFollowsTheRules holds the reviewed table against the rules.
func TestMatrixFollowsTheRules(t *testing.T) {
	t.Parallel()
	want := matrix{}
	proofs := allProofs()
	for id, operation := range operations(t) {
		if rules[id] == nil {
			t.Errorf("%s has no rule", id)
			continue
		}
		if _, ok := access.ForOperation(id); !ok {
			t.Errorf("%s has a rule and no permission row", id)
		}
		want[id] = map[who]int{}
		for _, a := range actors {
			want[id][a.who] = expected(operation, proofs[id], a)
			if apart, ok := apartFromRules[cell{id, a.who}]; ok {
				if apart.status == want[id][a.who] {
					t.Errorf("%s by %s follows its rule and needs no reason beside it", id, a.column)
				}
				want[id][a.who] = apart.status
			}
		}
		if !slices.Contains(slices.Collect(maps.Values(want[id])), proofs[id].status) {
			t.Errorf("by its rule nobody may call %s", id)
		}
	}
	for id := range rules {
		if operations(t)[id] == nil {
			t.Errorf("there is a rule for %s, which is no operation", id)
		}
	}
	if diff := cmp.Diff(want, readMatrix(t)); diff != "" {
		t.Errorf("%s against the rules (-rules +file):\n%s", goldenMatrix, diff)
	}
}

// expected is the status by the rule of the operation.
func expected(operation *openapi3.Operation, p proof, a actor) int {
	isOpen, ignoresCredential := false, false
	if security := operation.Security; security != nil {
		ignoresCredential = len(*security) == 0
		isOpen = ignoresCredential || slices.ContainsFunc(*security, func(r openapi3.SecurityRequirement) bool { return len(r) == 0 })
	}
	switch {
	case a.refused && !ignoresCredential, a.who == anonymous && !isOpen:
		return unauthenticated
	case a.refused, a.who == anonymous, ignoresCredential:
		return p.status
	case a.otherScopes && !isOpen:
		return forbidden
	}
	if status := rules[operation.OperationID](a); status != granted {
		return status
	}
	return p.status
}

// sharedWorld is a world for one request after the other, which is brought back
// to how it was made after each that changes it.
type sharedWorld struct {
	*matrixWorld
	fresh *snapshot
}

func newSharedWorld(t *testing.T, pool *pgxpool.Pool) *sharedWorld {
	t.Helper()
	w := newMatrixWorld(t, pool)
	for _, a := range actors {
		w.signIn(t, a.who)
	}
	for _, operation := range operations(t) {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			w.credential(t, keyOfOtherScopes, operation, method)
		}
	}
	return &sharedWorld{matrixWorld: w, fresh: takeSnapshot(t, w.DB)}
}

// row sends the operation's request as everybody.
func (s *sharedWorld) row(t *testing.T, id string, want map[who]int) map[who]int {
	t.Helper()
	contract, operation := apitest.LoadContract(t), operations(t)[id]
	p, ok := allProofs()[id]
	if !ok {
		t.Fatalf("%s has no request to send", id)
	}
	defer s.fresh.restore(t, s.DB)
	request := s.request(t, contract, id, p.request, anonymous)
	before := contents(t, s.DB)
	row := map[who]int{}
	var changing []actor
	for _, a := range actors {
		if request.Method != http.MethodGet && (want == nil || want[a.who] == p.status) {
			changing = append(changing, a)
			continue
		}
		request.Token = s.credential(t, a.who, operation, request.Method)
		got := s.Do(request)
		row[a.who] = got.Status
		after := contents(t, s.DB)
		tables := changed(before, after)
		if got.Status < http.StatusBadRequest {
			tables = slices.DeleteFunc(tables, func(table string) bool { return slices.Contains(counted, table) })
		}
		if len(tables) > 0 {
			t.Errorf("%s by %s: got status %d and yet the database has changed: %v", id, a.column, got.Status, tables)
		}
		if want != nil && got.Status != want[a.who] {
			t.Errorf("%s by %s: got status %d, want %d: %s", id, a.column, got.Status, want[a.who], got.Body)
		}
		before = after
	}
	for _, a := range changing {
		got := s.afresh(t, contract, id, p, a)
		if row[a.who] = got.Status; want != nil && got.Status != p.status {
			t.Errorf("%s by %s: got status %d, want %d: %s", id, a.column, got.Status, p.status, got.Body)
		}
	}
	return row
}

// afresh sends a request that may change something, in the world as it was made.
func (s *sharedWorld) afresh(t *testing.T, contract *apitest.Contract, id string, p proof, a actor) apitest.Response {
	t.Helper()
	s.fresh.restore(t, s.DB)
	token := s.signIn(t, a.who)
	maker := p.request
	if p.own != nil && a.hasSession() {
		maker = new(requestMaker(func(w *world) apitest.Request { return p.own(w, token) }))
	}
	request := s.request(t, contract, id, maker, anonymous)
	request.Token = s.credential(t, a.who, operations(t)[id], request.Method)
	got := s.Do(request)
	return got
}

// readMatrix reads the table, whole: every operation has a row, and every row
// a cell for each actor.
func readMatrix(t *testing.T) matrix {
	t.Helper()
	content, err := os.ReadFile(goldenMatrix)
	if err != nil {
		t.Fatal(err)
	}
	read := matrix{}
	header := true
	for line := range strings.Lines(string(content)) {
		cells := strings.Fields(line)
		switch {
		case len(cells) == 0 || cells[0] == "#":
		case header:
			header = false
			if diff := cmp.Diff(matrixHeader(), cells); diff != "" {
				t.Fatalf("the columns of %s (-want +got):\n%s", goldenMatrix, diff)
			}
		default:
			if len(cells) != len(actors)+1 {
				t.Fatalf("%s has %d cells in %s, want one for each of %d actors", cells[0], len(cells)-1, goldenMatrix, len(actors))
			}
			read[cells[0]] = map[who]int{}
			for i, a := range actors {
				if read[cells[0]][a.who], err = strconv.Atoi(cells[i+1]); err != nil {
					t.Fatalf("the cell of %s and %s in %s: %v", cells[0], a.column, goldenMatrix, err)
				}
			}
		}
	}
	for id := range operations(t) {
		if read[id] == nil {
			t.Errorf("%s has no row in %s", id, goldenMatrix)
		}
	}
	for id := range read {
		if operations(t)[id] == nil {
			t.Errorf("%s has a row for %s, which is no operation", goldenMatrix, id)
		}
	}
	return read
}

func matrixHeader() []string {
	header := []string{"operation"}
	for _, a := range actors {
		header = append(header, a.column)
	}
	return header
}

func writeMatrix(t *testing.T, m matrix) {
	t.Helper()
	var b strings.Builder
	b.WriteString("# What each operation answers whom. Reviewed by people, held against the server\n" +
		"# by TestPermissionMatrix and against the rules by TestMatrixFollowsTheRules.\n#\n")
	for _, a := range actors {
		fmt.Fprintf(&b, "# %-10s %s\n", a.column, a.is)
	}
	b.WriteString("\n")
	line := func(cells []string) {
		text := fmt.Sprintf("%-25s", cells[0])
		for i, cell := range cells[1:] {
			text += fmt.Sprintf(" %-*s", len(actors[i].column), cell)
		}
		b.WriteString(strings.TrimRight(text, " ") + "\n")
	}
	line(matrixHeader())
	for _, id := range slices.Sorted(maps.Keys(m)) {
		cells := []string{id}
		for _, a := range actors {
			cells = append(cells, strconv.Itoa(m[id][a.who]))
		}
		line(cells)
	}
	if err := os.WriteFile(goldenMatrix, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
