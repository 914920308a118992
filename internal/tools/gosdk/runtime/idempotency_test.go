package client

import (
	"net/http"
	"strings"
	"testing"
)

func TestAPostHasAKeyThatItsRepeatsKeep(t *testing.T) {
	t.Parallel()
	s := newScript(t, cuts, proxied(502), says(200, `{}`))
	sender, _ := connect(t, s.URL)
	for range 2 {
		if err := do(t, sender, http.MethodPost); err != nil {
			t.Fatal(err)
		}
	}
	if err := do(t, sender, http.MethodPost, IdempotencyKey("mine-1")); err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, request := range s.received() {
		keys = append(keys, request.header.Get("Idempotency-Key"))
	}
	if len(keys) != 5 || len(keys[0]) < 30 || keys[0] != keys[1] || keys[1] != keys[2] || keys[3] == keys[2] || keys[3] == "" || keys[4] != "mine-1" {
		t.Errorf("the keys were %q", keys)
	}

	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		if err := do(t, sender, method); err != nil {
			t.Fatal(err)
		}
		requests := s.received()
		if key := requests[len(requests)-1].header.Get("Idempotency-Key"); key != "" {
			t.Errorf("%s has the key %q", method, key)
		}
	}
	for _, key := range []string{"", "a b", "ä", strings.Repeat("x", 256), "a\n"} {
		if err := do(t, sender, http.MethodPost, IdempotencyKey(key)); err == nil {
			t.Errorf("the key %q is taken", key)
		}
	}
}
