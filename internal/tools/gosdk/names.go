package main

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// initialisms are the words that Go writes in capitals, of those that the contract has.
var initialisms = map[string]string{"id": "ID", "api": "API", "url": "URL", "jwks": "JWKS", "csv": "CSV"}

// exported is the name of something of the contract, such as client_id or listForTask, as Go exports it.
func exported(name string) string {
	var out strings.Builder
	for _, word := range words(name) {
		if capitals, ok := initialisms[strings.ToLower(word)]; ok {
			out.WriteString(capitals)
		} else {
			out.WriteString(upperFirst(word))
		}
	}

	return out.String()
}

// unexported is that name as a parameter of a function has it: taskID.
func unexported(name string) string {
	parts := words(name)
	if len(parts) == 1 {
		return strings.ToLower(name)
	}

	return strings.ToLower(parts[0]) + exported(strings.Join(parts[1:], "_"))
}

// words splits snake_case, camelCase and kebab-case. Capitals in a row are one word.
func words(name string) (found []string) {
	var word strings.Builder
	end := func() {
		if word.Len() > 0 {
			found = append(found, word.String())
		}
		word.Reset()
	}

	var before rune
	for _, r := range name {
		switch {
		case r == '_' || r == '-':
			end()
		case unicode.IsUpper(r) && !unicode.IsUpper(before):
			end()
			word.WriteRune(r)
		default:
			word.WriteRune(r)
		}
		before = r
	}
	end()

	return found
}

// singular is the word for one of what a tag is about: Task of Tasks, Time of Time.
func singular(plural string) string {
	if strings.HasSuffix(plural, "ics") { // statistics
		return plural
	}

	return strings.TrimSuffix(plural, "s")
}

func upperFirst(text string) string {
	first, size := utf8.DecodeRuneInString(text)

	return string(unicode.ToUpper(first)) + text[size:]
}

func lowerFirst(text string) string {
	first, size := utf8.DecodeRuneInString(text)

	return string(unicode.ToLower(first)) + text[size:]
}
