package dbx

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/aicoordination/coordinator/gen/db"
)

// listeners are who is told, in this process, of what a database has committed.
type listeners struct {
	adding sync.Mutex
	all    atomic.Pointer[[]listener]
}

type listener struct {
	concerns func(change string) bool
	fn       func()
}

// OnCommit has fn called after each transaction of d in which a change was
// announced that concerns it, before whoever committed goes on: once the caller
// hears that its change is made, fn has returned. fn must be quick and must not
// fail; it forgets what was read before. It is called as long as d is there.
func (d *DB) OnCommit(concerns func(change string) bool, fn func()) {
	d.listeners.adding.Lock()
	defer d.listeners.adding.Unlock()
	var all []listener
	if old := d.listeners.all.Load(); old != nil {
		all = slices.Clone(*old)
	}
	all = append(all, listener{concerns: concerns, fn: fn})
	d.listeners.all.Store(&all)
}

// Announce tells those whom the change concerns of it when the transaction of q
// has committed, as [AfterCommit] does.
func Announce(q *db.Queries, change string) {
	d := databaseOf(q)
	if d == nil {
		return
	}
	all := d.listeners.all.Load()
	if all == nil {
		return
	}
	for _, l := range *all {
		if l.concerns(change) {
			AfterCommit(q, l.fn)
		}
	}
}

// databaseOf returns the database that the statements of q run on.
func databaseOf(q *db.Queries) *DB {
	if hooks := hooksOf(q); hooks != nil {
		return hooks.of
	}
	switch on := q.Conn().(type) {
	case *DB:
		return on
	case *strand:
		d, _ := on.of.on.(*DB)
		return d
	}
	return nil
}
