package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/aicoordination/coordinator/gen/api"
)

func TestATokenIsAskedForAndOnceMoreWhenRefused(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	asked := 0
	sender, _ := connect(t, i.URL, WithToken(func(context.Context) (string, error) {
		asked++
		return fmt.Sprintf("access-%d", asked-1), nil
	}))
	if err := do(t, sender, http.MethodGet); err != nil || asked != 2 {
		t.Errorf("got %v, asked %d times", err, asked)
	}

	fixed, _ := connect(t, i.URL, WithToken(func(context.Context) (string, error) { return "access-0", nil }))
	before := len(i.received())
	if err := do(t, fixed, http.MethodGet); !HasCode(err, api.ProblemCodeUnauthenticated) {
		t.Errorf("got %v", err)
	}
	i.expect(t, before+1)

	failing, _ := connect(t, i.URL, WithToken(func(context.Context) (string, error) { return "", io.ErrClosedPipe }))
	if err := do(t, failing, http.MethodGet); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v", err)
	}
}

func TestAnAPIKeyThatIsRefusedIsNotSentAgain(t *testing.T) {
	t.Parallel()
	s := newScript(t, refuses(401, "unauthenticated"))
	sender, _ := connect(t, s.URL, WithAPIKey("ck_live_x"))
	if err := do(t, sender, http.MethodGet); !HasCode(err, api.ProblemCodeUnauthenticated) {
		t.Errorf("got %v", err)
	}
	s.expect(t, 1)
	if got := s.received()[0].header.Get("Authorization"); got != "Bearer ck_live_x" {
		t.Errorf("sent %q", got)
	}
}
