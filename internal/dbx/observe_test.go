package dbx_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/obs"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

// observe opens an observed pool of one connection on a fresh database.
func observe(t *testing.T, slow time.Duration, out *bytes.Buffer) (*dbx.DB, *obs.Metrics) {
	t.Helper()
	metrics := obs.NewMetrics("test")
	url := dbtest.ApplicationURL(t, dbtest.OwnerURL(t))
	owner, err := dbx.Open(t.Context(), url, 1)
	expect.OK(t, err)
	owner.Close()
	d, err := dbx.Open(t.Context(), url, 1, dbx.Observed("requests", dbx.Observer{Metrics: metrics, Logger: slog.New(slog.NewJSONHandler(out, nil)), Slow: slow}))
	expect.OK(t, err)
	t.Cleanup(d.Close)
	metrics.Pool("requests", d.PoolState)
	return d, metrics
}

func scrape(t *testing.T, metrics *obs.Metrics) string {
	t.Helper()
	recorder := httptest.NewRecorder()
	metrics.Handler().ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", http.NoBody))
	return recorder.Body.String()
}

// A slow statement is logged by its name, and a fast one is not; what it was
// sent with is in neither.
func TestSlowStatementsAreLoggedByTheirNames(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		slow time.Duration
		want bool
	}{"Slow": {200 * time.Millisecond, true}, "Fast": {time.Minute, false}, "Off": {0, false}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			d, metrics := observe(t, test.slow, &out)
			ctx := obs.WithRequestID(t.Context(), "req-1")
			_, err := d.Exec(ctx, "-- name: Dawdle :exec\nSELECT pg_sleep(0.3), $1::text", "planted-argument")
			expect.OK(t, err)
			_, err = d.Exec(ctx, "SELECT 1")
			expect.OK(t, err)
			if got := strings.Count(out.String(), `"msg":"slow statement","statement":"Dawdle"`); (got == 1) != test.want {
				t.Errorf("logged %q", out.String())
			}
			text := scrape(t, metrics)
			for _, want := range []string{
				`coordinator_db_query_duration_seconds_count{name="Dawdle"} 1`, `coordinator_db_pool_max_connections{pool="requests"} 1`,
				`coordinator_db_pool_connections{pool="requests",state="idle"} 1`,
			} {
				if !strings.Contains(text, want) {
					t.Errorf("the metrics lack %s", want)
				}
			}
			if strings.Contains(out.String()+text, "planted-argument") {
				t.Error("an argument is told")
			}
		})
	}
}

// What is sent together is counted as each of the statements, and not as what
// goes along to control the transaction.
func TestStatementsThatAreSentTogetherAreCounted(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	d, metrics := observe(t, 0, &out)
	sends := func(name string) func(q *db.Queries) error {
		return func(q *db.Queries) error {
			_, err := q.Conn().Exec(t.Context(), "-- name: "+name+" :exec\nSELECT 1")
			return err
		}
	}
	expect.OK(t, dbx.WithTx(t.Context(), d, func(q *db.Queries) error {
		return dbx.Conclude(t.Context(), q, sends("One"), sends("Two"), sends("Three"))
	}))
	text := scrape(t, metrics)
	for _, name := range []string{"One", "Two", "Three"} {
		if !strings.Contains(text, `coordinator_db_query_duration_seconds_count{name="`+name+`"} 1`) {
			t.Errorf("%s is not counted", name)
		}
	}
	if strings.Contains(text, `name="begin"`) || strings.Contains(text, `name="commit"`) {
		t.Error("what goes along is counted by itself")
	}
}

// A wait for a connection that others hold is told, and so is giving it up.
func TestWaitsForAConnectionAreTold(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	d, metrics := observe(t, 100*time.Millisecond, &out)
	held, err := d.Pool().Acquire(t.Context())
	expect.OK(t, err)
	defer held.Release()
	if _, err := d.Exec(t.Context(), "SELECT 1"); err == nil {
		t.Fatal("a connection was had that others hold")
	}
	if !strings.Contains(out.String(), `"msg":"slow wait for a database connection"`) || !strings.Contains(out.String(), `"pool":"requests","failed":true`) {
		t.Errorf("logged %q", out.String())
	}
	if text := scrape(t, metrics); !strings.Contains(text, `coordinator_db_pool_canceled_acquires_total{pool="requests"} 1`) {
		t.Errorf("the metrics do not count the wait that was given up:\n%s", text)
	}
}
