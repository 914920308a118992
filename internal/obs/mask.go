package obs

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// masked stands for a secret in a log. Its length says nothing of the secret's.
const masked = "***"

// Forms in which secrets come, each with what has to be there for it to be
// worth looking, since every line of the log is looked through.
var (
	// jwtForm is a signed token, or the beginning of one.
	jwtForm = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*)*`)
	// prefixedForm is an API key or a token that says what it is: ck_live_…, dt_….
	prefixedForm = regexp.MustCompile(`\b(ck_[a-z]+_|dt_)[A-Za-z0-9_-]{16,}`)
	// userInfoForm is the part of a URL that can hold a password, up to the last
	// @ of it: one that was not escaped would otherwise end too early.
	userInfoForm = regexp.MustCompile(`://[^\s"'<>]*@`)
	// schemeForm is the value of an Authorization header.
	schemeForm = regexp.MustCompile(`(?i)\b(bearer|basic|digest|negotiate)\s+[A-Za-z0-9._~+/=-]{6,}`)
	// pairForm is name=value, of a query or of a connection.
	pairForm = regexp.MustCompile(`(?i)([a-z0-9_.-]*(?:` + secretWords + `)[a-z0-9_.-]*)\s*=\s*("(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|[^\s&,;]+)`)
	// memberForm is a member of a JSON object.
	memberForm = regexp.MustCompile(`(?i)("[a-z0-9_.-]*(?:` + secretWords + `)[a-z0-9_.-]*"\s*:\s*)("(?:[^"\\]|\\.)*"?|[^\s,}\]]+)`)
	// fieldForm is a field of a Go struct or map as fmt prints it.
	fieldForm = regexp.MustCompile(`(?i)\b([a-z0-9_]*(?:` + secretWords + `)[a-z0-9_]*):([^\s\]})]+)`)
	// keyForm and valueForm are how PostgreSQL and pgx quote values in errors.
	keyForm   = regexp.MustCompile(`\)=\(.*?\)( |\.|$)`)
	rowForm   = regexp.MustCompile(`Failing row contains \(.*\)`)
	valueForm = regexp.MustCompile(`(?i)(invalid (?:input|byte|value)[^:"]*:|unable to encode|cannot parse|out of range:|value) "(?:[^"\\]|\\.)*"`)
)

// secretWords are in the names of what is secret.
//
//nolint:gosec // Names of secrets are none.
const secretWords = `passw(?:or)?d|passphrase|pwd|secret|token|authori[sz]ation|api[_-]?key|private[_-]?key|secret[_-]?key|cookie|dsn|credential|recovery[_-]?code|totp|database[_-]?url|redis[_-]?url`

var secretName = regexp.MustCompile(`(?i)` + secretWords)

// Words of which one is in every text that schemeForm or secretName matches.
// Looking for them takes a hundredth of the time, and most lines have none.
var (
	schemes     = newStems("bearer", "basic", "digest", "negotiate")
	secretStems = newStems("passw", "passphrase", "pwd", "secret", "token", "authori", "api", "private", "cookie", "dsn", "credential", "recovery", "totp", "database", "redis")
)

// isSecretName tells that a text has a word in it that names a secret.
func isSecretName(text string) bool { return secretStems.mayBeIn(text) && secretName.MatchString(text) }

// stems are words in small letters.
type stems struct {
	words []string
	// first has a bit for each letter that one begins with.
	first uint32
}

func newStems(words ...string) stems {
	s := stems{words: words}
	for _, word := range words {
		s.first |= 1 << (word[0] - 'a')
	}
	return s
}

// mayBeIn tells that one of the words is in the text, in letters of either case;
// or that there are others, some of which count as cases of these.
func (s stems) mayBeIn(text string) bool {
	for i := range len(text) {
		b := text[i] | 0x20
		if text[i] >= utf8.RuneSelf {
			return true
		}
		if b < 'a' || b > 'z' || s.first&(1<<(b-'a')) == 0 {
			continue
		}
		for _, word := range s.words {
			if len(text)-i >= len(word) && strings.EqualFold(text[i:i+len(word)], word) {
				return true
			}
		}
	}
	return false
}

