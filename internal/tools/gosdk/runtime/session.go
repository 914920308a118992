package client

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/aicoordination/coordinator/gen/api"
)

// Session is what a client acts in once somebody has signed in. It can be kept as
// JSON, in a place for secrets, and given to another client later. It prints as a
// mask.
type Session struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
	// ExpiresAt is when the access token ends, by the clock of this machine.
	ExpiresAt time.Time `json:"expires_at"`
	// DeviceToken marks the device as one that has signed in. It outlives the
	// session: give it to the next sign-in with [WithDeviceToken].
	DeviceToken string `json:"device_token,omitempty"`

	// lifetime is how long the access token lasts; 0 where that is not known.
	lifetime time.Duration
}

// NewSession is the session that a pair of tokens opens which was just answered.
func NewSession(pair *api.TokenPair) Session {
	lifetime := time.Duration(pair.ExpiresIn) * time.Second
	session := Session{AccessToken: pair.AccessToken, RefreshToken: pair.RefreshToken, ExpiresAt: time.Now().Add(lifetime), lifetime: lifetime}
	if !pair.DeviceToken.IsNull() && pair.DeviceToken.IsSpecified() {
		session.DeviceToken = pair.DeviceToken.MustGet()
	}
	return session
}

// String returns a mask: whoever holds a session is signed in.
func (Session) String() string { return "(session)" }

// Format writes the mask for every verb.
func (s Session) Format(state fmt.State, _ rune) { _, _ = state.Write([]byte(s.String())) }

// LogValue returns the mask.
func (s Session) LogValue() slog.Value { return slog.StringValue(s.String()) }

// isEnding tells whether the access token ends in a minute, or within a fifth of
// its life where that is shorter. One whose end is not known is used until it is refused.
func (s Session) isEnding(now time.Time) bool {
	if s.AccessToken == "" || s.ExpiresAt.IsZero() {
		return s.AccessToken == ""
	}
	margin := time.Minute
	if fifth := s.lifetime / 5; fifth > 0 && fifth < margin {
		margin = fifth
	}
	return s.ExpiresAt.Sub(now) <= margin
}

// credentials are what requests are sent with.
type credentials interface {
	// token returns the token to send now, empty for none.
	token(ctx context.Context) (string, error)
	// renew returns another token than the one that was refused, or the refusal.
	renew(ctx context.Context, refused string, refusal error) (string, error)
	// end forgets them, since the session is over.
	end()
}

// nobody acts without credentials.
type nobody struct{}

func (nobody) token(context.Context) (string, error) { return "", nil }
func (nobody) end()                                  {}
func (nobody) renew(_ context.Context, _ string, refusal error) (string, error) {
	return "", refusal
}

// apiKey acts by an API key, in place of which there is no other.
type apiKey string

func (k apiKey) token(context.Context) (string, error) { return string(k), nil }
func (apiKey) end()                                    {}
func (apiKey) renew(_ context.Context, _ string, refusal error) (string, error) {
	return "", refusal
}

// tokenSource acts by what the caller's function gives.
type tokenSource func(ctx context.Context) (string, error)

func (f tokenSource) token(ctx context.Context) (string, error) {
	token, err := f(ctx)
	if err != nil {
		return "", fmt.Errorf("asking for a token: %w", err)
	}
	return token, nil
}

func (f tokenSource) renew(ctx context.Context, refused string, refusal error) (string, error) {
	token, err := f.token(ctx)
	if err == nil && (token == refused || token == "") {
		err = refusal
	}
	return token, err
}

func (tokenSource) end() {}

// keeper keeps a session alive, by one refresh at a time.
type keeper struct {
	transport *transport
	tell      func(*Session)

	mu      sync.Mutex
	session Session
	// over is why the session has ended; nil while it has not.
	over error
	// key is what the refresh of this session is known by, however often it is
	// tried: a refresh token is good for ten seconds after its first use, and ends
	// the session later, but the answer to the same request is to be had for days.
	key     string
	refresh *refresh // nil while none is under way
	// rest is until when no refresh is tried before the token ends, as one has just failed.
	rest time.Time
}

