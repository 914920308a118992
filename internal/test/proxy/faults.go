package proxy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"
)

// FaultCounts is how often each thing was done to a request.
type FaultCounts struct {
	// Failed are answers of 500, 502 or 503, half of them after the request has
	// been passed on and answered.
	Failed int `json:"failed"`
	// Delayed are requests that were passed on late.
	Delayed int `json:"delayed"`
	// Truncated are answers that have ended early.
	Truncated int `json:"truncated"`
	// Repeated are requests that were passed on twice.
	Repeated int `json:"repeated"`
	// Cut are connections that were reset, half of them after the request has
	// been passed on and answered.
	Cut int `json:"cut"`
}

// Total is how many requests something was done to.
func (c FaultCounts) Total() int { return c.Failed + c.Delayed + c.Truncated + c.Repeated + c.Cut }

// errCut is of a request whose connection is to be reset.
var errCut = errors.New("the connection is cut")

// fault is one thing that is done to a request.
type fault int

const (
	none fault = iota
	failBefore
	failAfter
	delay
	truncate
	repeat
	cutBefore
	cutAfter
)

// kinds is how many kinds of faults there are.
const kinds = int(cutAfter)

// faults passes requests on and does something to a share of them.
type faults struct {
	next     http.RoundTripper
	maxDelay time.Duration

	mu     sync.Mutex
	random *rand.Rand
	share  float64
	count  map[fault]int
}

func newFaults(options Options, next http.RoundTripper) *faults {
	maxDelay := options.MaxDelay
	if maxDelay == 0 {
		maxDelay = 200 * time.Millisecond
	}
	return &faults{
		next: next, maxDelay: maxDelay, share: options.Faults, count: map[fault]int{},
		random: rand.New(rand.NewPCG(options.Seed, 0)),
	}
}

func (f *faults) setShare(share float64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.share = share
}

func (f *faults) counts() FaultCounts {
	f.mu.Lock()
	defer f.mu.Unlock()
	return FaultCounts{
		Failed:    f.count[failBefore] + f.count[failAfter],
		Delayed:   f.count[delay],
		Truncated: f.count[truncate],
		Repeated:  f.count[repeat],
		Cut:       f.count[cutBefore] + f.count[cutAfter],
	}
}

// draw decides what is done to the next request, and how much of it: a number
// from 0 up to 1. Each request takes as much from the sequence as any other.
func (f *faults) draw() (fault, float64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	chance, kind, amount := f.random.Float64(), f.random.IntN(kinds), f.random.Float64()
	if chance >= f.share {
		return none, 0
	}
	drawn := fault(kind + 1)
	f.count[drawn]++
	return drawn, amount
}

// RoundTrip implements http.RoundTripper.
func (f *faults) RoundTrip(r *http.Request) (*http.Response, error) {
	drawn, amount := f.draw()
	switch drawn {
	case failBefore:
		return failure(r, amount), nil
	case failAfter:
		if err := f.passOn(r); err != nil {
			return nil, err
		}
		return failure(r, amount), nil
	case delay:
		select {
		case <-time.After(time.Duration(amount * float64(f.maxDelay))):
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	case truncate:
		return f.truncated(r, amount)
	case repeat:
		return f.repeated(r)
	case cutBefore:
		return nil, errCut
	case cutAfter:
		if err := f.passOn(r); err != nil {
			return nil, err
		}
		return nil, errCut
	case none:
	}
	return f.next.RoundTrip(r)
}

// passOn has the target do what the request asks for, and drops the answer.
func (f *faults) passOn(r *http.Request) error {
	response, err := f.next.RoundTrip(r)
	if err != nil {
		return err
	}
	drop(response)
	return nil
}

// truncated breaks the answer off somewhere before its end; where it has no
// body, there is nothing but the connection to cut.
func (f *faults) truncated(r *http.Request, amount float64) (*http.Response, error) {
	response, err := f.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	length := response.ContentLength
	if length == 0 || r.Method == http.MethodHead {
		drop(response)
		return nil, errCut
	}
	if length < 0 {
		length = 4096 // of a stream or an export nobody knows the length
	}
	response.Body = &broken{from: response.Body, left: int(amount * float64(length))}
	return response, nil
}

// repeated passes a request on twice. A POST gets the answer of the second,
// which its Idempotency-Key makes the same. Anything else gets that of the first:
// nobody but whoever repeats a request can know what the second answer means.
func (f *faults) repeated(r *http.Request) (*http.Response, error) {
	content, err := readAll(r)
	if err != nil {
		return nil, err
	}
	send := func() (*http.Response, error) {
		again := r.Clone(r.Context())
		if content != nil {
			again.Body = io.NopCloser(bytes.NewReader(content))
		}
		return f.next.RoundTrip(again)
	}

	first, err := send()
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(first.Header.Get("Content-Type"), "text/event-stream") {
		drop(first)
		return send()
	}
	answered, err := io.ReadAll(first.Body)
	_ = first.Body.Close()
	if err != nil {
		return nil, err
	}
	first.Body = io.NopCloser(bytes.NewReader(answered))

	second, err := send()
	if r.Method == http.MethodPost {
		return second, err
	}
	if err == nil {
		drop(second)
	}
	return first, nil
}

// readAll returns a request's body, nil where it has none.
func readAll(r *http.Request) ([]byte, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	return io.ReadAll(r.Body)
}

// failure is an answer as proxies and load balancers give it, which is no
// problem document.
func failure(r *http.Request, amount float64) *http.Response {
	statuses := []int{http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable}
	status := statuses[int(amount*float64(len(statuses)))]
	content := fmt.Sprintf("<html><head><title>%d %[2]s</title></head><body><h1>%[2]s</h1></body></html>\n", status, http.StatusText(status))
	return &http.Response{
		Status: fmt.Sprintf("%d %s", status, http.StatusText(status)), StatusCode: status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header:        http.Header{"Content-Type": {"text/html"}},
		ContentLength: int64(len(content)), Body: io.NopCloser(strings.NewReader(content)),
	}
}

// drop reads an answer to its end, so that whatever it tells of has been done;
// a stream, which has none, is left after its header.
func drop(response *http.Response) {
	if !strings.HasPrefix(response.Header.Get("Content-Type"), "text/event-stream") {
		_, _ = io.Copy(io.Discard, response.Body)
	}
	_ = response.Body.Close()
}

// broken is a body that ends early, and not as if it had come to its end.
type broken struct {
	from io.ReadCloser
	left int
}

// Read implements io.Reader.
func (b *broken) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, io.ErrUnexpectedEOF
	}
	n, err := b.from.Read(p[:min(len(p), b.left)])
	b.left -= n
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// Close implements io.Closer.
func (b *broken) Close() error { return b.from.Close() }
