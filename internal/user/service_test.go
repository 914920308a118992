package user_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
	"github.com/aicoordination/coordinator/internal/user"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

func TestGet(t *testing.T) {
	t.Parallel()
	d := dbx.New(dbtest.Pool(t))
	users := user.New(d, nil)

	t.Run("PersonOrAgent", func(t *testing.T) {
		t.Parallel()
		for _, kind := range []db.PrincipalKind{db.PrincipalKindHuman, db.PrincipalKindAgent} {
			want := factory.User(t, d, &factory.UserOpts{Kind: kind, Role: db.RoleManager})
			got, err := users.Get(t.Context(), want.ID)
			expect.OK(t, err)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		}
	})

	t.Run("DeletedIsAsMissing", func(t *testing.T) {
		t.Parallel()
		deleted := factory.User(t, d, nil).ID
		if _, err := d.Exec(t.Context(), "UPDATE users SET deleted_at = now(), deletion_id = id WHERE id = $1", deleted); err != nil {
			t.Fatal(err)
		}
		for _, id := range []uuid.UUID{deleted, uuid.New()} {
			_, err := users.Get(t.Context(), id)
			expect.Refusal(t, err, apperr.Missing("user", id))
		}
	})
}