// refreshRest is how long calls use the token that still holds after a refresh
// that has failed, in place of waiting one after the other for another one to fail.
const refreshRest = 10 * time.Second

// refresh is one that is under way.
type refresh struct {
	done    chan struct{}
	session Session
	err     error
}

func newKeeper(t *transport, session Session, tell func(*Session)) *keeper {
	if tell == nil {
		tell = func(*Session) {}
	}
	return &keeper{transport: t, tell: tell, session: session, key: newKey()}
}

func (k *keeper) token(ctx context.Context) (string, error) {
	k.mu.Lock()
	session, over, rest := k.session, k.over, k.rest
	k.mu.Unlock()
	now := time.Now()
	holds := session.AccessToken != "" && now.Before(session.ExpiresAt)
	switch {
	case over != nil:
		return "", over
	case !session.isEnding(now), holds && now.Before(rest):
		return session.AccessToken, nil
	}

	next, err := k.next(ctx, session.AccessToken)
	if err != nil && !errors.Is(err, ErrSessionEnded) && ctx.Err() == nil && holds {
		// The token that there is still holds, and the next call tries again.
		return session.AccessToken, nil
	}
	return next, err
}

func (k *keeper) renew(ctx context.Context, refused string, _ error) (string, error) {
	return k.next(ctx, refused)
}

// next returns the token that follows the one given: that of the session as it is
// by now, or of the refresh that is under way, or of one that it begins.
func (k *keeper) next(ctx context.Context, after string) (string, error) {
	k.mu.Lock()
	if k.over != nil || (k.refresh == nil && k.session.AccessToken != after) {
		defer k.mu.Unlock()
		return k.session.AccessToken, k.over
	}
	current := k.refresh
	if current == nil {
		current = &refresh{done: make(chan struct{})}
		k.refresh = current
		// Whoever began it may leave: the others still wait for it.
		go k.run(context.WithoutCancel(ctx), current, k.session, k.key)
	}
	k.mu.Unlock()

	select {
	case <-current.done:
		return current.session.AccessToken, current.err
	case <-ctx.Done():
		return "", fmt.Errorf("waiting for the session to be refreshed: %w", ended(ctx))
	}
}

// run exchanges the session for its successor, tells of it, and only then lets
// those go on who wait.
func (k *keeper) run(ctx context.Context, current *refresh, old Session, key string) {
	pair, err := decode[api.TokenPair](k.transport.send(ctx, call{
		operation: "refreshSession", method: http.MethodPost, path: "/api/v1/users/refresh",
		body: api.RefreshRequest{RefreshToken: old.RefreshToken}, anonymous: true,
	}, []CallOption{IdempotencyKey(key)}))
	if err == nil && pair == nil {
		err = errors.New("the answer is empty")
	}

	switch {
	case err == nil:
		current.session = NewSession(pair)
		if current.session.DeviceToken == "" { // It is answered once, by signing in.
			current.session.DeviceToken = old.DeviceToken
		}
		current.err = k.replace(current.session)
	case HasCode(err, api.ProblemCodeUnauthenticated, api.ProblemCodeValidationFailed):
		current.err = fmt.Errorf("%w: %w", ErrSessionEnded, err)
		k.endBecause(current.err)
	default: // It passes, and the session is still good.
		current.err = fmt.Errorf("refreshing the session: %w", err)
	}

	k.mu.Lock()
	k.refresh = nil
	if current.err != nil {
		k.rest = time.Now().Add(refreshRest)
	}
	k.mu.Unlock()
	close(current.done)
}

// replace makes the session the present one, unless it was ended meanwhile.
func (k *keeper) replace(session Session) error {
	k.mu.Lock()
	if k.over != nil {
		defer k.mu.Unlock()
		return k.over
	}
	k.session, k.key = session, newKey()
	k.mu.Unlock()
	k.tell(&session)
	return nil
}

func (k *keeper) end() { k.endBecause(ErrSessionEnded) }

func (k *keeper) endBecause(why error) {
	k.mu.Lock()
	isFirst := k.over == nil
	if isFirst {
		k.over, k.session = why, Session{}
	}
	k.mu.Unlock()
	if isFirst {
		k.tell(nil)
	}
}
