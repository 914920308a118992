package dbx

import (
	"context"
	"errors"
	"fmt"
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

// overloads are the SQLSTATEs by which PostgreSQL ends what would have gone on
// for too long or has no room, with what the caller is told. Nothing of the
// transaction is kept.
var overloads = map[string]string{
	"53100": "The database has no space left to write to. What is there can be read; try again later.",
	// By statement_timeout: a caller who left is told apart by translateFor.
	"57014": "The database took too long over this, so it was stopped. Nothing was changed; try again.",
	"55P03": "Others have held what this is about for too long. Nothing was changed; try again in a few seconds.",
	"25P03": "This was left open for too long, so it was stopped. Nothing was changed; try again.",
}

// translateFor is [translate] for an error of what was done in ctx: a statement
// that was cancelled because its caller has left, or had no more time, failed
// for that and not for the database's sake.
func translateFor(ctx context.Context, err error) error {
	if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok && pgErr.Code == "57014" && ctx.Err() != nil {
		return fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	return translate(err)
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
		if detail, ok := overloads[pgErr.Code]; ok {
			e := apperr.New(apperr.Unavailable, "%s", detail)
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
// the statement: class 08 (connection), 53 (resources), 57P (shutdown), 58
// (what is outside PostgreSQL, such as its disk).
func lostServer(code string) bool {
	return strings.HasPrefix(code, "08") || strings.HasPrefix(code, "53") || strings.HasPrefix(code, "57P") || strings.HasPrefix(code, "58")
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

// lost tells that what was sent may have been done, though no answer came back.
func lost(err error) bool {
	if err == nil || pgconn.SafeToRetry(err) {
		return false
	}
	if _, answered := errors.AsType[*pgconn.PgError](err); answered {
		return false
	}
	if _, unsent := errors.AsType[pgx.ErrPreprocessingBatch](err); unsent {
		return false
	}
	var netErr net.Error
	return errors.Is(err, context.Canceled) || errors.As(err, &netErr) || brokenConnection(err)
}

// lostCommit is what is told of a commit without an answer.
const lostCommit = "The database was lost before it said whether this was done. Send the same request again with the Idempotency-Key that it had, or look first."

func uncertain(cause error) error {
	e := apperr.New(apperr.Unavailable, "%s", lostCommit)
	e.Cause = cause
	return e
}
