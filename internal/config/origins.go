package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// parseOrigins takes origins as browsers send them, and names every bad one.
// There is no pattern for any origin: whoever could be tricked into opening a
// page would then be calling this service from it.
func parseOrigins(text string) ([]string, error) {
	var origins, bad []string

	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		if part == "*" {
			return nil, errors.New("expected each origin by its name: with *, any page that somebody opens could call this service from within its network; list the origins of your own pages")
		}

		if isOrigin(part) {
			origins = append(origins, part)
		} else {
			bad = append(bad, quote(part))
		}
	}

	if len(bad) > 0 {
		return nil, fmt.Errorf("expected origins separated by commas, each a scheme, a host in lower case and a port unless it is the scheme's own, such as https://app.example.com,http://localhost:3000; not %s", strings.Join(bad, ", "))
	}

	return origins, nil
}

// isOrigin tells whether a browser could send the text as Origin. They are
// compared as texts, so one that is written otherwise would never match.
func isOrigin(text string) bool {
	parsed, err := url.Parse(text)
	if err != nil || parsed.Scheme != "https" && parsed.Scheme != "http" || text != parsed.Scheme+"://"+parsed.Host {
		return false
	}

	host, port := parsed.Hostname(), parsed.Port()
	if addr, err := netip.ParseAddr(host); err != nil && (host == "" || !isHostname(host)) || err == nil && addr.Zone() != "" {
		return false
	}

	if port == "" {
		return text == strings.ToLower(text) && !strings.HasSuffix(text, ":")
	}

	number, err := strconv.ParseUint(port, 10, 16)
	isOwn := parsed.Scheme == "https" && number == 443 || parsed.Scheme == "http" && number == 80

	return err == nil && number > 0 && !isOwn && port == strconv.FormatUint(number, 10) &&
		text == strings.ToLower(text) && parsed.Host == net.JoinHostPort(host, port)
}
