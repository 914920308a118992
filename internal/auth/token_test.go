package auth

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/lestrrat-go/jwx/v2/cert"
	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwk"
	"github.com/lestrrat-go/jwx/v2/jws"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

var issuedAt = time.Date(2026, time.June, 15, 12, 0, 0, 0, time.UTC)

// forger makes tokens from parts: ours and any other.
type forger struct {
	keys   *Keys
	key    signingKey
	claims claims
	// other is a key pair of somebody else's.
	other jwk.Key
}

func newForger(t *testing.T) forger {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	expect.OK(t, err)
	other, err := jwk.FromRaw(private)
	expect.OK(t, err)
	keys := loadKeys(t, dbx.New(dbtest.Pool(t)))
	return forger{keys: keys, key: keys.loaded.Load().signing, claims: claims{userID: uuid.New(), sessionID: uuid.New()}, other: other}
}

// verify is what a request's token goes through before its session is read.
func (f forger) verify(t *testing.T, token string, at time.Time) (claims, error) {
	t.Helper()
	found, err := f.keys.verify(t.Context(), token, at)
	if refusal := (refusedTokenError{}); err != nil && !errors.As(err, &refusal) {
		t.Errorf("it fails and is not refused: %v", err)
	}
	return found.claims, err
}

// payload are the claims of a token of ours that is valid for ten minutes.
func (f forger) payload() map[string]any {
	return map[string]any{
		"iss": "coordinator", "aud": []string{"coordinator"}, "sub": f.claims.userID.String(), "sid": f.claims.sessionID.String(),
		"jti": uuid.NewString(), "iat": issuedAt.Unix(), "exp": issuedAt.Add(10 * time.Minute).Unix(),
	}
}

func (f forger) header() map[string]any {
	return map[string]any{"typ": "at+jwt", "kid": f.key.kid}
}

// with returns the map with other values; nil takes one out.
func with(m map[string]any, changes map[string]any) map[string]any {
	changed := maps.Clone(m)
	for name, value := range changes {
		if changed[name] = value; value == nil {
			delete(changed, name)
		}
	}
	return changed
}

func sign(t *testing.T, alg jwa.SignatureAlgorithm, key any, header, payload map[string]any) string {
	t.Helper()
	headers := jws.NewHeaders()
	for name, value := range header {
		expect.OK(t, headers.Set(name, value))
	}
	encoded, err := json.Marshal(payload)
	expect.OK(t, err)
	if withID, ok := key.(jwk.Key); ok { // jwx would put the key's own id into the header
		key = raw[ed25519.PrivateKey](t, withID)
	}
	signed, err := jws.Sign(encoded, jws.WithKey(alg, key, jws.WithProtectedHeaders(headers)))
	expect.OK(t, err)
	return string(signed)
}

// ours signs with our own key.
func (f forger) ours(t *testing.T, header, payload map[string]any) string {
	t.Helper()
	return sign(t, jwa.EdDSA, f.key.private, header, payload)
}

// unsigned puts a token together with a signature that is given.
func unsigned(t *testing.T, header, payload map[string]any, signature string) string {
	t.Helper()
	var parts []string
	for _, part := range []map[string]any{header, payload} {
		encoded, err := json.Marshal(part)
		expect.OK(t, err)
		parts = append(parts, base64.RawURLEncoding.EncodeToString(encoded))
	}
	return strings.Join(append(parts, signature), ".")
}

