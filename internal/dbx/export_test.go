package dbx

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// The constraints whose breaking has a meaning for the caller.
func ConstraintNames() []string {
	var names []string
	for name := range constraints {
		names = append(names, name)
	}
	return names
}

// Decoded returns the rows as the queries of this package return them.
func Decoded(found pgx.Rows) pgx.Rows { return &rows{Rows: found, ctx: context.Background()} }

// Uncertain is what is said where nobody knows whether a commit was done.
const Uncertain = lostCommit

// CallDear has counts of that cost on be taken for dear.
func (d *DB) CallDear(cost float64) { d.dear.from = cost }

// CountDearly takes the turn of a dear count, as somebody else's would; end gives
// it back after so long.
func (d *DB) CountDearly() (end func(took time.Duration) (contended bool)) {
	if !d.dear.begin() {
		panic("somebody else has the turn")
	}
	return d.dear.end
}

// ArrayOf is [arrayOf].
var ArrayOf = arrayOf
