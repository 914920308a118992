package dbx

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/aicoordination/coordinator/internal/page"
)

// way is how a list comes to its total.
type way int

const (
	// uncounted is a list that a cursor leads through.
	uncounted way = iota
	// along is one that is counted in the round trip that reads the page.
	along
	// told is one whose total is told as it is known: as an estimate.
	told
	// afterPage is one that is counted once the page is read, unless that tells how many
	// there are, or counting is dear and somebody else is at it.
	afterPage
	// asked is one of which PostgreSQL is first asked, along with the page, what
	// counting would cost and come to.
	asked
)

// counting is how the total of one list is come to.
type counting struct {
	way  way
	sent *sent
	args []any
	// known is what was known of the list before, or has been asked.
	known expectation
	// isEstimate tells that the total was not counted.
	isEstimate bool
}

// restsFor is how many times as long as a dear count has taken none is made,
// where others would have made one meanwhile.
const restsFor = 20

// dearCounts sees to it that one count at a time goes through far more rows than
// it finds: several would keep all connections, and the processors.
type dearCounts struct {
	// from is what a count costs at least that is dear.
	from float64

	mu    sync.Mutex
	taken bool
	// contended tells that somebody did without meanwhile, and rests is until when
	// others have the processors in place of counts.
	contended bool
	rests     time.Time
}

// begin takes the turn; false where somebody else has it, or has just had it while
// there were others.
func (d *dearCounts) begin() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.taken {
		d.contended = true
		return false
	}
	if time.Now().Before(d.rests) {
		return false
	}
	d.taken, d.contended = true, false
	return true
}

// end gives the turn back after a count that took so long, and tells whether
// anybody would have had it meanwhile.
func (d *dearCounts) end(took time.Duration) (contended bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.taken = false
	if d.contended {
		d.rests = time.Now().Add(restsFor * took)
	}
	return d.contended
}

// howToCount chooses the way to the total of a list.
func (l *List) howToCount(s *sent, args []any) counting {
	c := counting{way: along, sent: s, args: args}
	known, ok := l.db.estimates.get(s.count, args)
	switch {
	case ok && known.long:
		c.way, c.known, l.matching, c.isEstimate = told, known, known.rows, true
	case ok && known.dear:
		c.way, c.known = afterPage, known
	case !ok && s.asks:
		c.way = asked
	}
	return c
}

// explained takes what PostgreSQL expects of the list.
func (l *List) explained(plan []byte) {
	c := &l.counting
	known, ok := expected(plan, l.db.dear.from)
	if !ok {
		return
	}
	c.known = known
	l.db.estimates.put(c.sent.count, c.args, known)
}

// total comes to the total of the list, once its page has been read.
func (l *List) total(ctx context.Context) {
	if !l.ended || ctx.Err() != nil {
		return
	}
	c := &l.counting
	switch c.way {
	case uncounted, told:
	case along:
		l.isLong(ctx)
	case asked, afterPage:
		if l.seesEnd() {
			return
		}
		l.countBehind(ctx)
	}
	c.way = uncounted // it is come to once
}

// countBehind counts the list unless that is dear and somebody else is at it, or
// has just been made to wait by it; then its total is an estimate.
func (l *List) countBehind(ctx context.Context) {
	c := &l.counting
	l.matching, c.isEstimate = c.known.rows, true
	if c.known.long || c.known.dear && !l.db.dear.begin() {
		return
	}
	n, err := l.countInTurn(ctx)
	if err != nil {
		// The page is there. What it costs to know more of it is no reason to refuse it.
		return
	}
	l.matching, c.isEstimate = n, false
	if n > page.MaxTotal {
		l.isLong(ctx)
		return
	}
	if c.known.dear {
		c.known.rows = n
		l.db.estimates.put(c.sent.count, c.args, c.known)
	}
}

// countInTurn counts the list and gives the turn back that was taken for it,
// whatever becomes of the count.
func (l *List) countInTurn(ctx context.Context) (int64, error) {
	if l.counting.known.dear {
		defer func(began time.Time) { l.db.dear.end(time.Since(began)) }(time.Now())
	}
	return l.count(ctx)
}

// count counts the list in a round trip of its own.
func (l *List) count(ctx context.Context) (int64, error) {
	conn, err := l.db.sessionToRead(ctx)
	if err != nil {
		return 0, err
	}
	l.queue = queue{}
	if l.counting.sent.sifted {
		l.queue.add(planForValues, nil)
	}
	l.queue.add(l.counting.sent.count, l.counting.args)
	found := rows{ctx: ctx, results: sendBatch(ctx, conn, &l.queue.batch), at: conn}
	defer found.giveBack()
	if l.counting.sent.sifted {
		if _, err := found.results.Exec(); err != nil {
			return 0, err
		}
	}
	return counted(found.results)
}

// isLong sees to a list that has more rows than are counted: it is told to have as
// many as PostgreSQL expects, for a while without counting. Where it cannot be
// asked there is no estimate, and the list is told to have more than were counted.
func (l *List) isLong(ctx context.Context) {
	c := &l.counting
	if l.matching <= page.MaxTotal || c.isEstimate {
		return
	}
	if c.known.rows == 0 {
		// Not kept as a prepared statement: it is seldom asked.
		var plan []byte
		args := append([]any{pgx.QueryExecModeDescribeExec}, c.args...)
		if err := l.db.QueryRow(ctx, c.sent.explain, args...).Scan(&plan); err != nil {
			return
		}
		known, ok := expected(plan, l.db.dear.from)
		if !ok {
			return
		}
		c.known = known
	}
	c.known.long, c.known.rows = true, max(c.known.rows, l.matching)
	l.matching, c.isEstimate = c.known.rows, true
	l.db.estimates.put(c.sent.count, c.args, c.known)
}

// seesEnd tells whether the page is the last one, which says how many there are.
func (l *List) seesEnd() bool { return l.ended && !l.more && (l.read > 0 || l.at.Offset == 0) }

// Info tells where the page stands in its list, once its rows have been read. The
// total agrees with them: it was counted at another moment, or not at all.
func (l *List) Info() page.Info {
	var last []string
	if l.more {
		last = l.last
	}
	matching, isEstimate := l.matching, l.counting.isEstimate
	seen := int64(l.at.Offset + l.read)
	switch {
	case l.seesEnd():
		matching, isEstimate = seen, false
	case l.more:
		matching = max(matching, seen+1)
	case l.ended:
		// The page is behind the end.
		matching = min(matching, seen)
	}
	info := l.request.Info(l.at, matching, last)
	if isEstimate && l.at.After == nil {
		info.Total, info.MoreThanTotal, info.IsEstimate = matching, true, true
	}
	return info
}
