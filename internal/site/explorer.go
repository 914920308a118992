package site

import "net/http"

// explorer is Swagger UI with a form of ours above it, which signs in to this
// server.
func (s *Site) explorer() (http.Handler, error) {
	return s.page("explorer.html", map[string]any{"Title": "API explorer", "Section": "explorer"})
}
