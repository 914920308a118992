package client

import (
	"context"
	"errors"
	"net/http"

	"github.com/aicoordination/coordinator/gen/api"
)

// login is what is sent beside the address and the password.
type login struct{ code, recoveryCode, deviceToken string }

// WithSecondFactor has SignIn send the six digits that an authenticator shows.
// Without them it fails with [api.ProblemCodeSecondFactorRequired] where the user
// has a second factor.
func WithSecondFactor(code string) Option {
	return func(s *settings) error {
		s.login.code = code
		return nil
	}
}

// WithRecoveryCode has SignIn send a recovery code, where the authenticator is lost.
func WithRecoveryCode(code string) Option {
	return func(s *settings) error {
		s.login.recoveryCode = code
		return nil
	}
}

// WithDeviceToken has SignIn send the device token of an earlier session, so that
// nobody who guesses at the account locks this device out.
func WithDeviceToken(token string) Option {
	return func(s *settings) error {
		s.login.deviceToken = token
		return nil
	}
}

// signIn opens a session and returns a transport that acts in it. What
// [OnSession] has set is told of the session.
func signIn(ctx context.Context, version, baseURL, email, password string, options []Option) (*transport, error) {
	t, err := newTransport(version, baseURL, options)
	if err != nil {
		return nil, err
	}
	if t.actAs != nil {
		return nil, errors.New("signing in: WithAPIKey, WithToken and WithSession are for those who do not sign in")
	}

	body := api.Login{Email: email, Password: password, Code: t.login.code, RecoveryCode: t.login.recoveryCode}
	if t.login.deviceToken != "" {
		body.DeviceToken = api.NewNullableWithValue(t.login.deviceToken)
	}
	pair, err := decode[api.TokenPair](t.send(ctx, call{
		operation: "login", method: http.MethodPost, path: "/api/v1/users/login", body: body, anonymous: true,
	}, nil))
	if err != nil {
		return nil, err
	}
	if pair == nil {
		return nil, errors.New("signing in: the answer is empty")
	}

	k := newKeeper(t, NewSession(pair), t.onSession)
	t.credentials = k
	session := k.session
	k.tell(&session)
	return t, nil
}
