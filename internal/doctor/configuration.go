package doctor

import (
	"context"
	"net"
	"net/netip"
	"strings"
)

// configuration is of settings that were read: mistakes end the program before.
func configuration(_ context.Context, s Subject) Outcome {
	host, _, err := net.SplitHostPort(s.Config.Addr)
	if err != nil {
		return broken("give HOST:PORT as COORDINATOR_ADDR", "the address cannot be read")
	}
	ip, err := netip.ParseAddr(host)
	isOpen := host == "" || err == nil && !ip.IsLoopback()
	var concerns, mends []string
	if isOpen && s.Config.Demo {
		concerns = append(concerns, "the demo's accounts have a password that everybody knows, and others reach this address")
		mends = append(mends, "leave COORDINATOR_DEMO out")
	}
	if isOpen && len(s.Config.TrustedProxies) == 0 {
		concerns = append(concerns, "no proxy is trusted: behind one, all callers share its address and its rate limit")
		mends = append(mends, "set COORDINATOR_TRUSTED_PROXIES to the proxy's network")
	}
	if s.Config.MailURL.Server() != nil && s.Config.PublicURL == "" && s.Config.AppURL == "" {
		concerns = append(concerns, "mail names the address that is listened on")
		mends = append(mends, "set COORDINATOR_PUBLIC_URL or COORDINATOR_APP_URL")
	}
	if len(concerns) > 0 {
		return warning(strings.Join(mends, "; "), "%s", strings.Join(concerns, "; "))
	}
	return well("every setting is readable")
}
