package e2e_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/oapi-codegen/nullable"

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

	tokens := answer(s.client(t, "").Users.Login(t.Context(), api.Login{Email: email, Password: password})).
		is(t)

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

	invited := answer(s.signedIn(t, adminEmail, adminPassword).Invitations.Create(t.Context(), api.InvitationCreate{
		Email: email, Role: api.RoleUser,
	})).is(t)

	return *answer(s.client(t, "").Users.Register(t.Context(), api.UserRegister{
		Email: email, Password: password, Name: name, InvitationToken: new(invited.Token.MustGet()),
	})).is(t)
}

// answered is the outcome of one call.
type answered[T any] struct {
	value *T
	err   error
}

// answer takes the results of a call of the client, to be checked with is or
// refused.
func answer[T any](value *T, err error) answered[T] { return answered[T]{value, err} }

// done takes the result of a call that has nothing to return but an error.
func done(err error) answered[struct{}] { return answered[struct{}]{&struct{}{}, err} }

// is returns what the call has returned; it has to have succeeded.
func (a answered[T]) is(t *testing.T) *T {
	t.Helper()

	if a.err != nil {
		t.Fatal(a.err)
	}

	return a.value
}

// failed returns the problem that the service has answered with.
func (a answered[T]) failed(t *testing.T) *client.Error {
	t.Helper()

	problem, ok := errors.AsType[*client.Error](a.err)
	if !ok {
		t.Fatalf("%v, want a problem", a.err)
	}

	return problem
}

// refused returns the problem, which has to have the status and the code.
func (a answered[T]) refused(t *testing.T, status int, code api.ProblemCode) client.Error {
	t.Helper()

	problem := a.failed(t)
	if problem.Status != status || problem.Code != code {
		t.Fatalf("the problem is %d %s: %s; want %d %s", problem.Status, problem.Code, problem.Detail, status, code)
	}

	return *problem
}

func some[T any](value T) nullable.Nullable[T] { return nullable.NewNullableWithValue(value) }
