package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/aicoordination/coordinator/gen/api"
)

var (
	// ErrWebhookSignature is returned for a message that none of the secrets has
	// signed, or that was changed on the way: it is not from the service.
	ErrWebhookSignature = errors.New("the message is not signed by one of the secrets")

	// ErrWebhookTimestamp is returned for a message whose signature is right, and
	// that was signed too long ago or in the future: it may be a copy that somebody
	// sends again.
	ErrWebhookTimestamp = errors.New("the message was not signed just now")
)

// DefaultWebhookTolerance is how far the clocks of the service and of whoever
// takes a message may be apart, with the time that the message travels.
const DefaultWebhookTolerance = 5 * time.Minute

// WebhookVerifier verifies messages. Its zero value has no secret and verifies
// none. It may be used by many goroutines at once.
type WebhookVerifier struct {
	// Secrets are those that creating the endpoint and rotating its secret have
	// answered; one of them has to have signed a message. While a secret is rotated,
	// give the old one and the new one.
	Secrets []string
	// Tolerance is how long ago a message may have been signed, or how far in the
	// future; 0 is [DefaultWebhookTolerance].
	Tolerance time.Duration
	// Now is the clock; nil is [time.Now].
	Now func() time.Time
}

// VerifyWebhook verifies a message of the service by one of several secrets, and
// reads it. The body is the one that was received, byte for byte. A message may
// come twice, with the same webhook-id in its header.
//
// It returns [ErrWebhookSignature] or [ErrWebhookTimestamp] for what is to be
// answered by 401 or 400, and nothing is to be done of. For another tolerance or
// clock use a [WebhookVerifier].
func VerifyWebhook(body []byte, header http.Header, secrets ...string) (*api.WebhookMessage, error) {
	return WebhookVerifier{Secrets: secrets}.Verify(body, header)
}

// Verify is [VerifyWebhook] with the settings of the verifier.
func (v WebhookVerifier) Verify(body []byte, header http.Header) (*api.WebhookMessage, error) {
	keys, err := v.keys()
	if err != nil {
		return nil, fmt.Errorf("verifying a message: %w", err)
	}
	header = canonical(header)
	if err := verifySignature(keys, body, header); err != nil {
		return nil, fmt.Errorf("verifying a message: %w", err)
	}
	if err := v.verifyTimestamp(header); err != nil {
		return nil, fmt.Errorf("verifying a message: %w", err)
	}
	message := new(api.WebhookMessage)
	if err := json.Unmarshal(body, message); err != nil {
		return nil, fmt.Errorf("reading a message that is verified: %w", err)
	}
	return message, nil
}

// keys are those of the secrets. One that is none is an error even where another
// one has signed: it is a mistake in the settings, and an empty one anybody has.
func (v WebhookVerifier) keys() ([]*standardwebhooks.Webhook, error) {
	if len(v.Secrets) == 0 {
		return nil, errors.New("there is no secret to verify it with")
	}
	keys := make([]*standardwebhooks.Webhook, len(v.Secrets))
	for i, secret := range v.Secrets {
		encoded := strings.TrimPrefix(strings.TrimSpace(secret), "whsec_")
		key, err := standardwebhooks.NewWebhook(encoded)
		if err != nil || encoded == "" {
			return nil, fmt.Errorf("secret %d of %d is none: it begins with whsec_, and is told when an endpoint is created or its secret rotated",
				i+1, len(v.Secrets))
		}
		keys[i] = key
	}
	return keys, nil
}

// canonical is the header with its names as http.Header has them, where they come
// from something else than net/http.
func canonical(header http.Header) http.Header {
	named := make(http.Header, len(header))
	for name, values := range header {
		named[http.CanonicalHeaderKey(name)] = values
	}
	return named
}

func verifySignature(keys []*standardwebhooks.Webhook, body []byte, header http.Header) error {
	failure := ErrWebhookSignature
	for _, key := range keys {
		// The time is looked at afterwards, by a clock and a tolerance that can be set.
		err := key.VerifyIgnoringTimestamp(body, header)
		if err == nil {
			return nil
		}
		if !errors.Is(err, standardwebhooks.ErrNoMatchingSignature) {
			failure = fmt.Errorf("%w: %w", ErrWebhookSignature, err)
		}
	}
	return failure
}

func (v WebhookVerifier) verifyTimestamp(header http.Header) error {
	seconds, err := strconv.ParseInt(header.Get(standardwebhooks.HeaderWebhookTimestamp), 10, 64)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrWebhookTimestamp, err)
	}
	now, tolerance := time.Now, v.Tolerance
	if v.Now != nil {
		now = v.Now
	}
	if tolerance == 0 {
		tolerance = DefaultWebhookTolerance
	}
	if age := now().Sub(time.Unix(seconds, 0)); age > tolerance || age < -tolerance {
		return fmt.Errorf("%w: that was %v ago", ErrWebhookTimestamp, age.Round(time.Second))
	}
	return nil
}
