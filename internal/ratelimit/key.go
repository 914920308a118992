package ratelimit

import (
	"net/netip"
	"strings"

	"github.com/google/uuid"
)

// networkBits is how much of an IPv6 address counts: a /64 is the least that
// one subscriber is given, and all of it is theirs to send from.
const networkBits = 64

const (
	principalPrefix = "principal:"
	addressPrefix   = "address:"
	unknownAddress  = addressPrefix + "unknown"
	// longestKey is of an address with its prefix; it is made on the stack.
	longestKey = 64
)

// PrincipalKey is the key of everything that one person or agent does,
// whichever session or API key it comes with.
func PrincipalKey(id uuid.UUID) string {
	const digits = "0123456789abcdef"
	var room [longestKey]byte
	key := append(room[:0], principalPrefix...)
	for i, b := range id {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			key = append(key, '-')
		}
		key = append(key, digits[b>>4], digits[b&0xf])
	}
	return string(key)
}

// PrincipalOf is the id that a [PrincipalKey] was made of.
func PrincipalOf(key string) string { return strings.TrimPrefix(key, principalPrefix) }

// AddressKey is the key of whoever is known by an address alone.
func AddressKey(address string) string {
	addr, err := netip.ParseAddr(address)
	if err != nil {
		return unknownAddress
	}
	addr = addr.Unmap().WithZone("")
	var room [longestKey]byte
	key := append(room[:0], addressPrefix...)
	if addr.Is4() {
		return string(addr.AppendTo(key))
	}
	network, err := addr.Prefix(networkBits)
	if err != nil {
		return unknownAddress
	}
	return string(network.AppendTo(key))
}
