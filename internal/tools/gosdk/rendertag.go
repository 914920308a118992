package main

import (
	"bytes"
	"fmt"
	"strings"
)

// write writes the type of a tag, with a method for each operation, and the params of them behind it.
func (t *tag) write(out *bytes.Buffer) {
	writeComment(out, 0, fmt.Sprintf("%s is reached through [Client]. %s", t.goName, t.description))
	fmt.Fprintf(out, "type %s struct{ transport *transport }\n", t.goName)

	for _, o := range t.operations {
		t.writeMethod(out, &o)
		if o.walk != nil {
			t.writeWalk(out, &o)
		}
	}
	for _, o := range t.operations {
		if o.paramsType != "" {
			t.writeParams(out, &o)
		}
	}
}

func (t *tag) writeMethod(out *bytes.Buffer, o *operation) {
	out.WriteByte('\n')
	writeComment(out, 0, o.comment()...)
	fmt.Fprintf(out, "func (r %s) %s(%s) %s {\n", t.goName, o.goName, o.signature(), o.results())

	switch o.result.kind {
	case nothing:
		fmt.Fprintf(out, "\treturn done(r.transport.send(ctx, %s, options))\n", o.call())
	case value:
		decode := "decode"
		if o.result.absent != "" {
			decode = "decodeIfAny"
		}
		fmt.Fprintf(out, "\treturn %s[%s](r.transport.send(ctx, %s, options))\n", decode, o.result.goType, o.call())
	case file:
		fmt.Fprintf(out, "\treturn download[%s](r.transport.send(ctx, %s, options))\n", o.result.goType, o.call())
	case stream:
		fmt.Fprintf(out, "\treturn follow[%s](ctx, r.transport, %s, options)\n", o.result.goType, o.call())
	}
	out.WriteString("}\n")
}

// comment is the doc comment of the method, by paragraphs.
func (o *operation) comment() []string {
	paragraphs := []string{introduced(o.goName, o.description)}
	if o.result.absent != "" && o.result.kind == value {
		paragraphs = append(paragraphs, "The result is nil when there is none to give: "+lowerFirst(o.result.absent))
	}
	if o.conditional {
		paragraphs = append(paragraphs, "With the option [IfMatch] it applies to the version that is named and to no other.")
	}
	own := "It has no errors of its own."
	if problems := o.ownProblems(); len(problems) > 0 {
		own = "Its own errors, each an [*Error]: " + strings.Join(problems, ", ") + "."
	}
	paragraphs = append(paragraphs, fmt.Sprintf("The operation is %s: %s %s. %s", o.id, o.verb, o.path, own))
	if o.deprecated {
		paragraphs = append(paragraphs, "Deprecated: it will be removed; the changelog says what takes its place.")
	}

	return paragraphs
}

// ownProblems leaves out what any operation may answer.
func (o *operation) ownProblems() (own []string) {
	for _, problem := range o.problems {
		switch problem[:3] {
		case "400", "429", "500", "503":
		default:
			own = append(own, problem)
		}
	}

	return own
}

// signature is the list of parameters: those of the path, the body, the params and the options.
func (o *operation) signature() string {
	list := []string{"ctx context.Context"}
	for _, argument := range o.arguments {
		list = append(list, argument.goName+" "+argument.goType)
	}
	if o.body != nil {
		list = append(list, o.body.argument())
	}
	if o.paramsType != "" {
		list = append(list, "params "+o.paramsType)
	}

	return strings.Join(append(list, "options ...CallOption"), ", ")
}

// argument is how the body is handed over. One that may be left out is a pointer.
func (b *body) argument() string {
	switch {
	case b.goType == "":
		return "file Upload"
	case b.required:
		return "body " + b.goType
	default:
		return "body *" + b.goType
	}
}

func (o *operation) results() string {
	switch o.result.kind {
	case value:
		return "(*" + o.result.goType + ", error)"
	case file:
		return "(*Download[" + o.result.goType + "], error)"
	case stream:
		return "iter.Seq2[" + o.result.goType + ", error]"
	case nothing:
	}

	return "error"
}

// call is the literal that tells the transport what to send.
func (o *operation) call() string {
	var out strings.Builder
	out.WriteString("call{\n")
	fmt.Fprintf(&out, "\t\toperation: %q,\n", o.id)
	fmt.Fprintf(&out, "\t\tmethod: http.Method%s,\n", upperFirst(strings.ToLower(o.verb)))
	fmt.Fprintf(&out, "\t\tpath: %s,\n", o.pathExpression())
	if o.paramsType != "" {
		out.WriteString("\t\tquery: params.values(),\n")
	}
	switch {
	case o.body == nil:
	case o.body.goType == "":
		out.WriteString("\t\tupload: &file,\n")
	case o.body.required:
		out.WriteString("\t\tbody: body,\n")
	default:
		out.WriteString("\t\tbody: optional(body),\n")
	}
	switch o.result.kind {
	case file:
		out.WriteString("\t\tkind: fileCall,\n")
	case stream:
		out.WriteString("\t\tkind: streamCall,\n")
	case nothing, value:
	}
	if o.anonymous {
		out.WriteString("\t\tanonymous: true,\n")
	}
	out.WriteString("\t}")

	return out.String()
}

// pathExpression is the path with the arguments in their places.
func (o *operation) pathExpression() string {
	expression := `"` + o.path + `"`
	for _, argument := range o.arguments {
		text := argument.goName + ".String()"
		if argument.goType == "string" {
			text = "url.PathEscape(" + argument.goName + ")"
		}
		expression = strings.Replace(expression, "{"+argument.name+"}", `" + `+text+` + "`, 1)
	}

	return strings.TrimSuffix(expression, ` + ""`)
}
