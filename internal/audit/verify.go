package audit

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
)

// walkSize is how many links, with their events, are in memory at once.
const walkSize = 500

// Report is what became of a verification.
type Report struct {
	// Verified is how many events are, in this order, what was sealed.
	Verified int64
	// Unsealed is how many events the sealer has not come to.
	Unsealed int64
	// Head is where the chain ends.
	Head Head
	// Finding is nil where nothing was tampered with.
	Finding *Finding
}

// Finding is the first row that was tampered with. EventID is 0, OccurredAt
// zero and Action empty where nothing is left that tells them.
type Finding struct {
	Position   int64
	EventID    int64
	OccurredAt time.Time
	Action     string
	// What was done to it.
	What string
}

// String says which row it is and what was done to it.
func (f Finding) String() string {
	row := fmt.Sprintf("position %d", f.Position)
	if f.EventID != 0 {
		row += fmt.Sprintf(", event %d (%s at %s)", f.EventID, f.Action, f.OccurredAt.UTC().Format(time.RFC3339Nano))
	}
	return row + ": " + f.What
}

// What may have been done to a row.
const (
	whatChanged      = "the event was changed after it was sealed"
	whatRemoved      = "the event was removed"
	whatInserted     = "the event was inserted here afterwards: nothing was sealed for it"
	whatLinkChanged  = "its link in the chain was changed"
	whatLinkRemoved  = "its link in the chain was removed"
	whatEither       = "the event, or its link in the chain, is not what was sealed here: changed, moved or put in its place"
	whatStartChanged = "the beginning of the chain was changed or removed"
	whatCut          = "the chain ends before the head that was given: its end was cut off here"
	whatReplaced     = "the chain is another one than that of the head that was given: it was written anew at or before this position"
)

// ReadHead returns where the chain ends; ok is false while nothing is sealed.
func ReadHead(ctx context.Context, d *dbx.DB) (_ Head, ok bool, err error) {
	head, err := headOf(ctx, db.New(d))
	if err != nil || head == nil {
		return Head{}, false, err
	}
	return Head{Position: head.Position, Hash: head.Hash}, true, nil
}

// Verify walks over the whole chain and over the log beside it, up to where
// the chain ends now, and finds the first row that was tampered with. noted, if
// it is not nil, is a head that was kept elsewhere: with it a chain that lacks
// its end, or was written anew as a whole, is found too. It returns
// [ErrOtherSecret] when no link at all is one under the secret.
func Verify(ctx context.Context, d *dbx.DB, secret []byte, noted *Head) (Report, error) {
	c, err := newChain(secret)
	if err != nil {
		return Report{}, err
	}
	q := db.New(d)
	head, err := headOf(ctx, q)
	if err != nil {
		return Report{}, err
	}
	if head == nil {
		head = &db.EventChainHeadRow{Position: -1, TransactionID: "0"}
	}
	report := Report{Head: Head{Position: max(head.Position, 0), Hash: head.Hash}}
	if report.Unsealed, err = q.EventChainCountUnsealed(ctx, db.EventChainCountUnsealedParams{TransactionID: head.TransactionID, EventID: head.EventID}); err != nil {
		return Report{}, fmt.Errorf("counting the events that are not sealed: %w", err)
	}
	other, err := otherThanNoted(ctx, q, head, noted)
	if err != nil {
		return Report{}, err
	}
	w := walk{q: q, chain: c, place: place{transaction: "0"}, hash: c.start()}
	if head.Position >= 0 {
		if err := w.run(ctx, head.Position); err != nil {
			return Report{}, err
		}
		// Whoever replaced all of it is told from a wrong secret by the head alone.
		if !w.secretFits && other == nil {
			return Report{}, ErrOtherSecret
		}
	}
	report.Verified, report.Finding = w.verified, w.finding
	if other != nil && (report.Finding == nil || !w.secretFits || other.Position < report.Finding.Position) {
		report.Finding = other
	}
	return report, nil
}

