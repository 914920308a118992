package client

import (
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"

	"github.com/aicoordination/coordinator/gen/api"
)

// compresses answers as a proxy does that saves bandwidth.
func compresses(document string) answer {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "gzip" {
			http.Error(w, "It wants no gzip.", http.StatusNotAcceptable)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		packed := gzip.NewWriter(w)
		_, _ = packed.Write([]byte(document))
		_ = packed.Close()
	}
}

func TestAnAnswerMayBeCompressed(t *testing.T) {
	t.Parallel()
	cutShort := func(w http.ResponseWriter, r *http.Request) {
		whole := httptest.NewRecorder()
		compresses(`{"code":"x"}`)(whole, r)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(whole.Body.Bytes()[:whole.Body.Len()/2])
	}
	s := newScript(t, cutShort, compresses(`{"code":"a"}`))
	sender, _ := connect(t, s.URL)
	if value, err := get[api.Problem](t, sender); err != nil || value.Code != "a" {
		t.Errorf("got %+v (%v)", value, err)
	}
	s.expect(t, 2)
}

func TestAnAddressMayHaveAPathOfItsOwn(t *testing.T) {
	t.Parallel()
	s := newScript(t, says(200, `{}`))
	sender, _ := connect(t, s.URL+"/team%2Fa/coordinator//")
	if err := do(t, sender, http.MethodGet); err != nil {
		t.Fatal(err)
	}
	if got := s.received()[0].path; got != "/team/a/coordinator/api/v1/things/7" {
		t.Errorf("asked for %s", got)
	}
}

func TestACallGoesThroughAProxy(t *testing.T) {
	t.Parallel()
	s := newScript(t, cuts, says(200, `{}`))
	proxied := 0
	between := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		proxied++
		(&httputil.ReverseProxy{Rewrite: func(*httputil.ProxyRequest) {}}).ServeHTTP(w, r)
	}))
	defer between.Close()
	address, err := url.Parse(between.URL)
	if err != nil {
		t.Fatal(err)
	}
	pool := &http.Transport{Proxy: http.ProxyURL(address)}
	defer pool.CloseIdleConnections()
	sender, _ := connect(t, s.URL, WithHTTPClient(&http.Client{Transport: pool}))
	if err := do(t, sender, http.MethodPost); err != nil || proxied != 2 {
		t.Errorf("got %v through %d", err, proxied)
	}
}
