package event

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/dbx"
)

const (
	// mostRows and leastRows bound what the reader reads at once.
	mostRows, leastRows = 500, 20
	// mostDecisions bounds the events times the viewers that one statement decides on.
	mostDecisions = 20_000
)

// batch is what one follower gets of what was read at once.
type batch struct {
	events []Recorded
	upTo   position
	// decidedAt is when it was decided that the follower sees these.
	decidedAt time.Time
}

// viewer is what the decision over who sees what depends on.
type viewer struct {
	actorID, viewerID uuid.UUID
	seesAll           bool
}

func viewerOf(actor access.Actor) viewer {
	return viewer{actorID: actor.ID, viewerID: actor.ViewerID(), seesAll: actor.SeesAll()}
}

// readOn reads what follows in the log and gives each follower its part of it. It
// tells whether more may follow.
func (s *Streams) readOn(ctx context.Context) (more bool, err error) {
	rows := int64(max(leastRows, min(mostRows, mostDecisions/max(1, s.viewers))))
	s.mu.Lock()
	from := s.at
	s.mu.Unlock()
	upTo, more, err := s.feed.horizon(ctx, from, rows)
	if err != nil || upTo.compare(from) <= 0 {
		return false, err
	}
	// Whoever joins after this reads the log itself up to here at least.
	joined := s.joined()
	parts := make([]batch, len(joined))
	if len(joined) > 0 {
		if parts, err = s.decide(ctx, joined, from, upTo, int(rows)); err != nil {
			return false, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = upTo
	for i, f := range joined {
		if f.inbox == nil {
			continue
		}
		select {
		case f.inbox <- parts[i]:
		default:
			// It reads the log itself from where it is.
			close(f.inbox)
			f.inbox = nil
		}
	}
	return more, nil
}

func (s *Streams) joined() []*Follower {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []*Follower
	for f := range s.open {
		if f.inbox != nil {
			found = append(found, f)
		}
	}
	return found
}

// decide reads the events between two places, and returns for each of the
// followers those that it sees and has asked for.
func (s *Streams) decide(ctx context.Context, joined []*Follower, from, upTo position, rows int) ([]batch, error) {
	decidedAt := time.Now()
	params := between(from, upTo, rows)
	params.Everything = true
	numbers := map[viewer]int64{}
	for _, f := range joined {
		v := viewerOf(f.actor)
		if _, ok := numbers[v]; ok || f.actor.Administers() {
			continue
		}
		params.ActorIds, params.ViewerIds, params.SeeAll = append(params.ActorIds, v.actorID), append(params.ViewerIds, v.viewerID), append(params.SeeAll, v.seesAll)
		numbers[v] = int64(len(params.ActorIds))
	}
	s.viewers = len(numbers)
	found, err := db.New(dbx.NewNarrowed(s.feed.log.db)).EventFollow(ctx, params)
	if err != nil {
		return nil, fmt.Errorf("reading the log for those who follow: %w", err)
	}
	names, err := s.names(ctx, found, params.ViewerIds)
	if err != nil {
		return nil, err
	}
	// What each viewer sees, by its number; of 0, which is nobody's, everything.
	seen := make([][]int, len(numbers)+1)
	for i, row := range found {
		seen[0] = append(seen[0], i)
		for _, n := range row.SeenBy {
			seen[n] = append(seen[n], i)
		}
	}
	parts := make([]batch, len(joined))
	for i, f := range joined {
		number := numbers[viewerOf(f.actor)]
		parts[i] = batch{upTo: upTo, decidedAt: decidedAt}
		for _, n := range seen[number] {
			e := eventOf(found[n])
			if !f.selection.has(e) {
				continue
			}
			recorded, err := recordedFor(f.actor, e)
			if err != nil {
				return nil, err
			}
			if e.ActorID != nil {
				recorded.Actor = names.of(*e.ActorID, number, f.actor.SeesAll())
			}
			parts[i].events = append(parts[i].events, recorded)
		}
	}
	return parts, nil
}

// recordedFor is the event as the actor may read it, without who did it.
func recordedFor(actor access.Actor, e db.Event) (Recorded, error) {
	recorded := Recorded{Event: e}
	if err := json.Unmarshal(e.Changes, &recorded.Fields); err != nil {
		return Recorded{}, fmt.Errorf("reading the changes of event %d: %w", e.ID, err)
	}
	for field := range recorded.Fields {
		if !mayKnow(actor, e.EntityType, e.EntityID, field) {
			delete(recorded.Fields, field)
		}
	}
	concealDeleted(actor, &recorded)
	return recorded, nil
}

// actorNames are what those are called who acted, and who sees it.
type actorNames map[uuid.UUID]actorName

type actorName struct {
	row    *db.UserListNamesRow
	seenBy map[int64]bool
}

// of returns the name, nil where the viewer of the number does not see it.
func (n actorNames) of(id uuid.UUID, viewer int64, seesAll bool) *db.UserListNamesRow {
	name := n[id]
	if seesAll || name.seenBy[viewer] {
		return name.row
	}
	return nil
}

func (s *Streams) names(ctx context.Context, found []db.EventFollowRow, viewers []uuid.UUID) (actorNames, error) {
	names := actorNames{}
	var ids []uuid.UUID
	for _, row := range found {
		if row.ActorID == nil {
			continue
		}
		if _, ok := names[*row.ActorID]; !ok {
			names[*row.ActorID] = actorName{}
			ids = append(ids, *row.ActorID)
		}
	}
	if len(ids) == 0 {
		return names, nil
	}
	rows, err := db.New(s.feed.log.db).EventNamesSeenBy(ctx, db.EventNamesSeenByParams{Ids: ids, ViewerIds: viewers})
	if err != nil {
		return nil, fmt.Errorf("naming who acted: %w", err)
	}
	for _, row := range rows {
		name := actorName{row: &db.UserListNamesRow{ID: row.ID, Kind: row.Kind, Name: row.Name}, seenBy: map[int64]bool{}}
		for _, n := range row.SeenBy {
			name.seenBy[n] = true
		}
		names[row.ID] = name
	}
	return names, nil
}
