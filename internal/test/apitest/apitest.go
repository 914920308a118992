// Package apitest serves the API over real HTTP on a database of the test's
// own, and calls it as anybody. Every response that a test receives is held
// against the contract; one that does not conform fails the test.
package apitest

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/client"
	"github.com/aicoordination/coordinator/internal/comment"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/httpapi"
	"github.com/aicoordination/coordinator/internal/idempotency"
	"github.com/aicoordination/coordinator/internal/project"
	"github.com/aicoordination/coordinator/internal/ratelimit"
	"github.com/aicoordination/coordinator/internal/statistics"
	"github.com/aicoordination/coordinator/internal/task"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/factory"
	"github.com/aicoordination/coordinator/internal/timeentry"
	"github.com/aicoordination/coordinator/internal/user"
	"github.com/aicoordination/coordinator/internal/webhook"
)

// Password signs in every user that [API.User] makes.
const Password = "apitest-password"

// Secret is what every server of the tests seals with, as replicas do.
var Secret = bytes.Repeat([]byte("apitest!"), 4)

// BodyLimit is the most bytes of a body that the server takes.
const BodyLimit = 64 << 10

// BulkBodyLimit is BodyLimit for an operation that changes many records at once.
const BulkBodyLimit = 4 << 20

// Options change how the server behaves.
type Options struct {
	// Auth changes how sign-in behaves; registration is open otherwise.
	Auth func(*auth.Config)
	// Now is the clock of everything but tokens and logs.
	Now func() time.Time
	// RequestTimeout is half a minute when it is zero.
	RequestTimeout time.Duration
	// Probes replace those of a server that is well.
	Probes *httpapi.Probes
	// Logger gets what the server logs; it is discarded otherwise.
	Logger *slog.Logger
	// Limiter counts requests; without it none is refused for coming too often.
	Limiter *ratelimit.Limiter
	// TrustedProxies and Origins are as in [httpapi.Dependencies].
	TrustedProxies []netip.Prefix
	Origins        []string
	// MaxRequests bounds what is at work at once; nothing does otherwise.
	MaxRequests int
	// Observe changes how requests are observed; they are not otherwise.
	Observe func(*httpapi.Dependencies)
	// Streams change how streams of events behave; they end after 50 ms otherwise,
	// so that a response is there to be held against the contract.
	Streams func(*event.StreamOptions)
	// RequireIfMatch is as in [httpapi.Dependencies].
	RequireIfMatch httpapi.RequireIfMatch
	// Pool leads to a database other than a fresh one.
	Pool *pgxpool.Pool
	// DB is Pool with more to it, such as a replica.
	DB *dbx.DB
	// Replica is as in [httpapi.Dependencies].
	Replica httpapi.Replica
}

// API is a running server.
type API struct {
	URL string
	DB  *dbx.DB
	// Streams are those of the server's events.
	Streams *event.Streams

	t    testing.TB
	auth *auth.Service
	// now is the clock of sessions and tokens.
	now       func() time.Time
	transport http.RoundTripper
}

