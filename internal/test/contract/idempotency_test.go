package contract_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/aicoordination/coordinator/internal/test/apitest"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

// posts returns the operations that are a POST, in order.
func posts(t *testing.T) []string {
	t.Helper()
	var ids []string
	for _, item := range apitest.LoadContract(t).Doc.Paths.Map() {
		if item.Post != nil {
			ids = append(ids, item.Post.OperationID)
		}
	}
	slices.Sort(ids)
	return ids
}

// Every POST takes an Idempotency-Key and says whether its answer is a repeat;
// every JSON answer of a GET can be asked for once more without its body; and
// every change that takes a version can be refused for having none.
func TestTheContractDeclaresConditionsAndKeys(t *testing.T) {
	t.Parallel()
	has := func(o *openapi3.Operation, name string) bool {
		return o.Parameters.GetByInAndName(openapi3.ParameterInHeader, name) != nil
	}
	for path, item := range apitest.LoadContract(t).Doc.Paths.Map() {
		for method, o := range item.Operations() {
			if isPost := method == http.MethodPost; has(o, "Idempotency-Key") != isPost {
				t.Errorf("%s %s takes an Idempotency-Key: %v", method, path, !isPost)
			}
			for status, answer := range o.Responses.Map() {
				if declares := answer.Value.Headers["Idempotency-Replayed"] != nil; declares != (method == http.MethodPost && status[0] == '2') {
					t.Errorf("%s %s: the answer %s has Idempotency-Replayed: %v", method, path, status, declares)
				}
			}
			ok := o.Responses.Value("200")
			isJSON := ok != nil && len(ok.Value.Content) == 1 && ok.Value.Content.Get("application/json") != nil
			if conditional := method == http.MethodGet && isJSON && o.Tags[0] != "health"; conditional {
				if !has(o, "If-None-Match") || o.Responses.Value("304") == nil || ok.Value.Headers["ETag"] == nil {
					t.Errorf("%s %s lacks If-None-Match, its 304 or the ETag of its 200", method, path)
				}
			} else if has(o, "If-None-Match") || o.Responses.Value("304") != nil {
				t.Errorf("%s %s takes If-None-Match", method, path)
			}
			if has(o, "If-Match") != (o.Responses.Value("428") != nil) {
				t.Errorf("%s %s has one of If-Match and 428 without the other", method, path)
			}
		}
	}
}

// unrepeatable are operations after which the credential that they were sent
// with is none any more, so that a repeat is refused before it is looked at.
var unrepeatable = map[string]bool{"logout": true}

// standing are the conditions of what may change by itself between two requests.
var standing = map[string]string{
	"api_keys": "false", "project_task_counts": "false", "projects_to_count": "false",
	"events": "t.action <> 'api_key.used'",
}

// Of every POST there is: sent again with its key, it gets the same answer, and
// no row of any table changes; with that key another request is refused, and
// somebody else's is one of its own.
func TestEveryPostIsRepeated(t *testing.T) {
	t.Parallel()
	eachPost(t, func(t *testing.T, shared *restored, id string, proof proof) {
		w := shared.in(t, proof.options)
		request := w.request(t, apitest.LoadContract(t), id, proof.request, proof.as)
		request.Header = with(request.Header, "Idempotency-Key", "key-of-"+id)
		first := w.Do(request)
		if first.Status != proof.status || first.Header.Get("Idempotency-Replayed") != "" {
			t.Fatalf("got %d (%v), want %d: %s", first.Status, first.Header, proof.status, first.Body)
		}
		if unrepeatable[id] {
			w.Do(request).MustProblem(t, http.StatusUnauthorized, "unauthenticated")
			return
		}
		before := checksums(t, w.DB, standing)
		again := w.Do(request)
		if again.Status != first.Status || !bytes.Equal(again.Body, first.Body) {
			t.Errorf("the repeat got %d %s, and the first %d %s", again.Status, again.Body, first.Status, first.Body)
		}
		if again.Header.Get("Idempotency-Replayed") != "true" {
			t.Error("the repeat does not say that it is one")
		}
		if got, want := kept(again.Header), kept(first.Header); !maps.EqualFunc(got, want, slices.Equal) {
			t.Errorf("the repeat has the headers %v, and the first %v", got, want)
		}
		another, ok := otherBody(t, request)
		if ok && proof.as != anonymous {
			w.Do(another).MustProblem(t, http.StatusUnprocessableEntity, "idempotency_key_reused")
		}
		if touched := changed(before, checksums(t, w.DB, standing)); len(touched) > 0 {
			t.Errorf("the repeat changed %v", touched)
		}
		if proof.as == anonymous {
			// Of nobody it may be somebody else, who learns nothing of the first.
			if !ok {
				return
			}
			if got := w.Do(another); got.Header.Get("Idempotency-Replayed") != "" || bytes.Contains(got.Body, []byte("idempotency_key_reused")) {
				t.Errorf("a stranger's request with the key is answered %d %v: %s", got.Status, got.Header, got.Body)
			}
			return
		}
		other := request
		other.Token = w.Token(w.User(w.people[proof.as].Role))
		if got := w.Do(other); got.Header.Get("Idempotency-Replayed") != "" || bytes.Contains(got.Body, []byte("idempotency_key_reused")) {
			t.Errorf("somebody else's request with the key is answered %d %v: %s", got.Status, got.Header, got.Body)
		}
	})
}

