package dbx_test

import (
	"testing"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func TestASnapshotSeesOneMoment(t *testing.T) {
	t.Parallel()
	d := dbx.New(dbtest.Pool(t))
	client := factory.Client(t, d, nil)
	names, err := dbx.Snapshot(t.Context(), d, func(q *db.Queries) ([]string, error) {
		before, err := q.ClientGet(t.Context(), db.ClientGetParams{ID: client.ID, SeesAll: true})
		if err != nil {
			return nil, err
		}
		if _, err := d.Exec(t.Context(), "UPDATE clients SET name = 'Renamed' WHERE id = $1", client.ID); err != nil {
			return nil, err
		}
		after, err := q.ClientGet(t.Context(), db.ClientGetParams{ID: client.ID, SeesAll: true})
		return []string{before.Name, after.Name}, err
	})
	expect.OK(t, err)
	if len(names) != 2 || names[0] != client.Name || names[1] != client.Name {
		t.Errorf("the snapshot saw %q, want %q twice", names, client.Name)
	}
}

func TestASnapshotWritesNothing(t *testing.T) {
	t.Parallel()
	d := dbx.New(dbtest.Pool(t))
	client := factory.Client(t, d, nil)
	_, err := dbx.Snapshot(t.Context(), d, func(q *db.Queries) (struct{}, error) {
		return struct{}{}, q.ClientDelete(t.Context(), db.ClientDeleteParams{ID: client.ID, DeletionID: client.ID})
	})
	if err == nil {
		t.Error("a snapshot deleted a client")
	}
}
