package client

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestHooksAreToldOfEachAttempt(t *testing.T) {
	t.Parallel()
	s := newScript(t, proxied(502), cuts, refuses(404, "not_found"))
	var seen []string
	attempts := map[string]Attempt{}
	note := func(what string) func(context.Context, Attempt) {
		return func(_ context.Context, a Attempt) {
			seen = append(seen, what)
			attempts[what] = a
		}
	}
	sender, _ := connect(t, s.URL,
		WithHooks(Hooks{OnRequest: note("request"), OnResponse: note("response"), OnRetry: note("retry"), OnError: note("error")}),
		WithHooks(Hooks{}))
	_ = do(t, sender, http.MethodGet)

	if got, want := strings.Join(seen, " "), "request response retry request retry request response error"; got != want {
		t.Errorf("told of %s, want %s", got, want)
	}
	last := attempts["error"]
	if last.Operation != "try" || last.Method != http.MethodGet || last.Path != "/api/v1/things/7" || last.Number != 3 || last.RequestID == "" || last.Err == nil {
		t.Errorf("told of %+v", last)
	}
	if attempts["response"].Status != 404 || attempts["response"].Duration <= 0 || attempts["retry"].Err == nil || attempts["retry"].Wait < 0 {
		t.Errorf("told of %+v and %+v", attempts["response"], attempts["retry"])
	}
	if attempts["request"].RequestID != s.received()[0].header.Get("X-Request-ID") {
		t.Error("told of another request id than was sent")
	}
}

func TestALogNeverShowsWhatIsSecret(t *testing.T) {
	t.Parallel()
	const secret = "hunter2"
	var log bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s := newScript(t, proxied(502), cuts, says(200, `{"token":"hunter2"}`), refuses(403, "forbidden", "X-Secret", secret))
	sender, _ := connect(t, s.URL, WithLogger(logger), WithAPIKey(secret), WithHeader("X-Secret", secret))
	one := call{
		operation: "try", method: http.MethodPost, path: "/api/v1/things", body: map[string]string{"password": secret},
		query: map[string][]string{"q": {secret}},
	}
	for range 2 {
		_, _ = sender.send(t.Context(), one, nil)
	}
	hanging := newScript(t, hangs)
	sender, _ = connect(t, hanging.URL, WithLogger(logger), WithAPIKey(secret))
	_, _ = sender.send(t.Context(), one, []CallOption{RequestTimeout(10 * time.Millisecond)})

	if strings.Contains(log.String(), secret) {
		t.Errorf("the log tells the secret:\n%s", log.String())
	}
	contains(t, log.String(), `"request is sent again"`, `"call has failed"`, `"response"`, `"operation":"try"`, `"status":200`, `"attempt":3`)
}
