package httpapi_test

import (
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
