package auth

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

// FuzzAccessToken looks for a token that is taken and that the key has not
// signed, and for one that the parser does not survive. `make fuzz` runs it
// for a minute.
func FuzzAccessToken(f *testing.F) {
	// The same key in each of the processes that fuzz.
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	key := signingKey{private: private, public: ed25519.PublicKey(private[ed25519.SeedSize:])}
	var err error
	if key.kid, err = thumbprint(key.public); err != nil {
		f.Fatal(err)
	}
	encoded, err := key.verifying().encode()
	if err != nil {
		f.Fatal(err)
	}
	// The same token, too, in each of them: its id is no random one.
	parts := []string{
		base64Of(`{"alg":"EdDSA","kid":"` + key.kid + `","typ":"at+jwt"}`),
		base64Of(fmt.Sprintf(`{"aud":["coordinator"],"exp":%d,"iat":%d,"iss":"coordinator","jti":"1","sid":"%s","sub":"%s"}`,
			issuedAt.Add(10*time.Minute).Unix(), issuedAt.Unix(), uuid.Max, uuid.Max)),
	}
	parts = append(parts, base64Of(string(ed25519.Sign(private, []byte(parts[0]+"."+parts[1])))))
	valid := strings.Join(parts, ".")
	header := func(text string) string {
		return base64Of(text) + "." + parts[1] + "." + parts[2]
	}
	for _, seed := range []string{
		valid, "", "..", ".", "a.b.c", parts[0] + "." + parts[1] + ".", valid + "." + parts[2], valid + "=",
		header(`{"alg":"none","typ":"at+jwt","kid":"` + key.kid + `"}`),
		header(`{"alg":"HS256","typ":"at+jwt","kid":"` + key.kid + `"}`),
		header(`{"alg":"EdDSA","typ":"at+jwt"}`),
		header(`{"alg":"EdDSA","typ":"at+jwt","kid":"` + key.kid + `","jwk":` + string(encoded) + `}`),
		header(`{"alg":"EdDSA","typ":"at+jwt","kid":"` + key.kid + `","crit":["b64"],"b64":false}`),
		header(`{"alg":"EdDSA","typ":"at+jwt","kid":"` + key.kid + `","alg":"none"}`),
		header(strings.Repeat(`{"alg":`, 50) + strings.Repeat("}", 50)),
		parts[0] + "." + base64Of(`{"exp":1e400,"aud":[[]]}`) + "." + parts[2],
		`{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		// Looked at also where a request's token would have been refused before.
		kid, named := kidOf(token)
		got, err := key.verify(token, issuedAt)
		isTaken := err == nil && named == nil && kid == key.kid
		if isTaken != (token == valid) {
			t.Errorf("%q: taken is %v, for %v, %v, %v", token, isTaken, got, named, err)
		}
	})
}

func base64Of(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
