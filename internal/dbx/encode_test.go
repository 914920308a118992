package dbx_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

// What is sent to PostgreSQL as it is arrives as what pgx sends by itself.
func TestArgumentsArriveAsByPgx(t *testing.T) {
	t.Parallel()
	pool := dbtest.Pool(t)
	d, err := dbx.Open(t.Context(), pool.Config().ConnString(), 1)
	expect.OK(t, err)
	t.Cleanup(d.Close)
	id := uuid.Must(uuid.NewV7())
	vienna := time.FixedZone("Vienna", 2*60*60)
	late := time.Date(2026, time.June, 15, 23, 30, 0, 123456789, vienna)
	old := time.Date(1234, time.May, 6, 7, 8, 9, 0, time.UTC)
	var noID *uuid.UUID
	var noTime *time.Time
	var noText *string
	for typ, values := range map[string][]any{
		"uuid":        {id, &id, noID, nil, id.String(), uuid.Nil},
		"uuid[]":      {[]uuid.UUID{id, uuid.Nil}, []uuid.UUID{}, []uuid.UUID(nil), []*uuid.UUID{&id, nil}, []string{id.String()}},
		"timestamptz": {late, &late, old, noTime, nil, time.Time{}, "infinity"},
		"date":        {late, &late, old, noTime, nil, time.Time{}, "-infinity"},
		"text":        {"ü", new("ü"), new(""), noText, nil, []byte("bytes")},
		"varchar":     {"ü", new("ü"), new(""), noText, nil},
		"jsonb":       {`{"a": 1}`, new(`{"a": 1}`), noText, nil},
		"text[]":      {[]string{"a", "", "ü", `with "quotes", and a comma`}, []string{}, []string(nil), []*string{new("a"), nil}, "{a,b}"},
	} {
		for _, value := range values {
			var got, want *string
			sql := "SELECT ($1::" + typ + ")::text"
			expect.OK(t, pool.QueryRow(t.Context(), sql, value).Scan(&want))
			expect.OK(t, d.QueryRow(t.Context(), sql, value).Scan(&got))
			if (got == nil) != (want == nil) || got != nil && *got != *want {
				t.Errorf("the %s %v arrives as %v, and from pgx as %v", typ, value, got, want)
			}
		}
	}
}
