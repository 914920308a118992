package httpapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/aicoordination/coordinator/internal/httpapi"
)

func TestAnAddressIsOneThatMailServersTake(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"ana@studio.example", "A.B+tag@studio.example", "o'hara@a-b.example", "x@xn--bcher-kva.example", "1@2.example", strings.Repeat("a", 64) + "@studio.example",
	} {
		if !httpapi.IsEmail(address) {
			t.Errorf("%q is refused", address)
		}
	}
	for _, address := range []string{
		"", "ana", "ana@studio", "@studio.example", "ana@", "ana@.example", "ana@studio..example", "ana@-studio.example", "ana@studio-.example",
		"ana b@studio.example", "an\ba@studio.example", "ana@stu\u0087dio.example", ".ana@studio.example", "ana.@studio.example", "a..b@studio.example",
		"ana@stüdio.example", "änne@studio.example", "ana@studio_1.example", "ana@@studio.example", `"a b"@studio.example`, "ana@[192.0.2.1]",
		"ana@studio.example\n", strings.Repeat("a", 65) + "@studio.example", "ana@" + strings.Repeat("a", 64) + ".example",
	} {
		if httpapi.IsEmail(address) {
			t.Errorf("%q is taken", address)
		}
	}
}

func TestAWebsiteIsAURI(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	for _, website := range []string{
		"https://studio.example", "http://a:b@studio.example:8080/a/b;c=1?d=%C3%A4&e#f/g?h", "https://[2001:db8::1]/", "https://xn--bcher-kva.example/", "http://0",
	} {
		c.send(http.MethodPost, "/api/v1/clients", object{"name": "Studio", "website": website}, nil).MustDecode(t, http.StatusCreated, nil)
	}
	for _, website := range []string{
		"https://studio.example/\u0012", "https://studio.example/\u0086", "https://bücher.example/", "https://studio.example/ä", "https://studio.example/%zz",
		"https://studio.example/[a]", "https://studio.example/#a#b", "https://[1:2]/", "https://studio.example:port/", "https://studio.example/<a>", `https://studio.example/\`,
	} {
		problem := c.send(http.MethodPost, "/api/v1/clients", object{"name": "Studio", "website": website}, nil).MustProblem(t, http.StatusUnprocessableEntity, "validation_failed")
		if errors := problem.Errors; len(errors) != 1 || errors[0].Pointer != "/website" || errors[0].Code != "format" {
			t.Errorf("%q is refused by %v", website, errors)
		}
	}
}
