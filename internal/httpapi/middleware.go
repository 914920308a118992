package httpapi

import (
	"net"
	"net/netip"
	"strings"

	"github.com/google/uuid"

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

func toIPNet(prefix netip.Prefix) *net.IPNet {
	return &net.IPNet{
		IP:   prefix.Masked().Addr().AsSlice(),
		Mask: net.CIDRMask(prefix.Bits(), prefix.Addr().BitLen()),
	}
}
