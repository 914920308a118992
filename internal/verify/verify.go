// Package verify knows what holds over all rows of a database whatever was
// done: rules that no single constraint can state, and what is stored although
// it follows from something else. It finds what breaks them, and mends nothing.
package verify

import (
	"context"
	"fmt"
	"strings"

	"github.com/aicoordination/coordinator/internal/dbx"
)

// Check is one rule.
type Check struct {
	// Name is the rule in a few words.
	Name string
	// broken selects a text for each row that breaks it.
	broken string
}

// Finding is a rule that does not hold.
type Finding struct {
	Check string
	// Count is how many rows break it, and Examples some of them.
	Count    int64
	Examples []string
}

// String says what is broken and where.
func (f Finding) String() string {
	return fmt.Sprintf("%s: broken %d times, as by %s", f.Check, f.Count, strings.Join(f.Examples, ", "))
}

// Checks returns every rule.
func Checks() []Check { return checks }

// Run holds the database against every rule and returns those that do not hold.
func Run(ctx context.Context, d *dbx.DB) ([]Finding, error) {
	var findings []Finding
	for _, check := range checks {
		found := Finding{Check: check.Name}
		err := d.QueryRow(ctx, "SELECT count(*), coalesce((array_agg(b.what ORDER BY b.what))[1:3], '{}') FROM ("+check.broken+") b (what)").
			Scan(&found.Count, &found.Examples)
		if err != nil {
			return nil, fmt.Errorf("checking whether %s: %w", check.Name, err)
		}
		if found.Count > 0 {
			findings = append(findings, found)
		}
	}
	return findings, nil
}
