package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// parameter is an argument of a method or a field of its params.
type parameter struct {
	name        string // as it is sent
	goName      string
	goType      string
	description string
	required    bool
	joined      bool // a list that is sent as one value, separated by commas
	maximum     int  // of a number; 0 where there is none
}

// headers of requests are not arguments: an option of the call sends them, or the runtime does by itself.
var sentByOptions = []string{"Idempotency-Key", "If-None-Match", "If-Match", "Last-Event-ID"}

func (r operationReader) readParameters(read *operation, item *openapi3.PathItem, written *openapi3.Operation) error {
	for _, reference := range slices.Concat(item.Parameters, written.Parameters) {
		declared := reference.Value
		converted, err := r.readParameter(declared)
		if err != nil {
			return fmt.Errorf("the parameter %s: %w", declared.Name, err)
		}

		switch declared.In {
		case openapi3.ParameterInPath:
			converted.goName = unexported(declared.Name)
			read.arguments = append(read.arguments, converted)
		case openapi3.ParameterInQuery:
			read.params = append(read.params, converted)
		case openapi3.ParameterInHeader:
			if !slices.Contains(sentByOptions, declared.Name) {
				return fmt.Errorf("no option of a call sends the header %s", declared.Name)
			}
			read.conditional = read.conditional || declared.Name == "If-Match"
		default:
			return fmt.Errorf("the parameter %s is in %s, which is not known here", declared.Name, declared.In)
		}
	}

	// As the address has them, which is the order in which one names them.
	slices.SortFunc(read.arguments, func(a, b parameter) int {
		return strings.Index(read.path, "{"+a.name+"}") - strings.Index(read.path, "{"+b.name+"}")
	})
	if len(read.params) > 0 {
		read.paramsType = singular(r.tag) + read.goName + "Params"
	}

	return nil
}

func (r operationReader) readParameter(declared *openapi3.Parameter) (parameter, error) {
	goType, err := r.types.goType(declared.Schema)
	if err != nil {
		return parameter{}, err
	}
	if declared.In == openapi3.ParameterInQuery && !declared.Required && zeroMeansSomething(declared.Schema.Value) {
		goType = "*" + goType
	}

	converted := parameter{
		name: declared.Name, goName: exported(declared.Name), goType: goType,
		description: declared.Description, required: declared.Required,
		joined: declared.Explode != nil && !*declared.Explode,
	}
	if most := declared.Schema.Value.Max; most != nil {
		converted.maximum = int(*most)
	}

	return converted, nil
}

// zeroMeansSomething tells whether the zero value of the parameter's type says something else than its
// absence does. Only then is the field a pointer.
func zeroMeansSomething(schema *openapi3.Schema) bool {
	switch {
	case schema.Type.Is("boolean"):
		// With a default of false, false is what one gets without it.
		return schema.Default != false
	case schema.Type.Is("integer"), schema.Type.Is("number"):
		return schema.Min == nil || *schema.Min <= 0
	default:
		return false
	}
}
