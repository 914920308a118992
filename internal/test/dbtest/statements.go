package dbtest

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Statement is one as it was sent to the database.
type Statement struct {
	SQL  string
	Args []any
}

// Statements notes what is sent over a pool; see [Recorded].
type Statements struct {
	mu    sync.Mutex
	sent  []Statement
	trips int
}

var (
	_ pgx.QueryTracer = (*Statements)(nil)
	_ pgx.BatchTracer = (*Statements)(nil)
)

// Recorded returns connections to the database at url, and the statements that
// are sent over them. They are closed when the test ends.
func Recorded(t testing.TB, url string) (*pgxpool.Pool, *Statements) {
	t.Helper()

	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		t.Fatalf("reading the database's address: %v", err)
	}

	statements := &Statements{}
	config.ConnConfig.Tracer = statements

	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatalf("connecting to the test's database: %v", err)
	}

	t.Cleanup(pool.Close)

	return pool, statements
}

// During calls fn and returns what was sent meanwhile.
func (s *Statements) During(fn func()) []Statement {
	s.mu.Lock()
	s.sent, s.trips = nil, 0
	s.mu.Unlock()

	fn()

	s.mu.Lock()
	defer s.mu.Unlock()

	return slices.Clone(s.sent)
}

// RoundTrips returns how often the database was waited for since the last During
// began: a batch is one, whatever is in it, and so is a statement by itself. What
// is prepared meanwhile, which is done once on a connection, is not counted.
func (s *Statements) RoundTrips() int {
	s.mu.Lock()
	defer s.mu.Unlock()

	return s.trips
}

func (s *Statements) trip() {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.trips++
}

func (s *Statements) note(sql string, args []any) {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.sent = append(s.sent, Statement{SQL: sql, Args: args})
}

// TraceQueryStart notes a statement that is sent on its own.
func (s *Statements) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	s.trip()
	s.note(data.SQL, data.Args)

	return ctx
}

// TraceQueryEnd does nothing.
func (s *Statements) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// TraceBatchStart counts the round trip.
func (s *Statements) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	s.trip()

	return ctx
}

// TraceBatchQuery notes a statement that is sent in a batch.
func (s *Statements) TraceBatchQuery(_ context.Context, _ *pgx.Conn, data pgx.TraceBatchQueryData) {
	s.note(data.SQL, data.Args)
}

// TraceBatchEnd does nothing.
func (s *Statements) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

// Name returns what the statement is called where it is written, and all of one
// that has no name.
func (s Statement) Name() string {
	if rest, ok := strings.CutPrefix(s.SQL, "-- name: "); ok {
		name, _, _ := strings.Cut(rest, " ")

		return name
	}

	return s.SQL
}