// otherThanNoted compares the chain with a head that was kept elsewhere.
func otherThanNoted(ctx context.Context, q *db.Queries, head *db.EventChainHeadRow, noted *Head) (*Finding, error) {
	if noted == nil {
		return nil, nil
	}
	if head.Position < noted.Position {
		cut := &Finding{Position: max(head.Position, 0) + 1, What: whatCut}
		// What stood there is what follows in the log, unless that is cut too.
		next, err := q.EventChainFirstForeign(ctx, db.EventChainFirstForeignParams{
			AfterTransaction: head.TransactionID, AfterID: head.EventID, BeforeTransaction: strconv.FormatUint(math.MaxUint64, 10), BeforeID: math.MaxInt64,
		})
		if err != nil && !dbx.IsNotFound(err) {
			return nil, fmt.Errorf("reading what follows the chain: %w", err)
		}
		if err == nil {
			cut.EventID, cut.OccurredAt, cut.Action = next.ID, next.OccurredAt, next.Action
		}
		return cut, nil
	}
	rows, err := q.EventChainWalk(ctx, db.EventChainWalkParams{After: noted.Position - 1, UpTo: noted.Position, RowLimit: 1})
	if err != nil {
		return nil, fmt.Errorf("reading the link of the given head: %w", err)
	}
	if len(rows) == 1 && bytes.Equal(rows[0].Hash, noted.Hash) {
		return nil, nil
	}
	replaced := &Finding{Position: noted.Position, What: whatReplaced}
	if len(rows) == 1 {
		replaced.EventID, replaced.OccurredAt, replaced.Action = rows[0].EventID, rows[0].ChainOccurredAt, rows[0].ChainAction
	}
	return replaced, nil
}

// place is where an event stands in the order of the log.
type place struct {
	transaction string
	id          int64
}

// before compares two places. A transaction that is no number is PostgreSQL's
// own text of one, and cannot come up.
func (p place) before(o place) bool {
	mine, _ := strconv.ParseUint(p.transaction, 10, 64)
	others, _ := strconv.ParseUint(o.transaction, 10, 64)
	return mine < others || mine == others && p.id < o.id
}

// walk is a verification under way.
type walk struct {
	q     *db.Queries
	chain chain

	// place and hash are those of the last link.
	place place
	hash  []byte
	// next is the position that is to come.
	next int64

	verified   int64
	secretFits bool
	finding    *Finding
	// doubted is the computed hash of the link with the finding, until the one
	// after it tells whether the event or the link was changed.
	doubted []byte
}

// run goes over the links up to a position. It ends early once there is a
// finding, nothing more to learn about it, and the secret is known to fit.
func (w *walk) run(ctx context.Context, upTo int64) error {
	for after := int64(-1); after < upTo; {
		rows, err := w.q.EventChainWalk(ctx, db.EventChainWalkParams{After: after, UpTo: upTo, RowLimit: walkSize})
		if err != nil {
			return fmt.Errorf("reading the chain after position %d: %w", after, err)
		}
		if len(rows) == 0 {
			return nil
		}
		begin, had := w.place, w.finding != nil
		for _, row := range rows {
			w.visit(row)
			if w.isDone() {
				break
			}
		}
		if !had {
			if err := w.lookForForeign(ctx, begin, rows); err != nil {
				return err
			}
		}
		if w.isDone() {
			return nil
		}
		after = rows[len(rows)-1].Position
	}
	return nil
}

func (w *walk) isDone() bool { return w.finding != nil && w.doubted == nil && w.secretFits }

