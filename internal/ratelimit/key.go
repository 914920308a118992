package ratelimit

import (
	"net/netip"

	"github.com/google/uuid"
)

// networkBits is how much of an IPv6 address counts: a /64 is the least that
// one subscriber is given, and all of it is theirs to send from.
const networkBits = 64

// PrincipalKey is the key of everything that one person or agent does,
// whichever session or API key it comes with.
func PrincipalKey(id uuid.UUID) string { return "principal:" + id.String() }

// AddressKey is the key of whoever is known by an address alone.
func AddressKey(address string) string {
	addr, err := netip.ParseAddr(address)
	if err != nil {
		return "address:unknown"
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is4() {
		return "address:" + addr.String()
	}
	network, err := addr.Prefix(networkBits)
	if err != nil {
		return "address:unknown"
	}
	return "address:" + network.String()
}
