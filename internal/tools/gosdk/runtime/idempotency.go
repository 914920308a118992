package client

import (
	"errors"
	"net/http"

	"github.com/google/uuid"
)

const headerIdempotencyKey = "Idempotency-Key"

// maxKey is the most characters that a key has.
const maxKey = 255

// setKey gives a POST the key by which the service knows it when it is sent
// again, so that it is done once: a new one for the call, which all of its
// attempts have, or the one that the caller keeps itself.
func (r *request) setKey() {
	if r.method != http.MethodPost {
		return
	}
	if r.header.Get(headerIdempotencyKey) == "" {
		r.header.Set(headerIdempotencyKey, newKey())
	}
}

// newKey returns a key that nobody else has.
func newKey() string { return uuid.NewString() }

// checkKey tells what is wrong with a key.
func checkKey(key string) error {
	if key == "" || len(key) > maxKey {
		return errors.New("an idempotency key has 1 to 255 characters")
	}
	for _, c := range []byte(key) {
		if c <= ' ' || c > '~' {
			return errors.New("an idempotency key is made of visible ASCII characters, such as those of a UUID")
		}
	}
	return nil
}
