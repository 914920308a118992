package auth

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCommonPasswords(t *testing.T) {
	t.Parallel()
	lines := strings.Split(strings.TrimSuffix(commonPasswords, "\n"), "\n")
	if len(lines) < 10_000 || !slices.IsSorted(lines) {
		t.Errorf("the list has %d passwords; sorted: %v", len(lines), slices.IsSorted(lines))
	}
	for _, line := range lines {
		if !isListed(line) {
			t.Errorf("%q is not found", line)
		}
		if line != strings.ToLower(line) || utf8.RuneCountInString(line) < 8 {
			t.Errorf("%q is short or in capitals", line)
		}
	}
	for _, password := range []string{"", "\n", "password\n", "password\npassword1", "seven stray balloons", "~", "\xff", "!", lines[0][:7], lines[len(lines)-1] + "x"} {
		if isListed(password) {
			t.Errorf("%q is found", password)
		}
	}
	for _, password := range []string{"password", "12345678", "qwertyuiop", lines[0], lines[len(lines)-1]} {
		if !isListed(password) {
			t.Errorf("%q is not found", password)
		}
	}
}
