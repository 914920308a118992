package webhook

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/google/uuid"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/seal"
)

const (
	secretPrefix = "whsec_"
	secretBytes  = 32
)

const sealUse seal.Use = "webhooks"

func newBox(secret []byte) (*seal.Box, error) {
	box, err := seal.New(secret, sealUse)
	if err != nil {
		return nil, fmt.Errorf("preparing webhooks: %w", err)
	}
	return box, nil
}

// Secret is what an endpoint's messages are signed with, in plain text: shown
// once and stored sealed. It does not show where it is printed or logged.
type Secret struct{ text string }

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return s.text }

// String hides the secret.
func (Secret) String() string { return secretPrefix + "…" }

// GoString is String, for %#v.
func (s Secret) GoString() string { return s.String() }

// LogValue is String, for logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// newSecret makes a secret for the endpoint, and seals it.
func (s *Service) newSecret(id uuid.UUID) (Secret, []byte, error) {
	key := make([]byte, secretBytes)
	if _, err := rand.Read(key); err != nil {
		return Secret{}, nil, fmt.Errorf("making a webhook's secret: %w", err)
	}
	return Secret{text: secretPrefix + base64.StdEncoding.EncodeToString(key)}, s.box.Seal(key, id[:]), nil
}

// Rotate gives an endpoint another secret and returns it. For as long as the
// overlap messages are signed with the old one too; one that was older still is
// dropped. It returns NotFound unless the actor has the endpoint.
func (s *Service) Rotate(ctx context.Context, actor access.Actor, id uuid.UUID, overlap time.Duration) (Endpoint, Secret, error) {
	secret, sealed, err := s.newSecret(id)
	if err != nil {
		return Endpoint{}, Secret{}, err
	}
	row, err := s.change(ctx, actor, id, nil, "secret_rotated", func(q *db.Queries, before Endpoint) error {
		params := db.WebhookSetSecretParams{ID: id, Secret: sealed, Now: s.now(), ActorID: actor.IDOrNil()}
		if overlap > 0 {
			params.PreviousSecret = before.Webhook.Secret
			params.PreviousSecretExpiresAt = new(s.now().Add(overlap))
		}
		return q.WebhookSetSecret(ctx, params)
	})
	return row, secret, err
}

// sign returns the signatures of a message, by every secret that lives: the
// value of the header.
func sign(box *seal.Box, row db.Webhook, messageID string, now time.Time, body []byte) (string, error) {
	secrets := [][]byte{row.Secret}
	if row.PreviousSecretExpiresAt != nil && row.PreviousSecretExpiresAt.After(now) {
		secrets = append(secrets, row.PreviousSecret)
	}
	var signatures []string
	for _, sealed := range secrets {
		key, err := box.Open(sealed, row.ID[:])
		if err != nil {
			return "", fmt.Errorf("opening the secret of webhook %s: %w", row.ID, err)
		}
		signer, err := standardwebhooks.NewWebhookRaw(key)
		if err != nil {
			return "", fmt.Errorf("signing for webhook %s: %w", row.ID, err)
		}
		signature, err := signer.Sign(messageID, now, body)
		if err != nil {
			return "", fmt.Errorf("signing for webhook %s: %w", row.ID, err)
		}
		signatures = append(signatures, signature)
	}
	return strings.Join(signatures, " "), nil
}
