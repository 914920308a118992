package dbx

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/aicoordination/coordinator/gen/db"
)

const (
	// lookEvery is how often the primary and the replica are asked how far they
	// are. What is known of the replica may be that old, which errs on the side
	// of the primary.
	lookEvery = 100 * time.Millisecond

	// lookTimeout bounds one such question.
	lookTimeout = time.Second
)

// Reader is for whom is read.
type Reader struct {
	// ID is the principal, whose own changes must be seen.
	ID uuid.UUID
	// SeesAll tells that what it sees does not depend on teams or a key's lists.
	SeesAll bool
}

// ReplicaUse counts requests that a replica could have answered.
type ReplicaUse struct {
	// ByReplica were read from it, and ByPrimary were not: because it was lost or
	// behind, or lacked a change that the caller had to see.
	ByReplica, ByPrimary int64
	// Repeated were begun on the replica and answered by the primary.
	Repeated int64
}

// replica is a streaming replica, and what is known of it.
type replica struct {
	pool   *pgxpool.Pool
	maxLag time.Duration
	state  atomic.Pointer[replicaState]

	byReplica, byPrimary, repeated atomic.Int64

	stop    context.CancelFunc
	stopped sync.WaitGroup

	// The following are of the goroutine that looks.
	cluster string
	marks   []mark
}

// replicaState is what one look at the replica found.
type replicaState struct {
	// before is the oldest transaction that the replica may not have replayed:
	// what it reads from now on has every one that is older.
	before string
	// freshAt is a moment up to which it has replayed everything.
	freshAt time.Time
	err     error
}

// mark is how far the primary's log had been written at a moment.
type mark struct {
	at       time.Time
	position int64
}

// maxMarks is how many are kept: a replica that is further behind than these is
// not read from anyway.
const maxMarks = 128

// errNoReplica is that of a server which is none, or one of something else.
var errNoReplica = errors.New("DATABASE_REPLICA_URL is no streaming replica of DATABASE_URL")

// openReplica does not fail where the replica cannot be reached: it is read from
// once it can.
func openReplica(ctx context.Context, d *DB, config *pgxpool.Config, maxLag time.Duration) (*replica, error) {
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("opening the pool of the replica: %w", err)
	}
	looking, stop := context.WithCancel(context.WithoutCancel(ctx))
	r := &replica{pool: pool, maxLag: maxLag, stop: stop}
	r.look(ctx, d)
	r.stopped.Go(func() {
		ticker := time.NewTicker(lookEvery)
		defer ticker.Stop()
		for {
			select {
			case <-looking.Done():
				return
			case <-ticker.C:
				r.look(looking, d)
			}
		}
	})
	return r, nil
}

func (r *replica) close() {
	r.stop()
	r.stopped.Wait()
	r.pool.Close()
}

// look asks the primary how far its log is, and then the replica how far it has
// replayed it. No clock is compared with another machine's.
func (r *replica) look(ctx context.Context, d *DB) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	state, err := r.ask(ctx, d)
	if err != nil {
		// What was known before stays true until it is too old, except that the
		// server is no replica at all.
		if last := r.state.Load(); last != nil && !errors.Is(err, errNoReplica) {
			state.before, state.freshAt = last.before, last.freshAt
		}
		state.err = err
	}
	r.state.Store(&state)
}

func (r *replica) ask(ctx context.Context, d *DB) (replicaState, error) {
	at := time.Now()
	var position int64
	var cluster, name string
	err := d.QueryRow(ctx, `SELECT (pg_current_wal_lsn() - '0/0'::pg_lsn)::bigint, (SELECT system_identifier::text FROM pg_control_system()), current_database()`).
		Scan(&position, &cluster, &name)
	if err != nil {
		return replicaState{}, fmt.Errorf("asking the primary how far it is: %w", err)
	}
	if r.cluster != cluster {
		// Another primary, whose log the marks are not of.
		r.cluster, r.marks = cluster, nil
	}
	r.marks = append(r.marks, mark{at: at, position: position})
	if len(r.marks) > maxMarks {
		r.marks = r.marks[1:]
	}

	var replaying, sameCluster, sameName bool
	var replayed int64
	var state replicaState
	// Of the snapshot only its lower end is told rightly by a replica: those of
	// the transactions above it which still run are not listed.
	err = r.pool.QueryRow(ctx, `SELECT pg_is_in_recovery(), coalesce((pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::bigint, 0),
			pg_snapshot_xmin(pg_current_snapshot())::text, (SELECT system_identifier::text = $1 FROM pg_control_system()), current_database() = $2`, cluster, name).
		Scan(&replaying, &replayed, &state.before, &sameCluster, &sameName)
	if err != nil {
		return replicaState{}, fmt.Errorf("asking the replica how far it is: %w", translate(err))
	}
	switch {
	case !sameCluster, !sameName:
		return replicaState{}, fmt.Errorf("%w: it is another database", errNoReplica)
	case !replaying:
		return replicaState{}, fmt.Errorf("%w: it takes writes itself", errNoReplica)
	}
	state.freshAt = r.reached(replayed)
	return state, nil
}

