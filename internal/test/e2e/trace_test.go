package e2e_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/otlptest"
)

// The program's spans reach a collector: those of a request, in the trace of its
// caller, and of its statements, by their names and without their arguments.
func TestTraces(t *testing.T) {
	t.Parallel()

	collector := otlptest.New(t)
	owner := dbtest.OwnerURL(t)
	s := start(t, newDataDir(t), append(admin, "DATABASE_URL="+dbtest.ApplicationURL(t, owner), "DATABASE_OWNER_URL="+owner,
		"OTEL_EXPORTER_OTLP_ENDPOINT="+collector.URL, "OTEL_SERVICE_NAME=agency", "OTEL_BSP_SCHEDULE_DELAY=100")...)

	token := s.signIn(t, adminEmail, adminPassword).AccessToken

	const traceID, callerID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"

	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.origin+"/api/v1/clients/00000000-0000-7000-8000-000000000001", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}

	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Traceparent", "00-"+traceID+"-"+callerID+"-01")

	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}

	_ = response.Body.Close()

	span := collector.Await(t, traceID, "GET /api/v1/clients/{client_id}")
	if span.ParentID != callerID || span.Service != "agency" || span.Attributes["http.route"] != "/api/v1/clients/{client_id}" ||
		span.Attributes["coordinator.operation"] != "getClient" || span.Attributes["enduser.id"] == "" {
		t.Errorf("the span of the request is %+v", span)
	}

	if statement := collector.Await(t, traceID, "SessionGetActor"); statement.ParentID != span.SpanID {
		t.Errorf("the statement's span is %+v", statement)
	}

	if log := s.stderr.String(); !strings.Contains(log, `"trace_id":"`+traceID+`"`) {
		t.Errorf("the log does not name the trace:\n%s", log)
	}

	// What the last request has told is handed over before the program ends.
	if err := s.call(t.Context(), http.MethodGet, "/nowhere/"+adminEmail); err != nil {
		t.Fatal(err)
	}

	s.stop(t)
	collector.Await(t, "", "GET")

	for _, secret := range []string{adminEmail, adminPassword, token} {
		if strings.Contains(collector.Raw(), secret) {
			t.Errorf("the spans hold %q", secret)
		}
	}
}

// A protocol that is not spoken is refused with what to do about it.
func TestTracesByGRPCAreRefused(t *testing.T) {
	t.Parallel()

	got := run(t, []string{"COORDINATOR_DATA_DIR=" + newDataDir(t), "OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc"}, "serve")
	got.refuses(t, 2, `OTEL_EXPORTER_OTLP_PROTOCOL "grpc": gRPC is not spoken here; set it to http/protobuf`)
}