func TestVerifyTakesOurs(t *testing.T) {
	t.Parallel()
	f := newForger(t)
	signed, err := f.key.sign(f.claims, issuedAt, issuedAt.Add(10*time.Minute))
	expect.OK(t, err)
	for name, test := range map[string]struct {
		token string
		at    time.Time
	}{
		"AsSigned":                    {signed, issuedAt},
		"OfTheForgersParts":           {f.ours(t, f.header(), f.payload()), issuedAt},
		"UntilItEnds":                 {signed, issuedAt.Add(10*time.Minute - time.Second)},
		"WithinTheClocksDifference":   {signed, issuedAt.Add(10*time.Minute + clockSkew - time.Second)},
		"FromAClockThatIsABitBehind":  {signed, issuedAt.Add(-clockSkew + time.Second)},
		"WithMoreClaimsThanWeExpect":  {f.ours(t, f.header(), with(f.payload(), map[string]any{"role": "admin"})), issuedAt},
		"WithMoreThanOurselvesToRead": {f.ours(t, f.header(), with(f.payload(), map[string]any{"aud": []string{"crm", "coordinator"}})), issuedAt},
	} {
		if got, err := f.verify(t, test.token, test.at); err != nil || got != f.claims {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestVerifyRefuses(t *testing.T) {
	t.Parallel()
	f := newForger(t)
	before, now := f.dropped(t)
	f.key = now
	dropped, err := before.sign(f.claims, issuedAt, issuedAt.Add(time.Minute))
	expect.OK(t, err)
	public := f.key.public
	publicJSON, err := f.key.verifying().encode()
	expect.OK(t, err)
	publicDER, err := x509.MarshalPKIXPublicKey(public)
	expect.OK(t, err)
	publicPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: publicDER})
	otherPublic, err := f.other.PublicKey()
	expect.OK(t, err)
	ourPublic, err := jwk.FromRaw(public)
	expect.OK(t, err)
	otherKID, err := thumbprint(raw[ed25519.PublicKey](t, otherPublic))
	expect.OK(t, err)
	chain := &cert.Chain{}
	expect.OK(t, chain.AddString(base64.StdEncoding.EncodeToString(publicDER)))
	header := func(changes map[string]any) string { return f.ours(t, with(f.header(), changes), f.payload()) }
	claim := func(changes map[string]any) string { return f.ours(t, f.header(), with(f.payload(), changes)) }
	valid := f.ours(t, f.header(), f.payload())
	parts := strings.Split(valid, ".")

	second, err := jws.Sign([]byte("{}"), jws.WithJSON(), jws.WithKey(jwa.EdDSA, f.key.private), jws.WithKey(jwa.EdDSA, f.other))
	expect.OK(t, err)
	refresh := base64.RawURLEncoding.EncodeToString(make([]byte, refreshTokenLen))

	tokens := map[string]string{
		"TwoSignatures":       string(second),
		"TwoSignaturesInARow": valid + "." + parts[2],
		"RefreshToken":        refresh,
		"KeyThatWasDropped":   dropped,
		"LineBreak":           parts[0] + "." + parts[1] + "." + parts[2][:40] + "\n" + parts[2][40:],
		"Padding":             valid + "==",
		"UnusedBitsOfTheSignature": parts[0] + "." + parts[1] + "." + parts[2][:len(parts[2])-1] +
			string(base64URL[strings.IndexByte(base64URL, parts[2][len(parts[2])-1])^1]),
		"VeryLong":              valid + strings.Repeat("A", 1<<20),
		"Nothing":               "",
		"Text":                  "token",
		"TwoParts":              parts[0] + "." + parts[1],
		"FourParts":             valid + ".x",
		"NoSignature":           parts[0] + "." + parts[1] + ".",
		"JSONSerialisation":     `{"protected":"` + parts[0] + `","payload":"` + parts[1] + `","signature":"` + parts[2] + `"}`,
		"AlgNone":               unsigned(t, with(f.header(), map[string]any{"alg": "none"}), f.payload(), ""),
		"AlgNoneInCapitals":     unsigned(t, with(f.header(), map[string]any{"alg": "NONE"}), f.payload(), ""),
		"AlgNoneWithASignature": unsigned(t, with(f.header(), map[string]any{"alg": "none"}), f.payload(), parts[2]),
		"NoAlg":                 unsigned(t, f.header(), f.payload(), parts[2]),

		"HMACWithThePublicKey":       sign(t, jwa.HS256, []byte(public), f.header(), f.payload()),
		"HMACWithThePublicKeyAsPEM":  sign(t, jwa.HS256, publicPEM, f.header(), f.payload()),
		"HMACWithThePublicKeyAsJSON": sign(t, jwa.HS256, publicJSON, f.header(), f.payload()),
		"SomebodyElsesKey":           sign(t, jwa.EdDSA, f.other, f.header(), f.payload()),
		"SomebodyElsesKeyAndID":      sign(t, jwa.EdDSA, f.other, with(f.header(), map[string]any{"kid": otherKID}), f.payload()),
		"SomebodyElsesKeyEmbedded":   sign(t, jwa.EdDSA, f.other, with(f.header(), map[string]any{"jwk": otherPublic}), f.payload()),
		"EmbeddedKeyAndItsID":        sign(t, jwa.EdDSA, f.other, with(f.header(), map[string]any{"jwk": otherPublic, "kid": otherKID}), f.payload()),
		"EmbeddedKeyWithoutID":       sign(t, jwa.EdDSA, f.other, with(f.header(), map[string]any{"jwk": otherPublic, "kid": nil}), f.payload()),
		"KeyToBeFetched":             sign(t, jwa.EdDSA, f.other, with(f.header(), map[string]any{"jku": "http://127.0.0.1/keys", "kid": nil}), f.payload()),
		"KeyToBeFetchedWithOurID":    sign(t, jwa.EdDSA, f.other, with(f.header(), map[string]any{"jku": "http://127.0.0.1/keys"}), f.payload()),
		"CertificateToBeFetched":     sign(t, jwa.EdDSA, f.other, with(f.header(), map[string]any{"x5u": "http://127.0.0.1/keys"}), f.payload()),
		"OurOwnKeyEmbedded":          header(map[string]any{"jwk": ourPublic}),
		"OursWithKeyToBeFetched":     header(map[string]any{"jku": "http://127.0.0.1/keys"}),
		"OursWithACertificate":       header(map[string]any{"x5c": chain}),
		"OursWithCritical":           header(map[string]any{"crit": []string{"exp"}}),
		"OursWithMoreThanNeeded":     header(map[string]any{"cty": "JWT"}),
		"UnknownKeyID":               header(map[string]any{"kid": "other"}),
		"UnknownKeyIDLikeOurs":       header(map[string]any{"kid": otherKID}),
		"EmptyKeyID":                 header(map[string]any{"kid": ""}),
		"NoKeyID":                    header(map[string]any{"kid": nil}),

		"TypOfAnyJWT":     header(map[string]any{"typ": "JWT"}),
		"TypOfAnother":    header(map[string]any{"typ": "rt+jwt"}),
		"TypWithApp":      header(map[string]any{"typ": "application/at+jwt"}),
		"NoTyp":           header(map[string]any{"typ": nil}),
		"OtherIssuer":     claim(map[string]any{"iss": "https://elsewhere.example"}),
		"OtherAudience":   claim(map[string]any{"aud": []string{"crm"}}),
		"NoIssuer":        claim(map[string]any{"iss": nil}),
		"NoAudience":      claim(map[string]any{"aud": nil}),
		"NoSubject":       claim(map[string]any{"sub": nil}),
		"NoSession":       claim(map[string]any{"sid": nil}),
		"NoExpiry":        claim(map[string]any{"exp": nil}),
		"NoIssueTime":     claim(map[string]any{"iat": nil}),
		"NoID":            claim(map[string]any{"jti": nil}),
		"SubjectNoUUID":   claim(map[string]any{"sub": "admin"}),
		"SessionNoUUID":   claim(map[string]any{"sid": "1"}),
		"SessionNoText":   claim(map[string]any{"sid": 7}),
		"ExpiryNoNumber":  claim(map[string]any{"exp": "never"}),
		"NotYetValid":     claim(map[string]any{"nbf": issuedAt.Add(time.Minute).Unix()}),
		"EmptyID":         claim(map[string]any{"jti": ""}),
		"NotYetIssued":    claim(map[string]any{"iat": issuedAt.Add(time.Minute).Unix()}),
		"ExpiredAtOnce":   claim(map[string]any{"exp": issuedAt.Add(-clockSkew - time.Second).Unix()}),
		"PayloadIsNoJSON": unsignedPayload(t, f, "not json"),
	}
	for name, token := range tokens {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := f.verify(t, token, issuedAt); err == nil {
				t.Errorf("it is taken for %v", got)
			}
		})
	}

	t.Run("Expired", func(t *testing.T) {
		t.Parallel()
		for _, later := range []time.Duration{clockSkew + time.Second, time.Hour, 10 * 365 * 24 * time.Hour} {
			if _, err := f.verify(t, valid, issuedAt.Add(10*time.Minute+later)); err == nil {
				t.Errorf("it is valid %v after its end", later)
			}
		}
	})
}

