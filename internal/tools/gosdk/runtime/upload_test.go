package client

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestAFileIsSentAgainFromWhereItBegan(t *testing.T) {
	t.Parallel()
	s := newScript(t, cuts, proxied(503), says(200, `{}`))
	sender, _ := connect(t, s.URL)
	file := strings.NewReader("skipped,title\nA\n")
	_, _ = file.Seek(8, io.SeekStart)
	upload := CSV(file)
	err := done(sender.send(t.Context(), call{operation: "importTasks", method: http.MethodPost, path: "/x", upload: &upload}, nil))
	if err != nil {
		t.Error(err)
	}
	s.expect(t, 3)
	for i, request := range s.received() {
		if request.body != "title\nA\n" || request.header.Get("Content-Type") != "text/csv" || request.header.Get("Content-Length") != "8" {
			t.Errorf("attempt %d has sent %q with %v", i, request.body, request.header)
		}
	}
}

func TestAFileThatCannotBeReadTwiceIsSentOnce(t *testing.T) {
	t.Parallel()
	s := newScript(t, proxied(503), says(200, `{}`))
	sender, _ := connect(t, s.URL)
	upload := NDJSON(io.MultiReader(strings.NewReader("{}\n")))
	err := done(sender.send(t.Context(), call{operation: "importTasks", method: http.MethodPost, path: "/x", upload: &upload}, nil))
	var refused *Error
	if !errors.As(err, &refused) || refused.Status != 503 {
		t.Errorf("got %v", err)
	}
	s.expect(t, 1)

	// What nobody has read yet can be sent.
	s = newScript(t, says(200, `{}`))
	dials := 0
	sender, _ = connect(t, s.URL, WithHTTPClient(&http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if dials++; dials < 3 {
				return nil, errors.New("no network")
			}
			return new(net.Dialer).DialContext(ctx, network, address)
		},
	}}))
	upload = NDJSON(io.MultiReader(strings.NewReader("{}\n")))
	if err := done(sender.send(t.Context(), call{operation: "importTasks", method: http.MethodPost, path: "/x", upload: &upload}, nil)); err != nil {
		t.Error(err)
	}
	if got := s.received(); len(got) != 1 || got[0].body != "{}\n" {
		t.Errorf("sent %+v", got)
	}
}

func TestAFileIsNotReadAnyMoreOnceTheCallIsOver(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]io.Reader{"Sought": strings.NewReader("{}\n{}\n"), "Streamed": io.MultiReader(strings.NewReader("{}\n{}\n"))} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// As with HTTP/2, the answer comes while the file is still being sent.
			var sending io.Reader
			sender, _ := connect(t, "http://127.0.0.1", WithHTTPClient(&http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				sending = r.Body
				if n, err := io.ReadFull(sending, make([]byte, 3)); n != 3 {
					t.Error(err)
				}
				return &http.Response{StatusCode: http.StatusRequestEntityTooLarge, Header: http.Header{}, Body: http.NoBody}, nil
			})}))
			upload := NDJSON(file)
			err := done(sender.send(t.Context(), call{operation: "importTasks", method: http.MethodPost, path: "/x", upload: &upload}, nil))
			if refused, ok := errors.AsType[*Error](err); !ok || refused.Status != http.StatusRequestEntityTooLarge {
				t.Fatalf("got %v", err)
			}
			if n, err := sending.Read(make([]byte, 3)); n != 0 || err == nil {
				t.Errorf("%d bytes more are read of what is the caller's again", n)
			}
		})
	}
}

func TestACallDoesNotWaitForAFileThatNeverComes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lasts time.Duration // of the context
		want  func(error) bool
	}{
		"WhenTheCallerLeaves": {50 * time.Millisecond, func(err error) bool { return errors.Is(err, context.DeadlineExceeded) }},
		"WhenItTakesTooLong":  {time.Minute, func(err error) bool { return errors.Is(err, errTimeout) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			isOver := make(chan struct{})
			service := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-isOver }))
			t.Cleanup(func() {
				close(isOver)
				service.CloseClientConnections()
				service.Close()
			})
			sender, _ := connect(t, service.URL)
			never, producer := io.Pipe()
			defer producer.Close()
			upload := CSV(never)
			ctx, cancel := context.WithTimeout(t.Context(), test.lasts)
			defer cancel()
			ended := make(chan error, 1)
			go func() {
				ended <- done(sender.send(ctx, call{operation: "importTasks", method: http.MethodPost, path: "/x", upload: &upload},
					[]CallOption{RequestTimeout(time.Second)}))
			}()
			select {
			case err := <-ended:
				if !test.want(err) {
					t.Errorf("got %v", err)
				}
			case <-time.After(10 * time.Second):
				t.Error("it still waits")
			}
		})
	}
}
