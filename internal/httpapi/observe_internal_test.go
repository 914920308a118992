package httpapi

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/obs"
)

// BenchmarkAccessLog is the line of a request, masked and as JSON.
func BenchmarkAccessLog(b *testing.B) {
	operations, err := loadContract(nil)
	if err != nil {
		b.Fatal(err)
	}
	log, err := obs.OpenLog(obs.LogOptions{Level: slog.LevelInfo, Output: io.Discard})
	if err != nil {
		b.Fatal(err)
	}
	request := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/api/v1/tasks/0197f3a0-7c1e-7d2a-9b3c-0123456789ab", http.NoBody)
	request.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
	s := &scope{
		Context: b.Context(), request: request, operation: operations["getTask"], requestID: uuid.NewString(), address: "203.0.113.9",
		actor: access.Actor{ID: uuid.New(), Role: access.RoleManager},
	}
	c := echo.New().NewContext(request.WithContext(s), httptest.NewRecorder())
	b.ReportAllocs()
	for b.Loop() {
		Dependencies{Logger: log.Logger}.logAccess(c, nil, false, 3*time.Millisecond)
	}
}
