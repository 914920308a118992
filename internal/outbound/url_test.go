package outbound_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/aicoordination/coordinator/internal/outbound"
)

// hostile are addresses that lead, or could lead, into somebody's own network.
var hostile = []string{
	"https://127.0.0.1/", "https://127.1/", "https://127.0.1/", "https://2130706433/", "https://0x7f000001/", "https://0x7f.0.0.1/",
	"https://0177.0.0.1/", "https://017700000001/", "https://127.0.0.1./", "https://0/", "https://0.0.0.0/", "https://127.0.0.0x1/",
	"https://[::1]/", "https://[::]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/", "https://[::127.0.0.1]/",
	"https://[0:0:0:0:0:ffff:10.0.0.1]/", "https://[64:ff9b::7f00:1]/", "https://[64:ff9b::10.0.0.1]/", "https://[64:ff9b:1::1]/",
	"https://[2002:7f00:1::1]/", "https://[2002:a00:1::1]/", "https://[2001::1]/", "https://[2001:db8::1]/",
	"https://[fd00::1]/", "https://[fc00::1]/", "https://[fe80::1]/", "https://[fe80::1%25eth0]/", "https://[ff02::1]/", "https://[fec0::1]/",
	"https://10.0.0.1/", "https://172.16.0.1/", "https://172.31.255.255/", "https://192.168.1.1/", "https://169.254.169.254/latest/meta-data/",
	"https://100.64.0.1/", "https://192.0.0.1/", "https://192.0.2.1/", "https://198.18.0.1/", "https://198.51.100.1/", "https://203.0.113.1/",
	"https://224.0.0.1/", "https://240.0.0.1/", "https://255.255.255.255/",
	"https://localhost/", "https://localhost./", "https://postgres/", "https://metadata/",
	"http://example.com/", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "unix:/run/postgresql", "javascript:alert(1)", "//example.com/", "example.com",
	"https://example.com:22/", "https://example.com:5432/", "https://example.com:80/", "https://example.com:0/", "https://example.com:/", "https://example.com:65536/", "https://example.com:443443/",
	"https://ana@example.com/", "https://ana:hunter2@example.com/", "https://example.com@127.0.0.1/", "https://:@example.com/",
	"https://", "https:///path", "https:example.com", "https://exa mple.com/", "https://example..com/", "https://.example.com/", "https://exämple.com/",
	"https://example.com\\@127.0.0.1/", "https://example.com\r\nHost: a/", "https://１２７.０.０.１/", "https://①②⑦.⓪.⓪.①/", "https://%31%32%37.0.0.1/",
	"https://[::1/", "https://::1/", "https://" + strings.Repeat("a", 64) + ".com/", "https://example.com/" + strings.Repeat("a", 2048),
}

func TestAddressesThatAreNotPublicAreRefusedWhenTheyAreGiven(t *testing.T) {
	t.Parallel()
	c := outbound.New(outbound.Options{})
	for _, text := range hostile {
		_, err := c.CheckURL(text)
		var refused *outbound.RefusedError
		if !errors.As(err, &refused) || !strings.HasSuffix(refused.Error(), ".") {
			t.Errorf("%.80q gives %v, want a refusal", text, err)
		}
	}
	t.Logf("%d hostile addresses refused", len(hostile))
	if _, err := c.CheckURL("https://ana:hunter2@example.com/"); strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the refusal has the password: %v", err)
	}
}

func TestPublicAddressesAreTaken(t *testing.T) {
	t.Parallel()
	for text, o := range map[string]outbound.Options{
		"https://example.com":                {},
		"https://example.com:443/hook?a=b#c": {},
		"https://EXAMPLE.com./hook":          {},
		"https://xn--exmple-cua.com/":        {},
		"https://hooks_1.example.co.uk/":     {},
		"https://8.8.8.8/":                   {},
		"https://[2606:4700:4700::1111]/":    {},
		"http://example.com/":                {AllowHTTP: true},
		"http://example.com:80/":             {AllowHTTP: true},
		"http://127.0.0.1:8080/":             {AllowLoopback: true},
		"https://[::1]:8443/":                {AllowLoopback: true},
		"http://localhost:1/":                {AllowLoopback: true},
	} {
		if u, err := outbound.New(o).CheckURL(text); err != nil || u == nil {
			t.Errorf("%s gives %v, %v", text, u, err)
		}
	}
}

func TestLoopbackAloneIsAllowedBesides(t *testing.T) {
	t.Parallel()
	c := outbound.New(outbound.Options{AllowLoopback: true})
	for _, text := range []string{
		"http://example.com/", "https://example.com:8443/", "https://10.0.0.1/", "http://169.254.169.254/", "https://[fd00::1]/", "http://ana@127.0.0.1/", "ftp://127.0.0.1/",
	} {
		if _, err := c.CheckURL(text); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
}
