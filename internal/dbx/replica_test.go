package dbx_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

// What is named a replica and is none is never read from, and the service says
// why: it would show another database, or one that has gone its own way.
func TestNoReplicaIsReadFrom(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	for name, test := range map[string]struct{ url, why string }{
		"ThePrimary":      {url, "it takes writes itself"},
		"AnotherDatabase": {dbtest.URL(t), "it is another database"},
		"Nothing":         {"postgres://127.0.0.1:1/nothing", "asking the replica"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, err := dbx.Open(t.Context(), url, 2, dbx.WithReplica(test.url, time.Minute))
			expect.OK(t, err)
			defer d.Close()
			if _, err := d.CheckReplica(); err == nil || !strings.Contains(err.Error(), test.why) {
				t.Errorf("the check gives %v, want %q", err, test.why)
			}
			if _, ok := d.OnReplica(t.Context(), dbx.Reader{ID: uuid.New(), SeesAll: true}); ok {
				t.Error("it is read from")
			}
			if use := d.ReplicaUse(); use != (dbx.ReplicaUse{ByPrimary: 1}) {
				t.Errorf("counted %+v", use)
			}
		})
	}
}
