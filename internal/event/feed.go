package event

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
)

// Now is the cursor of the present end of the log.
const Now = "now"

// window bounds how many rows of the log one request looks at, however few of
// them its caller sees.
const window = 5000

// Feed reads the log forwards, in the order of commits, as far as somebody sees
// it: what a follower asks for again and again.
type Feed struct {
	log     *Service
	cursors cursors
	window  int64
}

// NewFeed returns the feed whose cursors the sealer writes.
func NewFeed(d *dbx.DB, sealer Sealer) *Feed {
	return &Feed{log: New(d), cursors: cursors{box: sealer}, window: window}
}

// Selection narrows what a follower gets; the zero value does not.
type Selection struct {
	// Types are as changes are stored, "task.created"; "task.*" is all of a task.
	Types      []string
	EntityType *string
	EntityID   *uuid.UUID
	ProjectID  *uuid.UUID
}

// split returns the types that are exact, and the entities of which all is meant.
func (s Selection) split() (actions, entities []string) {
	for _, name := range s.Types {
		if entity, ok := strings.CutSuffix(name, ".*"); ok {
			entities = append(entities, entity)
		} else {
			actions = append(actions, name)
		}
	}
	return actions, entities
}

// has tells whether the selection has the event.
func (s Selection) has(e db.Event) bool {
	if s.EntityType != nil && *s.EntityType != e.EntityType || s.EntityID != nil && *s.EntityID != e.EntityID {
		return false
	}
	if s.ProjectID != nil && (e.ProjectID == nil || *e.ProjectID != *s.ProjectID) {
		return false
	}
	return len(s.Types) == 0 || slices.Contains(s.Types, e.Action) || slices.Contains(s.Types, e.EntityType+".*")
}

// Page is what follows a cursor.
type Page struct {
	Events []Recorded
	// Next is the cursor to go on from; there always is one.
	Next string
	// More tells that more may follow at once.
	More bool
}

// List returns what follows the cursor, oldest first, as far as the actor sees
// it now: from the beginning without one, and nothing but where to go on from for
// [Now]. It returns ValidationFailed for a cursor that is none.
func (f *Feed) List(ctx context.Context, actor access.Actor, selection Selection, after string, size int) (Page, error) {
	var from position
	switch after {
	case "":
	case Now:
		now, err := f.now(ctx)
		return Page{Next: f.cursors.write(now)}, err
	default:
		var err error
		if from, err = f.cursors.read(after); err != nil {
			return Page{}, apperr.InvalidField("query:after", "cursor",
				"This is no cursor of this service. Send a next_cursor as it was answered, the id of an event of the stream, or now; leave it out to begin with the oldest change.")
		}
	}
	found, err := f.read(ctx, actor, selection, from, size)
	return Page{Events: found.events, Next: f.cursors.write(found.upTo), More: found.more}, err
}

// stretch is a part of the log that was read: what somebody sees in it, and
// where it ends.
type stretch struct {
	events []Recorded
	upTo   position
	more   bool
}

// read returns what the actor sees of the log behind a place.
func (f *Feed) read(ctx context.Context, actor access.Actor, selection Selection, from position, size int) (stretch, error) {
	upTo, more, err := f.horizon(ctx, from, f.window)
	if err != nil || upTo.compare(from) <= 0 {
		return stretch{upTo: from}, err
	}
	actions, entities := selection.split()
	params := between(from, upTo, size+1)
	params.EntityType, params.EntityID, params.ProjectID = selection.EntityType, selection.EntityID, selection.ProjectID
	params.AnyType, params.Actions, params.EntityTypes = len(selection.Types) == 0, actions, entities
	params.Everything = actor.Administers()
	if !params.Everything {
		params.ActorIds, params.ViewerIds, params.SeeAll = []uuid.UUID{actor.ID}, []uuid.UUID{actor.ViewerID()}, []bool{actor.SeesAll()}
	}
	found, err := db.New(dbx.NewNarrowed(f.log.db)).EventFollow(ctx, params)
	if err != nil {
		return stretch{}, fmt.Errorf("reading the log: %w", err)
	}
	if len(found) > size {
		found, more = found[:size], true
		upTo = placeOf(found[size-1])
	}
	rows := make([]db.Event, len(found))
	for i, row := range found {
		rows[i] = eventOf(row)
	}
	events, err := f.log.present(ctx, actor, rows)
	for i := range events {
		concealDeleted(actor, &events[i])
	}
	return stretch{events: events, upTo: upTo, more: more}, err
}

// horizon returns how far the log can be read from a place: up to the oldest
// transaction that still runs, or for so many rows, after which there may be more.
// What lies before it never changes, so that it can be read in other statements.
func (f *Feed) horizon(ctx context.Context, from position, rows int64) (upTo position, more bool, err error) {
	found, err := db.New(f.log.db).EventHorizon(ctx, db.EventHorizonParams{TransactionID: from.text(), EventID: from.id, Skipped: rows - 1})
	if err != nil {
		return position{}, false, fmt.Errorf("finding the end of the log: %w", err)
	}
	transaction, id := found.Oldest, int64(0)
	if found.NextTransactionID != "" {
		transaction, id, more = found.NextTransactionID, found.NextID, true
	}
	number, err := strconv.ParseUint(transaction, 10, 64)
	return position{transaction: number, id: id}, more, err
}

// now is the present end of the log: whatever is committed from here on follows.
func (f *Feed) now(ctx context.Context) (position, error) {
	end, _, err := f.horizon(ctx, position{transaction: 1<<63 - 1}, 1)
	return end, err
}

func between(from, upTo position, rows int) db.EventFollowParams {
	return db.EventFollowParams{
		AfterTransactionID: from.text(), AfterID: from.id, ToTransactionID: upTo.text(), ToID: upTo.id,
		RowLimit: int32(rows),
		AnyType:  true,
	}
}

func placeOf(row db.EventFollowRow) position {
	return position{transaction: row.TransactionID.Uint64, id: row.ID}
}

func eventOf(row db.EventFollowRow) db.Event {
	return db.Event{
		ID: row.ID, TransactionID: row.TransactionID, OccurredAt: row.OccurredAt, ActorID: row.ActorID, Credential: row.Credential,
		RequestID: row.RequestID, EntityType: row.EntityType, EntityID: row.EntityID, ProjectID: row.ProjectID, Action: row.Action,
		Changes: row.Changes, Version: row.Version,
	}
}

// concealDeleted leaves out what was deleted where that is told to somebody
// who could not read it any more.
func concealDeleted(actor access.Actor, e *Recorded) {
	if !actor.SeesAll() && strings.HasSuffix(e.Action, ".deleted") {
		clear(e.Fields)
	}
}
