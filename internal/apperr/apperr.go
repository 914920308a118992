// Package apperr owns the one error type that services answer callers with.
// It knows nothing of HTTP: the mapping of a code to a status is httpapi's.
//
// An [Error] is meant to be read by the caller of the API. Anything else that
// travels up as an error is a fault of ours; it is logged and shown as internal.
package apperr

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Code names what went wrong for a program to branch on. The list is closed:
// every code here has a row in the error catalogue and in the contract.
type Code string

// The codes, as the contract's ProblemCode lists them.
const (
	ValidationFailed     Code = "validation_failed"
	MalformedRequest     Code = "malformed_request"
	Unauthenticated      Code = "unauthenticated"
	SecondFactorRequired Code = "second_factor_required"
	SecondFactorSetup    Code = "second_factor_setup_required"
	Forbidden            Code = "forbidden"
	NotFound             Code = "not_found"
	MethodNotAllowed     Code = "method_not_allowed"
	Conflict             Code = "conflict"
	AlreadyExists        Code = "already_exists"
	AlreadyClaimed       Code = "already_claimed"
	DependencyCycle      Code = "dependency_cycle"
	IllegalTransition    Code = "illegal_transition"
	PrerequisitesOpen    Code = "prerequisites_open"
	SubtasksOpen         Code = "subtasks_open"
	ParentClosed         Code = "parent_closed"
	ParentDeleted        Code = "parent_deleted"
	ProjectClosed        Code = "project_closed"
	OpenTasks            Code = "open_tasks"
	TimerRunning         Code = "timer_running"
	LastAdmin            Code = "last_admin"
	VersionConflict      Code = "version_conflict"
	PayloadTooLarge      Code = "payload_too_large"
	UnsupportedMediaType Code = "unsupported_media_type"
	PreconditionRequired Code = "precondition_required"
	RequestInProgress    Code = "request_in_progress"
	IdempotencyKeyReused Code = "idempotency_key_reused"
	AccountLocked        Code = "account_locked"
	RateLimited          Code = "rate_limited"
	Internal             Code = "internal"
	ExternalService      Code = "external_service"
	Unavailable          Code = "unavailable"
)

// Field is one mistake in the input and the place it was found at.
type Field struct {
	// Pointer is an RFC 6901 pointer into the body ("/title"), or names a
	// parameter ("query:page_size", "path:task_id", "header:If-Match").
	Pointer string
	// Code is the rule that was broken: "required", "unknown", "too_long", …
	Code string
	// Detail is a sentence that says what would be accepted.
	Detail string
}

// Error is a refusal with everything its caller needs to mend it.
type Error struct {
	Code Code
	// Detail is a sentence that says what to do about it.
	Detail string
	// Fields are all the mistakes found in the input at once.
	Fields []Field
	// Allowed are the statuses an illegal transition could have gone to.
	Allowed []string
	// Cycle is the path a dependency would have closed; its first is its last.
	Cycle []uuid.UUID
	// BlockingIDs are the rows that stand in the way.
	BlockingIDs []uuid.UUID
	// RetryAfter is how long the caller should wait; zero says nothing of it.
	RetryAfter time.Duration
	// Cause is logged and never shown.
	Cause error
}

// Error returns the code and detail, with the cause where there is one.
func (e *Error) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("%s: %s: %v", e.Code, e.Detail, e.Cause)
	}
	return fmt.Sprintf("%s: %s", e.Code, e.Detail)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// New returns an error of the code with a formatted detail.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Detail: fmt.Sprintf(format, args...)}
}

// Missing says that an entity does not exist for the caller: it was never
// there, was deleted, or may not be seen. The three read the same on purpose.
func Missing(entity string, id uuid.UUID) *Error {
	return New(NotFound, "There is no %s %s that you can see.", entity, id)
}

// Invalid returns a validation error over the given mistakes.
func Invalid(fields ...Field) *Error {
	detail := "One field is not acceptable; see errors."
	if len(fields) == 1 {
		detail = fields[0].Detail
	} else if len(fields) > 1 {
		detail = fmt.Sprintf("%d fields are not acceptable; see errors.", len(fields))
	}
	return &Error{Code: ValidationFailed, Detail: detail, Fields: fields}
}

// InvalidField returns a validation error with a single mistake.
func InvalidField(pointer, code, format string, args ...any) *Error {
	return Invalid(Field{Pointer: pointer, Code: code, Detail: fmt.Sprintf(format, args...)})
}

// StaleVersion says that the row has moved on since the caller read it.
func StaleVersion(entity string, current, sent int64) *Error {
	return New(VersionConflict, "The %s is at version %d, you sent %d. Read it again and repeat the change on what you find.", entity, current, sent)
}

// Is tells whether err is an [Error] of the code.
func Is(err error, code Code) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Code == code
}
