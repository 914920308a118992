package httpapi_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/test/apitest"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

const mySessions = "/api/v1/users/me/sessions"

func TestSessions(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	// ids are those of the user's sessions that are listed.
	ids := func(t *testing.T, token string) (found []uuid.UUID, current uuid.UUID) {
		t.Helper()
		var page api.SessionPage
		c.Do(apitest.Request{Method: http.MethodGet, Path: mySessions, Token: token}).MustDecode(t, http.StatusOK, &page)
		for _, session := range page.Data {
			found = append(found, session.ID)
			if session.IsCurrent {
				current = session.ID
			}
		}
		return found, current
	}
	works := func(token string) bool {
		return c.Do(apitest.Request{Method: http.MethodGet, Path: "/api/v1/users/me", Token: token}).Status == http.StatusOK
	}
	end := func(path, token string) apitest.Response {
		return c.Do(apitest.Request{Method: http.MethodDelete, Path: path, Token: token})
	}

	t.Run("ThoseThatAreNotOverAreListedNewestFirst", func(t *testing.T) {
		user := c.User(db.RoleUser)
		first, second, third := c.Token(user), c.Token(user), c.Token(user)
		over := factory.Session(t, c.DB, &factory.SessionOpts{UserID: user.ID, CreatedAt: user.CreatedAt.AddDate(0, 0, -2)})
		_, oldest := ids(t, first)
		_, middle := ids(t, second)
		found, newest := ids(t, third)
		if want := []uuid.UUID{newest, middle, oldest}; !slices.Equal(found, want) {
			t.Errorf("listed are %v, want %v without %v", found, want, over.ID)
		}
		var page api.SessionPage
		c.Do(apitest.Request{Method: http.MethodGet, Path: mySessions + "?page_size=1", Token: third}).MustDecode(t, http.StatusOK, &page)
		c.Do(apitest.Request{Method: http.MethodGet, Path: mySessions + "?page_size=1&cursor=" + page.Page.NextCursor.MustGet(), Token: third}).MustDecode(t, http.StatusOK, &page)
		if len(page.Data) != 1 || page.Data[0].ID != middle || page.Data[0].IsCurrent {
			t.Errorf("the second page is %+v", page.Data)
		}
	})

	t.Run("OneIsEndedByItsOwnerAlone", func(t *testing.T) {
		user := c.User(db.RoleUser)
		here, there := c.Token(user), c.Token(user)
		_, id := ids(t, there)
		path := mySessions + "/" + id.String()
		end(path, c.token).MustProblem(t, http.StatusNotFound, "not_found")
		if !works(there) {
			t.Error("somebody else has ended it")
		}
		end(path, here).MustDecode(t, http.StatusNoContent, nil)
		if works(there) || !works(here) {
			t.Error("not the one session has ended")
		}
		end(path, here).MustProblem(t, http.StatusNotFound, "not_found")
	})

	t.Run("AllOthersAreEnded", func(t *testing.T) {
		user := c.User(db.RoleUser)
		here, others := c.Token(user), []string{c.Token(user), c.Token(user)}
		end(mySessions, here).MustDecode(t, http.StatusNoContent, nil)
		if !works(here) || slices.ContainsFunc(others, works) || !works(c.token) {
			t.Error("not the others have ended")
		}
	})

	t.Run("AdminEndsThoseOfAUser", func(t *testing.T) {
		user := c.User(db.RoleUser)
		tokens := []string{c.Token(user), c.Token(user)}
		end("/api/v1/users/"+user.ID.String()+"/sessions", c.token).MustDecode(t, http.StatusNoContent, nil)
		if slices.ContainsFunc(tokens, works) || !works(c.token) {
			t.Error("not those of the user have ended")
		}
		end("/api/v1/users/"+uuid.NewString()+"/sessions", c.token).MustProblem(t, http.StatusNotFound, "not_found")
		var log struct {
			Data []struct {
				Actor   struct{ ID uuid.UUID }
				Changes object
			}
		}
		c.get("/api/v1/audit-log?entity_type=session&action=session.revoked&page_size=2").MustDecode(t, http.StatusOK, &log)
		for _, e := range log.Data {
			if fmt.Sprint(e.Changes["reason"]) != "map[new:revoked_by_admin old:<nil>]" || e.Actor.ID != c.user.ID {
				t.Errorf("the event is %+v", e)
			}
		}
		if len(log.Data) != 2 {
			t.Errorf("%d events tell of it", len(log.Data))
		}
	})
}

