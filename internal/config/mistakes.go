package config

import (
	"fmt"
	"strconv"
	"strings"
)

// Mistake is one setting that cannot be used.
type Mistake struct {
	// Setting is the flag or the variable, as it was given.
	Setting string
	// Given is the quoted value; it is empty for a secret and where there is
	// none.
	Given string
	// Problem says what is accepted instead.
	Problem string
}

// String is the mistake on one line.
func (m Mistake) String() string {
	if m.Given == "" {
		return m.Setting + ": " + m.Problem
	}

	return m.Setting + " " + m.Given + ": " + m.Problem
}

// Mistakes are all the mistakes in the settings of one start.
type Mistakes []Mistake

// Error lists the mistakes, one a line.
func (m Mistakes) Error() string {
	var text strings.Builder

	if len(m) == 1 {
		text.WriteString("1 mistake in the settings:")
	} else {
		fmt.Fprintf(&text, "%d mistakes in the settings:", len(m))
	}

	for _, mistake := range m {
		text.WriteString("\n  ")
		text.WriteString(mistake.String())
	}

	return text.String()
}

// quote keeps control characters out of messages and one value on one line.
func quote(text string) string { return strconv.Quote(text) }

// oneOf writes choices as "one of a, b, c".
func oneOf(choices []string) string { return "one of " + strings.Join(choices, ", ") }

// suggestion is "; did you mean x?" for the candidate nearest to given, or
// empty when none is near.
func suggestion(given string, candidates []string) string {
	best, least := "", 0

	for _, candidate := range candidates {
		if d := distance(given, candidate); best == "" || d < least {
			best, least = candidate, d
		}
	}

	// A third of the name wrong is still recognisable; more is another word. What
	// all names begin with says nothing.
	word := strings.TrimPrefix(strings.TrimPrefix(given, "--"), prefix)
	if best == "" || least > max(1, len(word)/3) {
		return ""
	}

	return "; did you mean " + best + "?"
}

// distance is the Levenshtein distance between two ASCII names: how many
// letters are added, dropped or changed.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}

	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1

		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}

			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}

	return row[len(b)]
}
