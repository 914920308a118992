package auth_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/aicoordination/coordinator/internal/auth"
)

func TestWhatHoldsASecretDoesNotShowIt(t *testing.T) {
	t.Parallel()
	const secret = "hunter2"
	for _, holder := range []any{
		auth.Tokens{Access: secret, Refresh: secret, Device: secret},
		auth.Account{Email: "ana@agency.example", Password: secret, InvitationToken: secret},
		auth.Credentials{Email: "ana@agency.example", Password: secret, Code: secret, RecoveryCode: secret, DeviceToken: secret},
		auth.Enrolment{Secret: secret, URI: secret},
		auth.RecoveryCodes{secret},
	} {
		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).InfoContext(t.Context(), "done", "what", holder)
		if shown := fmt.Sprintf("%v %+v %#v %s %q", holder, holder, holder, holder, holder) + log.String(); strings.Contains(shown, secret) {
			t.Errorf("a %T is printed as %s", holder, shown)
		}
	}
}
