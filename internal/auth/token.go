package auth

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"
	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwk"
	"github.com/lestrrat-go/jwx/v2/jws"
	"github.com/lestrrat-go/jwx/v2/jwt"
)

// This file is the only one that knows jwx.

const (
	// issuer and audience name this service in the tokens it makes for itself.
	issuer   = "coordinator"
	audience = "coordinator"
	// accessTokenType keeps any other token we may sign from passing as an
	// access token (RFC 9068).
	accessTokenType = "at+jwt"
	// clockSkew is how far the clocks of two replicas may be apart.
	clockSkew = 5 * time.Second
)

// Keys sign access tokens and verify them.
type Keys struct {
	signing jwk.Key
	public  jwk.Set
}

// LoadKeys reads the signing key from the directory, and makes one at the
// first start. The key is an Ed25519 JWK, readable by its owner alone.
func LoadKeys(dir string) (*Keys, error) {
	path := filepath.Join(dir, "signing-key.json")
	encoded, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if encoded, err = createKey(dir, path); err != nil {
			return nil, fmt.Errorf("making a signing key: %w", err)
		}
	} else if err != nil {
		return nil, fmt.Errorf("reading the signing key: %w", err)
	}
	key, err := jwk.ParseKey(encoded)
	if err != nil {
		return nil, fmt.Errorf("reading the signing key %s: %w", path, err)
	}
	public, err := key.PublicKey()
	if err != nil {
		return nil, fmt.Errorf("reading the signing key %s: %w", path, err)
	}
	set := jwk.NewSet()
	if err := set.AddKey(public); err != nil {
		return nil, fmt.Errorf("reading the signing key %s: %w", path, err)
	}
	return &Keys{signing: key, public: set}, nil
}

// createKey writes a new key and returns what stands in the file then, which
// is another process's key when that one was quicker.
func createKey(dir, path string) ([]byte, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	key, err := jwk.FromRaw(private)
	if err != nil {
		return nil, err
	}
	thumbprint, err := key.Thumbprint(crypto.SHA256)
	if err != nil {
		return nil, err
	}
	for name, value := range map[string]any{
		jwk.KeyIDKey:     base64.RawURLEncoding.EncodeToString(thumbprint),
		jwk.AlgorithmKey: jwa.EdDSA,
		jwk.KeyUsageKey:  jwk.ForSignature,
	} {
		if err := key.Set(name, value); err != nil {
			return nil, err
		}
	}
	encoded, err := json.Marshal(key)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	temporary, err := os.CreateTemp(dir, ".signing-key-*")
	if err != nil {
		return nil, err
	}
	defer os.Remove(temporary.Name())
	if _, err := temporary.Write(encoded); err != nil {
		return nil, err
	}
	if err := errors.Join(temporary.Sync(), temporary.Close()); err != nil {
		return nil, err
	}
	// A link fails where a rename would replace: the first key written stays.
	if err := os.Link(temporary.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return os.ReadFile(path)
}

// claims are what an access token says.
type claims struct {
	userID    uuid.UUID
	sessionID uuid.UUID
}

// sign returns an access token for the claims that ends at expires.
func (k *Keys) sign(c claims, now, expires time.Time) (string, error) {
	token, err := jwt.NewBuilder().
		Issuer(issuer).Audience([]string{audience}).
		Subject(c.userID.String()).Claim("sid", c.sessionID.String()).
		JwtID(uuid.Must(uuid.NewV7()).String()).
		IssuedAt(now).Expiration(expires).
		Build()
	if err != nil {
		return "", fmt.Errorf("making an access token: %w", err)
	}
	headers := jws.NewHeaders()
	if err := headers.Set(jws.TypeKey, accessTokenType); err != nil {
		return "", fmt.Errorf("making an access token: %w", err)
	}
	signed, err := jwt.Sign(token, jwt.WithKey(jwa.EdDSA, k.signing, jws.WithProtectedHeaders(headers)))
	if err != nil {
		return "", fmt.Errorf("signing an access token: %w", err)
	}
	return string(signed), nil
}

// verify returns the claims of an access token of ours that is valid now.
// The key, and with it the algorithm, comes from our own set by its id;
// whatever else the token's header offers is not looked at.
func (k *Keys) verify(token string, now time.Time) (claims, error) {
	message, err := jws.Parse([]byte(token), jws.WithCompact())
	if err != nil {
		return claims{}, fmt.Errorf("parsing the token: %w", err)
	}
	if signatures := message.Signatures(); len(signatures) != 1 || signatures[0].ProtectedHeaders().Type() != accessTokenType {
		return claims{}, errors.New("the token is no access token")
	}
	parsed, err := jwt.Parse([]byte(token),
		jwt.WithKeySet(k.public),
		jwt.WithValidate(true),
		jwt.WithClock(jwt.ClockFunc(func() time.Time { return now })),
		jwt.WithAcceptableSkew(clockSkew),
		jwt.WithIssuer(issuer),
		jwt.WithAudience(audience),
		jwt.WithRequiredClaim(jwt.ExpirationKey),
		jwt.WithRequiredClaim(jwt.IssuedAtKey),
		jwt.WithRequiredClaim(jwt.JwtIDKey),
	)
	if err != nil {
		return claims{}, fmt.Errorf("verifying the token: %w", err)
	}
	var c claims
	if c.userID, err = uuid.Parse(parsed.Subject()); err != nil {
		return claims{}, fmt.Errorf("reading the token's subject: %w", err)
	}
	sid, _ := parsed.Get("sid")
	text, _ := sid.(string)
	if c.sessionID, err = uuid.Parse(text); err != nil {
		return claims{}, fmt.Errorf("reading the token's session: %w", err)
	}
	return c, nil
}
