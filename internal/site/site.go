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
)

// Options are what the pages tell.
type Options struct {
	// Version is the build's.
	Version string
	// Contract is the OpenAPI document, as JSON.
	Contract []byte
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

// Site is made once; what can be rendered before a request comes, is.
type Site struct {
	Options
	contract contract
	guides   []guide
	files    files
	pages    pages
}

// New reads the contract and renders the guides.
func New(options Options) (*Site, error) {
	s := &Site{Options: options}
	var err error
	if s.contract, err = readContract(options.Contract); err != nil {
		return nil, err
	}
	if s.guides, err = readGuides(); err != nil {
		return nil, err
	}
	if s.files, err = readFiles(options.Demo != nil); err != nil {
		return nil, err
	}
	if s.pages, err = readPages(s.files); err != nil {
		return nil, err
	}
	return s, nil
}

// Routes are all there is. Each page has one of its own, so that what is not
// here stays the API's to refuse.
func (s *Site) Routes() ([]Route, error) {
	routes := []Route{
		{"/", http.HandlerFunc(s.landing)},
		{"/llms.txt", http.HandlerFunc(s.llms)},
		{"/docs/", http.RedirectHandler("/docs", http.StatusMovedPermanently)},
	}
	add := func(path string, handler http.Handler, err error) error {
		if err != nil {
			return fmt.Errorf("making %s: %w", path, err)
		}
		routes = append(routes, Route{path, handler})
		return nil
	}
	explorer, err := s.explorer()
	if err := add("/docs", explorer, err); err != nil {
		return nil, err
	}
	index, err := s.guideIndex()
	if err := add("/docs/guides", index, err); err != nil {
		return nil, err
	}
	for i, g := range s.guides {
		page, err := s.guide(i)
		if err := add("/docs/guides/"+g.Name, page, err); err != nil {
			return nil, err
		}
		routes = append(routes, Route{"/docs/guides/" + g.Name + ".md", g.raw()})
	}
	catalogue, err := s.catalogue()
	if err := add("/errors", catalogue, err); err != nil {
		return nil, err
	}
	for _, code := range s.Errors {
		page, err := s.errorPage(code)
		if err := add("/errors/"+code.Code, page, err); err != nil {
			return nil, err
		}
	}
	if s.Demo != nil {
		board, err := s.board()
		if err := add("/board", board, err); err != nil {
			return nil, err
		}
	}
	for _, file := range s.files {
		routes = append(routes, Route{file.path, file})
	}
	return routes, nil
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
	if err := s.pages[name].ExecuteTemplate(&out, "layout.html", data); err != nil {
		return content{}, fmt.Errorf("rendering %s: %w", name, err)
	}
	return newContent("text/html; charset=utf-8", out.Bytes()), nil
}
