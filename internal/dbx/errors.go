package dbx

import (
	"context"
	"errors"
	"net"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/aicoordination/coordinator/internal/apperr"
)

// IsNotFound tells whether a query for one row found none.
func IsNotFound(err error) bool { return errors.Is(err, pgx.ErrNoRows) }

// OrMissing turns "no row" into the not_found of the entity and leaves every
// other error, and nil, as it is.
func OrMissing(err error, entity string, id uuid.UUID) error {
	if IsNotFound(err) {
		return apperr.Missing(entity, id)
	}
	return err
}

// constraints says what the breaking of a named constraint means to the caller.
// What is not here is a fault of ours: the rule should have been checked before.
var constraints = map[string]func() *apperr.Error{
	"users_email_key": func() *apperr.Error {
		e := apperr.New(apperr.AlreadyExists, "There is an account with this e-mail address already; sign in, or use another address.")
		e.Fields = []apperr.Field{{Pointer: "/email", Code: "taken", Detail: "This e-mail address is taken."}}
		return e
	},
	"clients_external_id_key": func() *apperr.Error {
		e := apperr.New(apperr.AlreadyExists, "Another client has this external_id of the same external_source; change that one, or send another id.")
		e.Fields = []apperr.Field{{Pointer: "/external_id", Code: "taken", Detail: "This id is taken."}}
		return e
	},
	"project_members_pkey": func() *apperr.Error {
		return apperr.New(apperr.AlreadyExists, "This user is on the project's team already.")
	},
	"task_dependencies_pkey": func() *apperr.Error {
		return apperr.New(apperr.AlreadyExists, "The task depends on this prerequisite already.")
	},
	"projects_external_id_key": func() *apperr.Error {
		e := apperr.New(apperr.AlreadyExists, "Another project has this external id of the same source. Change that one, or take another id.")
		e.Fields = []apperr.Field{{Pointer: "/external_id", Code: "taken", Detail: "Another project has this external id."}}
		return e
	},
	"tasks_external_id_key": func() *apperr.Error {
		e := apperr.New(apperr.AlreadyExists, "Another task has this external reference already.")
		e.Fields = []apperr.Field{{Pointer: "/external_id", Code: "taken", Detail: "This external reference is taken."}}
		return e
	},
	"time_entries_external_id_key": func() *apperr.Error {
		e := apperr.New(apperr.AlreadyExists, "There is a time entry with this external reference already; change that one, or send another reference.")
		e.Fields = []apperr.Field{{Pointer: "/external_id", Code: "taken", Detail: "This external reference is taken."}}
		return e
	},
	"projects_ends_on_not_before_starts_on": func() *apperr.Error {
		return apperr.InvalidField("/ends_on", "before_start", "ends_on must not be before starts_on.")
	},
}

// translate gives a database error the meaning it has for the caller, where it
// has one: a constraint by its name, a lost or overloaded database as
// unavailable. Everything else passes through.
func translate(err error) error {
	if err == nil {
		return nil
	}
	if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok {
		if meaning, ok := constraints[pgErr.ConstraintName]; ok {
			e := meaning()
			e.Cause = err
			return e
		}
		if lostServer(pgErr.Code) {
			return unavailable(err)
		}
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	var connectErr *pgconn.ConnectError
	var netErr net.Error
	if errors.As(err, &connectErr) || errors.As(err, &netErr) || pgconn.SafeToRetry(err) || brokenConnection(err) {
		return unavailable(err)
	}
	return err
}

// IsReferenced tells that a row could not be deleted because another refers to it.
func IsReferenced(err error) bool {
	pgErr, ok := errors.AsType[*pgconn.PgError](err)
	return ok && pgErr.Code == "23503"
}

// lostServer knows the SQLSTATEs that speak of the server's state and not of
// the statement: class 08 (connection), 53 (resources), 57P (shutdown).
func lostServer(code string) bool {
	return strings.HasPrefix(code, "08") || strings.HasPrefix(code, "53") || strings.HasPrefix(code, "57P")
}

// brokenConnection recognises the end of a connection in the middle of a
// statement, for which pgx has no type of its own.
func brokenConnection(err error) bool {
	message := err.Error()
	return strings.Contains(message, "unexpected EOF") || strings.Contains(message, "conn closed")
}

func unavailable(cause error) error {
	e := apperr.New(apperr.Unavailable, "The database cannot be reached or has no connection to spare. Try again in a few seconds.")
	e.Cause = cause
	return e
}
