package webhook

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/outbound"
	"github.com/aicoordination/coordinator/internal/seal"
)

const (
	// lookEvery is how long a change waits until it is on its way at most, about,
	// of which nobody tells; lookPause is for how long it is not looked again,
	// however much is told.
	lookEvery = time.Second
	lookPause = 100 * time.Millisecond
	// batchSize bounds the events that one transaction looks through.
	batchSize = 500
	// leaseBatch bounds the endpoints that are given out at once.
	leaseBatch = 100
	// leaseQueued is how long an endpoint waits for somebody to begin with it
	// until it is given out again.
	leaseQueued = time.Minute
	// tellEvery is how often an error that stays is logged, patience how long it
	// may stay before.
	tellEvery = 5 * time.Minute
	patience  = 10 * time.Second
)

// Queue takes jobs that deliver what an endpoint is due: see [Courier.Deliver].
// It is called in a transaction, which the job follows.
type Queue interface {
	AddWebhook(ctx context.Context, q *db.Queries, webhookID, lease uuid.UUID, isFailing bool) error
}

// CourierOptions are how a [Courier] works.
type CourierOptions struct {
	Options

	Queue  Queue
	Logger *slog.Logger
	// Observe is told of every attempt: what came of it, [OutcomeDelivered] and
	// the like, and how long it took. It may be nil, and must be quick.
	Observe func(outcome string, took time.Duration)
}

// Courier reads the log of changes and delivers what endpoints are to get. Any
// number of processes may run one on the same database.
//
// What is due is found by looking for it, when somebody tells of events
// ([Courier.Wake]) and each second anyway. An endpoint that has
// something due is leased to a job, which delivers that to it and to no other.
type Courier struct {
	db      *dbx.DB
	box     *seal.Box
	client  *outbound.Client
	queue   Queue
	now     func() time.Time
	observe func(outcome string, took time.Duration)
	logger  *slog.Logger
	hints   chan struct{}

	batch   int32
	timeout time.Duration
	// ungated has deliveries of one entity overtake each other: the control of
	// the test that they do not.
	ungated bool
}

// NewCourier returns a courier on d, which serves background work.
func NewCourier(d *dbx.DB, o CourierOptions) (*Courier, error) {
	box, err := newBox(o.Secret)
	if err != nil {
		return nil, err
	}
	c := &Courier{
		db: d, box: box, client: o.Client, queue: o.Queue, now: o.Now, observe: o.Observe, logger: o.Logger,
		hints: make(chan struct{}, 1), batch: batchSize, timeout: attemptTimeout,
	}
	if c.now == nil {
		c.now = time.Now
	}
	if c.observe == nil {
		c.observe = func(string, time.Duration) {}
	}
	return c, nil
}

// Wake has the courier look at once for something to deliver.
func (c *Courier) Wake() {
	select {
	case c.hints <- struct{}{}:
	default: // It is about to look anyway.
	}
}

// Run looks for what is to be delivered until the context ends. What fails is
// logged and tried again.
func (c *Courier) Run(ctx context.Context) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	var failing, complained time.Time
	for {
		switch err := c.Look(ctx); {
		case ctx.Err() != nil:
			return
		case err == nil:
			failing = time.Time{}
		default:
			if failing.IsZero() {
				failing = machineTime()
			}
			if machineTime().Sub(failing) >= patience && machineTime().Sub(complained) >= tellEvery {
				c.logger.ErrorContext(ctx, "webhooks are not delivered", "error", err)
				complained = machineTime()
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(lookPause):
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-c.hints:
		}
	}
}

// Look queues the deliveries of what has happened, and jobs for the endpoints
// that have some due.
func (c *Courier) Look(ctx context.Context) error {
	if err := c.catchUp(ctx); err != nil {
		return fmt.Errorf("reading the log for webhooks: %w", err)
	}
	if err := c.dispatch(ctx); err != nil {
		return fmt.Errorf("giving out webhooks: %w", err)
	}
	return nil
}

