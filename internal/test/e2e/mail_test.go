package e2e_test

import (
	"net/http"
	"regexp"
	"testing"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
)

// Where mail is written to the log, whoever develops takes the token from there
// and goes on: with the demo, whose tokens are for the API, and with a front end
// that links lead to.
func TestMailInTheLogIsOfUse(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		settings []string
		token    string
	}{
		"Demo":     {[]string{"COORDINATOR_DEMO=true"}, `"kind":"password_reset".*"value":"([^"]+)"`},
		"FrontEnd": {[]string{"COORDINATOR_MAIL_URL=log:", "COORDINATOR_APP_URL=http://localhost:3000"}, `"link":"http://localhost:3000/reset-password\?token=([^"]+)"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			s := start(t, newDataDir(t), append(test.settings, "DATABASE_URL="+dbtest.EmptyURL(t))...)
			s.createUser(t, "mia@agency.example", "correct horse battery", "Mia")
			answer(s.client(t, "").RequestPasswordResetWithResponse(t.Context(), api.PasswordResetRequest{Email: "mia@agency.example"})).
				is(t, http.StatusAccepted)

			var found []string

			eventually(t, "a token in the log", func() bool {
				found = regexp.MustCompile(test.token).FindStringSubmatch(s.stderr.String())

				return found != nil
			})
			answer(s.client(t, "").ResetPasswordWithResponse(t.Context(), api.PasswordReset{Token: found[1], Password: "seven stray balloons"})).
				is(t, http.StatusNoContent)
			s.signIn(t, "mia@agency.example", "seven stray balloons")
			s.stop(t)
		})
	}
}
