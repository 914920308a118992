package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// changes returns what a caller can notice, as lines of Markdown.
//
// oasdiff tells a field that is added to a record once for each operation that
// answers with it, in each place of the answer; here it is told once, by its
// schema. What oasdiff finds otherwise is told once with the operations it is of.
func changes(ctx context.Context, tool oasdiff, released, present document) ([]string, error) {
	found, err := tool.changelog(ctx, released, present)
	if err != nil {
		return nil, err
	}
	fields := fieldsBetween(released, present)
	before, after := released.operations(), present.operations()

	var lines []string
	lines = append(lines, listed("New operations", newOperations(before, after))...)
	lines = append(lines, listed("Operations that are gone", newOperations(after, before))...)
	lines = append(lines, listed("New schemas", added(released.schemas(), present.schemas()))...)
	lines = append(lines, listed("New fields", fields.added)...)
	lines = append(lines, listed("Fields that are gone", fields.removed)...)
	lines = append(lines, listed("New values", valuesBetween(released, present))...)
	lines = append(lines, listed("Sets of values that may grow from now on", opened(released, present))...)
	lines = append(lines, listed("Messages that the service sends", callbacksBetween(before, after))...)
	return append(lines, others(found, fields.names)...), nil
}

// listed returns one line with the items, none where there are none.
func listed(what string, items []string) []string {
	if len(items) == 0 {
		return nil
	}
	return []string{what + ": " + strings.Join(items, ", ") + "."}
}

func newOperations(before, after map[string]operation) []string {
	var found []string
	for _, id := range added(before, after) {
		id = strings.Trim(id, "`")
		found = append(found, fmt.Sprintf("`%s` (`%s`)", id, after[id].at))
	}
	return found
}

// added returns the names that are there only afterwards, in their order.
func added[V any](before, after map[string]V) []string {
	var found []string
	for _, name := range slices.Sorted(maps.Keys(after)) {
		if _, known := before[name]; !known {
			found = append(found, "`"+name+"`")
		}
	}
	return found
}

// fields are those of schemas that both documents have.
type fields struct {
	added, removed []string
	// names are those of all of them, without their schemas.
	names map[string]bool
}

func fieldsBetween(released, present document) fields {
	found := fields{names: map[string]bool{}}
	for _, schema := range slices.Sorted(maps.Keys(present.schemas())) {
		if released.schemas()[schema] == nil {
			continue
		}
		before := object(object(released.schemas()[schema])["properties"])
		after := object(object(present.schemas()[schema])["properties"])
		tell := func(names []string) []string {
			var told []string
			for _, name := range names {
				name = strings.Trim(name, "`")
				found.names[name] = true
				told = append(told, "`"+schema+"."+name+"`")
			}
			return told
		}
		found.added = append(found.added, tell(added(before, after))...)
		found.removed = append(found.removed, tell(added(after, before))...)
	}
	return found
}

// values returns the set that a schema is, by value.
func values(schema any) map[string]bool {
	found := map[string]bool{}
	list, _ := object(schema)["enum"].([]any)
	for _, value := range list {
		found[fmt.Sprint(value)] = true
	}
	return found
}

func valuesBetween(released, present document) []string {
	var found []string
	for _, name := range slices.Sorted(maps.Keys(present.schemas())) {
		if before := released.schemas()[name]; before != nil {
			if news := added(values(before), values(present.schemas()[name])); len(news) > 0 {
				found = append(found, strings.Join(news, ", ")+" of `"+name+"`")
			}
		}
	}
	return found
}

func opened(released, present document) []string {
	before, after := map[string]bool{}, map[string]bool{}
	for name, open := range present.open() {
		if open && released.schemas()[name] != nil {
			after[name] = true
			if released.open()[name] {
				before[name] = true
			}
		}
	}
	return added(before, after)
}

func callbacksBetween(before, after map[string]operation) []string {
	var found []string
	for _, id := range slices.Sorted(maps.Keys(after)) {
		for _, name := range added(object(before[id].node["callbacks"]), object(after[id].node["callbacks"])) {
			found = append(found, name+" of `"+id+"`")
		}
	}
	return found
}

// toldElsewhere are changes that the lines before have, or that say nothing to a caller.
var toldElsewhere = regexp.MustCompile(`^(endpoint-added|api-path-removed.*|api-removed.*|api-version-.*|.*enum-value-added|.*-x-extensible-enum-.*)$`)

var quoted = regexp.MustCompile("`([^`]*)`")

// others returns what oasdiff has found beside, each once with its operations.
func others(found []change, fields map[string]bool) []string {
	operations := map[string][]string{}
	for _, c := range found {
		if toldElsewhere.MatchString(c.ID) {
			continue
		}
		isField := false
		text := quoted.ReplaceAllStringFunc(c.Text, func(name string) string {
			// The place of a field in the answer is of no interest: a record is in many. A pattern is no place.
			name = strings.Trim(name, "`")
			if !strings.HasPrefix(name, "^") {
				name = name[strings.LastIndex(name, "/")+1:]
			}
			isField = isField || fields[name]
			return "`" + name + "`"
		})
		if isField && strings.Contains(c.ID, "property") {
			continue
		}
		if id := "`" + c.OperationID + "`"; c.OperationID != "" && !slices.Contains(operations[text], id) {
			operations[text] = append(operations[text], id)
		} else if c.OperationID == "" {
			operations[text] = append(operations[text], "all")
		}
	}
	const most = 4
	var lines []string
	for text, of := range operations {
		slices.Sort(of)
		where := strings.Join(of, ", ")
		if len(of) > most {
			where = fmt.Sprintf("%s and %d more", strings.Join(of[:most], ", "), len(of)-most)
		}
		lines = append(lines, where+": "+text+".")
	}
	slices.SortFunc(lines, func(a, b string) int { return cmp.Compare(strings.ToLower(a), strings.ToLower(b)) })
	return lines
}
