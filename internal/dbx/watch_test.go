package dbx_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/obs"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

// Callers who leave at any moment around the one at which watching begins end
// their own statement and no other, and every statement has the same connection.
func TestCallersLeaveTheirOwnStatement(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]dbx.Option{
		"Observed": {dbx.Observed("requests", dbx.Observer{Metrics: obs.NewMetrics("test")})},
		"Alone":    nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, err := dbx.Open(t.Context(), dbtest.URL(t), 1, append(options, dbx.WithLimits(dbx.Limits{Impatient: true}))...)
			expect.OK(t, err)
			defer d.Close()
			before := pid(t, d)
			for range 30 {
				ctx, cancel := context.WithCancel(t.Context())
				leave := time.AfterFunc(time.Duration(rand.IntN(30_000))*time.Microsecond, cancel)
				_, err := d.Exec(ctx, "SELECT pg_sleep($1)", rand.Float64()*0.03)
				if err != nil && !errors.Is(err, context.Canceled) {
					t.Errorf("a statement ends with %v", err)
				}
				leave.Stop()
				cancel()
				_, err = d.Exec(t.Context(), "SELECT pg_sleep(0.002)")
				expect.OK(t, err)
			}
			if after := pid(t, d); after != before {
				t.Errorf("the connection was %d and is %d", before, after)
			}
		})
	}
}

// A statement of a transaction whose caller has left is not sent, whoever watches.
func TestWhatHasEndedIsNotBegun(t *testing.T) {
	t.Parallel()
	d, err := dbx.Open(t.Context(), dbtest.URL(t), 1, dbx.WithLimits(dbx.Limits{Impatient: true}))
	expect.OK(t, err)
	defer d.Close()
	began := time.Now()
	err = dbx.WithTx(t.Context(), d, func(q *db.Queries) error {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := q.Conn().Exec(ctx, "SELECT pg_sleep(30)")
		return err
	})
	if !errors.Is(err, context.Canceled) || time.Since(began) > 10*time.Second {
		t.Errorf("after %v it ends with %v", time.Since(began), err)
	}
}
