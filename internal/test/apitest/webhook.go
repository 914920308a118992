package apitest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/aicoordination/coordinator/gen/api"
)

// CheckWebhook holds a message that an endpoint was sent against the callback
// that the contract has for it: its headers, its body, and that the body has no
// field that the contract does not know.
func CheckWebhook(t testing.TB, request *http.Request, body []byte) {
	t.Helper()
	contract := loadContract(t)
	const address = "{$request.body#/url}"
	item := contract.Doc.Paths.Value("/api/v1/webhooks").Post.Callbacks["message"].Value.Value(address)
	sent := request.Clone(request.Context())
	sent.Body = io.NopCloser(bytes.NewReader(body))
	err := openapi3filter.ValidateRequest(request.Context(), &openapi3filter.RequestValidationInput{
		Request: sent,
		Route:   &routers.Route{Spec: contract.Doc, Path: address, PathItem: item, Method: http.MethodPost, Operation: item.Post},
		Options: &openapi3filter.Options{MultiError: true},
	})
	if err != nil {
		t.Errorf("a message is sent against the contract: %v\n%s", err, body)
	}
	known := json.NewDecoder(bytes.NewReader(body))
	known.DisallowUnknownFields()
	if err := known.Decode(new(api.WebhookMessage)); err != nil {
		t.Errorf("a message is not what the contract has: %v\n%s", err, body)
	}
}
