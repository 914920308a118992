package obs_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aicoordination/coordinator/internal/obs"
)

func TestRequestID(t *testing.T) {
	t.Parallel()
	if got := obs.RequestID(t.Context()); got != "" {
		t.Errorf("outside a request the id is %q", got)
	}
	ctx := obs.WithRequestID(t.Context(), "req-1")
	if got := obs.RequestID(ctx); got != "req-1" {
		t.Errorf("the id is %q", got)
	}
	if got := obs.RequestID(obs.WithRequestID(ctx, "req-2")); got != "req-2" {
		t.Errorf("the inner id is %q", got)
	}
}

func TestHandler(t *testing.T) {
	t.Parallel()
	inRequest := func(t *testing.T) context.Context { return obs.WithRequestID(t.Context(), "req-1") }
	outside := func(t *testing.T) context.Context { return t.Context() }

	for name, test := range map[string]struct {
		ctx  func(*testing.T) context.Context
		with func(*slog.Logger) *slog.Logger
		want map[string]any
	}{
		"LineOfARequestNamesIt": {
			inRequest, func(l *slog.Logger) *slog.Logger { return l },
			map[string]any{"msg": "hello", "n": 1.0, "request_id": "req-1"},
		},
		"LineOutsideARequestDoesNot": {
			outside, func(l *slog.Logger) *slog.Logger { return l },
			map[string]any{"msg": "hello", "n": 1.0},
		},
		"LoggerWithAttributesKeepsDoingSo": {
			inRequest, func(l *slog.Logger) *slog.Logger { return l.With("part", "http") },
			map[string]any{"msg": "hello", "n": 1.0, "part": "http", "request_id": "req-1"},
		},
		"LoggerWithAGroupKeepsDoingSo": {
			inRequest, func(l *slog.Logger) *slog.Logger { return l.WithGroup("http") },
			map[string]any{"msg": "hello", "http": map[string]any{"n": 1.0, "request_id": "req-1"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			logger := test.with(slog.New(obs.Handler{Handler: slog.NewJSONHandler(&out, nil)}))
			logger.InfoContext(test.ctx(t), "hello", "n", 1)
			var line map[string]any
			if err := json.Unmarshal(out.Bytes(), &line); err != nil {
				t.Fatal(err)
			}
			delete(line, "time")
			delete(line, "level")
			if diff := cmp.Diff(test.want, line); diff != "" {
				t.Error(diff)
			}
		})
	}

	t.Run("LevelOfTheInnerHandlerHolds", func(t *testing.T) {
		t.Parallel()
		var out bytes.Buffer
		logger := slog.New(obs.Handler{Handler: slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelWarn})})
		logger.InfoContext(inRequest(t), "hello")
		if out.Len() > 0 {
			t.Errorf("logged %q", out.String())
		}
	})
}
