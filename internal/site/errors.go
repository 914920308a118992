package site

import (
	"fmt"
	"net/http"
	"strings"
)

// catalogue is the index of the error codes.
func (s *Site) catalogue() (http.Handler, error) {
	page, err := s.page("errors.html", map[string]any{"Title": "Errors", "Section": "errors", "Errors": s.Errors})
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	for _, e := range s.Errors {
		fmt.Fprintf(&b, "%s (status %d): %s\n", e.Code, e.Status, e.Title)
	}
	return negotiated{page, newContent("text/plain; charset=utf-8", []byte(b.String()))}, nil
}

// errorPage is where the type of a problem leads to.
func (s *Site) errorPage(e ErrorCode) (http.Handler, error) {
	page, err := s.page("error.html", map[string]any{"Title": e.Title, "Description": e.Help, "Section": "errors", "Error": e})
	if err != nil {
		return nil, err
	}
	text := fmt.Sprintf("%s\n\n%s (status %d)\n\n%s\n", e.Code, e.Title, e.Status, e.Help)
	return negotiated{page, newContent("text/plain; charset=utf-8", []byte(text))}, nil
}
