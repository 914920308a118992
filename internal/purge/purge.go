// Package purge removes for good what was deleted long ago. Until it begins, a
// deletion can be taken back; from then on it cannot, and what it took goes, in
// small transactions, what hangs on something before that.
//
// What something refers to that stays is emptied in place of being removed and
// remains as a tombstone: time that was worked is never removed with the task
// that it was worked on, nor is what somebody said with the person who said it.
// Each entity that goes, or is emptied, has an event.
package purge

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
)

const (
	// batch bounds the rows that one transaction removes.
	batch = 500
	// deletions are how many are looked for at once.
	deletions = 100
)

// Refuse returns NotFound when what was taken by the deletion is being purged:
// it cannot be restored any more. Otherwise nothing of it is until the
// transaction has ended.
func Refuse(ctx context.Context, q *db.Queries, entity string, id uuid.UUID, deletion *uuid.UUID) error {
	if deletion == nil {
		return nil
	}
	if err := q.PurgeLockShared(ctx, *deletion); err != nil {
		return fmt.Errorf("keeping a deletion from being purged: %w", err)
	}
	begun, err := q.PurgeHasBegun(ctx, *deletion)
	if err != nil {
		return fmt.Errorf("asking whether a deletion is purged: %w", err)
	}
	if begun {
		return apperr.Missing(entity, id)
	}
	return nil
}

// Purged counts what was removed and what was emptied.
type Purged struct {
	Deletions, Removed, Emptied int
}

// Run purges what was deleted before the moment, the oldest first. It can be
// broken off anywhere, and run by several at once: the next run goes on.
func Run(ctx context.Context, d *dbx.DB, before time.Time) (Purged, error) {
	var done Purged
	for {
		due, err := db.New(d).PurgeDue(ctx, db.PurgeDueParams{Before: before, RowLimit: deletions})
		if err != nil {
			return done, fmt.Errorf("looking for what was deleted: %w", err)
		}
		for _, id := range due {
			p := purging{db: d, deletion: id, done: &done}
			if err := p.run(ctx); err != nil {
				return done, fmt.Errorf("purging the deletion %s: %w", id, err)
			}
			done.Deletions++
		}
		if len(due) < deletions {
			break
		}
	}
	if err := db.New(d).PurgeForget(ctx); err != nil {
		return done, fmt.Errorf("forgetting what is purged: %w", err)
	}
	return done, nil
}

// purging is one deletion on its way out.
type purging struct {
	db       *dbx.DB
	deletion uuid.UUID
	done     *Purged
}

// gone is an entity that was removed or emptied.
type gone struct {
	ID        uuid.UUID
	ProjectID uuid.UUID
	Version   int64
}

// step removes, or empties, up to a batch of entities.
type step struct {
	entity  string
	empties bool
	do      func(ctx context.Context, q *db.Queries) ([]gone, error)
}

func (p *purging) run(ctx context.Context) error {
	err := dbx.WithTx(ctx, p.db, func(q *db.Queries) error {
		// A restore that is under way comes first, and then there is nothing.
		if err := q.PurgeLock(ctx, p.deletion); err != nil {
			return err
		}
		return q.PurgeBegin(ctx, p.deletion)
	})
	if err != nil {
		return fmt.Errorf("beginning: %w", err)
	}
	for _, s := range p.steps() {
		if err := p.repeat(ctx, s); err != nil {
			return fmt.Errorf("the %ss: %w", s.entity, err)
		}
	}
	if err := p.users(ctx); err != nil {
		return fmt.Errorf("the users: %w", err)
	}
	return db.New(p.db).PurgeFinish(ctx, p.deletion)
}

