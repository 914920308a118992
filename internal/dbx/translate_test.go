package dbx

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/aicoordination/coordinator/internal/apperr"
)

func TestTranslate(t *testing.T) {
	t.Parallel()
	sqlstate := func(code string) error { return &pgconn.PgError{Code: code} }
	const untouched = apperr.Code("")

	for name, test := range map[string]struct {
		err  error
		want apperr.Code
	}{
		"ConnectionException":     {sqlstate("08006"), apperr.Unavailable},
		"TooManyConnections":      {sqlstate("53300"), apperr.Unavailable},
		"DiskFull":                {sqlstate("53100"), apperr.Unavailable},
		"AdminShutdown":           {sqlstate("57P01"), apperr.Unavailable},
		"StartingUp":              {sqlstate("57P03"), apperr.Unavailable},
		"WrappedShutdown":         {fmt.Errorf("reading: %w", sqlstate("57P01")), apperr.Unavailable},
		"Refused":                 {&net.OpError{Op: "dial", Err: errors.New("connection refused")}, apperr.Unavailable},
		"CutOff":                  {fmt.Errorf("receiving: %w", io.ErrUnexpectedEOF), apperr.Unavailable},
		"ConnectionIsClosed":      {errors.New("conn closed"), apperr.Unavailable},
		"StatementTimeout":        {sqlstate("57014"), apperr.Unavailable},
		"LockTimeout":             {sqlstate("55P03"), apperr.Unavailable},
		"IdleInTransaction":       {sqlstate("25P03"), apperr.Unavailable},
		"DiskFails":               {sqlstate("58030"), apperr.Unavailable},
		"SyntaxError":             {sqlstate("42601"), untouched},
		"SerializationFailure":    {sqlstate("40001"), untouched},
		"UnknownConstraint":       {&pgconn.PgError{Code: "23505", ConstraintName: "other_key"}, untouched},
		"CallerCancelled":         {fmt.Errorf("reading: %w", context.Canceled), untouched},
		"CallerRanOutOfTime":      {fmt.Errorf("reading: %w", context.DeadlineExceeded), untouched},
		"NoRow":                   {pgx.ErrNoRows, untouched},
		"AnythingElse":            {errors.New("cannot scan"), untouched},
		"EmailTaken":              {&pgconn.PgError{Code: "23505", ConstraintName: "users_email_key"}, apperr.AlreadyExists},
		"OnTheTeamAlready":        {&pgconn.PgError{Code: "23505", ConstraintName: "project_members_pkey"}, apperr.AlreadyExists},
		"DependencyAlready":       {&pgconn.PgError{Code: "23505", ConstraintName: "task_dependencies_pkey"}, apperr.AlreadyExists},
		"ProjectEndsBeforeStart":  {&pgconn.PgError{Code: "23514", ConstraintName: "projects_ends_on_not_before_starts_on"}, apperr.ValidationFailed},
		"NameCountsNotTheMessage": {&pgconn.PgError{Code: "23505", Message: "users_email_key"}, untouched},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := translate(test.err)
			if test.want == untouched {
				var refusal *apperr.Error
				if !errors.Is(got, test.err) || errors.As(got, &refusal) {
					t.Errorf("becomes %v", got)
				}
				return
			}
			if !apperr.Is(got, test.want) || !errors.Is(got, test.err) {
				t.Errorf("becomes %v, want %s around the cause", got, test.want)
			}
		})
	}

	t.Run("NothingIsNoError", func(t *testing.T) {
		t.Parallel()
		if err := translate(nil); err != nil {
			t.Error(err)
		}
	})

	t.Run("ErrorsOfAConstraintAreNotShared", func(t *testing.T) {
		t.Parallel()
		first, second := &pgconn.PgError{ConstraintName: "users_email_key", Detail: "1"}, &pgconn.PgError{ConstraintName: "users_email_key", Detail: "2"}
		one, other := translate(first), translate(second)
		if !errors.Is(one, first) || errors.Is(one, second) || !errors.Is(other, second) {
			t.Errorf("one is caused by %v, the other by %v", errors.Unwrap(one), errors.Unwrap(other))
		}
	})
}