// visit checks one link against the one before it and its event.
func (w *walk) visit(row db.EventChainWalkRow) {
	expected := w.next
	w.next = row.Position + 1
	if row.Position == 0 {
		w.secretFits = bytes.Equal(row.Hash, w.hash)
	}
	switch {
	case expected == 0 && !w.secretFits:
		w.find(Finding{Position: 0, What: whatStartChanged})
		if row.Position == 0 {
			return
		}
	case row.Position == 0:
		return
	case row.Position != expected:
		w.find(Finding{Position: expected, What: whatLinkRemoved})
	}

	found := Finding{Position: row.Position, EventID: row.EventID, OccurredAt: row.ChainOccurredAt, Action: row.ChainAction}
	before := w.hash
	w.hash = row.Hash
	if !row.EventFound {
		w.doubted = nil
		found.What = whatRemoved
		w.find(found)
		w.place = place{row.ChainTransactionID, row.EventID}
		return
	}
	e := eventOf(row)
	computed := w.chain.next(row.Position, before, e)
	fits := bytes.Equal(computed, row.Hash)
	w.secretFits = w.secretFits || fits
	if w.doubted != nil {
		// The link after it is right over one of the two hashes, if only one
		// of event and link was changed.
		if fits {
			w.finding.What = whatChanged
		} else if bytes.Equal(w.chain.next(row.Position, w.doubted, e), row.Hash) {
			w.finding.What, w.secretFits = whatLinkChanged, true
		}
		w.doubted = nil
	}
	noted := row.ChainTransactionID == row.TransactionID && row.ChainOccurredAt.Equal(row.OccurredAt) && row.ChainAction == row.Action
	switch {
	case !fits:
		found.What = whatEither
		if w.find(found) {
			w.doubted = computed
		}
	case !noted:
		found.OccurredAt, found.Action, found.What = row.OccurredAt, row.Action, whatLinkChanged
		w.find(found)
	case w.finding == nil:
		w.verified++
	}
	// Of a row that was tampered with, the earlier of the two places is the one
	// that what stands before it has to be before of.
	w.place = place{row.TransactionID, row.EventID}
	if link := (place{row.ChainTransactionID, row.EventID}); link.before(w.place) {
		w.place = link
	}
}

// find keeps the first finding and tells whether this is it.
func (w *walk) find(f Finding) bool {
	if w.finding != nil {
		return false
	}
	w.finding = &f
	return true
}

// lookForForeign looks among the events of the rows for one that has no link:
// it was inserted, or its link is the one that is missing.
func (w *walk) lookForForeign(ctx context.Context, begin place, rows []db.EventChainWalkRow) error {
	end := w.place
	if w.finding != nil {
		for _, row := range rows {
			if row.Position >= w.finding.Position {
				end = place{row.ChainTransactionID, row.EventID}
				if at := (place{row.TransactionID, row.EventID}); row.EventFound && at.before(end) {
					end = at
				}
				break
			}
		}
	}
	foreign, err := w.q.EventChainFirstForeign(ctx, db.EventChainFirstForeignParams{
		AfterTransaction: begin.transaction, AfterID: begin.id, BeforeTransaction: end.transaction, BeforeID: end.id,
	})
	if dbx.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("looking for events that were never sealed: %w", err)
	}
	found := Finding{EventID: foreign.ID, OccurredAt: foreign.OccurredAt, Action: foreign.Action, What: whatInserted}
	at := place{foreign.TransactionID, foreign.ID}
	for _, row := range rows {
		if row.Position > 0 && at.before(place{row.ChainTransactionID, row.EventID}) {
			found.Position = row.Position
			break
		}
	}
	if f := w.finding; f != nil && f.What == whatLinkRemoved && f.Position <= found.Position {
		found.Position, found.What = f.Position, whatLinkRemoved
	}
	// The links from there on were counted before this was known.
	w.verified = max(0, min(w.verified, found.Position-1))
	w.finding, w.doubted = &found, nil
	return nil
}

func eventOf(row db.EventChainWalkRow) sealed {
	e := sealed{
		id: row.EventID, transactionID: row.TransactionID, occurredAt: row.OccurredAt, actorID: row.ActorID, credential: row.Credential,
		requestID: row.RequestID, entityType: row.EntityType, projectID: row.ProjectID,
		action: row.Action, changes: row.Changes, version: row.Version,
	}
	if row.EntityID != nil {
		e.entityID = *row.EntityID
	}
	return e
}
