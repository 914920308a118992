// Package httpapi is the contract served over HTTP: the generated interface
// implemented, a file a tag, and the middleware in front of it. A handler
// reads its input, calls one service and converts what comes back; the rules
// are the services'.
package httpapi

import (
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/aicoordination/coordinator/gen/server"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/client"
	"github.com/aicoordination/coordinator/internal/comment"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/idempotency"
	"github.com/aicoordination/coordinator/internal/obs"
	"github.com/aicoordination/coordinator/internal/project"
	"github.com/aicoordination/coordinator/internal/ratelimit"
	"github.com/aicoordination/coordinator/internal/site"
	"github.com/aicoordination/coordinator/internal/statistics"
	"github.com/aicoordination/coordinator/internal/task"
	"github.com/aicoordination/coordinator/internal/timeentry"
	"github.com/aicoordination/coordinator/internal/user"
	"github.com/aicoordination/coordinator/internal/webhook"
)

// Dependencies are what the handlers call and how the server behaves.
type Dependencies struct {
	Auth     *auth.Service
	Users    *user.Service
	Clients  *client.Service
	Projects *project.Service
	Tasks    *task.Service
	Comments *comment.Service
	Time     *timeentry.Service
	Events   *event.Service
	Feed     *event.Feed
	Streams  *event.Streams
	Webhooks *webhook.Service
	Probes   Probes

	Statistics *statistics.Service

	// Idempotency keeps answers to requests with an Idempotency-Key; nil keeps none.
	Idempotency *idempotency.Service
	// RequireIfMatch says whose changes need If-Match.
	RequireIfMatch RequireIfMatch

	// Contract is the contract that the middleware goes by, as JSON; nil for the
	// one that is embedded. Tests have one with what ours has not come to yet.
	Contract []byte

	Logger *slog.Logger
	// Metrics and Tracing are told of every request; nil for none.
	Metrics *obs.Metrics
	Tracing *obs.Tracing
	// SlowRequest is from what time on a request is logged as slow; 0 for none.
	SlowRequest time.Duration
	// BodyLimit is the most bytes of a request's body.
	BodyLimit int64
	// BulkBodyLimit is BodyLimit for an operation that changes many records at once.
	BulkBodyLimit int64
	// RequestTimeout is the longest that a request may take.
	RequestTimeout time.Duration
	// MaxRequests are at work at once at most, streams aside; 0 is no bound.
	MaxRequests int
	// TrustedProxies are the networks whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix
	// Origins are those whose pages may call the API, such as
	// https://app.example.com; none for no page but our own.
	Origins []string
	// Replica moves what reads many records elsewhere; nil where there is no replica.
	Replica Replica
	// Limiter counts requests; nil allows all of them.
	Limiter *ratelimit.Limiter
	// Demo is the account that the pages of a demo know; nil for no demo.
	Demo *site.Demo
	// Now is the clock; nil for the real one.
	Now func() time.Time
}

// handlers implements the generated interface; its methods stand in a file a tag.
type handlers struct {
	Dependencies
	files recordFiles
}

var _ server.StrictServerInterface = (*handlers)(nil)

// New returns the server. It fails when the contract's operations and the
// permission table do not match, so that no operation is ever served without one.
func New(d Dependencies) (http.Handler, error) {
	if d.Now == nil {
		d.Now = time.Now
	}
	contract, err := loadContract(d.Contract)
	if err != nil {
		return nil, err
	}
	if err := access.CheckComplete(slices.Collect(maps.Keys(contract))); err != nil {
		return nil, fmt.Errorf("checking permissions: %w", err)
	}
	if err := contract.checkBuckets(); err != nil {
		return nil, err
	}

	files, err := loadRecordFiles()
	if err != nil {
		return nil, err
	}

	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = clientAddress(d.TrustedProxies)
	e.HTTPErrorHandler = errorHandler(d.Logger)
	e.JSONSerializer = fromMemory{}

	panics := recovering(d.Logger)
	around := together(
		// Around the middleware as well, and again around the handler, so that the
		// access log has the status of what panicked there.
		panics,
		begin,
		closeWhileDraining(d.Probes.Draining),
		traced(d.Tracing),
		accessLog(d),
		securityHeaders(d.TrustedProxies),
		cors(d.Origins),
		timeout(d.RequestTimeout),
		panics,
	)(routed)
	e.Use(func(echo.HandlerFunc) echo.HandlerFunc { return around })
	if err := serveDocuments(e, d); err != nil {
		return nil, err
	}
	server.RegisterHandlersWithOptions(e, server.NewStrictHandler(&handlers{Dependencies: d, files: files}), server.RegisterHandlersOptions{
		OperationMiddlewares: contract.middlewares(
			announce,
			limitWork(d.MaxRequests),
			limitCredentials(d.Limiter, d.Metrics),
			authenticate(d.Auth),
			limitRate(d.Limiter, d.Metrics),
			authorize,
			limitQuery,
			patient(d.RequestTimeout),
			streaming,
			readBody(d.BodyLimit, d.BulkBodyLimit),
			validate,
			requireVersion(d.RequireIfMatch),
			readFromReplica(d.Replica),
			conditional,
			idempotent(d.Idempotency),
		),
	})
	return e, nil
}

// clientAddress returns how the caller's address is found: from the socket,
// and from X-Forwarded-For only as far as trusted proxies have written it.
func clientAddress(trusted []netip.Prefix) echo.IPExtractor {
	if len(trusted) == 0 {
		return echo.ExtractIPDirect()
	}
	options := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, prefix := range trusted {
		options = append(options, echo.TrustIPRange(toIPNet(prefix)))
	}
	return echo.ExtractIPFromXFFHeader(options...)
}

// recovering makes an error of a panic.
func recovering(logger *slog.Logger) echo.MiddlewareFunc {
	return middleware.RecoverWithConfig(middleware.RecoverConfig{LogErrorFunc: logPanic(logger)})
}

func logPanic(logger *slog.Logger) middleware.LogErrorFunc {
	return func(c echo.Context, err error, stack []byte) error {
		logger.ErrorContext(c.Request().Context(), "panic", "error", err, "stack", string(stack))
		return fmt.Errorf("panic: %w", err)
	}
}
