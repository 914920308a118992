package main

import (
	"bytes"
	"fmt"
	"strings"
)

// writeParams writes the struct of an operation's query parameters, and what makes a query of it.
func (t *tag) writeParams(out *bytes.Buffer, o *operation) {
	out.WriteByte('\n')
	writeComment(out, 0, fmt.Sprintf("%s is what %s.%s can be asked for. A field with its zero value is not sent.", o.paramsType, t.goName, o.goName))
	fmt.Fprintf(out, "type %s struct {\n", o.paramsType)
	for i, p := range o.params {
		if i > 0 {
			out.WriteByte('\n')
		}
		description := p.description
		if p.required {
			description += " It is required."
		}
		writeComment(out, 1, description)
		fmt.Fprintf(out, "\t%s %s\n", p.goName, p.goType)
	}
	out.WriteString("}\n\n")

	fmt.Fprintf(out, "func (p %s) values() url.Values {\n\tvalues := make(url.Values)\n", o.paramsType)
	for _, p := range o.params {
		fmt.Fprintf(out, "\t%s(values, %q, p.%s)\n", p.setter(), p.name, p.goName)
	}
	out.WriteString("\n\treturn values\n}\n")
}

// setter is the function of the runtime that puts the parameter into a query.
func (p *parameter) setter() string {
	switch {
	case p.joined:
		return "setJoined"
	case strings.HasPrefix(p.goType, "[]"):
		return "setEach"
	case strings.HasPrefix(p.goType, "*"):
		return "setPointer"
	default:
		return "set"
	}
}
