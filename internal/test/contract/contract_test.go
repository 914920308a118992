// Package contract holds the server against the contract as a whole: every
// operation has a permission row, is shown to succeed and is shown to be
// denied; what every operation has in common is tested on every operation.
package contract_test

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/test/apitest"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// operations returns the contract's operations by id.
func operations(t *testing.T) map[string]*openapi3.Operation {
	t.Helper()
	found := map[string]*openapi3.Operation{}
	for path, item := range apitest.LoadContract(t).Doc.Paths.Map() {
		for method, operation := range item.Operations() {
			if operation.OperationID == "" || found[operation.OperationID] != nil {
				t.Fatalf("%s %s has no operationId of its own", method, path)
			}
			found[operation.OperationID] = operation
		}
	}
	return found
}

func TestEveryOperationHasAPermissionRow(t *testing.T) {
	t.Parallel()
	if err := access.CheckComplete(slices.Collect(maps.Keys(operations(t)))); err != nil {
		t.Error(err)
	}
}

func TestAnonymousOperationsAreThoseTheContractOpens(t *testing.T) {
	t.Parallel()
	for id, operation := range operations(t) {
		permission, _ := access.ForOperation(id)
		open := false
		if operation.Security != nil {
			open = len(*operation.Security) == 0 || slices.ContainsFunc(*operation.Security, func(r openapi3.SecurityRequirement) bool { return len(r) == 0 })
		}
		if permission.Anonymous != open {
			t.Errorf("%s: the permission table says anonymous %v, the contract %v", id, permission.Anonymous, open)
		}
	}
}

// TestEveryOperationSucceedsAndIsDenied walks the contract, not the table of
// proofs: an operation without a proof fails.
func TestEveryOperationSucceedsAndIsDenied(t *testing.T) {
	t.Parallel()
	proofs := allProofs()
	ids := slices.Sorted(maps.Keys(operations(t)))
	const groups = 4
	for n := range groups {
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			t.Parallel()
			shared := newRestored(t)
			for i := n; i < len(ids); i += groups {
				proof, ok := proofs[ids[i]]
				if !ok {
					t.Errorf("%s has neither a success test nor a denial test", ids[i])
					continue
				}
				if len(proof.denied) == 0 {
					t.Errorf("%s has no denial test", ids[i])
				}
				t.Run(ids[i], func(t *testing.T) { shared.prove(t, ids[i], proof) })
			}
		})
	}
	for id := range proofs {
		if operations(t)[id] == nil {
			t.Errorf("there is a proof for %s, which is no operation", id)
		}
	}
}

// prove shows that the operation succeeds and that it is denied.
func (r *restored) prove(t *testing.T, id string, proof proof) {
	t.Helper()
	contract := apitest.LoadContract(t)
	t.Run("Succeeds", func(t *testing.T) {
		w := r.in(t, proof.options)
		request := w.request(t, contract, id, proof.request, proof.as)
		if got := w.Do(request); got.Status != proof.status {
			t.Errorf("%s by %s: got status %d, want %d: %s", id, proof.as, got.Status, proof.status, got.Body)
		} else {
			w.checkEvents(t, operations(t)[id], got)
		}
	})
	t.Run("Denied", func(t *testing.T) {
		// One world for all who are denied, since a denial changes nothing.
		w := r.in(t, proof.options)
		for _, denial := range proof.denied {
			t.Run(denial.name(), func(t *testing.T) {
				w := w
				if denial.options != nil {
					w = newWorld(t, denial.options)
				}
				deny(t, w, contract, id, proof, denial)
			})
		}
	})
}

func deny(t *testing.T, w *world, contract *apitest.Contract, id string, proof proof, denial denial) {
	t.Helper()
	request := w.request(t, contract, id, or(denial.request, proof.request), denial.as)
	before := w.events(t)
	got := w.Do(request)
	if got.Status != denial.status {
		t.Errorf("%s by %s: got status %d, want %d: %s", id, denial.as, got.Status, denial.status, got.Body)
	}
	if after := w.events(t); after != before {
		t.Errorf("%s by %s was denied and yet wrote %d events", id, denial.as, after-before)
	}
}

func or[T any](value, otherwise *T) *T {
	if value == nil {
		return otherwise
	}
	return value
}

// proof is how one operation is shown to succeed and to be denied.
type proof struct {
	// request makes the request in a world.
	request *requestMaker
	// own makes the request of whoever has the token, where it takes more than
	// the token to have something to ask for.
	own ownRequest
	// as is who it succeeds for, with which status.
	as      who
	status  int
	denied  []denial
	options *apitest.Options
}

type denial struct {
	as     who
	status int
	// request and options are the proof's when they are nil.
	request *requestMaker
	options *apitest.Options
	because string
}

func (d denial) name() string {
	if d.because != "" {
		return d.because
	}
	return string(d.as)
}

type requestMaker func(w *world) apitest.Request

// sending returns the maker of a request whose path and body depend on nothing
// but the records of the world.
func sending(method string, path func(*world) string, body func(*world) any) *requestMaker {
	return new(requestMaker(func(w *world) apitest.Request {
		request := apitest.Request{Method: method, Path: path(w)}
		if body != nil {
			request.Body = body(w)
		}
		return request
	}))
}

// afterDeleting returns the maker of a request that restores what stands at the
// path, which an administrator has deleted.
func afterDeleting(path func(*world) string) *requestMaker {
	return new(requestMaker(func(w *world) apitest.Request {
		w.Do(apitest.Request{Method: http.MethodDelete, Path: path(w), Token: w.Token(w.people[admin])})
		return apitest.Request{Method: http.MethodPost, Path: path(w) + "/restore"}
	}))
}

func at(path string) func(*world) string { return func(*world) string { return path } }

func fixed(body any) func(*world) any { return func(*world) any { return body } }

// deniedTo are denials of the proof's own request, by who asks.
func deniedTo(status int, whom ...who) []denial {
	var found []denial
	for _, as := range whom {
		found = append(found, denial{as: as, status: status})
	}
	return found
}

func allProofs() map[string]proof {
	all := map[string]proof{}
	for _, proofs := range []map[string]proof{
		healthProofs(), userProofs(), registrationProofs(), signInProofs(), sessionProofs(), secondFactorProofs(), keyProofs(), eventProofs(),
		profileProofs(), historyProofs(), clientProofs(), projectProofs(), taskProofs(), taskPlanProofs(), bulkProofs(),
		timeProofs(), commentProofs(), statisticsProofs(), transferProofs(), webhookProofs(),
	} {
		maps.Copy(all, proofs)
	}
	return all
}

const (
	unauthenticated = http.StatusUnauthorized
	forbidden       = http.StatusForbidden
	notFound        = http.StatusNotFound
)

func TestExamplesConform(t *testing.T) {
	t.Parallel()
	// The server registers the formats that the examples are held against.
	apitest.New(t, nil)
	if err := apitest.LoadContract(t).Doc.Validate(t.Context(), openapi3.EnableExamplesValidation()); err != nil {
		t.Error(err)
	}
}
