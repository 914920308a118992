package samples_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aicoordination/coordinator/internal/test/apitest"
)

// TestErrorCodesOfPages holds the codes that pages name against the contract:
// what is linked to exists, and the guide to errors has all there are.
func TestErrorCodesOfPages(t *testing.T) {
	t.Parallel()

	var codes []string
	for _, value := range apitest.LoadContract(t).Doc.Components.Schemas["ProblemCode"].Value.Enum {
		codes = append(codes, value.(string))
	}

	if len(codes) == 0 {
		t.Fatal("the contract has no codes")
	}

	for _, page := range pages(t) {
		text := readPage(t, page)

		for _, link := range regexp.MustCompile(`/errors/([a-z_]+)`).FindAllStringSubmatch(text, -1) {
			if !slices.Contains(codes, link[1]) {
				t.Errorf("%s leads to %s, and there is no such code", page, link[0])
			}
		}

		for _, constant := range regexp.MustCompile(`isApiError\(\w+, "(\w+)"`).FindAllStringSubmatch(text, -1) {
			if !slices.Contains(codes, constant[1]) {
				t.Errorf("%s asks for %s, and there is no such code", page, constant[1])
			}
		}
	}

	guide := readPage(t, "internal/site/guides/errors.md")

	for _, code := range codes {
		if !strings.Contains(guide, "| [`"+code+"`](/errors/"+code+") | ") {
			t.Errorf("the guide to errors has no line for %s", code)
		}
	}
}

// TestLinksOfPages follows the links from page to page and into the repository.
func TestLinksOfPages(t *testing.T) {
	t.Parallel()

	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)

	for _, page := range pages(t) {
		if !strings.HasSuffix(page, ".md") {
			continue
		}

		prose := regexp.MustCompile("(?ms)^```.*?^```$").ReplaceAllString(readPage(t, page), "")

		for _, match := range link.FindAllStringSubmatch(prose, -1) {
			target, place, _ := strings.Cut(match[1], "#")

			// Addresses of others, and those of the service, which its own tests follow.
			if strings.Contains(target, "://") || strings.HasPrefix(target, "/") {
				continue
			}

			file := page
			if target != "" {
				file = filepath.Join(filepath.Dir(page), target)
			}

			info, err := os.Stat(filepath.Join(repository, file))
			if err != nil {
				t.Errorf("%s leads to %s, which is not there", page, match[1])
				continue
			}

			if place != "" && !info.IsDir() && !slices.Contains(headings(readPage(t, file)), place) {
				t.Errorf("%s leads to %s, and %s has no such heading", page, match[1], file)
			}
		}
	}
}

// headings are the places of a page, as GitHub and the service name them.
func headings(text string) []string {
	var found []string

	for _, match := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(text, -1) {
		name := regexp.MustCompile(`[^a-z0-9 -]`).ReplaceAllString(strings.ToLower(match[1]), "")
		found = append(found, strings.ReplaceAll(name, " ", "-"))
	}

	return found
}

func readPage(t *testing.T, page string) string {
	t.Helper()

	text, err := os.ReadFile(filepath.Join(repository, page))
	if err != nil {
		t.Fatal(err)
	}

	return string(text)
}