func TestKeysArePublished(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	got := c.Do(apitest.Request{Method: http.MethodGet, Path: "/.well-known/jwks.json", Token: "nonsense"})
	var set api.JSONWebKeySet
	got.MustDecode(t, http.StatusOK, &set)
	if got.Header.Get("Cache-Control") != "public, max-age=60" || len(set.Keys) != 1 {
		t.Fatalf("got %v and %s", got.Header, got.Body)
	}
	header, _, _ := strings.Cut(c.token, ".")
	decoded, err := base64.RawURLEncoding.DecodeString(header)
	if err != nil || !strings.Contains(string(decoded), set.Keys[0].Kid) {
		t.Errorf("tokens are of %s, %v", decoded, err)
	}
	if strings.Contains(string(got.Body), `"d"`) {
		t.Error("the private key is published")
	}
}

// What the verification refuses is a table in internal/auth; here are some of
// the attacks as a request sends them.
func TestForgedTokensAreRefusedOverHTTP(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	tokens := c.Login(c.user)
	parts := strings.Split(tokens.AccessToken, ".")
	encode := base64.RawURLEncoding.EncodeToString
	var set api.JSONWebKeySet
	c.get("/.well-known/jwks.json").MustDecode(t, http.StatusOK, &set)
	public, err := base64.RawURLEncoding.DecodeString(set.Keys[0].X)
	if err != nil {
		t.Fatal(err)
	}
	hs256 := encode([]byte(`{"alg":"HS256","typ":"at+jwt","kid":"`+set.Keys[0].Kid+`"}`)) + "." + parts[1]
	mac := hmac.New(sha256.New, public)
	mac.Write([]byte(hs256))
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	flipped := func(part string, at int) string {
		decoded, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil {
			t.Fatal(err)
		}
		decoded[at] ^= 1
		return encode(decoded)
	}
	for name, token := range map[string]string{
		"AlgNone":               encode([]byte(`{"alg":"none","typ":"at+jwt"}`)) + "." + parts[1] + ".",
		"HS256WithThePublicKey": hs256 + "." + encode(mac.Sum(nil)),
		"UnknownKey":            encode([]byte(`{"alg":"EdDSA","typ":"at+jwt","kid":"`+strings.Repeat("A", 43)+`"}`)) + "." + parts[1] + "." + parts[2],
		"OtherUser":             parts[0] + "." + encode([]byte(strings.Replace(string(payload), c.user.ID.String(), uuid.NewString(), 1))) + "." + parts[2],
		"PayloadFlipped":        parts[0] + "." + flipped(parts[1], 20) + "." + parts[2],
		"SignatureFlipped":      parts[0] + "." + parts[1] + "." + flipped(parts[2], 0),
		"NoSignature":           parts[0] + "." + parts[1] + ".",
		"RefreshToken":          tokens.RefreshToken,
		"TwoTokens":             tokens.AccessToken + "," + tokens.AccessToken,
	} {
		t.Run(name, func(t *testing.T) {
			got := c.Do(apitest.Request{Method: http.MethodGet, Path: "/api/v1/users/me", Token: token})
			got.MustProblem(t, http.StatusUnauthorized, "unauthenticated")
		})
	}
	c.Do(apitest.Request{Method: http.MethodGet, Path: "/api/v1/users/me", Token: tokens.AccessToken}).MustDecode(t, http.StatusOK, nil)
}
