package httpapi

import (
	"context"
	"net"
	"net/netip"
	"regexp"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/aicoordination/coordinator/internal/obs"
)

// saneRequestID is what is taken over from a caller: enough for any id in
// common use, and nothing that could forge a line of the log.
var saneRequestID = regexp.MustCompile(`^[A-Za-z0-9._:/+=-]{8,128}$`)

// requestID gives every request an id: the caller's when it is sane, a new one otherwise.
func requestID(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		id := c.Request().Header.Get(echo.HeaderXRequestID)
		// A token that went astray would stand in the log and with the events.
		if !saneRequestID.MatchString(id) || obs.Mask(id) != id {
			id = uuid.Must(uuid.NewV7()).String()
		}
		c.Response().Header().Set(echo.HeaderXRequestID, id)
		c.SetRequest(c.Request().WithContext(obs.WithRequestID(c.Request().Context(), id)))
		return next(c)
	}
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
			unlimited := c.Request().Context()
			ctx, cancel := context.WithTimeout(context.WithValue(unlimited, unlimitedKey{}, unlimited), limit)
			defer cancel()
			c.SetRequest(c.Request().WithContext(ctx))
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
