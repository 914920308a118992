package httpapi

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
)

const (
	headerETag        = "ETag"
	headerIfMatch     = "If-Match"
	headerIfNoneMatch = "If-None-Match"
)

// etag is a version as an entity tag.
func etag(version int64) *string {
	tag := strconv.Quote(strconv.FormatInt(version, 10))
	return &tag
}

// conditional tags what a GET answers by its content, and answers 304 when the
// caller has that already. A record's version does not tell: whether a task is
// blocked, how far a project is, and what is included change without it. The
// version stands before the content, for If-Match.
func conditional(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		o := operationOf(c)
		if !o.conditional {
			return next(c)
		}
		recorded := recordings.Get().(*recording)
		if err := recorded.run(c, next); err != nil {
			recorded.forget()
			return err
		}
		defer recorded.forget()
		s, header, body := scopeOf(c.Request().Context()), recorded.header, recorded.body.Bytes()
		if recorded.status != http.StatusOK {
			return s.send(c.Response(), recorded.status, header, body)
		}
		tag := contentTag(header.Get(headerETag), body)
		s.told.set(header, etagKey, tag)
		if namesAny(c.Request().Header.Values(headerIfNoneMatch), tag) {
			header.Del(echo.HeaderContentType)
			header.Del(echo.HeaderContentLength)
			return s.send(c.Response(), http.StatusNotModified, header, nil)
		}
		return s.send(c.Response(), http.StatusOK, header, body)
	}
}

// etagKey is headerETag as it stands in a header's map.
var etagKey = http.CanonicalHeaderKey(headerETag)

// run records what the handler answers.
func (r *recording) run(c echo.Context, next echo.HandlerFunc) error {
	defer r.recordInto(c.Response())()
	return next(c)
}

// contentTag is the tag of a body, behind the version where the handler has
// tagged it with one. 128 bits of the hash are enough to tell it from whatever
// it was before.
func contentTag(version string, body []byte) string {
	const longest = 64
	var room [longest]byte
	tag := append(room[:0], '"')
	if version != "" {
		tag = append(append(tag, strings.Trim(version, `"`)...), '-')
	}
	sum := sha256.Sum256(body)
	tag = base64.RawURLEncoding.AppendEncode(tag, sum[:16])
	return string(append(tag, '"'))
}

// namesAny tells whether one of the fields of If-None-Match names the tag or is
// "*", which any answer fits. Tags are compared weakly (RFC 9110, 13.1.2).
func namesAny(fields []string, tag string) bool {
	for _, field := range fields {
		rest := strings.TrimSpace(field)
		if rest == "*" {
			return true
		}
		// A tag is read to its closing quote, for there may be a comma in it.
		for rest != "" {
			rest = strings.TrimPrefix(strings.TrimLeft(rest, " \t,"), "W/")
			if !strings.HasPrefix(rest, `"`) {
				break
			}
			end := strings.IndexByte(rest[1:], '"')
			if end < 0 {
				break
			}
			if rest[:end+2] == tag {
				return true
			}
			rest = rest[end+2:]
		}
	}
	return false
}

// fromIfMatch is the version that a change is meant for, nil for any. A weak
// tag is never the present one (RFC 9110, 13.1.1), and neither is the tag of
// what has no version.
func fromIfMatch(header *api.IfMatch) (*int64, error) {
	if header == nil || *header == "*" {
		return nil, nil
	}
	if strings.HasPrefix(*header, "W/") {
		return nil, apperr.New(apperr.VersionConflict, "A weak tag stands for no version. Send the ETag of the record as you read it, without W/.")
	}
	// What follows the version is of what was read beside the record.
	digits, _, _ := strings.Cut(strings.Trim(*header, `"`), "-")
	version, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return nil, apperr.InvalidField("header:"+headerIfMatch, "pattern", `Send the ETag of the record as you read it, such as "7".`)
	}
	return &version, nil
}

// RequireIfMatch says whose changes need If-Match, beside those with API keys
// that say so themselves.
type RequireIfMatch string

// Whose changes need it. Anything else is nobody's.
const (
	RequireIfMatchOff    RequireIfMatch = "off"
	RequireIfMatchAgents RequireIfMatch = "agents"
	RequireIfMatchAll    RequireIfMatch = "all"
)

func (r RequireIfMatch) of(actor access.Actor) bool {
	return actor.RequiresIfMatch || r == RequireIfMatchAll || r == RequireIfMatchAgents && actor.IsAgent
}

// requireVersion refuses a change that takes If-Match and has none, where one is
// required: "*" is the version of whatever there is, and so is none.
func requireVersion(required RequireIfMatch) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			request := c.Request()
			sent := request.Header.Get(headerIfMatch)
			if !operationOf(c).versioned || sent != "" && sent != "*" || !required.of(actorOf(request.Context())) {
				return next(c)
			}
			return apperr.New(apperr.PreconditionRequired, "Send the ETag of the record as you have read it in If-Match.")
		}
	}
}
