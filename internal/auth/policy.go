package auth

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/aicoordination/coordinator/internal/apperr"
)

// Bounds of the policy. NIST SP 800-63B and OWASP ASVS 5.0 (6.2) ask for
// length and for no common password, and for no rules of composition.
const (
	// DefaultPasswordMinLength is the least length of a password in characters
	// unless a setting says otherwise, from LeastPasswordMinLength up.
	DefaultPasswordMinLength = 12
	// LeastPasswordMinLength is the least that the setting may be.
	LeastPasswordMinLength = 8
	// MaxPasswordLength is the greatest length of a password in characters.
	MaxPasswordLength = 128
	// minOwnPart is the least length of a part of a name or an address that is
	// looked for in a password: shorter ones are in too many words.
	minOwnPart = 4
	// minWithoutParts is how many letters and digits a password has to have
	// besides the parts of a name or an address.
	minWithoutParts = 8
	// maxTrimmed is how many digits and signs around a common password do not
	// make another one of it.
	maxTrimmed = 6
	// serviceName is what people make passwords from on this service.
	serviceName = "coordinator"
)

// Passwords are the rules of new passwords.
type Passwords struct {
	// MinLength is the least length in characters; DefaultPasswordMinLength
	// when it is zero.
	MinLength int
	// Scheme is how they are hashed; SchemeArgon2id when it is empty.
	Scheme Scheme
}

func (p Passwords) withDefaults() Passwords {
	if p.MinLength == 0 {
		p.MinLength = DefaultPasswordMinLength
	}
	if p.Scheme == "" {
		p.Scheme = SchemeArgon2id
	}
	return p
}

// person is whose password it is.
type person struct{ name, email string }

// check returns a validation error at the pointer when the password is not
// accepted. It is refused
//
//   - as too_short or too_long by its number of characters;
//   - as common when it is one of the common passwords, in upper or lower case,
//     or one with at most six digits or signs around it, or nothing but one
//     to four characters again and again, or a run such as abcdefgh or 12345678;
//   - as personal when it has parts of four and more characters of the person's
//     name or address, or the name of the service, in it, and without them fewer
//     than eight letters and digits, or a common password, are left.
func (p Passwords) check(pointer, password string, who person) error {
	password = normalized(password)
	length := utf8.RuneCountInString(password)
	folded := strings.ToLower(password)
	switch {
	case length < p.MinLength:
		return apperr.InvalidField(pointer, "too_short", "The password has %d characters and needs at least %d. A few words that do not belong together make a good one.", length, p.MinLength)
	case length > MaxPasswordLength:
		return apperr.InvalidField(pointer, "too_long", "The password has %d characters, and at most %d are possible. Shorten it.", length, MaxPasswordLength)
	case isCommon(folded):
		return apperr.InvalidField(pointer, "common", "This password is among the first that are tried. Choose one that nobody else has, such as a few words that do not belong together.")
	case isPersonal(folded, who):
		return apperr.InvalidField(pointer, "personal", "The password is made of the name or the address of its owner, or the name of this service. Choose one that does not follow from them.")
	}
	return nil
}

func isCommon(folded string) bool {
	if isListed(folded) || isRepetition(folded) || isRun(folded) {
		return true
	}
	core := strings.TrimFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) })
	trimmed := utf8.RuneCountInString(folded) - utf8.RuneCountInString(core)
	return trimmed <= maxTrimmed && isListed(core)
}

// isRepetition tells whether the text is one to four characters again and again.
func isRepetition(text string) bool {
	runes := []rune(text)
	for period := 1; period <= 4 && period < len(runes); period++ {
		repeats := true
		for i := period; i < len(runes) && repeats; i++ {
			repeats = runes[i] == runes[i-period]
		}
		if repeats {
			return true
		}
	}
	return false
}

// isRun tells whether each character follows the one before it, upwards or
// downwards: abcdefgh, 87654321. After 9 comes 0.
func isRun(text string) bool {
	runes := []rune(text)
	for _, step := range []rune{1, -1} {
		runs := len(runes) > 1
		for i := 1; i < len(runes) && runs; i++ {
			from, to := runes[i-1], runes[i]
			wraps := (step == 1 && from == '9' && to == '0') || (step == -1 && from == '0' && to == '9')
			runs = to-from == step || wraps
		}
		if runs {
			return true
		}
	}
	return false
}

func isPersonal(folded string, who person) bool {
	rest := folded
	for _, part := range who.parts() {
		rest = strings.ReplaceAll(rest, part, "")
	}
	if rest == folded {
		return false
	}
	rest = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, rest)
	return utf8.RuneCountInString(rest) < minWithoutParts || isCommon(rest)
}

// parts are what is looked for, in lower case: the words of the name and the
// address that are long enough.
func (p person) parts() []string {
	parts := []string{serviceName}
	for _, text := range []string{p.name, p.email} {
		for _, word := range strings.FieldsFunc(strings.ToLower(normalized(text)), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			if utf8.RuneCountInString(word) >= minOwnPart {
				parts = append(parts, word)
			}
		}
	}
	return parts
}
