package contract_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aicoordination/coordinator/internal/test/apitest"
)

// A method that a path does not take is 405 with those that it takes, also
// where a more general path takes it: PUT /clients/export is not that of a client.
func TestEveryPathRefusesTheMethodsItDoesNotTake(t *testing.T) {
	t.Parallel()
	a := apitest.New(t, nil)
	parameter := regexp.MustCompile(`\{[^}]+\}`)
	for path, item := range apitest.LoadContract(t).Doc.Paths.Map() {
		takes := []string{http.MethodOptions}
		for method := range item.Operations() {
			takes = append(takes, method)
		}
		slices.Sort(takes)
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodTrace} {
			if slices.Contains(takes, method) {
				continue
			}
			answer := a.Do(apitest.Request{Method: method, Path: parameter.ReplaceAllString(path, "0197f3a0-7c1e-7d2a-9b3c-0123456789ab")})
			answer.MustProblem(t, http.StatusMethodNotAllowed, "method_not_allowed")
			allow := strings.Split(answer.Header.Get("Allow"), ", ")
			slices.Sort(allow)
			if !slices.Equal(allow, takes) {
				t.Errorf("%s %s: Allow is %v, want %v", method, path, allow, takes)
			}
		}
	}
}