// secretLength is from how many characters on a word of letters of both cases
// and digits is taken for a token: ours have 43. Hashes in hexadecimal have
// no letters of both cases, and ids are shorter.
const secretLength = 40

// Mask returns the text with what looks like a secret replaced.
func Mask(text string) string {
	if strings.Contains(text, "eyJ") {
		text = jwtForm.ReplaceAllString(text, masked)
	}
	if strings.Contains(text, "ck_") || strings.Contains(text, "dt_") {
		text = prefixedForm.ReplaceAllString(text, "$1"+masked)
	}
	if strings.Contains(text, "@") && strings.Contains(text, "://") {
		text = userInfoForm.ReplaceAllString(text, "://"+masked+"@")
	}
	if strings.Contains(text, " ") && schemes.mayBeIn(text) {
		text = schemeForm.ReplaceAllString(text, "$1 "+masked)
	}
	if strings.Contains(text, ")=(") {
		text = keyForm.ReplaceAllString(text, ")=("+masked+")$1")
	}
	if strings.Contains(text, "Failing row") {
		text = rowForm.ReplaceAllString(text, "Failing row contains ("+masked+")")
	}
	if strings.Contains(text, ` "`) {
		text = valueForm.ReplaceAllString(text, "$1 \""+masked+"\"")
	}
	if strings.ContainsAny(text, "=:") && isSecretName(text) {
		text = pairForm.ReplaceAllString(text, "$1="+masked)
		text = memberForm.ReplaceAllString(text, `$1"`+masked+`"`)
		text = fieldForm.ReplaceAllString(text, "$1:"+masked)
	}
	return maskWords(text, isToken)
}

// MaskPath returns the path of a URL with the segments replaced that look like
// a secret: none of ours is as long as a made-up password or a token, but ids
// and the pages of error codes.
func MaskPath(path string) string {
	const longest, longestCode = 24, 32
	return maskWords(Mask(path), func(word string) bool {
		isCode := strings.HasPrefix(path, "/errors/") && len(word) <= longestCode && strings.Trim(word, "abcdefghijklmnopqrstuvwxyz_") == ""
		return len(word) > longest && !isUUID(word) && !isCode
	})
}

// maskWords replaces the words, of letters, digits, _ and -, that look like a secret.
func maskWords(text string, looksSecret func(word string) bool) string {
	var out strings.Builder
	begin, copied := -1, 0
	for i := 0; i <= len(text); i++ {
		if i < len(text) && isWordByte(text[i]) {
			if begin < 0 {
				begin = i
			}
			continue
		}
		if begin >= 0 && looksSecret(text[begin:i]) {
			out.WriteString(text[copied:begin])
			out.WriteString(masked)
			copied = i
		}
		begin = -1
	}
	if copied == 0 {
		return text
	}
	out.WriteString(text[copied:])
	return out.String()
}

func isWordByte(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '_' || b == '-'
}

func isToken(word string) bool {
	if len(word) < secretLength {
		return false
	}
	return strings.ContainsAny(word, "0123456789") &&
		strings.ContainsAny(word, "abcdefghijklmnopqrstuvwxyz") && strings.ContainsAny(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
}

// isUUID tells whether the word is a UUID, which is an id and no secret.
func isUUID(word string) bool {
	const length = 36
	if len(word) != length {
		return false
	}
	for i := range len(word) {
		isDash := i == 8 || i == 13 || i == 18 || i == 23
		isHex := word[i] >= '0' && word[i] <= '9' || word[i] >= 'a' && word[i] <= 'f' || word[i] >= 'A' && word[i] <= 'F'
		if isDash != (word[i] == '-') || !isDash && !isHex {
			return false
		}
	}
	return true
}
