package main

import (
	"strings"
	"testing"
)

const handler = `
func NewStrictHandler(ssi StrictServerInterface, middlewares []StrictMiddlewareFunc) ServerInterface {
	return &strictHandler{ssi: ssi, middlewares: middlewares}
}

type strictHandler struct {
	ssi         StrictServerInterface
	middlewares []StrictMiddlewareFunc
}

func (sh *strictHandler) GetTask(ctx echo.Context, taskID TaskID) error {
	var request GetTaskRequestObject

	request.TaskID = taskID

	handler := func(ctx echo.Context, request interface{}) (interface{}, error) {
		return sh.ssi.GetTask(ctx.Request().Context(), request.(GetTaskRequestObject))
	}
	for _, middleware := range sh.middlewares {
		handler = middleware(handler, "GetTask")
	}

	response, err := handler(ctx, request)

	if err != nil {
		return err
	} else if validResponse, ok := response.(GetTaskResponseObject); ok {
		return validResponse.VisitGetTaskResponse(ctx.Response())
	} else if response != nil {
		return fmt.Errorf("unexpected response type: %T", response)
	}
	return nil
}
`

func TestHandlersAreCalledDirectly(t *testing.T) {
	t.Parallel()
	got, err := withCalls([]byte(handler))
	if err != nil {
		t.Fatal(err)
	}
	const want = `
func NewStrictHandler(ssi StrictServerInterface) ServerInterface {
	return &strictHandler{ssi: ssi}
}

type strictHandler struct {
	ssi StrictServerInterface
}

func (sh *strictHandler) GetTask(ctx echo.Context, taskID TaskID) error {
	var request GetTaskRequestObject

	request.TaskID = taskID

	response, err := sh.ssi.GetTask(ctx.Request().Context(), request)
	if err != nil || response == nil {
		return err
	}

	return response.VisitGetTaskResponse(ctx.Response())
}
`
	if string(got) != want {
		t.Errorf("got %s", got)
	}
	for name, source := range map[string]string{
		"Another handler":     strings.Replace(handler, "if err != nil {", "if nil != err {", 1),
		"Another constructor": strings.Replace(handler, "ssi: ssi, ", "", 1),
		"None":                "package server",
	} {
		if _, err := withCalls([]byte(source)); err == nil {
			t.Errorf("%s is let through", name)
		}
	}
}

func TestPathsAndQueriesAreBoundByTheRuntime(t *testing.T) {
	t.Parallel()
	got := string(withBinding([]byte(`
	err = runtime.BindStyledParameterWithOptions("simple", "task_id", ctx.Param("task_id"), &taskID, options)
	err = runtime.BindStyledParameterWithOptions("simple", "If-Match", valueList[0], &IfMatch, options)
	err = runtime.BindQueryParameterWithOptions("form", true, false, "q", ctx.QueryParams(), &params.Q, options)`)))
	const want = `
	err = bindPath("simple", "task_id", ctx.Param("task_id"), &taskID, options)
	err = runtime.BindStyledParameterWithOptions("simple", "If-Match", valueList[0], &IfMatch, options)
	err = bindQuery("form", true, false, "q", ctx.QueryParams(), &params.Q, options)`
	if got != want {
		t.Errorf("got %s", got)
	}
}
