package dbx

import "github.com/jackc/pgx/v5"

// mostQueued is how many statements a [queue] has room for.
const mostQueued = 3

// queue are a few statements that are sent together, made in one piece with
// what they are sent for.
type queue struct {
	batch  pgx.Batch
	queued [mostQueued]pgx.QueuedQuery
	places [mostQueued]*pgx.QueuedQuery
}

// add has the queue end with a statement.
func (q *queue) add(sql string, args []any) {
	n := len(q.batch.QueuedQueries)
	q.queued[n].SQL, q.queued[n].Arguments = sql, args
	q.places[n] = &q.queued[n]
	q.batch.QueuedQueries = q.places[: n+1 : mostQueued]
}
