package e2e_test

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/gen/api"
)

// Where mail is written to the log it is there to be read, while everything else
// in the log has its secrets masked.
func TestLoggedMailCanBeUsed(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		settings []string
		token    func(line map[string]string) string
	}{
		"AsAToken": {nil, func(line map[string]string) string { return line["value"] }},
		"AsALink": {[]string{"COORDINATOR_APP_URL=http://localhost:3000"}, func(line map[string]string) string {
			link, err := url.Parse(line["link"])
			if err != nil {
				t.Fatal(err)
			}

			return link.Query().Get("token")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			s := start(t, newDataDir(t), slices.Concat(test.settings, admin, []string{"COORDINATOR_MAIL_URL=log:"})...)

			const password = "seven stray balloons"

			doing(s.client(t, "").Users.RequestPasswordReset(t.Context(), api.PasswordResetRequest{Email: adminEmail})).
				succeeds(t)

			token := test.token(s.logged(t, "this mail would have been sent"))

			doing(s.client(t, "").Users.ResetPassword(t.Context(), api.PasswordReset{Token: token, Password: password})).
				succeeds(t)
			s.signIn(t, adminEmail, password)
			s.stop(t)
		})
	}
}

// logged waits for a line of the log and returns its texts.
func (s *server) logged(t *testing.T, message string) map[string]string {
	t.Helper()

	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		for line := range strings.Lines(s.stderr.String()) {
			var members map[string]any
			if json.Unmarshal([]byte(line), &members) != nil || members["msg"] != message {
				continue
			}

			texts := map[string]string{}

			for name, value := range members {
				if text, ok := value.(string); ok {
					texts[name] = text
				}
			}

			return texts
		}
	}

	t.Fatalf("%q is not logged:\n%s", message, s.stderr.String())

	return nil
}
