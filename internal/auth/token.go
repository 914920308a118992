package auth

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
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
	// maxTokenLen is several times what a token of ours has.
	maxTokenLen = 2048
	// kidLen is the length of a SHA-256 in base64.
	kidLen = 43
)

// signingKey signs tokens, or only verifies them when it has no private part.
type signingKey struct {
	kid     string
	private ed25519.PrivateKey
	public  ed25519.PublicKey
}

// newSigningKey makes a key. Its id is the thumbprint of the public part (RFC
// 7638), so that an id can never stand for another key.
func newSigningKey() (signingKey, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return signingKey{}, fmt.Errorf("making a signing key: %w", err)
	}
	kid, err := thumbprint(public)
	return signingKey{kid: kid, private: private, public: public}, err
}

// verifying is the key without its private part.
func (k signingKey) verifying() signingKey { return signingKey{kid: k.kid, public: k.public} }

// encode returns the key as a JWK.
func (k signingKey) encode() ([]byte, error) {
	var raw any = k.private
	if k.private == nil {
		raw = k.public
	}
	key, err := jwk.FromRaw(raw)
	if err != nil {
		return nil, fmt.Errorf("encoding a key: %w", err)
	}
	for name, value := range map[string]any{
		jwk.KeyIDKey: k.kid, jwk.AlgorithmKey: jwa.EdDSA, jwk.KeyUsageKey: jwk.ForSignature,
	} {
		if err := key.Set(name, value); err != nil {
			return nil, fmt.Errorf("encoding a key: %w", err)
		}
	}
	return json.Marshal(key)
}

// decodeKey reads what encode has written.
func decodeKey(encoded []byte) (signingKey, error) {
	parsed, err := jwk.ParseKey(encoded)
	if err != nil {
		return signingKey{}, fmt.Errorf("reading a key: %w", err)
	}
	var raw any
	if err := parsed.Raw(&raw); err != nil {
		return signingKey{}, fmt.Errorf("reading a key: %w", err)
	}
	var key signingKey
	switch part := raw.(type) {
	case ed25519.PrivateKey:
		key.private = part
		key.public, _ = part.Public().(ed25519.PublicKey)
	case ed25519.PublicKey:
		key.public = part
	default:
		return signingKey{}, fmt.Errorf("reading a key: it is a %T and no Ed25519 key", raw)
	}
	key.kid, err = thumbprint(key.public)
	return key, err
}

func thumbprint(public ed25519.PublicKey) (string, error) {
	key, err := jwk.FromRaw(public)
	if err != nil {
		return "", fmt.Errorf("naming a key: %w", err)
	}
	sum, err := key.Thumbprint(crypto.SHA256)
	if err != nil {
		return "", fmt.Errorf("naming a key: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(sum), nil
}

// claims are what an access token says.
type claims struct {
	userID    uuid.UUID
	sessionID uuid.UUID
}

// sign returns an access token for the claims that ends at expires.
func (k signingKey) sign(c claims, now, expires time.Time) (string, error) {
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
	for name, value := range map[string]string{jws.TypeKey: accessTokenType, jws.KeyIDKey: k.kid} {
		if err := headers.Set(name, value); err != nil {
			return "", fmt.Errorf("making an access token: %w", err)
		}
	}
	signed, err := jwt.Sign(token, jwt.WithKey(jwa.EdDSA, k.private, jws.WithProtectedHeaders(headers)))
	if err != nil {
		return "", fmt.Errorf("signing an access token: %w", err)
	}
	return string(signed), nil
}

// kidOf returns the id of the key that the token names. It refuses every token
// whose header is not of the one form that ours have: a key, an address of one
// or an extension that the header brings along is not even looked at.
func kidOf(token string) (string, error) {
	if !isCanonical(token) {
		return "", errors.New("the token is not in the form of ours")
	}
	message, err := jws.Parse([]byte(token), jws.WithCompact())
	if err != nil {
		return "", fmt.Errorf("parsing the token: %w", err)
	}
	if len(message.Signatures()) != 1 {
		return "", errors.New("the token does not have one signature")
	}
	header := message.Signatures()[0].ProtectedHeaders()
	fields, err := header.AsMap(context.Background())
	if err != nil {
		return "", fmt.Errorf("reading the token's header: %w", err)
	}
	// With three fields and these three right, there is no other.
	if len(fields) != 3 || header.Type() != accessTokenType || header.Algorithm() != jwa.EdDSA || len(header.KeyID()) != kidLen {
		return "", errors.New("the token is no access token of ours")
	}
	return header.KeyID(), nil
}

// isCanonical tells whether the token is three parts in base64url, each written
// in the one way that there is: decoders ignore line breaks and the bits that
// are left over in the last character.
func isCanonical(token string) bool {
	if len(token) > maxTokenLen || strings.Count(token, ".") != 2 {
		return false
	}
	for part := range strings.SplitSeq(token, ".") {
		decoded, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil || len(decoded) == 0 || base64.RawURLEncoding.EncodeToString(decoded) != part {
			return false
		}
	}
	return true
}

// verified is what is known of a token by itself: that the key has signed the
// claims, and until when.
type verified struct {
	claims
	kid     string
	expires time.Time
}

// verify returns what an access token says that names this key, when the
// key has signed it and it is valid now.
func (k signingKey) verify(token string, now time.Time) (verified, error) {
	parsed, err := jwt.Parse([]byte(token),
		jwt.WithKey(jwa.EdDSA, k.public),
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
		return verified{}, fmt.Errorf("verifying the token: %w", err)
	}
	if parsed.JwtID() == "" {
		return verified{}, errors.New("the token has no id")
	}
	found := verified{kid: k.kid, expires: parsed.Expiration()}
	if found.userID, err = uuid.Parse(parsed.Subject()); err != nil {
		return verified{}, fmt.Errorf("reading the token's subject: %w", err)
	}
	sid, _ := parsed.Get("sid")
	text, _ := sid.(string)
	if found.sessionID, err = uuid.Parse(text); err != nil {
		return verified{}, fmt.Errorf("reading the token's session: %w", err)
	}
	return found, nil
}
