package obs

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// What is looked for first is in everything that is looked for then.
func TestNothingIsMissedForTheSakeOfTime(t *testing.T) {
	t.Parallel()
	words := []string{
		"pass", "word", "wd", "phrase", "pwd", "secret", "token", "authori", "s", "z", "ation", "api", "_", "-", "key", "private", "cookie", "dsn", "credential",
		"recovery", "code", "totp", "database", "redis", "url", "bearer", "basic", "digest", "negotiate", " ", "abcdef", "BEARER", "Token", "toKen", "ſecret", "PWD", "=", ":",
	}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 0, 8).Draw(t, "words"), "")
		if secretName.MatchString(text) && !isSecretName(text) {
			t.Fatalf("%q names a secret", text)
		}
		if schemeForm.MatchString(text) && !schemes.mayBeIn(text) {
			t.Fatalf("%q has a credential", text)
		}
		if prefixedForm.MatchString(text) && !strings.Contains(text, "ck_") && !strings.Contains(text, "dt_") {
			t.Fatalf("%q has a key", text)
		}
	})
}