// New starts a server on a fresh database.
func New(t testing.TB, opts *Options) *API {
	t.Helper()
	if opts == nil {
		opts = &Options{}
	}
	d, pool := opts.DB, opts.Pool
	if d == nil && pool == nil {
		pool = dbtest.Pool(t)
	}
	if d == nil {
		d = dbx.New(pool)
	}
	config := auth.Config{
		AccessTokenTTL: 10 * time.Minute, RefreshTokenTTL: time.Hour, SessionMaxTTL: 24 * time.Hour,
		Registration: auth.RegistrationOpen, Secret: Secret, Logger: opts.Logger,
		// Refusals come at once, except where their time is what is tested.
		RefusalTime: -1,
	}
	if opts.Auth != nil {
		opts.Auth(&config)
	}
	keys, err := auth.LoadKeys(t.Context(), d, config.Secret, config.AccessTokenTTL)
	if err != nil {
		t.Fatalf("loading the signing keys: %v", err)
	}
	authService, err := auth.New(d, keys, config)
	if err != nil {
		t.Fatalf("making the auth service: %v", err)
	}
	logger := opts.Logger
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	feed, streams := follow(t, d, opts, authService, logger)
	answers, err := idempotency.New(d, config.Secret, opts.Now)
	if err != nil {
		t.Fatalf("making the idempotency service: %v", err)
	}
	users := user.New(d, opts.Now)
	users.OnEmailChange(authService.EmailChanged)
	webhooks, err := webhook.New(d, webhook.Options{Secret: Secret, Client: webhook.NewClient(true, nil), Now: opts.Now})
	if err != nil {
		t.Fatalf("making the webhook service: %v", err)
	}
	dependencies := httpapi.Dependencies{
		Auth: authService, Users: users, Clients: client.New(d),
		Projects: project.New(d, opts.Now), Tasks: task.New(d, opts.Now), Time: timeentry.New(d, opts.Now),
		Comments: comment.New(d, opts.Now), Events: event.New(d), Feed: feed, Streams: streams, Statistics: statistics.New(d, opts.Now),
		Webhooks: webhooks,
		Probes:   probes(d, opts), Logger: logger,
		BodyLimit: BodyLimit, BulkBodyLimit: BulkBodyLimit, RequestTimeout: cmp.Or(opts.RequestTimeout, 30*time.Second),
		Replica: opts.Replica, MaxRequests: opts.MaxRequests,
		Idempotency: answers, RequireIfMatch: opts.RequireIfMatch,
		Limiter: opts.Limiter, TrustedProxies: opts.TrustedProxies, Origins: opts.Origins,
	}
	if opts.Observe != nil {
		opts.Observe(&dependencies)
	}
	handler, err := httpapi.New(dependencies)
	if err != nil {
		t.Fatalf("making the server: %v", err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(func() {
		// Closing waits for requests, and streams do not end by themselves.
		streams.Drain()
		server.Close()
	})
	if config.Now == nil {
		config.Now = time.Now
	}
	return &API{URL: server.URL, DB: d, Streams: streams, t: t, auth: authService, now: config.Now, transport: server.Client().Transport}
}

// Changed tells the server that somebody's rights were changed, by a statement
// that no verb of it has run.
func (a *API) Changed() { dbx.Announce(db.New(a.DB), "user.changed_by_hand") }

// User makes a user who can sign in with Password.
func (a *API) User(role db.Role) db.User {
	a.t.Helper()
	return factory.User(a.t, a.DB, &factory.UserOpts{Role: role, PasswordHash: new(factory.PasswordHash(Password))})
}

// Token opens a session of the user and returns its access token, as [API.Login]
// does, but without a password, whose hash takes longer than most of what tests
// do. An agent, which cannot sign in, gets an API key with all scopes.
func (a *API) Token(u db.User) string {
	a.t.Helper()
	if u.Kind == db.PrincipalKindAgent {
		return a.APIKey(u, nil, nil)
	}
	session := factory.Session(a.t, a.DB, &factory.SessionOpts{UserID: u.ID, CreatedAt: a.now()})
	refresh := rand.Text()
	hash := sha256.Sum256([]byte(refresh))
	err := db.New(a.DB).RefreshTokenInsert(a.t.Context(), db.RefreshTokenInsertParams{TokenHash: hash[:], SessionID: session.ID, IssuedAt: session.CreatedAt})
	if err != nil {
		a.t.Fatalf("inserting a refresh token: %v", err)
	}
	tokens, err := a.auth.Refresh(a.t.Context(), access.Actor{}, refresh)
	if err != nil {
		a.t.Fatalf("signing an access token: %v", err)
	}
	return tokens.Access
}

// Login signs the user in.
func (a *API) Login(u db.User) api.TokenPair {
	a.t.Helper()
	response := a.Do(Request{
		Method: http.MethodPost, Path: "/api/v1/users/login",
		Body: api.Login{Email: u.Email, Password: Password},
	})
	var tokens api.TokenPair
	response.MustDecode(a.t, http.StatusOK, &tokens)
	return tokens
}

// Auth is the service that signs in, for a test that does its background work.
func (a *API) Auth() *auth.Service { return a.auth }

// Request is a request in full control of the test.
type Request struct {
	Method string
	// Path is absolute, with the query.
	Path string
	// Token is sent as the bearer token unless it is empty.
	Token string
	// Body is sent as it is when it is a string or []byte, as JSON otherwise;
	// nil sends none.
	Body any
	// Header is added; Content-Type is JSON unless it says otherwise.
	Header map[string]string
}

// Response is a response that has been read.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Do sends the request and reads the response.
func (a *API) Do(r Request) Response {
	a.t.Helper()
	return a.Send(a.t, r)
}

// Send is Do with somebody else who is told what is wrong.
func (a *API) Send(t Reporter, r Request) Response {
	t.Helper()
	var body io.Reader
	switch b := r.Body.(type) {
	case nil:
	case string:
		body = strings.NewReader(b)
	case []byte:
		body = bytes.NewReader(b)
	default:
		encoded, err := json.Marshal(b)
		if err != nil {
			t.Fatalf("encoding the body: %v", err)
		}
		body = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(a.t.Context(), r.Method, a.URL+r.Path, body)
	if err != nil {
		t.Fatalf("making a request: %v", err)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if r.Token != "" {
		request.Header.Set("Authorization", "Bearer "+r.Token)
	}
	for name, value := range r.Header {
		request.Header.Set(name, value)
	}
	client := http.Client{
		Transport:     &validating{t: t, contract: loadContract(a.t), next: a.transport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatalf("%s %s: %v", r.Method, r.Path, err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("reading the response to %s %s: %v", r.Method, r.Path, err)
	}
	return Response{Status: response.StatusCode, Header: response.Header, Body: content}
}

// MustDecode fails the test unless the status is the one wanted, and decodes the body.
func (r Response) MustDecode(t testing.TB, status int, into any) {
	t.Helper()
	if r.Status != status {
		t.Fatalf("got status %d, want %d: %s", r.Status, status, r.Body)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(r.Body, into); err != nil {
		t.Fatalf("decoding %s: %v", r.Body, err)
	}
}

// MustProblem fails the test unless the response is a problem of the status
// and code, and returns it.
func (r Response) MustProblem(t testing.TB, status int, code string) api.Problem {
	t.Helper()
	var problem api.Problem
	r.MustDecode(t, status, &problem)
	if string(problem.Code) != code {
		t.Fatalf("got the code %s, want %s: %s", problem.Code, code, r.Body)
	}
	return problem
}
