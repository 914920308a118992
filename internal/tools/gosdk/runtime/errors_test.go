package client

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/gen/api"
)

func TestAProblemIsAnErrorWithEverythingInIt(t *testing.T) {
	t.Parallel()
	s := newScript(t, says(422, `{"type":"/errors/validation_failed","title":"Invalid","status":422,"detail":"Two fields are wrong.","instance":"/x",
		"code":"validation_failed","request_id":"req-7","errors":[{"pointer":"/title","code":"required","detail":"Give a title."}]}`,
		"Content-Type", "application/problem+json", "Retry-After", "3"))
	sender, _ := connect(t, s.URL)
	err := fmt.Errorf("planning: %w", do(t, sender, http.MethodPost))

	problem, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	if problem.Status != 422 || problem.Code != api.ProblemCodeValidationFailed || problem.Detail != "Two fields are wrong." || problem.RequestID != "req-7" ||
		problem.RetryAfter != 3*time.Second || problem.Problem.Title != "Invalid" || problem.Header.Get("Retry-After") != "3" || problem.Operation != "try" {
		t.Errorf("got %+v", problem)
	}
	if len(problem.Fields) != 1 || problem.Fields[0].Pointer != "/title" {
		t.Errorf("the fields are %+v", problem.Fields)
	}
	contains(t, err.Error(), "try", "422", "validation_failed", "Two fields are wrong.", "/title: Give a title.", "req-7")
}

func TestErrorsAreToldApartByCodeAndStatus(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("changing: %w", &Error{Status: 412, Code: api.ProblemCodeVersionConflict})
	for target, want := range map[*Error]bool{
		{Code: api.ProblemCodeVersionConflict}:              true,
		{Status: 412}:                                       true,
		{Status: 412, Code: api.ProblemCodeVersionConflict}: true,
		{Status: 409, Code: api.ProblemCodeVersionConflict}: false,
		{Code: api.ProblemCodeNotFound}:                     false,
		{}:                                                  false,
	} {
		if errors.Is(err, target) != want {
			t.Errorf("errors.Is with %+v is %v", target, !want)
		}
	}
	if !HasCode(err, api.ProblemCodeNotFound, api.ProblemCodeVersionConflict) || HasCode(err, api.ProblemCodeNotFound) || HasCode(err) || HasCode(nil, "") {
		t.Error("HasCode does not tell codes apart")
	}
}

func TestAnAnswerOfSomethingOnTheWayIsAnErrorWithoutCode(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]answer{
		"HTML":        proxied(502),
		"OtherJSON":   says(502, `{"message":"upstream"}`),
		"BrokenJSON":  says(502, `{"code":`),
		"NoContent":   says(502, ``),
		"JSONInWords": says(502, `{"code":"internal"}`, "Content-Type", "text/plain"),
	} {
		s := newScript(t, test)
		sender, _ := connect(t, s.URL, WithRetries(0))
		var refused *Error
		err := do(t, sender, http.MethodGet)
		if !errors.As(err, &refused) || refused.Status != 502 || refused.Code != "" || refused.Problem != nil || refused.RequestID == "" {
			t.Errorf("%s: got %+v", name, refused)
			continue
		}
		contains(t, err.Error(), "502 Bad Gateway")
	}
}

func TestAProblemWhoseEndIsMissingIsAskedForAgain(t *testing.T) {
	t.Parallel()
	half := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000")
		refuses(404, "not_found")(w, r)
	}
	s := newScript(t, half, refuses(404, "not_found"))
	sender, _ := connect(t, s.URL)
	if err := do(t, sender, http.MethodGet); !HasCode(err, api.ProblemCodeNotFound) {
		t.Errorf("got %v", err)
	}
	s.expect(t, 2)
}

func TestAPageInPlaceOfJSONIsNoResult(t *testing.T) {
	t.Parallel()
	s := newScript(t, proxied(200))
	sender, _ := connect(t, s.URL)
	var refused *Error
	if err := do(t, sender, http.MethodGet); !errors.As(err, &refused) || !strings.Contains(err.Error(), "not JSON") {
		t.Errorf("got %v", err)
	}
	s.expect(t, 1)
}

func TestRedirectsAreNotFollowedWithCredentials(t *testing.T) {
	t.Parallel()
	other := newScript(t, says(200, `{}`))
	s := newScript(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+"/x", http.StatusMovedPermanently)
	})
	sender, _ := connect(t, s.URL, WithAPIKey("secret"))
	err := do(t, sender, http.MethodGet)
	if err == nil {
		t.Fatal("a redirect is a success")
	}
	contains(t, err.Error(), other.URL, "301")
	other.expect(t, 0)
}

