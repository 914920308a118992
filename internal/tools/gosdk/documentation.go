package main

import (
	"fmt"
	"os"
	"regexp"
)

// documented is where the documentation names the version that is released next: whoever reads it at
// that release gets what it says.
var documented = map[string]*regexp.Regexp{
	"README.md":                         regexp.MustCompile(`(?:` + regexp.QuoteMeta(clientModule) + `@|\bCoordinator )(v\d+\.\d+\.\d+)`),
	"internal/site/guides/upgrading.md": regexp.MustCompile(`"version": "(v\d+\.\d+\.\d+)"`),
}

// nameVersion names the version of the contract in the documentation.
func nameVersion(version string) error {
	for file, places := range documented {
		content, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("naming the version in the documentation: %w", err)
		}
		named, err := renameVersion(content, places, version)
		if err != nil {
			return fmt.Errorf("naming the version in %s: %w", file, err)
		}
		if err := os.WriteFile(file, named, 0o644); err != nil {
			return fmt.Errorf("naming the version in the documentation: %w", err)
		}
	}

	return nil
}

// renameVersion puts the version in place of what the expression has in brackets, wherever it matches.
func renameVersion(content []byte, places *regexp.Regexp, version string) ([]byte, error) {
	found := places.FindAllSubmatchIndex(content, -1)
	if len(found) == 0 {
		return nil, fmt.Errorf("nothing is like %s; say in internal/tools/gosdk/documentation.go where it stands now", places)
	}

	var named []byte
	end := 0
	for _, place := range found {
		named = append(append(named, content[end:place[2]]...), version...)
		end = place[3]
	}

	return append(named, content[end:]...), nil
}
