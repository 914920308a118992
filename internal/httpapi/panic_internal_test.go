package httpapi

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/aicoordination/coordinator/gen/api"
)

// A fault of the middleware is told like one of a handler, with the request's id.
func TestPanicInMiddlewareIsAnInternalProblem(t *testing.T) {
	t.Parallel()
	logger := slog.New(slog.DiscardHandler)
	e := echo.New()
	e.HTTPErrorHandler = errorHandler(logger)
	e.Use(recovering(logger), begin, accessLog(Dependencies{Logger: logger}), func(echo.HandlerFunc) echo.HandlerFunc {
		return func(echo.Context) error { panic("broken") }
	})
	e.GET("/", func(c echo.Context) error { return c.NoContent(http.StatusOK) })
	recorder := httptest.NewRecorder()
	e.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody))
	var problem api.Problem
	if err := json.Unmarshal(recorder.Body.Bytes(), &problem); err != nil || recorder.Code != http.StatusInternalServerError ||
		problem.RequestID == "" || problem.RequestID != recorder.Header().Get("X-Request-ID") {
		t.Errorf("status %d, %s, %v", recorder.Code, recorder.Body, err)
	}
}
