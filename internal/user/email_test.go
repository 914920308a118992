package user_test

import (
	"context"
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

// Another address is unverified, and its user is told of; nothing else is.
func TestAnotherAddressIsUnverified(t *testing.T) {
	t.Parallel()
	a := setup(t)
	var told []uuid.UUID
	a.users.OnEmailChange(func(_ context.Context, _ *db.Queries, before, after db.User) error {
		if before.Email != "Ana@Agency.Example" && before.Email != "ana@agency.example" || after.Email != "anna@agency.example" {
			t.Errorf("told of %s after %s", after.Email, before.Email)
		}
		told = append(told, after.ID)
		return nil
	})
	ana := *a.id("Ana")
	a.exec(t, "UPDATE users SET email = 'ana@agency.example', email_verified_at = now() WHERE id = $1", ana)
	for _, test := range []struct {
		name     string
		params   db.UserUpdateParams
		code     apperr.Code
		verified bool
		told     bool
	}{
		{"Name", db.UserUpdateParams{Name: new("Anna")}, "", true, false},
		{"TheSame", db.UserUpdateParams{Email: new("ana@agency.example")}, "", true, false},
		{"TheSameInCapitals", db.UserUpdateParams{Email: new("Ana@Agency.Example")}, "", true, false},
		{"OneThatIsTaken", db.UserUpdateParams{Email: new(a.people["Ben"].Email)}, apperr.AlreadyExists, true, false},
		{"Another", db.UserUpdateParams{Email: new("anna@agency.example")}, "", false, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			told = nil
			_, err := a.users.Update(t.Context(), a.actor("Ada"), ana, nil, test.params)
			if test.code != "" {
				expect.Code(t, err, test.code)
			} else {
				expect.OK(t, err)
			}
			row, err := a.users.Get(t.Context(), a.actor("Ada"), ana)
			expect.OK(t, err)
			if verified := row.EmailVerifiedAt != nil; verified != test.verified || slices.Contains(told, ana) != test.told {
				t.Errorf("verified %v, want %v; told of %v", verified, test.verified, told)
			}
		})
	}
}
