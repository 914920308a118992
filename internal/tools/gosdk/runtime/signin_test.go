package client

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/aicoordination/coordinator/gen/api"
)

func TestSigningInOpensASession(t *testing.T) {
	t.Parallel()
	o := &told{}
	s := newScript(t, cuts, says(200, strings.Replace(pairOf(1, 600), "null", `"dt-1"`, 1)), says(200, `{}`))
	sender, err := signIn(t.Context(), "test", s.URL, "ana@agency.example", "pass", []Option{
		OnSession(o.take), WithSecondFactor("123456"), WithRecoveryCode("r"), WithDeviceToken("dt-0"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := do(t, sender, http.MethodGet); err != nil {
		t.Fatal(err)
	}
	requests := s.received()
	var body map[string]string
	if err := json.Unmarshal([]byte(requests[1].body), &body); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(body) != "map[code:123456 device_token:dt-0 email:ana@agency.example password:pass recovery_code:r]" ||
		requests[1].header.Get("Authorization") != "" || requests[2].header.Get("Authorization") != "Bearer access-1" {
		t.Errorf("sent %v with %v, then %v", body, requests[1].header, requests[2].header)
	}
	if sessions := o.list(); len(sessions) != 1 || sessions[0].AccessToken != "access-1" || sessions[0].DeviceToken != "dt-1" {
		t.Errorf("told of %d sessions", len(sessions))
	}

	s = newScript(t, refuses(401, "second_factor_required"))
	if _, err := signIn(t.Context(), "test", s.URL, "ana@agency.example", "pass", nil); !HasCode(err, api.ProblemCodeSecondFactorRequired) {
		t.Errorf("got %v", err)
	}
	s.expect(t, 1)
	if _, err := signIn(t.Context(), "test", s.URL, "a", "b", []Option{WithAPIKey("k")}); err == nil {
		t.Error("it signs in with a key")
	}
}