// Of every POST there is: where its answer cannot be kept, nothing of what it
// has done is there; and once it can, it is done. So it is, too, when the
// process ends before the commit.
func TestAnAnswerAndItsEffectsAreKeptTogether(t *testing.T) {
	t.Parallel()
	// Tried passwords and codes count, and are told of, whatever becomes of the request.
	apart := with(standing, "sign_in_attempts", "false")
	apart["events"] = "t.entity_type <> 'sign_in' AND t.action <> 'api_key.used'"
	eachPost(t, func(t *testing.T, shared *restored, id string, proof proof) {
		if proof.options != nil {
			// It takes a database of its own, where this is no other.
			shared = &restored{w: newWorld(t, proof.options)}
			shared.fresh = takeSnapshot(t, shared.w.DB)
		}
		w := shared.in(t, nil)
		request := w.request(t, apitest.LoadContract(t), id, proof.request, proof.as)
		request.Header = with(request.Header, "Idempotency-Key", "key-of-"+id)
		apart := apart
		if id == "login" {
			// A hash with outdated settings is made anew, which is nobody's change.
			apart = with(apart, "users", "false")
		}
		before := checksums(t, w.DB, apart)
		shared.fresh.exec(t, []string{"ALTER TABLE idempotency_records ADD CONSTRAINT never CHECK (false) NOT VALID"})
		failed := w.Do(request)
		shared.fresh.exec(t, []string{"ALTER TABLE idempotency_records DROP CONSTRAINT never"})
		failed.MustProblem(t, http.StatusInternalServerError, "internal")
		if touched := changed(before, checksums(t, w.DB, apart)); len(touched) > 0 {
			t.Errorf("without its answer, it changed %v", touched)
		}
		if id == "login" || id == "confirmSecondFactor" {
			// What was tried in between counts.
			shared.fresh.exec(t, []string{"DELETE FROM sign_in_attempts"})
		}
		got := w.Do(request)
		if got.Status != proof.status || got.Header.Get("Idempotency-Replayed") != "" {
			t.Errorf("then it got %d (%v), want %d: %s", got.Status, got.Header, proof.status, got.Body)
		}
	})
}

// eachPost runs prove for every POST, in worlds of a few databases.
func eachPost(t *testing.T, prove func(t *testing.T, shared *restored, id string, proof proof)) {
	t.Helper()
	proofs, ids := allProofs(), posts(t)
	const groups = 3
	for n := range groups {
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			t.Parallel()
			shared := newRestored(t)
			for i := n; i < len(ids); i += groups {
				if proof, ok := proofs[ids[i]]; ok {
					t.Run(ids[i], func(t *testing.T) { prove(t, shared, ids[i], proof) })
				} else {
					t.Errorf("%s has no proof", ids[i])
				}
			}
		})
	}
}

// otherBody returns the request with a body of other bytes that says the same.
func otherBody(t *testing.T, request apitest.Request) (apitest.Request, bool) {
	t.Helper()
	switch body := request.Body.(type) {
	case nil:
		return request, false
	case string:
		request.Body = body + "\n"
	case []byte:
		request.Body = append(slices.Clone(body), '\n')
	default:
		encoded, err := json.Marshal(body)
		expect.OK(t, err)
		request.Body = string(encoded) + " "
	}
	return request, true
}

// kept are the headers that are of the answer, and not of the request at hand.
func kept(header http.Header) http.Header {
	header = header.Clone()
	for _, name := range []string{"X-Request-Id", "Date", "Idempotency-Replayed", "Ratelimit", "Ratelimit-Policy"} {
		header.Del(name)
	}
	return header
}

func with(values map[string]string, name, value string) map[string]string {
	values = maps.Clone(values)
	if values == nil {
		values = map[string]string{}
	}
	values[name] = value
	return values
}
