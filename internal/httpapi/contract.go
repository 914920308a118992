package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
	"github.com/labstack/echo/v4"

	"github.com/aicoordination/coordinator/gen/server"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/ratelimit"
)

// operation is one operation of the contract with all that the middleware
// needs of it, looked up once a request.
type operation struct {
	id         string
	permission access.Permission
	// scope is what an API key needs for it.
	scope string
	route *routers.Route
	// query are the declared query parameters by name.
	query map[string]*openapi3.Parameter
	// body is nil for an operation that takes none.
	body *openapi3.RequestBody
	// bodySchema is that of a body in JSON.
	bodySchema *openapi3.Schema
	// parameters are all of them, the path's too.
	parameters []parameter
	// takesFile and movesFile tell that the body, and that the body or the
	// response, is a file: of any length, and no JSON document.
	takesFile, movesFile bool
	// readsMany tells that a replica may answer: see replica.go.
	readsMany bool
	// streams tells that the response is a stream, which does not end by itself.
	streams bool
	// versioned tells that it takes If-Match, and conditional that it takes If-None-Match.
	versioned, conditional bool
	// deprecated is nil for an operation that is not; see deprecation.go.
	deprecated           *deprecation
	deprecatedParameters []deprecatedParameter
	// bucket is where requests are counted.
	bucket ratelimit.Bucket
	// shadows are the paths that Echo would take for this one's.
	shadows []shadow
}

// contract holds the operations by id. Each is tied to its route when that is
// registered, so that a request is routed once, by Echo, and not again by the
// validator.
type contract map[string]*operation

// readContract parses the embedded contract once in the life of a process,
// however many servers it runs. It is the part of it that requests are checked
// against.
var readContract = sync.OnceValues(func() (*openapi3.T, error) {
	return parseContract(server.Requests)
})

// Prepare reads ahead what [New] takes the most time with. New returns the error of it.
func Prepare() { _, _ = readContract() }

func parseContract(text []byte) (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		return nil, fmt.Errorf("reading the contract: %w", err)
	}
	if err := doc.Validate(context.Background(), openapi3.DisableExamplesValidation(), openapi3.SetRegexCompiler(compilePattern)); err != nil {
		return nil, fmt.Errorf("the contract is not valid: %w", err)
	}
	// Echo has matched the server's address by then.
	doc.Servers = nil
	return doc, nil
}

// loadContract reads the operations of the document, nil for the embedded one.
func loadContract(text []byte) (contract, error) {
	doc, err := readContract()
	if text != nil {
		doc, err = parseContract(text)
	}
	if err != nil {
		return nil, err
	}
	found := contract{}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			permission, _ := access.ForOperation(op.OperationID)
			o := &operation{
				id:         op.OperationID,
				permission: permission,
				scope:      access.ScopeOf(op.Tags[0], method),
				route:      &routers.Route{Spec: doc, Path: path, PathItem: item, Method: method, Operation: op},
				query:      map[string]*openapi3.Parameter{},
			}
			o.parameters = parametersOf(item, op)
			parameters := slices.Concat(item.Parameters, op.Parameters)
			if err := o.readDeprecations(parameters); err != nil {
				return nil, err
			}
			for _, p := range parameters {
				if p.Value.In == openapi3.ParameterInQuery {
					o.query[p.Value.Name] = p.Value
				}
				o.versioned = o.versioned || p.Value.Name == headerIfMatch
				o.conditional = o.conditional || p.Value.Name == headerIfNoneMatch
			}
			if op.RequestBody != nil {
				o.body = op.RequestBody.Value
				o.takesFile = isFile(o.body.Content)
				if document := o.body.Content.Get(echo.MIMEApplicationJSON); !o.takesFile && document != nil && document.Schema != nil {
					o.bodySchema = document.Schema.Value
				}
			}
			o.movesFile = o.takesFile
			if answer := op.Responses.Value("200"); answer != nil {
				o.movesFile = o.movesFile || isFile(answer.Value.Content)
				o.streams = answer.Value.Content.Get("text/event-stream") != nil
			}
			o.readsMany = readsMany(o)
			o.bucket = bucketOf(o)
			o.shadows = shadowsOf(doc.Paths.Map(), path, method)
			found[o.id] = o
		}
	}
	return found, nil
}

func isFile(content openapi3.Content) bool { return content.Get("application/x-ndjson") != nil }

// middlewares returns, for each operation, what a request to it passes
// through: first the operation itself is put into its scope.
func (c contract) middlewares(then ...echo.MiddlewareFunc) map[string][]echo.MiddlewareFunc {
	found := make(map[string][]echo.MiddlewareFunc, len(c))
	for id, o := range c {
		found[id] = []echo.MiddlewareFunc{together(append([]echo.MiddlewareFunc{o.attach}, then...)...)}
	}
	return found
}

func (o *operation) attach(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := o.refuseShadowed(c); err != nil {
			return err
		}
		scopeOf(c.Request().Context()).operation = o
		return next(c)
	}
}

// takes tells whether the operation's body may be of the media type.
func (o *operation) takes(mediaType string) bool {
	if o.body.Content.Get(mediaType) != nil {
		return true
	}
	// RFC 7396's own type, on the operations that are a merge patch.
	return o.route.Method == http.MethodPatch && strings.EqualFold(mediaType, "application/merge-patch+json")
}
