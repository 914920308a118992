package httpapi

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
)

// replicaPatience is how long a replica has for an answer. One that hangs is
// found out by then, and the primary still has most of the request's time.
const replicaPatience = 5 * time.Second

// Replica decides whether a request of the actor may be answered by a replica.
// Where it may, it returns the context to read under, and what to call when
// nothing came of that.
type Replica func(ctx context.Context, actor access.Actor) (onReplica context.Context, leave func(), ok bool)

// fromPrimary are the lists that no replica answers, and why.
var fromPrimary = map[string]string{ //nolint:gosec // These are names of operations.
	"listSessions":    "A session that somebody else has ended, an administrator or a thief, is to be seen at once.",
	"listApiKeys":     "So is a key.",
	"listInvitations": "So is an invitation.",
	"listAuditLog":    "It is where one looks for what has just happened, and by whom.",
}

// counted are the operations that count over many records although their path
// does not say so.
var counted = map[string]bool{"getUserWorkload": true, "getAgentQuality": true}

// readsMany tells that an operation is a list, a search, an export or a
// statistic. What reads one record is the primary's: it is asked for by who has
// just heard of it.
func readsMany(o *operation) bool {
	if o.route.Method != http.MethodGet || o.permission.Anonymous || fromPrimary[o.id] != "" {
		return false
	}
	return o.movesFile || counted[o.id] || isPage(o) ||
		strings.HasSuffix(o.route.Path, "/statistics") || strings.HasPrefix(o.route.Path, "/api/v1/statistics/")
}

func isPage(o *operation) bool {
	answer := o.route.Operation.Responses.Value("200")
	if answer == nil {
		return false
	}
	media := answer.Value.Content.Get(echo.MIMEApplicationJSON)
	return media != nil && media.Schema != nil && media.Schema.Value.Properties["page"] != nil
}

// readFromReplica has an operation that reads many records answered by a replica
// where the caller misses nothing by that. What the replica does not find, or
// fails at (it was lost, it called the statement off for what it had to replay, a
// migration has not reached it), is asked of the primary: the handler runs again,
// which of a GET nobody notices.
func readFromReplica(replica Replica) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			o, request := operationOf(c), c.Request()
			if replica == nil || !o.readsMany {
				return next(c)
			}
			ctx, leave, ok := replica(request.Context(), actorOf(request.Context()))
			if !ok {
				return next(c)
			}
			if !o.movesFile {
				bounded, cancel := context.WithTimeout(ctx, replicaPatience)
				defer cancel()
				ctx = bounded
			}
			c.SetRequest(request.WithContext(ctx))
			err := next(c)
			if err == nil || c.Response().Committed || request.Context().Err() != nil || !primaryKnowsBetter(err) {
				return err
			}
			leave()
			c.SetRequest(request)
			return next(c)
		}
	}
}

func primaryKnowsBetter(err error) bool {
	refusal := asRefusal(err)
	return refusal.Code == apperr.NotFound || problems[refusal.Code].status >= http.StatusInternalServerError || problems[refusal.Code].status == 0
}
