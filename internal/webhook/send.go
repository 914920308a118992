package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/google/uuid"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/outbound"
)

const (
	// attemptTimeout is within which an endpoint has to answer.
	attemptTimeout = 15 * time.Second
	// bodyTime is how long an answer is read that is there already.
	bodyTime = 2 * time.Second
	// maxBody is the most that is read of an answer, excerpt what is kept.
	maxBody = 16 << 10
	excerpt = 1 << 10
)

// NewClient returns the client that endpoints are called by. With allowLoopback
// it reaches this machine, without TLS: for tests and development alone.
//
// around is put around its transport, to observe what passes; nil for nothing.
func NewClient(allowLoopback bool, around func(http.RoundTripper) http.RoundTripper) *outbound.Client {
	return outbound.New(outbound.Options{AllowLoopback: allowLoopback, Timeout: attemptTimeout, MaxResponse: maxBody, Around: around})
}

// attempt is what came of sending a message once.
type attempt struct {
	delivered bool
	// unreachable tells that nobody was there, or has too much to do: it says
	// something of the endpoint, and nothing of the message.
	unreachable bool
	// gone tells that the endpoint wants nothing more.
	gone bool
	// hopeless tells that it would never go out.
	hopeless   bool
	retryAfter time.Duration
	status     *int32
	took       time.Duration
	// problem is a sentence that says why it was not delivered.
	problem string
	excerpt *string
}

// message is the body of a message, WebhookMessage of the contract.
type message struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Data      eventData `json:"data"`
}

// eventData is an event as it is sent, WebhookEvent of the contract. That of a
// test has the same shape, so that it goes through the code that it is to test.
type eventData struct {
	WebhookID  uuid.UUID                    `json:"webhook_id"`
	ID         *int64                       `json:"id"`
	OccurredAt time.Time                    `json:"occurred_at"`
	ActorID    *uuid.UUID                   `json:"actor_id"`
	EntityType string                       `json:"entity_type"`
	EntityID   uuid.UUID                    `json:"entity_id"`
	ProjectID  *uuid.UUID                   `json:"project_id"`
	Action     string                       `json:"action"`
	Changes    map[string]event.FieldChange `json:"changes"`
	Version    *int64                       `json:"version"`
}

// compose returns the body of a message: the same with each attempt, because
// what it tells of does not change.
func compose(d db.WebhookDeliveryDueRow) ([]byte, error) {
	delivery := d.WebhookDelivery
	data := eventData{
		WebhookID: delivery.WebhookID, OccurredAt: delivery.CreatedAt.UTC(),
		EntityType: delivery.EntityType, EntityID: delivery.EntityID, Action: delivery.EventType,
		Changes: map[string]event.FieldChange{},
	}
	if delivery.EventID == nil {
		return json.Marshal(message{delivery.EventType, data.OccurredAt, data})
	}
	if d.FoundID == nil || d.OccurredAt == nil {
		return nil, errors.New("the event is not there any more")
	}
	changes, err := event.Leaving(delivery.EntityType, d.Changes)
	if err != nil {
		return nil, err
	}
	data.ID, data.OccurredAt, data.ActorID, data.ProjectID = d.FoundID, d.OccurredAt.UTC(), d.ActorID, d.ProjectID
	data.Changes, data.Version = changes, d.Version
	return json.Marshal(message{delivery.EventType, data.OccurredAt, data})
}

// send sends a message once.
func (c *Courier) send(ctx context.Context, endpoint db.Webhook, d db.WebhookDeliveryDueRow) attempt {
	body, err := compose(d)
	if err != nil {
		return attempt{hopeless: true, problem: "The message could not be made: " + err.Error() + "."}
	}
	id, now := MessageID(d.WebhookDelivery.ID), c.now()
	signature, err := sign(c.box, endpoint, id, now, body)
	if err != nil {
		c.logger.ErrorContext(ctx, "a webhook's message is not signed", "webhook_id", endpoint.ID, "error", err)
		return attempt{unreachable: true, problem: "The message could not be signed; the operator finds the reason in the log."}
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint.Url, bytes.NewReader(body))
	if err != nil {
		return attempt{hopeless: true, problem: "The endpoint's URL is none."}
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "Coordinator-Webhooks")
	request.Header.Set(standardwebhooks.HeaderWebhookID, id)
	request.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	request.Header.Set(standardwebhooks.HeaderWebhookSignature, signature)
	began := machineTime()
	response, err := c.client.Do(request)
	if err != nil {
		return attempt{unreachable: true, problem: reason(err), took: machineTime().Sub(began)}
	}
	defer response.Body.Close()
	a := answered(response.StatusCode, response.Header.Get("Retry-After"), now)
	a.took = machineTime().Sub(began)
	// The status is the answer. Whoever lets the rest drip does not hold us up.
	patience := time.AfterFunc(bodyTime, cancel)
	defer patience.Stop()
	begins, _ := io.ReadAll(io.LimitReader(response.Body, maxBody))
	a.excerpt = excerptOf(begins)
	return a
}

// answered tells what an answer's status means.
func answered(status int, retryAfter string, now time.Time) attempt {
	a := attempt{status: new(int32(status))}
	switch {
	case status >= 200 && status < 300:
		a.delivered = true
		return a
	case status == http.StatusGone:
		a.gone = true
		a.problem = "The endpoint answered 410: it wants nothing more."
	case status >= 300 && status < 400:
		a.problem = "The endpoint answered with a redirect, which is not followed. Give the address that it leads to."
	case status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable:
		a.unreachable, a.retryAfter = true, readRetryAfter(retryAfter, now)
		fallthrough
	default:
		a.problem = "The endpoint answered " + strconv.Itoa(status) + ", and not 2xx."
	}
	return a
}

// readRetryAfter reads seconds or a date; 0 for neither.
func readRetryAfter(text string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return max(leastAsked, time.Duration(seconds)*time.Second)
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(leastAsked, at.Sub(now))
	}
	return 0
}

// excerptOf is how an answer begins, as text that the database takes.
func excerptOf(body []byte) *string {
	if len(body) == 0 {
		return nil
	}
	text := strings.ReplaceAll(strings.ToValidUTF8(string(body[:min(len(body), excerpt)]), ""), "\x00", "")
	return &text
}

// reason says why an endpoint was not reached, to whoever has it: nothing of our
// own network.
func reason(err error) string {
	var refused *outbound.RefusedError
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var record tls.RecordHeaderError
	var timeout net.Error
	switch {
	case errors.As(err, &refused):
		return refused.Reason
	case errors.As(err, &dns):
		return "The name of the endpoint's host was not found."
	case errors.As(err, &certificate), errors.As(err, &authority):
		return "The endpoint's certificate is not trusted."
	case errors.As(err, &record):
		return "The endpoint does not speak TLS."
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "There was no answer within 15 seconds."
	case errors.Is(err, syscall.ECONNREFUSED):
		return "The endpoint refused the connection."
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "The endpoint closed the connection without an answer."
	}
	return "The endpoint could not be reached."
}
