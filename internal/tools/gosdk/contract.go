package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// sdk is what is read from the contract, in the words of Go.
type sdk struct {
	title   string
	version string
	tags    []tag
}

// tag is a field of Client and the type that it has.
type tag struct {
	name        string // as the contract has it: api_keys
	goName      string // APIKeys
	description string
	operations  []operation
}

// operation is a method.
type operation struct {
	id          string
	goName      string // List
	verb        string // GET
	path        string
	summary     string
	description string
	deprecated  bool
	anonymous   bool
	problems    []string // such as "404 not found"

	arguments   []parameter // of the path, in its order
	params      []parameter // of the query
	paramsType  string      // TaskListParams; empty where there are none
	conditional bool        // takes If-Match
	body        *body
	result      result
	walk        *walk
}

// readContract makes what is written out of the document: every operation, under its tag.
func readContract(document *openapi3.T, types typeNames) (*sdk, error) {
	found := &sdk{title: document.Info.Title, version: document.Info.Version}
	position := make(map[string]int)
	for _, t := range document.Tags {
		position[t.Name] = len(found.tags)
		found.tags = append(found.tags, tag{name: t.Name, goName: exported(t.Name), description: t.Description})
	}

	for _, path := range slices.Sorted(maps.Keys(document.Paths.Map())) {
		item := document.Paths.Value(path)
		operations := item.Operations()
		for _, verb := range slices.SortedFunc(maps.Keys(operations), compareVerbs) {
			written := operations[verb]
			if len(written.Tags) != 1 {
				return nil, fmt.Errorf("%s: it has to have one tag", written.OperationID)
			}
			at, ok := position[written.Tags[0]]
			if !ok {
				return nil, fmt.Errorf("%s: the tag %s is not described", written.OperationID, written.Tags[0])
			}

			reader := operationReader{types: types, tag: found.tags[at].goName}
			read, err := reader.read(verb, path, item, written)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", written.OperationID, err)
			}
			found.tags[at].operations = append(found.tags[at].operations, read)
		}
	}

	found.link(types)

	return found, found.check()
}

// link turns what descriptions name in backquotes, operations and schemas, into links to the methods
// and types.
func (s *sdk) link(types typeNames) {
	methods := make(map[string]string)
	for _, t := range s.tags {
		for _, o := range t.operations {
			methods[o.id] = "[" + t.goName + "." + o.goName + "]"
		}
	}
	linked := func(text string) string {
		return quoted.ReplaceAllStringFunc(text, func(name string) string {
			word := strings.Trim(name, "`")
			if method, ok := methods[word]; ok {
				return method
			}
			if goName, ok := types[folded(word)]; ok && word == upperFirst(word) {
				return "[api." + goName + "]"
			}

			return name
		})
	}

	for i := range s.tags {
		s.tags[i].description = linked(s.tags[i].description)
		for j := range s.tags[i].operations {
			o := &s.tags[i].operations[j]
			o.description, o.result.absent = linked(o.description), linked(o.result.absent)
			for k := range o.params {
				o.params[k].description = linked(o.params[k].description)
			}
		}
	}
}

var quoted = regexp.MustCompile("`\\w+`")

// check refuses what would not compile, with a message that says what to change.
func (s *sdk) check() error {
	for _, t := range s.tags {
		if len(t.operations) == 0 {
			return fmt.Errorf("the tag %s has no operation", t.name)
		}
		seen := make(map[string]string)
		for _, o := range t.operations {
			names := []string{o.goName}
			if o.walk != nil {
				names = append(names, o.walk.goName)
			}
			for _, name := range names {
				if other, ok := seen[name]; ok {
					return fmt.Errorf("%s and %s would both be %s.%s: change x-sdk-method", other, o.id, t.goName, name)
				}
				seen[name] = o.id
			}
		}
	}

	return nil
}

// compareVerbs orders the operations of a path as one reads them.
func compareVerbs(a, b string) int {
	order := []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

	return cmp.Compare(slices.Index(order, a), slices.Index(order, b))
}

// operationReader reads the operations of a tag.
type operationReader struct {
	types typeNames
	tag   string
}

func (r operationReader) read(verb, path string, item *openapi3.PathItem, written *openapi3.Operation) (operation, error) {
	method, ok := written.Extensions["x-sdk-method"].(string)
	if !ok {
		return operation{}, errors.New("x-sdk-method is missing, which is the name of its method")
	}

	read := operation{
		id: written.OperationID, goName: exported(method), verb: verb, path: path,
		summary: written.Summary, description: written.Description, deprecated: written.Deprecated,
		anonymous: written.Security != nil && len(*written.Security) == 0,
		problems:  problems(written),
	}

	if err := r.readParameters(&read, item, written); err != nil {
		return operation{}, err
	}

	var err error
	if read.body, err = r.readBody(written); err != nil {
		return operation{}, err
	}
	if read.result, err = r.readResult(written); err != nil {
		return operation{}, err
	}
	read.walk = walkOf(&read)

	return read, nil
}

// problems are the statuses of the errors that an operation declares, with their names in words.
func problems(written *openapi3.Operation) (found []string) {
	for _, status := range slices.Sorted(maps.Keys(written.Responses.Map())) {
		if status < "400" {
			continue
		}
		reference := written.Responses.Value(status).Ref
		name := strings.TrimSuffix(reference[strings.LastIndexByte(reference, '/')+1:], "Error")
		found = append(found, strings.TrimSpace(status+" "+strings.ToLower(strings.Join(words(name), " "))))
	}

	return found
}
