package e2e_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/oapi-codegen/nullable"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/client"
	"github.com/aicoordination/coordinator/internal/test/apitest"
)

// client returns the generated client of the server. Its requests carry the
// access token unless that is empty; what is answered is held against the contract.
func (s *server) client(t *testing.T, accessToken string) *client.ClientWithResponses {
	t.Helper()

	// Of its own, since what is idle in a shared one would be tried first after
	// a restart on the same port.
	transport := &http.Transport{MaxIdleConnsPerHost: writers}
	t.Cleanup(transport.CloseIdleConnections)

	c, err := client.NewClientWithResponses(s.origin,
		client.WithHTTPClient(&http.Client{Transport: apitest.Validating(t, transport)}),
		client.WithRequestEditorFn(func(_ context.Context, request *http.Request) error {
			if accessToken != "" {
				request.Header.Set("Authorization", "Bearer "+accessToken)
			}

			return nil
		}))
	if err != nil {
		t.Fatal(err)
	}

	return c
}

// signIn opens a session.
func (s *server) signIn(t *testing.T, email, password string) api.TokenPair {
	t.Helper()

	tokens := answer(s.client(t, "").LoginWithResponse(t.Context(), api.Login{Email: email, Password: password})).
		is(t, http.StatusOK).JSON200

	if tokens.AccessToken == "" || tokens.RefreshToken == "" || tokens.TokenType != api.TokenTypeBearer || tokens.ExpiresIn <= 0 {
		t.Fatalf("signing in gives %+v", tokens)
	}

	return *tokens
}

// signedIn returns a client that acts as somebody.
func (s *server) signedIn(t *testing.T, email, password string) *client.ClientWithResponses {
	t.Helper()

	return s.client(t, s.signIn(t, email, password).AccessToken)
}

// register opens an account for somebody whom the administrator invites. No
// mail leaves, so the administrator gets the token.
func (s *server) register(t *testing.T, email, password, name string) api.User {
	t.Helper()

	invited := answer(s.signedIn(t, adminEmail, adminPassword).CreateInvitationWithResponse(t.Context(), api.InvitationCreate{
		Email: email, Role: api.RoleUser,
	})).is(t, http.StatusCreated).JSON201

	return *answer(s.client(t, "").RegisterUserWithResponse(t.Context(), api.UserRegister{
		Email: email, Password: password, Name: name, InvitationToken: new(invited.Token.MustGet()),
	})).is(t, http.StatusCreated).JSON201
}

// received is what the generated client makes of a response.
type received interface {
	StatusCode() int
	ContentType() string
	GetBody() []byte
}

// answered is the outcome of one call.
type answered[R received] struct {
	response R
	err      error
}

// answer takes the results of a call of the client, to be checked with is or
// refused.
func answer[R received](response R, err error) answered[R] { return answered[R]{response, err} }

// is returns the response, which has to have the status.
func (a answered[R]) is(t *testing.T, status int) R {
	t.Helper()

	if a.err != nil {
		t.Fatal(a.err)
	}

	if got := a.response.StatusCode(); got != status {
		t.Fatalf("status %d, want %d: %s", got, status, a.response.GetBody())
	}

	return a.response
}

// refused returns the problem, which has to have the status and the code.
func (a answered[R]) refused(t *testing.T, status int, code api.ProblemCode) api.Problem {
	t.Helper()

	response := a.is(t, status)

	var problem api.Problem
	if err := json.Unmarshal(response.GetBody(), &problem); err != nil {
		t.Fatalf("%v: %s", err, response.GetBody())
	}

	if !strings.HasPrefix(response.ContentType(), "application/problem+json") || problem.Status != status || problem.Code != code {
		t.Fatalf("the %s is %s, want a problem of the code %s", response.ContentType(), response.GetBody(), code)
	}

	return problem
}

func some[T any](value T) nullable.Nullable[T] { return nullable.NewNullableWithValue(value) }
