package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
)

const (
	// sealEvery is how long an event waits for its link at most, about.
	sealEvery = time.Second
	// batchSize bounds what one transaction seals, and what is in memory.
	batchSize = 1000
	// tellEvery is how often the head is logged while the chain grows, and how
	// often an error that stays is repeated.
	tellEvery = 5 * time.Minute
	// patience is how long it may fail, as when no connection is to spare, until
	// that is worth a line in the log.
	patience = 10 * time.Second
)

// ErrOtherSecret says that the chain was begun under another secret key.
var ErrOtherSecret = errors.New("the audit chain was begun under another secret key than this one: set COORDINATOR_SECRET_KEY, " +
	"or COORDINATOR_DATA_DIR, to what the service had when it first started on this database")

// ErrOtherServer says that the database was copied to a server whose
// transactions are older than those in the log.
var ErrOtherServer = errors.New("the log of events is ahead of this PostgreSQL server's transactions, as after restoring a dump on a new server: " +
	"new events cannot be ordered after the old ones; stop the server and raise its next transaction (pg_resetwal --epoch and --next-transaction-id) " +
	"beyond the largest events.transaction_id")

// Sealer appends the events that are there for good to the chain. Any number
// of processes may run one on the same database.
type Sealer struct {
	db     *dbx.DB
	chain  chain
	logger *slog.Logger
	every  time.Duration
	batch  int32
	state  atomic.Pointer[State]
	// caughtUp is when everything was last seen sealed, in Unix nanoseconds; the
	// start of the process before that.
	caughtUp atomic.Int64
}

// State is how sealing goes in this process.
type State struct {
	// SealedAt is when all that could be sealed was last seen sealed, by
	// whomever; the start of the process before that.
	SealedAt time.Time
	// Position is where the chain ended then.
	Position int64
	// Err is why it was not sealed since; nil when it was.
	Err error
}

// State returns how sealing goes.
func (s *Sealer) State() State {
	state := State{}
	if noted := s.state.Load(); noted != nil {
		state = *noted
	}
	state.SealedAt = time.Unix(0, s.caughtUp.Load())
	return state
}

// NewSealer returns the sealer under the secret.
func NewSealer(d *dbx.DB, secret []byte, logger *slog.Logger) (*Sealer, error) {
	c, err := newChain(secret)
	if err != nil {
		return nil, err
	}
	s := &Sealer{db: d, chain: c, logger: logger, every: sealEvery, batch: batchSize}
	s.keepUp()
	return s, nil
}

// Lag returns how long ago everything that was there for good was last seen
// sealed, by this process or by another.
func (s *Sealer) Lag() time.Duration { return time.Since(s.State().SealedAt) }

func (s *Sealer) keepUp() { s.caughtUp.Store(time.Now().UnixNano()) }

