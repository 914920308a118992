package ratelimit_test

import (
	"testing"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/internal/ratelimit"
)

func TestAPrincipalsKeyHasItsID(t *testing.T) {
	t.Parallel()
	id := uuid.MustParse("0197f3a0-7c1e-7d2a-9b3c-0123456789ab")
	key := ratelimit.PrincipalKey(id)
	if want := "principal:" + id.String(); key != want {
		t.Errorf("got the key %s, want %s", key, want)
	}
	if got := ratelimit.PrincipalOf(key); got != id.String() {
		t.Errorf("the key is of %s, want %s", got, id)
	}
}