// steps are in an order in which nothing goes before what refers to it.
func (p *purging) steps() []step {
	limit := int32(batch)
	return []step{
		{entity: "comment", do: func(ctx context.Context, q *db.Queries) ([]gone, error) {
			rows, err := q.PurgeComments(ctx, db.PurgeCommentsParams{DeletionID: p.deletion, RowLimit: limit})
			return each(rows, err, func(r db.PurgeCommentsRow) gone { return gone(r) })
		}},
		{entity: "comment", do: func(ctx context.Context, q *db.Queries) ([]gone, error) {
			rows, err := q.PurgeDeletedComments(ctx, p.deletion)
			return each(rows, err, func(r db.PurgeDeletedCommentsRow) gone { return gone(r) })
		}},
		{entity: "comment", empties: true, do: func(ctx context.Context, q *db.Queries) ([]gone, error) {
			rows, err := q.PurgeEmptyComments(ctx, p.deletion)
			return each(rows, err, func(r db.PurgeEmptyCommentsRow) gone { return gone(r) })
		}},
		{entity: "task", do: func(ctx context.Context, q *db.Queries) ([]gone, error) {
			rows, err := q.PurgeTasks(ctx, db.PurgeTasksParams{DeletionID: p.deletion, RowLimit: limit})
			return each(rows, err, func(r db.PurgeTasksRow) gone { return gone(r) })
		}},
		{entity: "task", empties: true, do: func(ctx context.Context, q *db.Queries) ([]gone, error) {
			rows, err := q.PurgeEmptyTasks(ctx, db.PurgeEmptyTasksParams{DeletionID: p.deletion, RowLimit: limit})
			return each(rows, err, func(r db.PurgeEmptyTasksRow) gone { return gone(r) })
		}},
		{entity: "webhook", do: func(ctx context.Context, q *db.Queries) ([]gone, error) {
			rows, err := q.PurgeWebhooks(ctx, p.deletion)
			return each(rows, err, func(r db.PurgeWebhooksRow) gone { return gone(r) })
		}},
		{entity: "project", do: func(ctx context.Context, q *db.Queries) ([]gone, error) {
			rows, err := q.PurgeProjects(ctx, p.deletion)
			return each(rows, err, func(r db.PurgeProjectsRow) gone { return gone{r.ID, r.ID, r.Version} })
		}},
		{entity: "project", empties: true, do: func(ctx context.Context, q *db.Queries) ([]gone, error) {
			rows, err := q.PurgeEmptyProjects(ctx, p.deletion)
			return each(rows, err, func(r db.PurgeEmptyProjectsRow) gone { return gone{r.ID, r.ID, r.Version} })
		}},
		{entity: "client_contact", do: func(ctx context.Context, q *db.Queries) ([]gone, error) {
			rows, err := q.PurgeContacts(ctx, db.PurgeContactsParams{DeletionID: p.deletion, RowLimit: limit})
			return each(rows, err, func(r db.PurgeContactsRow) gone { return gone{ID: r.ID, Version: r.Version} })
		}},
		{entity: "client", do: func(ctx context.Context, q *db.Queries) ([]gone, error) {
			rows, err := q.PurgeClients(ctx, p.deletion)
			return each(rows, err, func(r db.PurgeClientsRow) gone { return gone{ID: r.ID, Version: r.Version} })
		}},
		{entity: "client", empties: true, do: func(ctx context.Context, q *db.Queries) ([]gone, error) {
			rows, err := q.PurgeEmptyClients(ctx, p.deletion)
			return each(rows, err, func(r db.PurgeEmptyClientsRow) gone { return gone{ID: r.ID, Version: r.Version} })
		}},
	}
}

// repeat does the step until there is nothing left of it to do.
func (p *purging) repeat(ctx context.Context, s step) error {
	for {
		rows, err := dbx.WithTxResult(ctx, p.db, func(q *db.Queries) ([]gone, error) {
			rows, err := s.do(ctx, q)
			if err != nil {
				return nil, err
			}
			return rows, record(ctx, q, s.entity, rows)
		})
		if err != nil {
			return err
		}
		p.count(len(rows), s.empties)
		if len(rows) == 0 {
			return nil
		}
	}
}

func (p *purging) count(rows int, emptied bool) {
	if emptied {
		p.done.Emptied += rows
	} else {
		p.done.Removed += rows
	}
}

// users removes whom nothing refers to, and empties the others. What refers to
// people is nearly everything, so that their foreign keys decide.
func (p *purging) users(ctx context.Context) error {
	ids, err := db.New(p.db).PurgeUserIDs(ctx, p.deletion)
	if err != nil {
		return err
	}
	for _, id := range ids {
		var emptied bool
		var keys []gone
		rows, err := dbx.WithSavepoints(ctx, p.db, func(q *db.Queries, savepoint dbx.Savepoint) ([]gone, error) {
			removed, err := q.PurgeAPIKeys(ctx, id)
			if keys, err = each(removed, err, func(r db.PurgeAPIKeysRow) gone { return gone{ID: r.ID, Version: r.Version} }); err != nil {
				return nil, err
			}
			if err := record(ctx, q, "api_key", keys); err != nil {
				return nil, err
			}
			var rows []gone
			err = savepoint(func() error {
				removed, err := q.PurgeUser(ctx, id)
				rows, err = each(removed, err, func(r db.PurgeUserRow) gone { return gone{ID: r.ID, Version: r.Version} })
				return err
			})
			if err != nil && !dbx.IsReferenced(err) {
				return nil, err
			}
			if emptied = len(rows) == 0; emptied {
				kept, err := q.PurgeEmptyUser(ctx, id)
				if rows, err = each(kept, err, func(r db.PurgeEmptyUserRow) gone { return gone{ID: r.ID, Version: r.Version} }); err != nil {
					return nil, err
				}
			}
			return rows, record(ctx, q, "user", rows)
		})
		if err != nil {
			return err
		}
		p.count(len(keys), false)
		p.count(len(rows), emptied)
	}
	return nil
}

func record(ctx context.Context, q *db.Queries, entity string, rows []gone) error {
	events := make([]event.Event, len(rows))
	for i, row := range rows {
		events[i] = event.Event{Entity: entity, ID: row.ID, Action: "purged", Version: row.Version}
		if row.ProjectID != uuid.Nil {
			events[i].ProjectID = &row.ProjectID
		}
	}
	return event.RecordEach(ctx, q, access.System(), events)
}

func each[R any](rows []R, err error, convert func(R) gone) ([]gone, error) {
	if err != nil {
		return nil, err
	}
	converted := make([]gone, len(rows))
	for i, row := range rows {
		converted[i] = convert(row)
	}
	return converted, nil
}
