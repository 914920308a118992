package httpapi

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/site"
)

// problemKind is what every problem of a code has in common.
type problemKind struct {
	status int
	title  string
	// help says what a caller does about it, for the error's own page.
	help string
}

// problems is the only table from an error's code to its HTTP status; the
// pages at /errors/{code} are made from it.
var problems = map[apperr.Code]problemKind{
	apperr.ValidationFailed: {
		http.StatusUnprocessableEntity, "The request is not valid",
		"The request can be read, but not all of its values are acceptable. Every mistake is in errors, with the place it is at. Mend them and send it again.",
	},
	apperr.MalformedRequest: {
		http.StatusBadRequest, "The request cannot be read",
		"The body is not exactly one well-formed JSON value in UTF-8, or the query string is not well-formed. Mend it and send it again.",
	},
	apperr.Unauthenticated: {
		http.StatusUnauthorized, "You are not signed in",
		"There is no credential, or one that is not valid any more. Refresh the session or sign in, and send the access token as Authorization: Bearer.",
	},
	apperr.SecondFactorRequired: {
		http.StatusUnauthorized, "A second factor is required",
		"The password alone does not sign in. Send a code of the authenticator, or a recovery code, along with it. A session that was opened before the second factor was there has to sign in again.",
	},
	apperr.SecondFactorSetup: {
		http.StatusForbidden, "Set up a second factor first",
		"You are signed in, but your role requires a second factor and you have none. Begin with POST /api/v1/users/me/second-factor and confirm it with a code; the session then goes on as it is.",
	},
	apperr.Forbidden: {
		http.StatusForbidden, "You may not do this",
		"You can see what this is about, but your role, or the scopes and limits of your API key, do not allow it. Use a key that has the scope, or ask somebody whose role allows it.",
	},
	apperr.NotFound: {
		http.StatusNotFound, "There is no such thing",
		"It does not exist, was deleted, or is not visible to you; which of them is not told.",
	},
	apperr.MethodNotAllowed: {
		http.StatusMethodNotAllowed, "The method is not allowed here",
		"The path exists and does not take this method. The Allow header lists those it takes.",
	},
	apperr.Conflict: {
		http.StatusConflict, "The request conflicts with the present state",
		"Read the present state and decide anew.",
	},
	apperr.AlreadyExists: {
		http.StatusConflict, "It exists already",
		"What was to be created is there. Read it, or choose other values.",
	},
	apperr.AlreadyClaimed: {
		http.StatusConflict, "Somebody else holds it",
		"Wait until it is released, or take something else.",
	},
	apperr.DependencyCycle: {
		http.StatusConflict, "The dependencies would form a cycle",
		"The tasks would wait for each other. cycle has the path, from a task back to itself. Remove a dependency on it first.",
	},
	apperr.IllegalTransition: {
		http.StatusConflict, "The status cannot be changed so",
		"allowed lists the statuses that can be reached from the present one.",
	},
	apperr.PrerequisitesOpen: {
		http.StatusConflict, "Prerequisites are not done",
		"The task cannot start before those in blocking_ids are done. Finish them, or remove the dependencies.",
	},
	apperr.SubtasksOpen: {
		http.StatusConflict, "Subtasks are not done",
		"The task cannot be done before the subtasks in blocking_ids. Finish or cancel them.",
	},
	apperr.ParentClosed: {
		http.StatusConflict, "The parent is closed",
		"An open task cannot stand below one that is done or cancelled. Reopen the parent in blocking_ids first.",
	},
	apperr.ParentDeleted: {
		http.StatusConflict, "The parent is deleted",
		"Restore what it belongs to first.",
	},
	apperr.ProjectClosed: {
		http.StatusConflict, "The project is closed",
		"A project that is completed, cancelled or archived takes no open task: reopen it first. The time of one that is archived can no longer be changed.",
	},
	apperr.OpenTasks: {
		http.StatusConflict, "The project has open tasks",
		"Finish or cancel the tasks in blocking_ids, or send force to complete the project all the same.",
	},
	apperr.TimerRunning: {
		http.StatusConflict, "A timer is running already",
		"You have one timer, and it runs on the task in blocking_ids. Stop or discard it before you start another.",
	},
	apperr.LastAdmin: {
		http.StatusConflict, "Nobody would be left to administer",
		"The last administrator can neither be deleted nor get another role. Make somebody else an administrator first.",
	},
	apperr.VersionConflict: {
		http.StatusPreconditionFailed, "Somebody else has changed it",
		"The version in If-Match is not the present one. Read it again and repeat the change on what you find.",
	},
	apperr.RequestInProgress: {
		http.StatusConflict, "The same request is under way",
		"A request with this Idempotency-Key has not been answered yet. Wait as long as Retry-After says and send it again: it gets the same answer.",
	},
	apperr.IdempotencyKeyReused: {
		http.StatusUnprocessableEntity, "The Idempotency-Key is that of another request",
		"A key stands for one request: its method, path, query and body. Send a new key with what is new, and the same request with the same key.",
	},
	apperr.PayloadTooLarge: {
		http.StatusRequestEntityTooLarge, "The request is too large",
		"The body is larger than is taken here; detail says how much is. Send less at once.",
	},
	apperr.UnsupportedMediaType: {
		http.StatusUnsupportedMediaType, "The media type is not supported",
		"Send the body as UTF-8 JSON with Content-Type: application/json, and a file to be imported as application/x-ndjson or text/csv.",
	},
	apperr.PreconditionRequired: {
		http.StatusPreconditionRequired, "A precondition is required",
		"The service or your API key asks for the version that a change is meant for. Send the ETag of what you have read in If-Match.",
	},
	apperr.AccountLocked: {
		http.StatusLocked, "The account is locked",
		"Wait as long as Retry-After says, or ask an administrator to unlock it.",
	},
	apperr.RateLimited: {
		http.StatusTooManyRequests, "Too many requests",
		"Wait as long as Retry-After says. RateLimit tells with each answer what is left of your quota.",
	},
	apperr.Internal: {
		http.StatusInternalServerError, "Something went wrong on our side",
		"The mistake is ours. Send it again in a moment, a POST with the same Idempotency-Key; if it stays, report the request_id.",
	},
	apperr.ExternalService: {
		http.StatusBadGateway, "Another service did not answer as expected",
		"Try again later.",
	},
	apperr.Unavailable: {
		http.StatusServiceUnavailable, "The service is not available now",
		"Wait as long as Retry-After says and send it again, a POST with the same Idempotency-Key. Nothing was changed, unless the detail says that this is not known.",
	},
}

// errorCodes are the problems for the pages that explain them, in the order of
// their status and code.
func errorCodes() []site.ErrorCode {
	codes := make([]site.ErrorCode, 0, len(problems))
	for code, kind := range problems {
		codes = append(codes, site.ErrorCode{Code: string(code), Status: kind.status, Title: kind.title, Help: kind.help})
	}
	slices.SortFunc(codes, func(a, b site.ErrorCode) int {
		return cmp.Or(cmp.Compare(a.Status, b.Status), cmp.Compare(a.Code, b.Code))
	})
	return codes
}
