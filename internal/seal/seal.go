// Package seal keeps what the database holds and may not tell: it encrypts,
// authenticates and derives under one secret that is not in the database. Who
// reads a backup learns nothing of what is sealed, and who writes to the
// database can forge none of it.
//
// Each use has a name, and keys of its own that follow from the secret: what
// was sealed for one cannot be opened as another.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
)

// MinSecretLen is the least length of a secret in bytes.
const MinSecretLen = 32

const keyLen = 32

// Use names what a key is for.
type Use string

// ErrNotOpened says that what was to be opened was sealed under another secret,
// for something else, or was changed since.
var ErrNotOpened = errors.New("what is sealed cannot be opened: was it sealed under another secret key?")

// Box seals and opens for one use.
type Box struct {
	aead   cipher.AEAD
	macKey []byte
}

// New returns the box of the use under the secret, which has to be random and
// of at least [MinSecretLen] bytes.
func New(secret []byte, use Use) (*Box, error) {
	if len(secret) < MinSecretLen {
		return nil, fmt.Errorf("the secret key has %d bytes, and at least %d are needed", len(secret), MinSecretLen)
	}
	encryption, err := hkdf.Key(sha256.New, secret, nil, "coordinator/encrypt/"+string(use), keyLen)
	if err != nil {
		return nil, fmt.Errorf("deriving a key: %w", err)
	}
	mac, err := hkdf.Key(sha256.New, secret, nil, "coordinator/mac/"+string(use), keyLen)
	if err != nil {
		return nil, fmt.Errorf("deriving a key: %w", err)
	}
	block, err := aes.NewCipher(encryption)
	if err != nil {
		return nil, fmt.Errorf("making a cipher: %w", err)
	}
	// The nonce is random and goes before the text.
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("making a cipher: %w", err)
	}
	return &Box{aead: aead, macKey: mac}, nil
}

// Seal encrypts the text. context is what it belongs to, such as the id of its
// row: it is not in the result, and without it the text cannot be opened, so
// that it cannot be moved to another row.
//
//nolint:gosec // The AEAD makes a random nonce itself, and takes none.
func (b *Box) Seal(text, context []byte) []byte { return b.aead.Seal(nil, nil, text, context) }

// Open returns the text that was sealed with the context, or [ErrNotOpened].
func (b *Box) Open(sealed, context []byte) ([]byte, error) {
	text, err := b.aead.Open(nil, nil, sealed, context)
	if err != nil {
		return nil, ErrNotOpened
	}
	return text, nil
}

// Sum returns the HMAC-SHA256 of the text: 32 bytes that follow from it and
// that nobody without the secret can tell.
func (b *Box) Sum(text []byte) []byte {
	mac := hmac.New(sha256.New, b.macKey)
	mac.Write(text)
	return mac.Sum(nil)
}
