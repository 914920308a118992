package site

import (
	"fmt"
	"net/http"
	"strings"
)

// llms is the service told to a program that reads, in the form of
// https://llmstxt.org.
func (s *Site) llms(w http.ResponseWriter, r *http.Request) {
	contract, err := s.contract()
	if err != nil {
		cannotBeRendered(w)
		return
	}
	guides, err := s.guides()
	if err != nil {
		cannotBeRendered(w)
		return
	}
	origin := s.origin(r)
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n> %s\n\n", contract.Title, contract.Description)
	fmt.Fprintf(&b, "This is version %s, with its API at %s/api/v1. ", s.Version, origin)
	fmt.Fprintf(&b, "Send `Authorization: Bearer` with an API key (`ck_live_…`), or with the access token that `POST %s/api/v1/users/login` answers to `{\"email\":…,\"password\":…}`. ", origin)
	b.WriteString("Requests and answers are JSON; what is unknown in a request is refused, never ignored. ")
	b.WriteString("Every error is `application/problem+json`, with a stable `code` and a `detail` that says what to do. ")
	b.WriteString("Send an `Idempotency-Key` with each POST, so that it can be repeated, and `If-Match` with the `version` of what you change. ")
	b.WriteString("Follow a list by its `next_cursor`.\n")
	if s.Demo != nil {
		fmt.Fprintf(&b, "\nThis is a demo: sign in as %s with the password %s.\n", s.Demo.Email, s.Demo.Password)
	}
	b.WriteString("\n## Guides\n\n")
	for _, g := range guides {
		fmt.Fprintf(&b, "- [%s](%s/docs/guides/%s.md): %s\n", g.Title, origin, g.Name, g.Summary)
	}
	b.WriteString("\n## Contract\n\n")
	fmt.Fprintf(&b, "- [OpenAPI as JSON](%s/openapi.json): every operation, schema and example; it is what the server checks requests against\n", origin)
	fmt.Fprintf(&b, "- [OpenAPI as YAML](%s/openapi.yaml): the same\n", origin)
	fmt.Fprintf(&b, "- [Errors](%s/errors): every `code` of a problem, and what to do about it\n", origin)
	b.WriteString("\n## Operations\n\n")
	for _, t := range contract.Tags {
		fmt.Fprintf(&b, "- [%s](%s/docs#/%s): %s\n", t.Name, origin, t.Name, t.Description)
		for _, o := range t.Operations {
			fmt.Fprintf(&b, "  - `%s %s` %s: %s\n", o.Method, o.Path, o.ID, o.Summary)
		}
	}
	b.WriteString("\n## Optional\n\n")
	fmt.Fprintf(&b, "- [Explorer](%s/docs): the contract for people, to try out\n", origin)
	fmt.Fprintf(&b, "- [Readiness](%s/readyz): whether requests can be served now\n", origin)
	newContent("text/plain; charset=utf-8", []byte(b.String())).ServeHTTP(w, r)
}