// Run seals until the context ends. What fails is logged and tried again: the
// events stay where they are.
func (s *Sealer) Run(ctx context.Context) {
	ticker := time.NewTicker(s.every)
	defer ticker.Stop()
	var told, complained, failing time.Time
	var last int64
	for {
		head, err := s.catchUp(ctx)
		if ctx.Err() != nil {
			return
		}
		s.note(head, err)
		switch {
		case err != nil:
			if failing.IsZero() {
				failing = time.Now()
			}
			if (isLasting(err) || time.Since(failing) >= patience) && time.Since(complained) >= tellEvery {
				s.logger.ErrorContext(ctx, "the audit log is not sealed", "error", err)
				complained = time.Now()
			}
		default:
			failing = time.Time{}
			if head.Position != last && time.Since(told) >= tellEvery {
				s.logger.InfoContext(ctx, "the audit log is sealed up to here; keep this elsewhere for `coordinator audit verify --head`", "head", head.String())
				told, last = time.Now(), head.Position
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// catchUp is CatchUp, of which a fault of ours does not end the process.
func (s *Sealer) catchUp(ctx context.Context) (head Head, err error) {
	defer func() {
		if value := recover(); value != nil {
			s.logger.ErrorContext(ctx, "panic while sealing the audit log", "error", value, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", value)
		}
	}()
	return s.CatchUp(ctx)
}

func (s *Sealer) note(head Head, err error) {
	state := s.State()
	state.Err = err
	if err == nil {
		state.Position = head.Position
	}
	s.state.Store(&state)
}

// isLasting tells an error that waiting does not mend.
func isLasting(err error) bool {
	return errors.Is(err, ErrOtherSecret) || errors.Is(err, ErrOtherServer)
}

// CatchUp seals what is there, in batches, and returns where the chain ends
// then. While another process seals it leaves that to it.
//
// Without anything to seal it costs two statements that read a row of an index
// each; it writes nothing, takes no lock and no number of a transaction.
func (s *Sealer) CatchUp(ctx context.Context) (Head, error) {
	for {
		head, err := s.head(ctx)
		if err != nil {
			return Head{}, err
		}
		if head != nil {
			state, err := db.New(s.db).EventChainIsBehind(ctx, db.EventChainIsBehindParams{TransactionID: head.TransactionID, EventID: head.EventID})
			if err != nil {
				return Head{}, fmt.Errorf("looking for events to seal: %w", err)
			}
			if state.Lost {
				return Head{}, ErrOtherServer
			}
			if !state.Behind {
				s.keepUp()
				return Head{Position: head.Position, Hash: head.Hash}, nil
			}
		}
		reached, err := s.sealBatch(ctx)
		if err != nil {
			return Head{}, fmt.Errorf("sealing events: %w", err)
		}
		if reached.atEnd {
			s.keepUp()
		}
		if !reached.more {
			head, err := s.head(ctx)
			if err != nil || head == nil {
				return Head{}, err
			}
			return Head{Position: head.Position, Hash: head.Hash}, nil
		}
	}
}

// head returns the last link, nil before the chain has begun.
func (s *Sealer) head(ctx context.Context) (*db.EventChainHeadRow, error) {
	return headOf(ctx, db.New(s.db))
}

func headOf(ctx context.Context, q *db.Queries) (*db.EventChainHeadRow, error) {
	head, err := q.EventChainHead(ctx)
	if dbx.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the end of the chain: %w", err)
	}
	return &head, nil
}

// progress is how far a batch came: there may be more, or it was the end. It is
// neither where another process is at work.
type progress struct{ more, atEnd bool }

// sealBatch seals some events and tells how far it came. The place
// where it goes on is the last link, so that both are there or neither.
func (s *Sealer) sealBatch(ctx context.Context) (progress, error) {
	return dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (progress, error) {
		// The statements after it see whatever the one that held it has committed.
		locked, err := q.EventChainTryLock(ctx)
		if err != nil || !locked {
			return progress{}, err
		}
		head, err := headOf(ctx, q)
		if err != nil {
			return progress{}, err
		}
		if head == nil {
			start := s.chain.start()
			if err := q.EventChainBegin(ctx, start); err != nil {
				return progress{}, fmt.Errorf("beginning the chain: %w", err)
			}
			head = &db.EventChainHeadRow{TransactionID: "0", Hash: start}
		} else if err := s.checkSecret(ctx, q); err != nil {
			return progress{}, err
		}
		events, err := q.EventChainUnsealed(ctx, db.EventChainUnsealedParams{
			TransactionID: head.TransactionID, EventID: head.EventID, RowLimit: s.batch,
		})
		if err != nil {
			return progress{}, fmt.Errorf("reading what is to be sealed: %w", err)
		}
		if len(events) == 0 {
			return progress{atEnd: true}, nil
		}
		if err := q.EventChainAppend(ctx, s.links(head, events)); err != nil {
			return progress{}, fmt.Errorf("appending to the chain: %w", err)
		}
		more := len(events) == int(s.batch)
		return progress{more: more, atEnd: !more}, nil
	})
}

// checkSecret refuses to go on with what somebody else has begun: nobody could
// verify either part with one secret.
func (s *Sealer) checkSecret(ctx context.Context, q *db.Queries) error {
	start, err := q.EventChainStart(ctx)
	if err != nil && !dbx.IsNotFound(err) {
		return fmt.Errorf("reading the beginning of the chain: %w", err)
	}
	if !bytes.Equal(start, s.chain.start()) {
		return ErrOtherSecret
	}
	return nil
}

func (s *Sealer) links(head *db.EventChainHeadRow, events []db.EventChainUnsealedRow) db.EventChainAppendParams {
	var links db.EventChainAppendParams
	position, hash := head.Position, head.Hash
	for _, e := range events {
		position++
		hash = s.chain.next(position, hash, unsealed(e))
		links.Positions = append(links.Positions, position)
		links.EventIds = append(links.EventIds, e.ID)
		links.TransactionIds = append(links.TransactionIds, e.TransactionID)
		links.OccurredAts = append(links.OccurredAts, e.OccurredAt)
		links.Actions = append(links.Actions, e.Action)
		links.Hashes = append(links.Hashes, hash)
	}
	return links
}

func unsealed(e db.EventChainUnsealedRow) sealed {
	return sealed{
		id: e.ID, transactionID: e.TransactionID, occurredAt: e.OccurredAt, actorID: e.ActorID, credential: e.Credential,
		requestID: e.RequestID, entityType: e.EntityType, entityID: e.EntityID, projectID: e.ProjectID,
		action: e.Action, changes: e.Changes, version: e.Version,
	}
}
