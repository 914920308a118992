package client

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

const (
	webhookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	otherSecret   = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
	webhookBody   = `{"type":"task.updated","timestamp":"2026-03-04T10:00:00Z","data":{"webhook_id":"0197f3a0-7c1e-7d2a-9b3c-00000000e001",
		"id":7,"occurred_at":"2026-03-04T10:00:00Z","actor_id":null,"entity_type":"task","entity_id":"0197f3a0-7c1e-7d2a-9b3c-00000000e002",
		"project_id":null,"action":"task.updated","changes":{},"version":2}}`
)

// signed is the header of a message that the official library has signed.
func signed(t *testing.T, secret string, at time.Time) http.Header {
	t.Helper()
	signer, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := signer.Sign("msg_1", at, []byte(webhookBody))
	if err != nil {
		t.Fatal(err)
	}
	header := http.Header{}
	header.Set("webhook-id", "msg_1")
	header.Set("webhook-timestamp", strconv.FormatInt(at.Unix(), 10))
	header.Set("webhook-signature", signature)
	return header
}

func TestASignedMessageIsRead(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for name, secrets := range map[string][]string{
		"ByItsSecret":        {webhookSecret},
		"ByOneOfTwo":         {otherSecret, webhookSecret},
		"WithoutThePrefix":   {"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
		"WhicheverIsTheLast": {webhookSecret, otherSecret},
	} {
		message, err := VerifyWebhook([]byte(webhookBody), signed(t, webhookSecret, now), secrets...)
		if err != nil || message.Type != "task.updated" || message.Data.ID.MustGet() != 7 || message.Data.Version.MustGet() != 2 {
			t.Errorf("%s: got %+v (%v)", name, message, err)
		}
	}

	// While a secret is rotated a message has two signatures.
	header := signed(t, webhookSecret, now)
	header.Set("webhook-signature", signed(t, otherSecret, now).Get("webhook-signature")+" "+header.Get("webhook-signature"))
	if _, err := VerifyWebhook([]byte(webhookBody), header, webhookSecret); err != nil {
		t.Error(err)
	}
}

func TestAMessageThatIsNotAsItWasSignedIsRefused(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(body *string, header http.Header){
		"Body": func(body *string, _ http.Header) { *body += " " },
		"ID":   func(_ *string, header http.Header) { header.Set("webhook-id", "msg_2") },
		"Timestamp": func(_ *string, header http.Header) {
			header.Set("webhook-timestamp", strconv.FormatInt(time.Now().Unix()+1, 10))
		},
		"Signature": func(_ *string, header http.Header) { header.Set("webhook-signature", "v1,AAAA") },
		"Version": func(_ *string, header http.Header) {
			header.Set("webhook-signature", "v0"+header.Get("webhook-signature")[2:])
		},
		"NoSignature":     func(_ *string, header http.Header) { header.Del("webhook-signature") },
		"NoID":            func(_ *string, header http.Header) { header.Del("webhook-id") },
		"NoTimestamp":     func(_ *string, header http.Header) { header.Del("webhook-timestamp") },
		"TimestampIsNone": func(_ *string, header http.Header) { header.Set("webhook-timestamp", "now") },
		"OfAnother": func(_ *string, header http.Header) {
			header.Set("webhook-signature", signed(t, otherSecret, time.Now()).Get("webhook-signature"))
		},
	} {
		body, header := webhookBody, signed(t, webhookSecret, time.Now())
		change(&body, header)
		if message, err := VerifyWebhook([]byte(body), header, webhookSecret); !errors.Is(err, ErrWebhookSignature) || message != nil {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestAMessageIsTakenWithinTheTolerance(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		age, tolerance time.Duration
		want           bool
	}{
		{5 * time.Minute, 0, true},
		{5*time.Minute + time.Second, 0, false},
		{-5 * time.Minute, 0, true},
		{-5*time.Minute - time.Second, 0, false},
		{time.Hour, 2 * time.Hour, true},
		{11 * time.Second, 10 * time.Second, false},
	} {
		verifier := WebhookVerifier{Secrets: []string{webhookSecret}, Tolerance: test.tolerance, Now: func() time.Time { return now }}
		_, err := verifier.Verify([]byte(webhookBody), signed(t, webhookSecret, now.Add(-test.age)))
		if (err == nil) != test.want || (err != nil && !errors.Is(err, ErrWebhookTimestamp)) {
			t.Errorf("%v old with a tolerance of %v: got %v", test.age, test.tolerance, err)
		}
	}
}

func TestAVerifierWithoutASecretVerifiesNothing(t *testing.T) {
	t.Parallel()
	header := signed(t, webhookSecret, time.Now())
	for _, secrets := range [][]string{nil, {""}, {"whsec_"}, {"not base64!"}} {
		message, err := VerifyWebhook([]byte(webhookBody), header, secrets...)
		if err == nil || errors.Is(err, ErrWebhookSignature) && len(secrets) == 0 || message != nil {
			t.Errorf("%q: got %v", secrets, err)
		}
	}
	// An empty key is one that anybody knows.
	if _, err := VerifyWebhook([]byte(webhookBody), signed(t, "whsec_", time.Now()), "whsec_"); err == nil {
		t.Error("an empty secret is taken")
	}
}

func TestTheCaseOfAHeaderDoesNotMatter(t *testing.T) {
	t.Parallel()
	header := http.Header{}
	for name, values := range signed(t, webhookSecret, time.Now()) {
		header[strings.ToLower(name)] = values // As maps of gateways and functions have them.
	}
	if _, err := VerifyWebhook([]byte(webhookBody), header, webhookSecret); err != nil {
		t.Error(err)
	}
}

func TestASecretThatIsNoneIsToldWhateverTheMessage(t *testing.T) {
	t.Parallel()
	header := signed(t, webhookSecret, time.Now())
	for _, secrets := range [][]string{{webhookSecret, ""}, {"", webhookSecret}, {webhookSecret, "whsec_"}, {webhookSecret, "whsec_not base64"}, {"\n"}, {"whsec_\r\n"}} {
		_, err := VerifyWebhook([]byte(webhookBody), header, secrets...)
		if err == nil || errors.Is(err, ErrWebhookSignature) || strings.Contains(err.Error(), "not base64") {
			t.Errorf("%q: got %v", secrets, err)
		}
	}
	// A line break is what a file or a shell adds.
	if _, err := VerifyWebhook([]byte(webhookBody), header, webhookSecret+"\n"); err != nil {
		t.Error(err)
	}
}