// reached returns the last moment whose end of the log has been replayed, and
// forgets those before it.
func (r *replica) reached(replayed int64) time.Time {
	newest := -1
	for i, m := range r.marks {
		if m.position <= replayed {
			newest = i
		}
	}
	if newest < 0 {
		return time.Time{}
	}
	r.marks = r.marks[newest:]
	return r.marks[0].at
}

// OnReplica returns a context under which what is read outside of transactions
// that write comes from the replica; and true, unless the reader would then miss
// what it must see:
//
//   - what it has itself changed before, in whatever process: each change has an
//     event of its actor in its transaction, and of these the primary is asked
//     which the replica lacks;
//   - where what it sees depends on teams or a key's lists, any change of teams,
//     projects, clients, accounts and keys. Who somebody is and what its role is
//     are not read here at all.
//
// Of what others have changed the replica may lack as much as its lag allows. A
// replica that is lost, or further behind, is not read from.
func (d *DB) OnReplica(ctx context.Context, reader Reader) (context.Context, bool) {
	if d.replica == nil {
		return ctx, false
	}
	if !d.replicaHolds(ctx, reader) {
		d.replica.byPrimary.Add(1)
		return ctx, false
	}
	d.replica.byReplica.Add(1)
	return context.WithValue(ctx, replicaKey{}, &onReplica{of: d}), true
}

func (d *DB) replicaHolds(ctx context.Context, reader Reader) bool {
	state := d.replica.state.Load()
	if state.before == "" || time.Since(state.freshAt) > d.replica.maxLag {
		return false
	}
	// Where the primary does not answer, it is for the request to say so.
	holds, err := db.New(d).ReplicaHolds(ctx, db.ReplicaHoldsParams{ActorID: reader.ID, SeesAll: reader.SeesAll, Before: state.before})
	return err == nil && holds
}

// ReplicaUse returns what has been counted since the start; zero without a replica.
func (d *DB) ReplicaUse() ReplicaUse {
	if d.replica == nil {
		return ReplicaUse{}
	}
	return ReplicaUse{
		ByReplica: d.replica.byReplica.Load(), ByPrimary: d.replica.byPrimary.Load(), Repeated: d.replica.repeated.Load(),
	}
}

// HasReplica tells whether d was opened with one.
func (d *DB) HasReplica() bool { return d.replica != nil }

// CheckReplica returns how far the replica is behind, at most, and why it is not
// read from; nil when it is.
func (d *DB) CheckReplica() (time.Duration, error) {
	state := d.replica.state.Load()
	lag := time.Since(state.freshAt)
	switch {
	case state.err != nil:
		return lag, state.err
	case state.freshAt.IsZero():
		return lag, errors.New("the replica has not yet replayed what the primary had written at the start")
	case lag > d.replica.maxLag:
		return lag, fmt.Errorf("the replica is %s behind, and it is read from up to %s (COORDINATOR_REPLICA_MAX_LAG)", lag.Round(time.Millisecond), d.replica.maxLag)
	}
	return lag, nil
}

// acquireToRead is acquire for what only reads: from the replica where the
// context says so, as long as that goes well.
func (d *DB) acquireToRead(ctx context.Context) (*pgxpool.Conn, error) {
	mark := replicaOf(ctx, d)
	if mark == nil || mark.lost.Load() {
		return d.acquire(ctx)
	}
	conn, err := acquireFrom(ctx, d.replica.pool, d.room)
	if err == nil || ctx.Err() != nil {
		return conn, err
	}
	mark.leave()
	return d.acquire(ctx)
}

// LeaveReplica has everything that is still read under the context come from the
// primary, because what came from the replica is of no use.
func LeaveReplica(ctx context.Context) {
	mark, _ := ctx.Value(replicaKey{}).(*onReplica)
	mark.leave()
}

// replicaKey is where a context says that the replica may be read.
type replicaKey struct{}

// onReplica is that a request reads from the replica, until that is lost.
type onReplica struct {
	of   *DB
	lost atomic.Bool
}

// leave tells whether something may have come from the replica before.
func (m *onReplica) leave() bool {
	if m == nil || m.lost.Swap(true) {
		return false
	}
	m.of.replica.repeated.Add(1)
	return true
}

func replicaOf(ctx context.Context, d *DB) *onReplica {
	mark, _ := ctx.Value(replicaKey{}).(*onReplica)
	if mark == nil || mark.of != d {
		return nil
	}
	return mark
}