const base64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// raw is the key without its JWK.
func raw[T any](t *testing.T, key jwk.Key) T {
	t.Helper()
	var found T
	expect.OK(t, key.Raw(&found))
	return found
}

// dropped rotates the keys until the one that signed before is dropped, and
// returns it with the one that signs now.
func (f forger) dropped(t *testing.T) (before, now signingKey) {
	t.Helper()
	before = f.keys.loaded.Load().signing
	_, err := RotateKeys(t.Context(), f.keys.db, testSecret, Rotation{Now: time.Now()})
	expect.OK(t, err)
	_, err = RotateKeys(t.Context(), f.keys.db, testSecret, Rotation{Now: time.Now(), Revoke: true})
	expect.OK(t, err)
	set, err := f.keys.read(t.Context(), db.New(f.keys.db))
	expect.OK(t, err)
	return before, set.signing
}

// unsignedPayload signs something that is no claims at all.
func unsignedPayload(t *testing.T, f forger, payload string) string {
	t.Helper()
	headers := jws.NewHeaders()
	for name, value := range f.header() {
		expect.OK(t, headers.Set(name, value))
	}
	signed, err := jws.Sign([]byte(payload), jws.WithKey(jwa.EdDSA, f.key.private, jws.WithProtectedHeaders(headers)))
	expect.OK(t, err)
	return string(signed)
}

