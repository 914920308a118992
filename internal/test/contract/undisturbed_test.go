package contract_test

import (
	"maps"
	"slices"
	"strconv"
	"testing"

	"github.com/aicoordination/coordinator/internal/test/apitest"
)

// undisturbed is a world that many operations share, as long as none of them
// changes it: a request whose making changes it, or one that goes through, is
// the last in its world.
type undisturbed struct {
	t       *testing.T
	w       *world
	records foreign
	tokens  map[who]string
	was     map[string]string
}

// world returns a world that nothing has happened to.
func (u *undisturbed) world() (*world, foreign) {
	if u.w == nil || len(changed(u.was, contents(u.t, u.w.DB))) > 0 {
		u.w, u.tokens = newWorld(u.t, nil), map[who]string{}
		u.records = u.w.foreign(u.t)
		u.was = contents(u.t, u.w.DB)
	}
	return u.w, u.records
}

func (u *undisturbed) token(as who) string {
	if as == anonymous {
		return ""
	}
	if u.tokens[as] == "" {
		u.tokens[as] = u.w.Token(u.w.people[as])
	}
	return u.tokens[as]
}

// request makes the request of an operation, without a token.
func (u *undisturbed) request(t *testing.T, contract *apitest.Contract, id string, maker *requestMaker) apitest.Request {
	t.Helper()
	return u.w.request(t, contract, id, maker, anonymous)
}

// inGroups visits every operation, in a few groups at a time with a world each.
func inGroups(t *testing.T, visit func(t *testing.T, id string, shared *undisturbed)) {
	t.Helper()
	const groups = 4
	ids := slices.Sorted(maps.Keys(operations(t)))
	for n := range groups {
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			t.Parallel()
			shared := &undisturbed{t: t}
			for i := n; i < len(ids); i += groups {
				t.Run(ids[i], func(t *testing.T) { visit(t, ids[i], shared) })
			}
		})
	}
}
