// Package proxy is an HTTP proxy on this machine that stands between a client
// and the service in tests. It records which operations of the contract were
// called and how they were answered, and it does to a share of the requests what
// networks do: it fails them, delays them, cuts and truncates their answers, and
// passes them on twice.
//
// Go tests start it in their own process; others run the program in cmd. Both
// steer it by requests below /-/, which are not passed on:
//
//	GET  /-/report             what was called and what was done to it, as Report
//	POST /-/cut                cuts all connections at once, and tells how many
//	POST /-/stall              answers that are under way get no further byte, and stay open
//	POST /-/faults?share=0.2   sets the share of the requests that are done something to
package proxy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"time"
)

// Options say what a proxy stands in front of and what it does to requests.
type Options struct {
	// Target is the address of the service, such as http://127.0.0.1:8080.
	Target string
	// Faults is the share of the requests that are done something to, from 0 to 1.
	Faults float64
	// Seed is where the sequence of faults begins. The same seed gives the same
	// sequence; which request gets which of it depends on the order of their arrival.
	Seed uint64
	// MaxDelay is the longest that a request is delayed by; 0 is 200 ms.
	MaxDelay time.Duration
}

// Proxy is a proxy that runs.
type Proxy struct {
	// URL is the address that clients are given in place of the service's.
	URL string

	server      *http.Server
	connections *connections
	answers     *answers
	faults      *faults
	recorder    *recorder
	transport   *http.Transport
}

// Start starts a proxy on a free port of the loopback interface.
func Start(options Options) (*Proxy, error) {
	target, err := url.Parse(options.Target)
	if err != nil || target.Scheme != "http" || target.Host == "" || (target.Path != "" && target.Path != "/") {
		return nil, fmt.Errorf("the target %q is not an address such as http://127.0.0.1:8080", options.Target)
	}
	if err := checkShare(options.Faults); err != nil {
		return nil, err
	}

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("opening a port: %w", err)
	}

	// Nothing is unpacked on the way, and the environment's proxies are for others.
	transport := &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 100}
	recorder := newRecorder(transport)
	p := &Proxy{
		URL:         "http://" + listener.Addr().String(),
		connections: newConnections(),
		answers:     newAnswers(),
		recorder:    recorder,
		faults:      newFaults(options, recorder),
		transport:   transport,
	}

	mux := http.NewServeMux()
	mux.HandleFunc("GET /-/report", p.serveReport)
	mux.HandleFunc("POST /-/cut", p.serveCut)
	mux.HandleFunc("POST /-/stall", p.serveStall)
	mux.HandleFunc("POST /-/faults", p.serveFaults)
	mux.HandleFunc("/-/", http.NotFound)
	mux.Handle("/", p.forward(target))

	p.server = &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: time.Minute,
		ConnState:         p.connections.follow,
		ConnContext: func(ctx context.Context, connection net.Conn) context.Context {
			return context.WithValue(ctx, connectionKey{}, connection)
		},
	}
	go func() { _ = p.server.Serve(listener) }()

	return p, nil
}

// Close cuts all connections and ends the proxy.
func (p *Proxy) Close() error {
	err := p.server.Close()
	p.transport.CloseIdleConnections()
	return err
}

// Report tells what has been called so far and what was done to it.
func (p *Proxy) Report() Report {
	report := p.recorder.report()
	report.Faults = p.faults.counts()
	return report
}

// Cut cuts all connections of clients at once, idle ones included, and returns
// how many there were.
func (p *Proxy) Cut() int { return p.connections.cut(nil) }

// Stall has the answers that are under way get no further byte, although their
// connections stay open, and returns how many there were.
func (p *Proxy) Stall() int { return p.answers.stall() }

// Answering returns how many answers are under way, such as streams.
func (p *Proxy) Answering() int { return p.answers.count() }

// SetFaults sets the share of the requests that are done something to, from 0 to 1.
func (p *Proxy) SetFaults(share float64) error {
	if err := checkShare(share); err != nil {
		return err
	}
	p.faults.setShare(share)
	return nil
}

func checkShare(share float64) error {
	if math.IsNaN(share) || share < 0 || share > 1 {
		return fmt.Errorf("the share of faults is from 0 to 1, not %v", share)
	}
	return nil
}

// forward passes requests on to the target. The host stays the one that the
// client has asked for, so that the links in answers lead through the proxy again.
func (p *Proxy) forward(target *url.URL) http.Handler {
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host
		},
		Transport: p.faults,
		// What comes is passed on at once: events, and halves of answers.
		FlushInterval: -1,
		ModifyResponse: func(response *http.Response) error {
			response.Body = p.answers.follow(response.Request.Context(), response.Body)
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if errors.Is(err, errCut) {
				reset(r.Context().Value(connectionKey{}).(net.Conn))
				panic(http.ErrAbortHandler)
			}
			http.Error(w, "The target does not answer: "+err.Error(), http.StatusBadGateway)
		},
		// A truncated answer is meant, and a client that goes away is its own matter.
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
}

func (p *Proxy) serveReport(w http.ResponseWriter, _ *http.Request) { answer(w, p.Report()) }

func (p *Proxy) serveCut(w http.ResponseWriter, r *http.Request) {
	answer(w, map[string]int{"cut": p.connections.cut(r.Context().Value(connectionKey{}).(net.Conn))})
}

func (p *Proxy) serveStall(w http.ResponseWriter, _ *http.Request) {
	answer(w, map[string]int{"stalled": p.Stall()})
}

func (p *Proxy) serveFaults(w http.ResponseWriter, r *http.Request) {
	share, err := strconv.ParseFloat(r.URL.Query().Get("share"), 64)
	if err == nil {
		err = p.SetFaults(share)
	}
	if err != nil {
		http.Error(w, "Send ?share= with a number from 0 to 1.", http.StatusBadRequest)
		return
	}
	answer(w, map[string]float64{"share": share})
}

func answer[T Report | map[string]int | map[string]float64](w http.ResponseWriter, value T) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(value); err != nil {
		panic(http.ErrAbortHandler)
	}
}
