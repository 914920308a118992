// Package otlptest is a collector of traces inside of a test: it takes spans by
// OTLP over HTTP, as the real ones do, and keeps them.
package otlptest

import (
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	"google.golang.org/protobuf/proto"
)

// Span is one that was taken.
type Span struct {
	Name, TraceID, SpanID, ParentID string
	// Service is the name of the service that it is of.
	Service string
	// Attributes and Status are as texts.
	Attributes map[string]string
	Status     string
}

// Collector is a running one.
type Collector struct {
	// URL is the base address, for OTEL_EXPORTER_OTLP_ENDPOINT.
	URL string

	mu    sync.Mutex
	spans []Span
	raw   strings.Builder
}

// New starts a collector that ends with the test.
func New(t testing.TB) *Collector {
	t.Helper()
	c := &Collector{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var request collector.ExportTraceServiceRequest
		if err == nil {
			err = proto.Unmarshal(body, &request)
		}
		if err != nil || r.URL.Path != "/v1/traces" {
			t.Errorf("the collector was sent %s with %d bytes: %v", r.URL.Path, len(body), err)
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		c.take(&request, body)
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(server.Close)
	c.URL = server.URL
	return c
}

func (c *Collector) take(request *collector.ExportTraceServiceRequest, body []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.raw.Write(body)
	for _, resource := range request.GetResourceSpans() {
		service := texts(resource.GetResource().GetAttributes())["service.name"]
		for _, scope := range resource.GetScopeSpans() {
			for _, span := range scope.GetSpans() {
				c.spans = append(c.spans, Span{
					Name: span.GetName(), TraceID: hex.EncodeToString(span.GetTraceId()), SpanID: hex.EncodeToString(span.GetSpanId()),
					ParentID: hex.EncodeToString(span.GetParentSpanId()), Service: service,
					Attributes: texts(span.GetAttributes()), Status: span.GetStatus().GetMessage(),
				})
			}
		}
	}
}

func texts(attributes []*common.KeyValue) map[string]string {
	found := map[string]string{}
	for _, a := range attributes {
		found[a.GetKey()] = a.GetValue().GetStringValue()
	}
	return found
}

// Spans returns what was taken so far.
func (c *Collector) Spans() []Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.spans)
}

// Raw returns all that was sent, as it was.
func (c *Collector) Raw() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.raw.String()
}

// Await waits for a span of the trace and the name.
func (c *Collector) Await(t testing.TB, traceID, name string) Span {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		for _, span := range c.Spans() {
			if span.Name == name && (traceID == "" || span.TraceID == traceID) {
				return span
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("no span %q of the trace %s was taken; there are %v", name, traceID, c.Spans())
		}
		time.Sleep(10 * time.Millisecond)
	}
}
