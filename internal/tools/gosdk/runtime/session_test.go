package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/gen/api"
)

// issuer is a service whose access tokens end, and that counts what it is asked.
type issuer struct {
	*script

	// valid is the number of the tokens that are good: "access-1", "refresh-1".
	valid             atomic.Int64
	refreshes, served atomic.Int64
	// onRefresh answers in place of the issuer, if it returns true.
	onRefresh func(w http.ResponseWriter, r *http.Request, n int64) bool
	keys      []string
	mu        sync.Mutex
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	i := &issuer{}
	i.valid.Store(1)
	i.script = newScript(t, i.serve)
	return i
}

func (i *issuer) serve(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/api/v1/users/refresh":
		n := i.refreshes.Add(1)
		i.mu.Lock()
		i.keys = append(i.keys, r.Header.Get("Idempotency-Key"))
		i.mu.Unlock()
		if i.onRefresh != nil && i.onRefresh(w, r, n) {
			return
		}
		// As slow as a service is, so that others come while it works.
		time.Sleep(20 * time.Millisecond)
		says(200, pairOf(i.valid.Add(1), 600))(w, r)
	case r.Header.Get("Authorization") == fmt.Sprintf("Bearer access-%d", i.valid.Load()):
		i.served.Add(1)
		says(200, `{}`)(w, r)
	default:
		refuses(401, "unauthenticated")(w, r)
	}
}

func pairOf(n int64, seconds int) string {
	return fmt.Sprintf(`{"access_token":"access-%d","refresh_token":"refresh-%d","token_type":"Bearer","expires_in":%d,"device_token":null}`, n, n, seconds)
}

// told are the sessions that a client has told of.
type told struct {
	mu       sync.Mutex
	sessions []*Session
}

func (o *told) take(session *Session) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sessions = append(o.sessions, session)
}

func (o *told) list() []*Session {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]*Session{}, o.sessions...)
}

// inSession returns a client in a session whose access token lasts so long by its
// own account, and that the service takes or not.
func inSession(t *testing.T, i *issuer, access string, lasts time.Duration) (*transport, *told) {
	t.Helper()
	o := &told{}
	session := Session{AccessToken: access, RefreshToken: "refresh-1", ExpiresAt: time.Now().Add(lasts), DeviceToken: "device"}
	sender, _ := connect(t, i.URL, WithSession(session, o.take))
	return sender, o
}

// inParallel has many calls made at once and returns how many have failed.
func inParallel(t *testing.T, sender *transport, calls int) (failed int) {
	t.Helper()
	errs := make(chan error, calls)
	begin := make(chan struct{})
	for range calls {
		go func() {
			<-begin
			errs <- done(sender.send(t.Context(), call{operation: "try", method: http.MethodGet, path: "/api/v1/things"}, nil))
		}()
	}
	close(begin)
	for range calls {
		if err := <-errs; err != nil {
			t.Log(err)
			failed++
		}
	}
	return failed
}

func TestOneRefreshServesAHundredCalls(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		access string
		lasts  time.Duration
	}{
		"WhoseTokenHasExpired":  {"access-0", -time.Minute},
		"WhoseTokenEndsSoon":    {"access-1", 20 * time.Second},
		"WhoseTokenIsRefused":   {"access-0", time.Hour},
		"WhoseTokenIsNotKnown":  {"", 0},
		"WhoseEndIsNotKnownYet": {"access-0", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := newIssuer(t)
			sender, o := inSession(t, i, test.access, test.lasts)
			if failed := inParallel(t, sender, 100); failed > 0 {
				t.Errorf("%d of 100 calls have failed", failed)
			}
			if i.refreshes.Load() != 1 || i.served.Load() != 100 {
				t.Errorf("%d refreshes for %d calls", i.refreshes.Load(), i.served.Load())
			}
			sessions := o.list()
			if len(sessions) != 1 || sessions[0].AccessToken != "access-2" || sessions[0].RefreshToken != "refresh-2" || sessions[0].DeviceToken != "device" {
				t.Errorf("told of %d sessions", len(sessions))
			}
		})
	}
}

func TestATokenThatLastsIsNotRefreshed(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	sender, _ := inSession(t, i, "access-1", 2*time.Minute)
	if failed := inParallel(t, sender, 10); failed > 0 || i.refreshes.Load() != 0 {
		t.Errorf("%d have failed, %d refreshes", failed, i.refreshes.Load())
	}
}

