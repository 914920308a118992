package httpapi

import (
	"context"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/aicoordination/coordinator/internal/auth"
)

// maxUserAgent bounds what is kept of a header that may be of any length.
const maxUserAgent = 500

type deviceKey struct{}

// keepDevice lets the handlers of sign-in know where a session is opened from.
func keepDevice(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		userAgent := strings.ToValidUTF8(c.Request().UserAgent(), "\uFFFD")
		if len(userAgent) > maxUserAgent {
			userAgent = strings.ToValidUTF8(userAgent[:maxUserAgent], "")
		}
		device := auth.Device{IP: c.RealIP(), UserAgent: userAgent}
		c.SetRequest(c.Request().WithContext(context.WithValue(c.Request().Context(), deviceKey{}, device)))
		return next(c)
	}
}

func deviceOf(ctx context.Context) auth.Device {
	device, _ := ctx.Value(deviceKey{}).(auth.Device)
	return device
}