// catchUp goes through the log from where somebody has last stopped, up to the
// oldest transaction that still runs. Without new events it costs one look into
// an index.
func (c *Courier) catchUp(ctx context.Context) error {
	for {
		behind, err := db.New(c.db).WebhookCursorIsBehind(ctx)
		if err != nil || !behind {
			return err
		}
		more, err := dbx.WithTxResult(ctx, c.db, func(q *db.Queries) (bool, error) { return c.readBatch(ctx, q) })
		if err != nil || !more {
			return err
		}
	}
}

// readBatch queues deliveries for some events, moves the cursor behind them in
// the same transaction, and tells whether there may be more. While another
// process reads it leaves that to it.
func (c *Courier) readBatch(ctx context.Context, q *db.Queries) (bool, error) {
	locked, err := q.WebhookCursorTryLock(ctx)
	if err != nil || !locked {
		return false, err
	}
	next, err := q.WebhookCursorNext(ctx, c.batch)
	if err != nil || next.Events == 0 {
		return false, err
	}
	candidates, err := q.WebhookMatches(ctx, db.WebhookMatchesParams{
		FromTransaction: next.FromTransaction, FromEvent: next.FromEvent, ToTransaction: next.ToTransaction, ToEvent: next.ToEvent,
	})
	if err != nil {
		return false, err
	}
	insert := db.WebhookDeliveryInsertManyParams{Now: c.now()}
	for _, m := range candidates {
		if !event.MayLeave(m.EntityType, m.Action, m.OfProject) || !matches(m.EventTypes, m.Action) {
			continue
		}
		insert.Ids = append(insert.Ids, uuid.Must(uuid.NewV7()))
		insert.WebhookIds = append(insert.WebhookIds, m.WebhookID)
		insert.EventIds = append(insert.EventIds, m.EventID)
		insert.EventTypes = append(insert.EventTypes, m.Action)
		insert.EntityTypes = append(insert.EntityTypes, m.EntityType)
		insert.EntityIds = append(insert.EntityIds, m.EntityID)
	}
	if len(insert.Ids) > 0 {
		if insert.LiveIds, err = q.WebhookLockLive(ctx, insert.WebhookIds); err != nil {
			return false, err
		}
		if err := q.WebhookDeliveryInsertMany(ctx, insert); err != nil {
			return false, err
		}
	}
	err = q.WebhookCursorSet(ctx, db.WebhookCursorSetParams{TransactionID: next.ToTransaction, EventID: next.ToEvent})
	return next.Events == int64(c.batch), err
}

// dispatch leases the endpoints that have something due, and queues a job for
// each. A job that is lost leaves a lease that ends.
func (c *Courier) dispatch(ctx context.Context) error {
	return dbx.WithTx(ctx, c.db, func(q *db.Queries) error {
		now := c.now()
		leased, err := q.WebhookQueueLease(ctx, db.WebhookQueueLeaseParams{Now: now, LeasedUntil: now.Add(leaseQueued), RowLimit: leaseBatch})
		if err != nil {
			return err
		}
		for _, l := range leased {
			if err := c.queue.AddWebhook(ctx, q, l.WebhookID, l.Lease, l.IsFailing); err != nil {
				return err
			}
		}
		if len(leased) == 0 {
			return dbx.ErrNothingChanged
		}
		return nil
	})
}

// retention is how long a delivery that is done is kept.
const retention = 30 * 24 * time.Hour

// CleanUp removes deliveries that have been done for long.
func (c *Courier) CleanUp(ctx context.Context) error {
	const atOnce = 5000
	var removed int64
	for {
		n, err := db.New(c.db).WebhookDeliveryDeleteOld(ctx, db.WebhookDeliveryDeleteOldParams{Before: c.now().Add(-retention), RowLimit: atOnce})
		if err != nil {
			return fmt.Errorf("removing old deliveries: %w", err)
		}
		if removed += n; n < atOnce {
			if removed > 0 {
				c.logger.InfoContext(ctx, "removed old webhook deliveries", "deliveries", removed)
			}
			return nil
		}
	}
}

// parallel runs fn for every index at the same time.
func parallel(n int, fn func(i int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { fn(i) })
	}
	all.Wait()
}
