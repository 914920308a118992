package httpapi

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
)

// preflightAge is how many seconds a browser keeps what a preflight told it.
const preflightAge = 600

// headerLastEventID is where a stream goes on. EventSource may send it anywhere;
// a page that reads a stream by fetch may not, unless it is allowed to.
const headerLastEventID = "Last-Event-ID"

// cors lets pages of the listed origins call the API. It answers a preflight,
// which carries no credential, before anything else looks at it. Credentials of
// the browser are not asked for: a bearer token is sent by the page itself, so
// that no other page can make use of it.
func cors(origins []string) echo.MiddlewareFunc {
	whole := middleware.CORSWithConfig(middleware.CORSConfig{
		// Every other OPTIONS is a method that the path may or may not take.
		Skipper: func(c echo.Context) bool {
			return c.Request().Method == http.MethodOptions && c.Request().Header.Get(echo.HeaderAccessControlRequestMethod) == ""
		},
		// Exactly, because the library's own list takes patterns as well.
		AllowOriginFunc: func(origin string) (bool, error) { return slices.Contains(origins, origin), nil },
		AllowMethods:    []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete},
		AllowHeaders:    []string{echo.HeaderAuthorization, echo.HeaderContentType, headerIfMatch, headerIfNoneMatch, headerIdempotencyKey, headerLastEventID, echo.HeaderXRequestID},
		ExposeHeaders: []string{
			headerETag, headerLink, echo.HeaderLocation, echo.HeaderXRequestID, echo.HeaderRetryAfter, echo.HeaderWWWAuthenticate,
			echo.HeaderContentDisposition, headerRateLimit, headerRateLimitPolicy, headerIdempotencyReplayed,
			headerDeprecation, headerSunset,
		},
		MaxAge: preflightAge,
	})
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		asked := whole(next)
		return func(c echo.Context) error {
			request := c.Request()
			if request.Method == http.MethodOptions || request.Header[echo.HeaderOrigin] != nil {
				return asked(c)
			}
			// No page has sent it. All that is told is that it would matter.
			variesByOrigin.in(c.Response().Header())
			return next(c)
		}
	}
}

var variesByOrigin = fixed(echo.HeaderVary, echo.HeaderOrigin)
