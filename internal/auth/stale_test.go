package auth_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/user"
)

// held keeps the first statement of the name from going on once its row has been
// read.
type held struct {
	statement string
	read, on  chan struct{}
	taken     atomic.Bool
}

type heldKey struct{}

var (
	_ pgx.QueryTracer = (*held)(nil)
	_ pgx.BatchTracer = (*held)(nil)
)

func (h *held) begin(ctx context.Context, sql string) context.Context {
	if strings.HasPrefix(sql, "-- name: "+h.statement+" ") && h.taken.CompareAndSwap(false, true) {
		return context.WithValue(ctx, heldKey{}, true)
	}
	return ctx
}

func (h *held) end(ctx context.Context) {
	if ctx.Value(heldKey{}) != nil {
		close(h.read)
		<-h.on
	}
}

func (h *held) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	return h.begin(ctx, data.SQL)
}

func (h *held) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryEndData) { h.end(ctx) }

func (h *held) TraceBatchStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	return h.begin(ctx, data.Batch.QueuedQueries[0].SQL)
}

func (*held) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

func (h *held) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchEndData) { h.end(ctx) }

// A request that has read its principal before a change is committed, and goes on
// after that, leaves nothing behind of what it has read.
func TestWhatWasReadBeforeAChangeIsNotRememberedAfterIt(t *testing.T) {
	t.Parallel()
	for name, statement := range map[string]string{"Token": "SessionGetActor", "APIKey": "APIKeyGetActor"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := &held{statement: statement, read: make(chan struct{}), on: make(chan struct{})}
			h.taken.Store(true)
			config, err := pgxpool.ParseConfig(dbtest.URL(t))
			expect.OK(t, err)
			config.ConnConfig.Tracer = h
			pool, err := pgxpool.NewWithConfig(t.Context(), config)
			expect.OK(t, err)
			t.Cleanup(pool.Close)
			r := reception{db: dbx.New(pool), late: &atomic.Int64{}}
			r.auth = r.replica(t, nil)
			r.auth.StopTime()
			tokens, actor := r.login(t, r.user(t))
			credential := tokens.Access
			if name == "APIKey" {
				_, credential = r.key(t, actor, nil)
			}
			// Whatever is remembered so far is not to be found.
			r.auth.ForgetStandings()

			h.taken.Store(false)
			late := make(chan error, 1)
			go func() {
				_, err := r.ask(t, credential)
				late <- err
			}()
			<-h.read
			expect.OK(t, user.New(r.db, r.now).Delete(t.Context(), access.Actor{ID: actor.ID, Role: access.RoleAdmin}, actor.ID, nil))
			close(h.on)
			// It came before the change, and is answered so.
			expect.OK(t, <-late)
			_, err = r.ask(t, credential)
			expect.Code(t, err, apperr.Unauthenticated)
		})
	}
}

// The time and the allocations of a request's credential: one that is remembered,
// one whose principal has to be read again, and one never seen.
func BenchmarkAuthenticate(b *testing.B) {
	r := setup(b, nil)
	tokens, actor := r.login(b, r.user(b))
	_, key := r.key(b, actor, nil)
	_, err := r.ask(b, key)
	expect.OK(b, err)
	r.auth.StopTime()
	for _, state := range []struct {
		name   string
		before func()
	}{{"Remembered", func() {}}, {"ReadAgain", r.auth.ForgetStandings}, {"NeverSeen", r.auth.ForgetAll}} {
		b.Run("Token/"+state.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				state.before()
				if _, err := r.auth.Authenticate(b.Context(), tokens.Access); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("APIKey/"+state.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				state.before()
				if _, err := r.auth.AuthenticateAPIKey(b.Context(), key, ""); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// A credential that is remembered costs a request next to nothing.
//
//nolint:paralleltest // Allocations are counted for the whole process.
func TestARememberedCredentialIsCheap(t *testing.T) {
	r := setup(t, nil)
	tokens, actor := r.login(t, r.user(t))
	_, key := r.key(t, actor, nil)
	_, err := r.ask(t, key)
	expect.OK(t, err)
	r.auth.StopTime()
	for name, fn := range map[string]func(*auth.Service) error{
		"token":   func(s *auth.Service) error { _, err := s.Authenticate(t.Context(), tokens.Access); return err },
		"API key": func(s *auth.Service) error { _, err := s.AuthenticateAPIKey(t.Context(), key, ""); return err },
	} {
		expect.OK(t, fn(r.auth))
		allocations := testing.AllocsPerRun(200, func() { expect.OK(t, fn(r.auth)) })
		t.Logf("a remembered %s takes %.0f allocations", name, allocations)
		if allocations > 3 {
			t.Errorf("a remembered %s takes %.0f allocations", name, allocations)
		}
	}
}