func TestATokenIsRefreshedBeforeItEnds(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for name, test := range map[string]struct {
		session Session
		want    bool
	}{
		"AMinuteBefore":     {Session{AccessToken: "a", ExpiresAt: now.Add(59 * time.Second)}, true},
		"NotMuchEarlier":    {Session{AccessToken: "a", ExpiresAt: now.Add(61 * time.Second)}, false},
		"AFifthWhereShort":  {Session{AccessToken: "a", ExpiresAt: now.Add(9 * time.Second), lifetime: 50 * time.Second}, true},
		"NotMoreThanAFifth": {Session{AccessToken: "a", ExpiresAt: now.Add(11 * time.Second), lifetime: 50 * time.Second}, false},
		"NoEndIsKnown":      {Session{AccessToken: "a"}, false},
		"NoTokenIsThere":    {Session{RefreshToken: "r"}, true},
	} {
		if got := test.session.isEnding(now); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// The answer to a refresh may be lost: the same request, known by the same key,
// gets it later, also beyond the ten seconds for which the service is gracious.
func TestALostRefreshIsAskedForAgainWithItsKey(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	i.onRefresh = func(w http.ResponseWriter, _ *http.Request, n int64) bool {
		if n <= 5 {
			reset(w)
		}
		return n <= 5
	}
	sender, o := inSession(t, i, "access-0", -time.Minute)

	err := do(t, sender, http.MethodGet)
	var lost *ConnectionError
	if !errors.As(err, &lost) || lost.Operation != "refreshSession" || errors.Is(err, ErrSessionEnded) || len(o.list()) != 0 {
		t.Fatalf("got %v, told of %d", err, len(o.list()))
	}
	if err := do(t, sender, http.MethodGet); err != nil {
		t.Fatal(err)
	}
	for _, key := range i.keys {
		if key != i.keys[0] || key == "" {
			t.Errorf("the keys were %q", i.keys)
		}
	}
	// The next session has another one.
	i.valid.Store(7)
	if err := do(t, sender, http.MethodGet); err != nil || i.keys[len(i.keys)-1] == i.keys[0] {
		t.Errorf("got %v; the keys were %q", err, i.keys)
	}
}

func TestWhileTheTokenHoldsARefreshMayFail(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	i.onRefresh = func(w http.ResponseWriter, r *http.Request, _ int64) bool {
		refuses(503, "unavailable")(w, r)
		return true
	}
	sender, _ := inSession(t, i, "access-1", 30*time.Second)
	if err := do(t, sender, http.MethodGet); err != nil {
		t.Error(err)
	}
	tried := i.refreshes.Load()
	if tried == 0 {
		t.Error("no refresh was tried")
	}

	// The calls that follow do not all wait for what has just failed.
	for range 5 {
		if err := do(t, sender, http.MethodGet); err != nil {
			t.Error(err)
		}
	}
	if more := i.refreshes.Load() - tried; more > 0 {
		t.Errorf("it was tried %d times more", more)
	}
	// But a token that is refused has to be refreshed.
	i.onRefresh = nil
	i.valid.Store(7)
	if err := do(t, sender, http.MethodGet); err != nil {
		t.Error(err)
	}
}

func TestASessionThatHasEndedIsToldOfOnce(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	i.onRefresh = func(w http.ResponseWriter, r *http.Request, _ int64) bool {
		refuses(401, "unauthenticated")(w, r)
		return true
	}
	sender, o := inSession(t, i, "access-0", time.Hour)
	if failed := inParallel(t, sender, 20); failed != 20 {
		t.Errorf("%d of 20 calls have failed", failed)
	}
	sent := len(i.received())
	err := do(t, sender, http.MethodGet)
	if !errors.Is(err, ErrSessionEnded) || !HasCode(err, api.ProblemCodeUnauthenticated) {
		t.Errorf("got %v", err)
	}
	i.expect(t, sent) // Nothing more is sent.
	if sessions := o.list(); len(sessions) != 1 || sessions[0] != nil || i.refreshes.Load() != 1 {
		t.Errorf("told of %v, %d refreshes", sessions, i.refreshes.Load())
	}
}

func TestWhoeverLeavesDoesNotTakeTheRefreshAlong(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	begun, goOn := make(chan struct{}), make(chan struct{})
	i.onRefresh = func(http.ResponseWriter, *http.Request, int64) bool {
		close(begun)
		<-goOn
		return false
	}
	sender, _ := inSession(t, i, "access-0", -time.Minute)

	ctx, leave := context.WithCancel(t.Context())
	left := make(chan error, 1)
	go func() {
		left <- done(sender.send(ctx, call{operation: "try", method: http.MethodGet, path: "/x"}, nil))
	}()
	<-begun
	stayed := make(chan error, 1)
	go func() {
		stayed <- done(sender.send(t.Context(), call{operation: "try", method: http.MethodGet, path: "/x"}, nil))
	}()
	leave()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("who has left got %v", err)
	}
	close(goOn)
	if err := <-stayed; err != nil {
		t.Errorf("who has stayed got %v", err)
	}
	if i.refreshes.Load() != 1 {
		t.Errorf("%d refreshes", i.refreshes.Load())
	}
}

func TestACallIsSentOnceMoreWithANewTokenAndNotTwice(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	i.onRefresh = func(w http.ResponseWriter, r *http.Request, _ int64) bool {
		says(200, pairOf(99, 600))(w, r) // which is not good either
		return true
	}
	sender, _ := inSession(t, i, "access-0", time.Hour)
	if err := do(t, sender, http.MethodGet); !HasCode(err, api.ProblemCodeUnauthenticated) || errors.Is(err, ErrSessionEnded) {
		t.Errorf("got %v", err)
	}
	i.expect(t, 3)
}

func TestSessionIsKeptBeforeItIsUsed(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	kept := false
	sender, _ := connect(t, i.URL, WithSession(Session{RefreshToken: "refresh-1"}, func(*Session) {
		time.Sleep(20 * time.Millisecond)
		if i.served.Load() > 0 {
			t.Error("the session was used before it was kept")
		}
		kept = true
	}))
	if failed := inParallel(t, sender, 5); failed > 0 || !kept {
		t.Errorf("%d have failed, kept %v", failed, kept)
	}
}

func TestSigningOutEndsTheSession(t *testing.T) {
	t.Parallel()
	s := newScript(t, says(204, ""))
	o := &told{}
	sender, _ := connect(t, s.URL, WithSession(Session{AccessToken: "a", RefreshToken: "r"}, o.take))
	if err := done(sender.send(t.Context(), call{operation: "logout", method: http.MethodPost, path: "/api/v1/users/logout"}, nil)); err != nil {
		t.Fatal(err)
	}
	if err := do(t, sender, http.MethodGet); !errors.Is(err, ErrSessionEnded) {
		t.Errorf("got %v", err)
	}
	s.expect(t, 1)
	if sessions := o.list(); len(sessions) != 1 || sessions[0] != nil {
		t.Errorf("told of %v", sessions)
	}
}

func TestASessionIsKeptAsJSONAndPrintsAsAMask(t *testing.T) {
	t.Parallel()
	session := NewSession(&api.TokenPair{AccessToken: "at", RefreshToken: "rt", ExpiresIn: 600, DeviceToken: api.NewNullableWithValue("dt")})
	kept, err := json.Marshal(session)
	if err != nil {
		t.Fatal(err)
	}
	var back Session
	if err := json.Unmarshal(kept, &back); err != nil || back.AccessToken != "at" || back.RefreshToken != "rt" || back.DeviceToken != "dt" ||
		time.Until(back.ExpiresAt) < 9*time.Minute || time.Until(back.ExpiresAt) > 10*time.Minute {
		t.Errorf("got %s (%v)", kept, err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if printed := fmt.Sprintf(verb+verb, session, &session); strings.Contains(printed, "at\"") || strings.Contains(printed, "rt") || strings.Contains(printed, "dt") {
			t.Errorf("%s prints %s", verb, printed)
		}
	}
}

func TestARefusalThatComesLateTakesTheSessionThereIs(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	k := newKeeper(nil, Session{AccessToken: "access-2", RefreshToken: "refresh-2", ExpiresAt: time.Now().Add(time.Hour)}, nil)
	k.transport, _ = connect(t, i.URL)
	if token, err := k.renew(t.Context(), "access-1", nil); token != "access-2" || err != nil || i.refreshes.Load() != 0 {
		t.Errorf("got %s (%v) after %d refreshes", token, err, i.refreshes.Load())
	}
}

func TestASessionWithoutAnAccessTokenBeginsWithARefresh(t *testing.T) {
	t.Parallel()
	for name, lasts := range map[string]time.Duration{"ThatLasts": time.Hour, "ThatIsOver": -time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := newIssuer(t)
			sender, _ := inSession(t, i, "", lasts)
			if err := do(t, sender, http.MethodGet); err != nil {
				t.Error(err)
			}
		})
	}
}
