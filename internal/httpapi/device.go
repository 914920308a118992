package httpapi

import (
	"context"
	"strings"

	"github.com/aicoordination/coordinator/internal/auth"
)

// maxUserAgent bounds what is kept of a header that may be of any length.
const maxUserAgent = 500

// deviceOf is where a session is opened from.
func deviceOf(ctx context.Context) auth.Device {
	s := scopeOf(ctx)
	if s == nil {
		return auth.Device{}
	}
	userAgent := strings.ToValidUTF8(s.request.UserAgent(), "\uFFFD")
	if len(userAgent) > maxUserAgent {
		userAgent = strings.ToValidUTF8(userAgent[:maxUserAgent], "")
	}
	return auth.Device{IP: s.address, UserAgent: userAgent}
}