// takes tells whether the token is taken under the keys that are known: others
// are not looked for, once a second, as a request would.
func (f forger) takes(token string) bool {
	kid, err := kidOf(token)
	if err != nil {
		return false
	}
	key, ok := f.keys.loaded.Load().byKID[kid]
	if !ok {
		return false
	}
	_, err = key.verify(token, issuedAt)
	return err == nil
}

// No bit of what a token says, or of its signature, can be another.
func TestVerifyRefusesEveryFlippedBit(t *testing.T) {
	t.Parallel()
	f := newForger(t)
	parts := strings.Split(f.ours(t, f.header(), f.payload()), ".")
	flipped := 0
	if !f.takes(strings.Join(parts, ".")) {
		t.Fatal("the token itself is not taken")
	}
	for i, part := range parts {
		decoded, err := base64.RawURLEncoding.DecodeString(part)
		expect.OK(t, err)
		for at := range decoded {
			for bit := range 8 {
				decoded[at] ^= 1 << bit
				forged := append([]string{}, parts...)
				forged[i] = base64.RawURLEncoding.EncodeToString(decoded)
				if f.takes(strings.Join(forged, ".")) {
					t.Errorf("bit %d of byte %d of part %d can be another", bit, at, i)
				}
				decoded[at] ^= 1 << bit
				flipped++
			}
		}
	}
	t.Logf("%d bits were flipped", flipped)
}
