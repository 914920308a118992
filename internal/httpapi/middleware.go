package httpapi

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/aicoordination/coordinator/internal/obs"
)

// headerRequestID is echo.HeaderXRequestID as it stands in a header's map.
const headerRequestID = "X-Request-Id"

// requestID is the id of a request: the caller's when it is sane, a new one otherwise.
func requestID(sent string) string {
	// A token that went astray would stand in the log and with the events.
	if !isSaneRequestID(sent) || obs.Mask(sent) != sent {
		return uuid.Must(uuid.NewV7()).String()
	}
	return sent
}

// isSaneRequestID tells whether an id is taken over from a caller: enough for
// any in common use, and nothing that could forge a line of the log.
func isSaneRequestID(id string) bool {
	const shortest, longest, others = 8, 128, "._:/+=-"
	if len(id) < shortest || len(id) > longest {
		return false
	}
	for i := range len(id) {
		b := id[i]
		if (b < 'a' || b > 'z') && (b < 'A' || b > 'Z') && (b < '0' || b > '9') && strings.IndexByte(others, b) < 0 {
			return false
		}
	}
	return true
}

// timeout ends the context of a request that takes too long; everything that
// waits in it, above all the database, then returns. The context without the
// limit is kept for [patient].
func timeout(limit time.Duration) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if limit <= 0 {
				return next(c)
			}
			s := scopeOf(c.Request().Context())
			ctx, cancel := context.WithTimeout(s.Context, limit)
			defer cancel()
			s.caller, s.Context = s.Context, ctx
			return next(c)
		}
	}
}

func toIPNet(prefix netip.Prefix) *net.IPNet {
	return &net.IPNet{
		IP:   prefix.Masked().Addr().AsSlice(),
		Mask: net.CIDRMask(prefix.Bits(), prefix.Addr().BitLen()),
	}
}
