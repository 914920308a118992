package httpapi

import (
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/aicoordination/coordinator/internal/apperr"
)

// retryOverload is when whoever came at a bad moment should come back.
const retryOverload = time.Second

// limitWork refuses a request at once where too many are at work: it would wait
// for them, and keep others waiting. Health is always answered, since whoever is
// taken for dead is restarted, which is no help under load. Streams stay open
// and do next to nothing: they are counted where they are opened.
func limitWork(most int) echo.MiddlewareFunc {
	work := newSlots(most)
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			o := operationOf(c)
			if o.streams || slices.Contains(o.route.Operation.Tags, "health") {
				return next(c)
			}
			if !work.take() {
				e := apperr.New(apperr.Unavailable, "The service has as much to do as it can at once. Try again in a second.")
				e.RetryAfter = retryOverload
				return e
			}
			defer work.giveBack()
			return next(c)
		}
	}
}

// slots are places of which each is somebody's or free; nil has any number.
type slots chan struct{}

func newSlots(most int) slots {
	if most <= 0 {
		return nil
	}
	return make(slots, most)
}

func (s slots) take() bool {
	if s == nil {
		return true
	}
	select {
	case s <- struct{}{}:
		return true
	default:
		return false
	}
}

func (s slots) giveBack() {
	if s != nil {
		<-s
	}
}

// closeWhileDraining has the caller's next request come by a new connection,
// which a load balancer sends elsewhere. It is decided when the answer begins:
// the service may have been told to stop after the request came.
func closeWhileDraining(draining func() bool) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		if draining == nil {
			return next
		}
		return func(c echo.Context) error {
			w := &scopeOf(c.Request().Context()).writer
			w.ResponseWriter, w.draining = c.Response().Writer, draining
			c.Response().Writer = w
			return next(c)
		}
	}
}

// drainingWriter asks whether the service is being stopped when an answer begins.
type drainingWriter struct {
	http.ResponseWriter
	draining func() bool
}

// WriteHeader implements [http.ResponseWriter].
func (w *drainingWriter) WriteHeader(status int) {
	if w.draining() {
		w.Header().Set(echo.HeaderConnection, "close")
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap leads the response controller on.
func (w *drainingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
