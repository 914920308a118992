package main

import (
	"bytes"
	"fmt"
	"regexp"
)

// A handler as oapi-codegen has it called: by way of middleware, of which the server has its own, over
// a function and a request that are made for each call.
var (
	calling = regexp.MustCompile(`(?s)\thandler := func\(ctx echo\.Context, request interface\{\}\) \(interface\{\}, error\) \{\n` +
		`\t\treturn sh\.ssi\.(\w+)\(ctx\.Request\(\)\.Context\(\), request\.\(\w+\)\)\n\t\}\n` +
		`\tfor _, middleware := range sh\.middlewares \{\n\t\thandler = middleware\(handler, "\w+"\)\n\t\}\n\n` +
		`\tresponse, err := handler\(ctx, request\)\n\n\tif err != nil \{\n\t\treturn err\n` +
		`\t\} else if validResponse, ok := response\.\(\w+\); ok \{\n\t\treturn validResponse\.(\w+)\(ctx\.Response\(\)\)\n` +
		`\t\} else if response != nil \{\n\t\treturn fmt\.Errorf\("unexpected response type: %T", response\)\n\t\}\n\treturn nil\n`)
	called = []byte("\tresponse, err := sh.ssi.$1(ctx.Request().Context(), request)\n\tif err != nil || response == nil {\n\t\treturn err\n\t}\n\n\treturn response.$2(ctx.Response())\n")

	handlers    = []byte("\thandler := func(")
	middlewares = [][2]string{
		{"func NewStrictHandler(ssi StrictServerInterface, middlewares []StrictMiddlewareFunc) ServerInterface {", "func NewStrictHandler(ssi StrictServerInterface) ServerInterface {"},
		{"return &strictHandler{ssi: ssi, middlewares: middlewares}", "return &strictHandler{ssi: ssi}"},
		{"\tssi         StrictServerInterface\n\tmiddlewares []StrictMiddlewareFunc\n", "\tssi StrictServerInterface\n"},
	}
)

// withCalls returns the source with handlers that are called directly. What is not written like that any
// more is not changed by halves: it fails.
func withCalls(source []byte) ([]byte, error) {
	rewritten := calling.ReplaceAll(source, called)
	if left := bytes.Count(rewritten, handlers); left > 0 || bytes.Equal(rewritten, source) {
		return nil, fmt.Errorf("%d handlers are called in another way than is known here", left)
	}
	for _, change := range middlewares {
		if bytes.Count(rewritten, []byte(change[0])) != 1 {
			return nil, fmt.Errorf("there is not one %q", change[0])
		}
		rewritten = bytes.Replace(rewritten, []byte(change[0]), []byte(change[1]), 1)
	}

	return rewritten, nil
}

// paths are the parameters in paths.
var paths = regexp.MustCompile(`runtime\.BindStyledParameterWithOptions\(("simple", "\w+", ctx\.Param\()`)

// withBinding returns the source with queries and paths bound by the functions in runtime/bind.go.
func withBinding(source []byte) []byte {
	source = paths.ReplaceAll(source, []byte("bindPath($1"))

	return bytes.ReplaceAll(source, []byte("runtime.BindQueryParameterWithOptions("), []byte("bindQuery("))
}
