package contract_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The page on security names the test behind each requirement; one that was
// renamed or deleted would leave a claim that nothing shows.
func TestTestsNamedByThePageOnSecurityExist(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../security.md")
	if err != nil {
		t.Fatal(err)
	}
	there := testNames(t, "../..")
	for _, found := range regexp.MustCompile("`(Test[A-Za-z0-9]+)(…?)`").FindAllStringSubmatch(string(page), -1) {
		name, isPrefix := found[1], found[2] != ""
		exists := false
		for candidate := range there {
			exists = exists || candidate == name || isPrefix && strings.HasPrefix(candidate, name)
		}
		if !exists {
			t.Errorf("there is no test %s", found[0])
		}
	}
}

func testNames(t *testing.T, root string) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func (Test[A-Za-z0-9]+)\(`)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.Name() == "node_modules":
			return filepath.SkipDir
		case !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		content, err := os.ReadFile(path)
		for _, match := range declared.FindAllStringSubmatch(string(content), -1) {
			names[match[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
