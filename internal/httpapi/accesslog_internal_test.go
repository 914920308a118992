package httpapi

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/aicoordination/coordinator/gen/server"
	"github.com/aicoordination/coordinator/internal/obs"
)

var when = regexp.MustCompile(`"time":"[^"]+"`)

// lines returns what is logged, but for when.
func lines(t *testing.T, write func(logger *slog.Logger)) string {
	t.Helper()
	var out bytes.Buffer
	log, err := obs.OpenLog(obs.LogOptions{Level: slog.LevelInfo, Output: &out})
	if err != nil {
		t.Fatal(err)
	}
	write(log.Logger)
	return when.ReplaceAllString(out.String(), "")
}

// The access log is written past the masking of all other lines: whatever a
// request holds, its line is the one that masking would have left.
func TestTheAccessLogIsMasked(t *testing.T) {
	t.Parallel()
	const (
		token = "eyJhbGciOiJFZERTQSIsImtpZCI6ImEifQ.eyJzdWIiOiJiIn0.c2lnbmF0dXJl"
		key   = "ck_live_0123456789abcdefghijABCDEFGHIJ"
		word  = "a0A1b2B3c4C5d6D7e8E9f0F1g2G3h4H5i6I7j8J9k0K1"
	)
	planted := []string{"", "GET", token, key, word, "Bearer " + word, "password=hunter22", "https://ana:secret@example.com/", `"api_key": "x"`, "\xff\x00\n", "a b"}
	for i, text := range planted {
		for j, other := range planted {
			request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/v1/tasks", http.NoBody)
			request.Method, request.URL = text, &url.URL{Path: "/api/v1/" + other + "/" + text}
			request.Header.Set("User-Agent", text+" "+other)
			s := &scope{Context: request.Context(), requestID: "0198c0de-0000-7000-8000-000000000001", address: other}
			s.actor.ID = uuid.MustParse("0198c0de-0000-7000-8000-000000000002")
			s.actor.APIKeyID = s.actor.ID
			c := echo.New().NewContext(request.WithContext(s), httptest.NewRecorder())
			attrs := accessAttrs(nil, c, time.Second)
			got := lines(t, func(logger *slog.Logger) { obs.LogMasked(s, logger, slog.LevelInfo, "request", attrs) })
			want := lines(t, func(logger *slog.Logger) { logger.LogAttrs(s, slog.LevelInfo, "request", attrs...) })
			if got != want || got == "" {
				t.Errorf("%d, %d: got %s, want %s", i, j, got, want)
			}
		}
	}
}

// What the line takes from the contract, and from the routes beside it, is
// nothing that masking would change.
func TestRoutesAndOperationsHoldNoSecrets(t *testing.T) {
	t.Parallel()
	contract, err := loadContract(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range contract {
		if obs.Mask(o.route.Path) != o.route.Path || obs.Mask(o.id) != o.id {
			t.Errorf("%s at %s would be masked", o.id, o.route.Path)
		}
	}
	e := echo.New()
	server.RegisterHandlers(e, nil)
	if err := serveDocuments(e, Dependencies{}); err != nil {
		t.Fatal(err)
	}
	for _, route := range e.Routes() {
		if obs.Mask(route.Path) != route.Path {
			t.Errorf("%s would be masked", route.Path)
		}
	}
}

// A logger of any other kind gets the line as it is, and none that it does not want.
func TestALineOfTheAccessLogIsForAnyLogger(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelWarn}))
	obs.LogMasked(context.Background(), logger, slog.LevelInfo, "request", []slog.Attr{slog.Int("status", 200)})
	if out.Len() > 0 {
		t.Errorf("it is told %s", out.String())
	}
	obs.LogMasked(context.Background(), logger, slog.LevelWarn, "request", []slog.Attr{slog.Int("status", 500)})
	if got := regexp.MustCompile(`^time=\S+ `).ReplaceAllString(out.String(), ""); got != "level=WARN msg=request status=500\n" {
		t.Errorf("it is told %s", got)
	}
}
