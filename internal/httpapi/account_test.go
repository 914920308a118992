package httpapi_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/test/apitest"
)

func TestSession(t *testing.T) {
	t.Parallel()
	var late atomic.Int64
	a := apitest.New(t, &apitest.Options{Auth: func(c *auth.Config) {
		c.Now = func() time.Time { return time.Now().Add(time.Duration(late.Load())) }
	}})
	user := a.User(db.RoleUser)
	me := func(token string) apitest.Response {
		return a.Do(apitest.Request{Method: http.MethodGet, Path: "/api/v1/users/me", Token: token})
	}
	refresh := func(token string) apitest.Response {
		return a.Do(apitest.Request{Method: http.MethodPost, Path: "/api/v1/users/refresh", Body: object{"refresh_token": token}})
	}

	t.Run("UnknownAddressAndWrongPasswordReadTheSame", func(t *testing.T) {
		var details []string
		for _, email := range []string{user.Email, "nobody@agency.example"} {
			got := a.Do(apitest.Request{
				Method: http.MethodPost, Path: "/api/v1/users/login", Body: object{"email": email, "password": "wrong password"},
			})
			details = append(details, got.MustProblem(t, http.StatusUnauthorized, "unauthenticated").Detail)
		}
		if details[0] != details[1] {
			t.Errorf("got %q", details)
		}
	})
	t.Run("AnswerHasThePairOfTokens", func(t *testing.T) {
		tokens := a.Login(user)
		if tokens.TokenType != api.TokenTypeBearer || tokens.ExpiresIn != 600 || tokens.AccessToken == "" || tokens.RefreshToken == "" {
			t.Errorf("got %+v", tokens)
		}
	})
	t.Run("RefreshTokenIsNoAccessToken", func(t *testing.T) {
		me(a.Login(user).RefreshToken).MustProblem(t, http.StatusUnauthorized, "unauthenticated")
	})
	t.Run("RefreshRotatesAndKeepsTheSession", func(t *testing.T) {
		first := a.Login(user)
		var second api.TokenPair
		refresh(first.RefreshToken).MustDecode(t, http.StatusOK, &second)
		if second.RefreshToken == first.RefreshToken {
			t.Error("the refresh token is the same")
		}
		me(second.AccessToken).MustDecode(t, http.StatusOK, nil)
		me(first.AccessToken).MustDecode(t, http.StatusOK, nil)
	})
	t.Run("ReuseOfARotatedTokenEndsTheSession", func(t *testing.T) {
		first := a.Login(user)
		var second api.TokenPair
		refresh(first.RefreshToken).MustDecode(t, http.StatusOK, &second)
		late.Add(int64(11 * time.Second))
		refresh(first.RefreshToken).MustProblem(t, http.StatusUnauthorized, "unauthenticated")
		refresh(second.RefreshToken).MustProblem(t, http.StatusUnauthorized, "unauthenticated")
		me(second.AccessToken).MustProblem(t, http.StatusUnauthorized, "unauthenticated")
	})
	t.Run("LostAnswerIsGivenAgain", func(t *testing.T) {
		first := a.Login(user)
		var second, again api.TokenPair
		refresh(first.RefreshToken).MustDecode(t, http.StatusOK, &second)
		refresh(first.RefreshToken).MustDecode(t, http.StatusOK, &again)
		if again.RefreshToken != second.RefreshToken || again.AccessToken == second.AccessToken {
			t.Errorf("got %+v, then %+v", second, again)
		}
		me(again.AccessToken).MustDecode(t, http.StatusOK, nil)
		refresh(again.RefreshToken).MustDecode(t, http.StatusOK, nil)
	})
	t.Run("LogoutEndsThisSessionAlone", func(t *testing.T) {
		here, elsewhere := a.Login(user), a.Login(user)
		a.Do(apitest.Request{Method: http.MethodPost, Path: "/api/v1/users/logout", Token: here.AccessToken}).MustDecode(t, http.StatusNoContent, nil)
		me(here.AccessToken).MustProblem(t, http.StatusUnauthorized, "unauthenticated")
		refresh(here.RefreshToken).MustProblem(t, http.StatusUnauthorized, "unauthenticated")
		me(elsewhere.AccessToken).MustDecode(t, http.StatusOK, nil)
	})
	t.Run("LogoutWithARefreshTokenEndsItsSessionWhenItIsTheCallers", func(t *testing.T) {
		here, elsewhere, stranger := a.Login(user), a.Login(user), a.Login(a.User(db.RoleUser))
		for _, refreshToken := range []string{elsewhere.RefreshToken, stranger.RefreshToken} {
			a.Do(apitest.Request{
				Method: http.MethodPost, Path: "/api/v1/users/logout", Token: a.Token(user), Body: object{"refresh_token": refreshToken},
			}).MustDecode(t, http.StatusNoContent, nil)
		}
		me(elsewhere.AccessToken).MustProblem(t, http.StatusUnauthorized, "unauthenticated")
		me(here.AccessToken).MustDecode(t, http.StatusOK, nil)
		me(stranger.AccessToken).MustDecode(t, http.StatusOK, nil)
	})
	t.Run("SessionKeepsWhereItWasOpenedFrom", func(t *testing.T) {
		a.Do(apitest.Request{
			Method: http.MethodPost, Path: "/api/v1/users/login", Body: object{"email": user.Email, "password": apitest.Password},
			Header: map[string]string{"User-Agent": strings.Repeat("é", 400)},
		}).MustDecode(t, http.StatusOK, nil)
		var ip, userAgent string
		err := a.DB.QueryRow(t.Context(), "SELECT ip, user_agent FROM sessions ORDER BY id DESC LIMIT 1").Scan(&ip, &userAgent)
		if err != nil || ip != "127.0.0.1" || userAgent != strings.Repeat("é", 250) {
			t.Errorf("got %q, %q, %v", ip, userAgent, err)
		}
	})
}
