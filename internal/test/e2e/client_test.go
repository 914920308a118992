package e2e_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/client"
	"github.com/aicoordination/coordinator/internal/test/apitest"
)

// client returns the SDK's client of the server. Its requests carry the access
// token unless that is empty, and are sent once: what a test breaks is to be seen.
// What is answered is held against the contract.
func (s *server) client(t *testing.T, accessToken string) *client.Client {
	t.Helper()

	// Of its own, since what is idle in a shared one would be tried first after
	// a restart on the same port.
	transport := &http.Transport{MaxIdleConnsPerHost: writers}
	t.Cleanup(transport.CloseIdleConnections)

	options := []client.Option{client.WithHTTPClient(&http.Client{Transport: apitest.Validating(t, transport)}), client.WithRetries(0)}
	if accessToken != "" {
		options = append(options, client.WithAPIKey(accessToken))
	}

	c, err := client.New(s.origin, options...)
	if err != nil {
		t.Fatal(err)
	}

	return c
}

// signIn opens a session.
func (s *server) signIn(t *testing.T, email, password string) api.TokenPair {
	t.Helper()

	tokens := calling(s.client(t, "").Users.Login(t.Context(), api.Login{Email: email, Password: password})).
		succeeds(t)

	if tokens.AccessToken == "" || tokens.RefreshToken == "" || tokens.TokenType != api.TokenTypeBearer || tokens.ExpiresIn <= 0 {
		t.Fatalf("signing in gives %+v", tokens)
	}

	return *tokens
}

// signedIn returns a client that acts as somebody.
func (s *server) signedIn(t *testing.T, email, password string) *client.Client {
	t.Helper()

	return s.client(t, s.signIn(t, email, password).AccessToken)
}

// register opens an account for somebody whom the administrator invites. No
// mail leaves, so the administrator gets the token.
func (s *server) register(t *testing.T, email, password, name string) api.User {
	t.Helper()

	invited := calling(s.signedIn(t, adminEmail, adminPassword).Invitations.Create(t.Context(), api.InvitationCreate{
		Email: email, Role: api.RoleUser,
	})).succeeds(t)

	return *calling(s.client(t, "").Users.Register(t.Context(), api.UserRegister{
		Email: email, Password: password, Name: name, InvitationToken: new(invited.Token.MustGet()),
	})).succeeds(t)
}

// outcome is what has become of a call.
type outcome[T any] struct {
	value *T
	err   error
}

// calling takes what a call of the client returns, as in
// calling(c.Tasks.Get(…)).succeeds(t).
func calling[T any](value *T, err error) outcome[T] { return outcome[T]{value, err} }

// doing takes what a call returns that has nothing to return but an error.
func doing(err error) outcome[struct{}] { return outcome[struct{}]{&struct{}{}, err} }

// succeeds ends the test unless the call has, and returns its value.
func (o outcome[T]) succeeds(t *testing.T) *T {
	t.Helper()

	if o.err != nil {
		t.Fatal(o.err)
	}

	return o.value
}

// fails ends the test unless the service has refused the call with the status and
// the code, and returns the problem.
func (o outcome[T]) fails(t *testing.T, status int, code api.ProblemCode) *client.Error {
	t.Helper()

	problem, ok := errors.AsType[*client.Error](o.err)
	if !ok {
		t.Fatalf("%v, want a problem", o.err)
	}

	if problem.Status != status || problem.Code != code {
		t.Fatalf("the problem is %d %s: %s; want %d %s", problem.Status, problem.Code, problem.Detail, status, code)
	}

	return problem
}

func some[T any](value T) api.Nullable[T] { return api.NewNullableWithValue(value) }
