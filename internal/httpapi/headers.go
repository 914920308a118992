package httpapi

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

// fixedHeaders are on every response. They keep browsers from guessing,
// framing, sharing and caching what is private; a document that may do more
// says so itself.
var fixedHeaders = []fixedHeader{
	fixed(echo.HeaderXContentTypeOptions, "nosniff"),
	fixed(echo.HeaderContentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'"),
	fixed(echo.HeaderReferrerPolicy, "no-referrer"),
	fixed("Cross-Origin-Opener-Policy", "same-origin"),
	// Pages of listed origins read by CORS, which this does not concern.
	fixed("Cross-Origin-Resource-Policy", "same-origin"),
	fixed("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"),
	fixed("Cache-Control", "no-store"),
}

// fixedHeader is a field that all answers share: one slice is in the headers of
// all of them. It has no room, so that whoever adds a value copies it.
type fixedHeader struct {
	name   string
	values []string
}

func fixed(name, value string) fixedHeader {
	return fixedHeader{http.CanonicalHeaderKey(name), slices.Clip([]string{value})}
}

func (f fixedHeader) in(header http.Header) { header[f.name] = f.values }

// strictTransport makes browsers come by TLS alone for two years. It leaves
// other hosts of the domain out, which are not ours to decide over.
const strictTransport = "max-age=63072000"

func securityHeaders(trusted []netip.Prefix) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			header := c.Response().Header()
			for _, field := range fixedHeaders {
				field.in(header)
			}
			if cameByTLS(c.Request(), trusted) {
				header.Set(echo.HeaderStrictTransportSecurity, strictTransport)
			}
			return next(c)
		}
	}
}

// cameByTLS tells whether the caller came by TLS, to us or to a trusted proxy.
func cameByTLS(request *http.Request, trusted []netip.Prefix) bool {
	if request.TLS != nil {
		return true
	}
	schemes := request.Header.Values(echo.HeaderXForwardedProto)
	if len(schemes) == 0 {
		return false
	}
	// The last is from the proxy that is nearest.
	nearest := schemes[len(schemes)-1]
	nearest = nearest[strings.LastIndex(nearest, ",")+1:]
	if !strings.EqualFold(strings.TrimSpace(nearest), "https") {
		return false
	}
	peer, err := netip.ParseAddrPort(request.RemoteAddr)
	if err != nil {
		return false
	}
	for _, network := range trusted {
		if network.Contains(peer.Addr().Unmap().WithZone("")) {
			return true
		}
	}
	return false
}