func TestWhatHasNotChangedIsToldApart(t *testing.T) {
	t.Parallel()
	s := newScript(t, says(304, "", "ETag", `"7-ab"`))
	sender, _ := connect(t, s.URL)
	var response Response
	err := do(t, sender, http.MethodGet, IfNoneMatch(`"7-ab"`), CaptureResponse(&response))
	if !errors.Is(err, ErrNotModified) || response.Status != 304 || response.Header.Get("ETag") != `"7-ab"` {
		t.Errorf("got %v and %+v", err, response)
	}
	if got := s.received()[0].header.Get("If-None-Match"); got != `"7-ab"` {
		t.Errorf("sent %s", got)
	}
}

func TestTheAnswerCanBeSeen(t *testing.T) {
	t.Parallel()
	s := newScript(t, cuts, says(201, `{"id":1}`, "ETag", `"1"`, "X-Request-ID", "req-2"))
	sender, _ := connect(t, s.URL)
	var response Response
	if err := do(t, sender, http.MethodPost, CaptureResponse(&response), Header("X-Request-ID", "mine"), Header("X-Other", "y")); err != nil {
		t.Fatal(err)
	}
	if response.Status != 201 || response.Header.Get("ETag") != `"1"` || response.RequestID != "req-2" || response.Attempts != 2 {
		t.Errorf("got %+v", response)
	}
	for _, request := range s.received() {
		if request.header.Get("X-Request-ID") != "mine" || request.header.Get("X-Other") != "y" || request.header.Get("User-Agent") != "coordinator-go/test" {
			t.Errorf("sent %v", request.header)
		}
	}
}

func TestAnErrorWithoutAnswerSaysWhatWasAskedAndNotMore(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	sender, _ := connect(t, gone.URL)
	_, err := sender.send(t.Context(), call{
		operation: "searchTasks", method: http.MethodGet, path: "/api/v1/tasks/search", query: map[string][]string{"q": {"private"}},
	}, nil)
	contains(t, err.Error(), "searchTasks", "GET /api/v1/tasks/search", "connection refused")
	if strings.Contains(err.Error(), "private") {
		t.Errorf("the error tells the query: %v", err)
	}
	if lost, ok := errors.AsType[*ConnectionError](err); !ok || lost.Timeout() || lost.Attempts != 4 {
		t.Errorf("got %+v", lost)
	}
}

func TestADownloadThatBreaksOffIsAnError(t *testing.T) {
	t.Parallel()
	s := newScript(t, truncates)
	sender, _ := connect(t, s.URL)
	file, err := download[api.Task](sender.send(t.Context(), call{operation: "exportTasks", method: http.MethodGet, path: "/x", kind: fileCall}, nil))
	if err != nil {
		t.Fatal(err)
	}
	file.ContentType = mediaLines
	var last error
	for _, err := range file.Lines() {
		last = err
	}
	var lost *ConnectionError
	if !errors.As(last, &lost) || lost.Operation != "exportTasks" {
		t.Errorf("got %v", last)
	}
}

func TestADownloadThatIsSilentTooLongIsOver(t *testing.T) {
	t.Parallel()
	s := newScript(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	// The time until the answer begins does not bound how long it takes.
	sender, _ := connect(t, s.URL, WithTimeout(time.Hour))
	file, err := download[api.Task](sender.send(t.Context(), call{operation: "exportTasks", method: http.MethodGet, path: "/x", kind: fileCall},
		[]CallOption{Silence(30 * time.Millisecond)}))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	_, err = file.Read(make([]byte, 1))
	var lost *ConnectionError
	if !errors.As(err, &lost) || !lost.Timeout() {
		t.Errorf("got %v", err)
	}
}

func TestAnAnswerThatEndsWithItsConnectionIsTakenWhole(t *testing.T) {
	t.Parallel()
	closing := func(document string) answer {
		return func(w http.ResponseWriter, _ *http.Request) {
			connection, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				panic(err)
			}
			_, _ = connection.Write([]byte("HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n" + document))
			_ = connection.Close()
		}
	}
	s := newScript(t, closing(`{"half":`), closing(`{}`))
	sender, _ := connect(t, s.URL)
	if err := do(t, sender, http.MethodGet); err != nil {
		t.Error(err)
	}
	s.expect(t, 2)
}
