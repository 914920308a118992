package samples

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Documents returns the objects and arrays of JSON that a program has printed,
// among whatever else there is.
func Documents(printed string) []any {
	var found []any

	for rest := printed; ; {
		at := strings.IndexAny(rest, "{[")
		if at < 0 {
			return found
		}

		rest = rest[at:]
		decoder := json.NewDecoder(strings.NewReader(rest))

		var document any
		if err := decoder.Decode(&document); err != nil {
			rest = rest[1:]

			continue
		}

		found = append(found, document)
		rest = rest[decoder.InputOffset():]
	}
}

// ProblemCode returns the code of a document that is a problem, and "" for any
// other.
func ProblemCode(document any) string {
	fields, ok := document.(map[string]any)
	if !ok {
		return ""
	}

	kind, _ := fields["type"].(string)
	code, _ := fields["code"].(string)

	if code == "" || kind != "/errors/"+code {
		return ""
	}

	return code
}

// Unannounced returns the codes of the problems among what was printed of which
// the page says nothing: neither the prose around the block nor the block has
// their code in it.
func Unannounced(block Block, printed string) []string {
	var codes []string

	for _, document := range Documents(printed) {
		if code := ProblemCode(document); code != "" && !strings.Contains(block.Around+block.Text, code) {
			codes = append(codes, code)
		}
	}

	return codes
}

// literal are the fields of which the value is what the page is about, and not
// only its type.
var literal = []string{"code", "pointer", "action", "status", "scopes", "token_type", "kind"}

// Differs tells what of a document that the page shows is not so in the one that
// was answered: a field that is not there, or one of another type. The page may
// leave fields out. An array has to have an item where the page shows one.
func Differs(shown, answered any, at string) []string {
	switch shown := shown.(type) {
	case map[string]any:
		fields, ok := answered.(map[string]any)
		if !ok {
			return []string{fmt.Sprintf("%s is %s and no object", place(at), kindOf(answered))}
		}

		var found []string

		for _, name := range slices.Sorted(maps.Keys(shown)) {
			value, ok := fields[name]
			if !ok {
				found = append(found, fmt.Sprintf("%s/%s is not answered", at, name))

				continue
			}

			if slices.Contains(literal, name) && fmt.Sprint(value) != fmt.Sprint(shown[name]) {
				found = append(found, fmt.Sprintf("%s/%s is %v and not %v", at, name, value, shown[name]))
			}

			found = append(found, Differs(shown[name], value, at+"/"+name)...)
		}

		return found
	case []any:
		items, ok := answered.([]any)
		if !ok {
			return []string{fmt.Sprintf("%s is %s and no array", place(at), kindOf(answered))}
		}

		if len(shown) > len(items) {
			return []string{fmt.Sprintf("%s has %d items and not %d", place(at), len(items), len(shown))}
		}

		var found []string
		for i, item := range shown {
			found = append(found, Differs(item, items[i], fmt.Sprintf("%s/%d", at, i))...)
		}

		return found
	default:
		if kindOf(shown) != kindOf(answered) {
			return []string{fmt.Sprintf("%s is %s and not %s", place(at), kindOf(answered), kindOf(shown))}
		}

		return nil
	}
}

func place(at string) string {
	if at == "" {
		return "the answer"
	}

	return at
}

func kindOf(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case bool:
		return "a truth value"
	case float64:
		return "a number"
	case string:
		return "a text"
	case []any:
		return "an array"
	default:
		return "an object"
	}
}

// Missing returns the lines that the page shows and that are not among what was
// printed, in their order. In a line of the page … stands for anything.
func Missing(shown, printed string) []string {
	lines := strings.Split(printed, "\n")

	var missing []string

	for line := range strings.SplitSeq(shown, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line == "…" {
			continue
		}

		pattern := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(line), "…", ".*") + "$")

		at := slices.IndexFunc(lines, func(printed string) bool { return pattern.MatchString(strings.TrimSpace(printed)) })
		if at < 0 {
			missing = append(missing, line)

			continue
		}

		lines = lines[at+1:]
	}

	return missing
}
