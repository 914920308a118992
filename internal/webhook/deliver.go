package webhook

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/dbx"
)

const (
	// DeliverTimeout is the longest that [Courier.Deliver] takes.
	DeliverTimeout = runTime + attemptTimeout + closeTime
	// runTime is how long a job begins with further deliveries of its endpoint,
	// until others have their turn.
	runTime = 20 * time.Second
	// closeTime is for writing down what came of the last ones.
	closeTime = 5 * time.Second
	// atOnce is how many messages an endpoint is sent at the same time.
	atOnce = 8
)

// Outcomes of an attempt.
const (
	OutcomeDelivered = "delivered"
	OutcomeRetried   = "retried"
	OutcomeFailed    = "failed"
)

// Deliver sends an endpoint what it is due, until there is no more or its time
// is over; the rest is found by the next look. It does nothing unless the lease
// is the endpoint's: nobody else delivers to it meanwhile.
func (c *Courier) Deliver(ctx context.Context, webhookID, lease uuid.UUID) error {
	q := db.New(c.db)
	defer func() {
		release, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
		defer cancel()
		// One that is not given back ends by itself.
		_ = q.WebhookQueueRelease(release, db.WebhookQueueReleaseParams{WebhookID: webhookID, Lease: lease})
	}()
	for end := machineTime().Add(runTime); machineTime().Before(end); {
		// For this batch alone: whoever dies meanwhile does not hold it up for long.
		held, err := q.WebhookQueueRenew(ctx, db.WebhookQueueRenewParams{WebhookID: webhookID, Lease: lease, LeasedUntil: c.now().Add(attemptTimeout + closeTime)})
		if err != nil || held == 0 {
			return err
		}
		more, err := c.deliverSome(ctx, q, webhookID)
		if err != nil {
			return fmt.Errorf("delivering to webhook %s: %w", webhookID, err)
		}
		if !more {
			return nil
		}
	}
	c.Wake()
	return nil
}

// deliverSome sends a few messages at once and tells whether there may be more
// to send now.
func (c *Courier) deliverSome(ctx context.Context, q *db.Queries, webhookID uuid.UUID) (bool, error) {
	endpoint, err := q.WebhookQueueGet(ctx, webhookID)
	if dbx.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if !endpoint.IsLive {
		_, err := q.WebhookDeliveryGiveUp(ctx, db.WebhookDeliveryGiveUpParams{
			WebhookID: webhookID, Error: "The endpoint was disabled, or its project deleted.",
		})
		return false, err
	}
	if paused := endpoint.WebhookQueue.PausedUntil; paused != nil && paused.After(c.now()) {
		return false, nil
	}
	limit := int32(atOnce)
	if endpoint.WebhookQueue.Failures > 0 {
		// One finds out whether it is there again.
		limit = 1
	}
	due, err := q.WebhookDeliveryDue(ctx, db.WebhookDeliveryDueParams{WebhookID: webhookID, Now: c.now(), Ungated: c.ungated, RowLimit: limit})
	if err != nil {
		return false, err
	}
	if len(due) == 0 {
		return false, q.WebhookDeliveryDefer(ctx, db.WebhookDeliveryDeferParams{WebhookID: webhookID, Now: c.now()})
	}
	attempts := make([]attempt, len(due))
	parallel(len(due), func(i int) { attempts[i] = c.send(ctx, endpoint.Webhook, due[i]) })
	if ctx.Err() != nil {
		// What was cut off says nothing; what was answered before counts.
		if due, attempts = answeredOnly(due, attempts); len(due) == 0 {
			return false, ctx.Err()
		}
	}
	return c.settleSurely(ctx, webhookID, due, attempts)
}

