package site

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// landing is the page at /, and for a program that asks for JSON the addresses
// that the page has.
func (s *Site) landing(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("Vary", "Accept")
	origin := s.origin(r)
	if wantsJSON(r) {
		s.directory(origin).ServeHTTP(w, r)
		return
	}
	page, err := s.page("landing.html", map[string]any{
		"Title":       "Coordinator",
		"Section":     "home",
		"Description": s.contract.Description,
		"Origin":      origin,
		"Operations":  s.contract.count(),
		"Guides":      s.guides,
		"FirstCall":   firstCall(origin, s.Demo),
	})
	if err != nil {
		http.Error(w, "The page cannot be rendered.", http.StatusInternalServerError)
		return
	}
	page.ServeHTTP(w, r)
}

// directory is the landing page for programs.
func (s *Site) directory(origin string) content {
	// Marshalling strings cannot fail.
	body, _ := json.MarshalIndent(map[string]string{
		"name":    s.contract.Title,
		"version": s.Version,
		"api":     origin + "/api/v1",
		"openapi": origin + "/openapi.json",
		"docs":    origin + "/docs",
		"guides":  origin + "/docs/guides",
		"errors":  origin + "/errors",
		"llms":    origin + "/llms.txt",
		"ready":   origin + "/readyz",
	}, "", "  ")
	return newContent("application/json", append(body, '\n'))
}

// firstCall is what to paste into a shell: it signs in, and lists tasks. It works
// as it is where the account is known here.
func firstCall(origin string, demo *Demo) string {
	email, password := "YOU@EXAMPLE.COM", "YOUR-PASSWORD"
	if demo != nil {
		email, password = demo.Email, demo.Password
	}
	return strings.Join([]string{
		fmt.Sprintf(`TOKEN=$(curl -s %s/api/v1/users/login -H 'Content-Type: application/json' \`, origin),
		fmt.Sprintf(`  -d '{"email":"%s","password":"%s"}' | sed 's/.*"access_token":"\([^"]*\)".*/\1/')`, email, password),
		fmt.Sprintf(`curl -s '%s/api/v1/tasks?page_size=3' -H "Authorization: Bearer $TOKEN"`, origin),
	}, "\n")
}
