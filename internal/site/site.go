// Package site is what a person meets at the service's address: the landing
// page, the explorer, the guides, the catalogue of errors and, for the demo, a
// board; and for programs that read, /llms.txt and the guides as Markdown. It
// knows nothing of the API but its contract, and everything it serves is in the
// binary: no page asks another machine for anything.
package site

import (
	"bytes"
	"fmt"
	"net/http"
	"regexp"
	"sync"
)

// Options are what the pages tell.
type Options struct {
	// Version is the build's.
	Version string
	// Contract returns the OpenAPI document, as JSON.
	Contract func() []byte
	// Errors are the codes that a problem may have.
	Errors []ErrorCode
	// Demo is who signs in to the demo; nil where this is no demo, and then no
	// page knows an account.
	Demo *Demo
	// CameByTLS tells whether the caller came by TLS; nil for by the socket.
	CameByTLS func(*http.Request) bool
}

// Demo is the account that the forms of a demo are filled in with. Everybody
// knows its password.
type Demo struct {
	Email    string
	Password string
}

// ErrorCode is a code of the catalogue.
type ErrorCode struct {
	Code   string
	Status int
	Title  string
	// Help is what a caller does about it.
	Help string
}

// Route is a path and what answers GET and HEAD at it.
type Route struct {
	Path    string
	Handler http.Handler
}

// Site renders each page when it is first asked for, and then has it: a start of
// the service waits for none, and who never opens one has none in memory. That
// all can be rendered is shown by a test.
type Site struct {
	Options
	contract func() (contract, error)
	guides   func() ([]guide, error)
	files    func() (files, error)
	pages    func() (pages, error)
}

// New returns the site, of which nothing is rendered yet.
func New(options Options) *Site {
	s := &Site{
		Options: options,
		guides:  sync.OnceValues(readGuides),
		files:   sync.OnceValues(func() (files, error) { return readFiles(options.Demo != nil) }),
	}
	s.contract = sync.OnceValues(func() (contract, error) { return readContract(options.Contract()) })
	s.pages = sync.OnceValues(func() (pages, error) { return readPages(s.url) })
	return s
}

// Routes are all there is. Each page has one of its own, so that what is not
// here stays the API's to refuse.
func (s *Site) Routes() ([]Route, error) {
	routes := []Route{
		{"/", http.HandlerFunc(s.landing)},
		{"/llms.txt", http.HandlerFunc(s.llms)},
		{"/docs/", http.RedirectHandler("/docs", http.StatusMovedPermanently)},
		{"/docs", onDemand(s.explorer)},
		{"/docs/guides", onDemand(s.guideIndex)},
		{"/errors", onDemand(s.catalogue)},
	}
	guides, err := guideNames()
	if err != nil {
		return nil, err
	}
	for _, name := range guides {
		routes = append(routes,
			Route{"/docs/guides/" + name, onDemand(func() (http.Handler, error) { return s.guide(name) })},
			Route{"/docs/guides/" + name + ".md", onDemand(func() (http.Handler, error) { return rawGuide(name) })})
	}
	for _, code := range s.Errors {
		routes = append(routes, Route{"/errors/" + code.Code, onDemand(func() (http.Handler, error) { return s.errorPage(code) })})
	}
	if s.Demo != nil {
		routes = append(routes, Route{"/board", onDemand(s.board)})
	}
	files, err := fileNames(s.Demo != nil)
	if err != nil {
		return nil, err
	}
	for _, name := range files {
		routes = append(routes, Route{assetPath(name), onDemand(func() (http.Handler, error) { return s.asset(name) })})
	}
	return routes, nil
}

// onDemand makes a handler when it is first called.
func onDemand(render func() (http.Handler, error)) http.Handler {
	rendered := sync.OnceValues(render)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler, err := rendered()
		if err != nil {
			cannotBeRendered(w)
			return
		}
		handler.ServeHTTP(w, r)
	})
}

func cannotBeRendered(w http.ResponseWriter) {
	http.Error(w, "The page cannot be rendered.", http.StatusInternalServerError)
}

// hostForm is what a Host header may be to be repeated on a page.
var hostForm = regexp.MustCompile(`^([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?$`)

// origin is the address of the service as the caller writes it.
func (s *Site) origin(r *http.Request) string {
	scheme, host := "http", r.Host
	if s.CameByTLS != nil && s.CameByTLS(r) || s.CameByTLS == nil && r.TLS != nil {
		scheme = "https"
	}
	if !hostForm.MatchString(host) {
		host = "localhost:8080"
	}
	return scheme + "://" + host
}

// page renders a template into what is served under the policy of pages.
func (s *Site) page(name string, data map[string]any) (content, error) {
	var out bytes.Buffer
	data["Version"], data["Demo"] = s.Version, s.Demo
	pages, err := s.pages()
	if err != nil {
		return content{}, err
	}
	if err := pages[name].ExecuteTemplate(&out, "layout.html", data); err != nil {
		return content{}, fmt.Errorf("rendering %s: %w", name, err)
	}
	return newContent("text/html; charset=utf-8", out.Bytes()), nil
}