// settleSurely writes down what was sent even though the database is away for a
// moment, or the job is being cut off: what is not written down is sent again.
func (c *Courier) settleSurely(ctx context.Context, webhookID uuid.UUID, due []db.WebhookDeliveryDueRow, attempts []attempt) (bool, error) {
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
	defer cancel()
	for {
		goesOn, err := c.settle(bounded, webhookID, due, attempts)
		if err == nil {
			return goesOn && ctx.Err() == nil, nil
		}
		select {
		case <-bounded.Done():
			return false, err
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// answeredOnly leaves out what got no answer.
func answeredOnly(due []db.WebhookDeliveryDueRow, attempts []attempt) (answeredDue []db.WebhookDeliveryDueRow, answeredAttempts []attempt) {
	for i, a := range attempts {
		if a.status != nil {
			answeredDue, answeredAttempts = append(answeredDue, due[i]), append(answeredAttempts, a)
		}
	}
	return answeredDue, answeredAttempts
}

// settle writes down what came of some attempts, and tells whether to go on.
func (c *Courier) settle(ctx context.Context, webhookID uuid.UUID, due []db.WebhookDeliveryDueRow, attempts []attempt) (bool, error) {
	var outcomes []string
	goesOn, err := dbx.WithTxResult(ctx, c.db, func(q *db.Queries) (bool, error) {
		outcomes = make([]string, len(due))
		// Whoever changes or deletes the endpoint comes before or after.
		if _, err := q.WebhookLock(ctx, webhookID); err != nil {
			if dbx.IsNotFound(err) {
				return false, nil
			}
			return false, err
		}
		endpoint, err := q.WebhookQueueGet(ctx, webhookID)
		if err != nil {
			return false, err
		}
		now := c.now()
		v := judge(endpoint.WebhookQueue, attempts, now)
		for i, a := range attempts {
			if outcomes[i], err = write(ctx, q, due[i].WebhookDelivery, a, v, now); err != nil {
				return false, err
			}
		}
		return v.goesOn(), conclude(ctx, q, endpoint, v, now)
	})
	if err != nil {
		return false, err
	}
	for i, outcome := range outcomes {
		if outcome != "" {
			c.observe(outcome, attempts[i].took)
		}
	}
	return goesOn, nil
}

// write writes down what came of one attempt.
func write(ctx context.Context, q *db.Queries, d db.WebhookDelivery, a attempt, v verdict, now time.Time) (string, error) {
	took := new(int32(min(a.took.Milliseconds(), 1<<30)))
	if a.delivered {
		return OutcomeDelivered, q.WebhookDeliveryDelivered(ctx, db.WebhookDeliveryDeliveredParams{
			ID: d.ID, Now: now, ResponseStatus: a.status, LatencyMilliseconds: took, ResponseExcerpt: a.excerpt,
		})
	}
	next := nextAttempt(d, a, v, now)
	outcome := OutcomeRetried
	if next == nil {
		outcome = OutcomeFailed
	}
	return outcome, q.WebhookDeliveryTried(ctx, db.WebhookDeliveryTriedParams{
		ID: d.ID, Now: now, NextAttemptAt: next, ResponseStatus: a.status, LatencyMilliseconds: took, Error: &a.problem, ResponseExcerpt: a.excerpt,
	})
}

// conclude writes down what the attempts say of the endpoint.
func conclude(ctx context.Context, q *db.Queries, endpoint db.WebhookQueueGetRow, v verdict, now time.Time) error {
	id := endpoint.Webhook.ID
	if v.succeeded {
		if err := q.WebhookQueueSucceeded(ctx, db.WebhookQueueSucceededParams{WebhookID: id, Now: now}); err != nil {
			return err
		}
	} else {
		err := q.WebhookQueueFailed(ctx, db.WebhookQueueFailedParams{WebhookID: id, Now: now, Failures: v.failures, PausedUntil: v.pausedUntil})
		if err != nil {
			return err
		}
	}
	if v.disable == "" || endpoint.Webhook.Status != StatusEnabled {
		return nil
	}
	if err := disable(ctx, q, db.WebhookDisableParams{ID: id, Reason: v.disable, Now: now}); err != nil {
		return err
	}
	after, err := q.WebhookQueueGet(ctx, id)
	if err != nil {
		return err
	}
	return record(ctx, q, access.System(), "disabled", &endpoint.Webhook, after.Webhook)
}
