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
	render := s.landingPage
	if wantsJSON(r) {
		render = s.directory
	}
	answer, err := render(origin)
	if err != nil {
		cannotBeRendered(w)
		return
	}
	answer.ServeHTTP(w, r)
}

func (s *Site) landingPage(origin string) (content, error) {
	contract, err := s.contract()
	if err != nil {
		return content{}, err
	}
	guides, err := s.guides()
	if err != nil {
		return content{}, err
	}
	return s.page("landing.html", map[string]any{
		"Title":       "Coordinator",
		"Section":     "home",
		"Description": contract.Description,
		"Origin":      origin,
		"Operations":  contract.count(),
		"Guides":      guides,
		"FirstCall":   firstCall(origin, s.Demo),
	})
}

// addresses is the landing page for programs.
type addresses struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	API     string `json:"api"`
	OpenAPI string `json:"openapi"`
	Docs    string `json:"docs"`
	Guides  string `json:"guides"`
	Errors  string `json:"errors"`
	LLMs    string `json:"llms"`
	Ready   string `json:"ready"`
}

func (s *Site) directory(origin string) (content, error) {
	contract, err := s.contract()
	if err != nil {
		return content{}, err
	}
	body, err := json.MarshalIndent(addresses{
		Name: contract.Title, Version: s.Version,
		API: origin + "/api/v1", OpenAPI: origin + "/openapi.json",
		Docs: origin + "/docs", Guides: origin + "/docs/guides", Errors: origin + "/errors", LLMs: origin + "/llms.txt",
		Ready: origin + "/readyz",
	}, "", "  ")
	return newContent("application/json", append(body, '\n')), err
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
