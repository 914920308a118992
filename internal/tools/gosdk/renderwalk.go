package main

import (
	"bytes"
	"fmt"
	"strings"
)

// writeWalk writes the iterator beside a method that returns a page.
func (t *tag) writeWalk(out *bytes.Buffer, o *operation) {
	out.WriteByte('\n')
	writeComment(out, 0, o.walkComment()...)
	fmt.Fprintf(out, "func (r %s) %s(%s) iter.Seq2[%s, error] {\n", t.goName, o.walk.goName, o.signature(), o.result.items)
	if o.walk.pageSize > 0 {
		fmt.Fprintf(out, "\tif params.PageSize == 0 {\n\t\tparams.PageSize = %d\n\t}\n\n", o.walk.pageSize)
	}

	fmt.Fprintf(out, "\treturn walk(func(%s) ([]%s, %s, error) {\n", o.walkArgument(), o.result.items, o.walkNext())
	out.WriteString(o.walkStep())
	fmt.Fprintf(out, "\n\t\tpage, err := r.%s(%s)\n", o.goName, o.walkCall())
	fmt.Fprintf(out, "\t\tif err != nil {\n\t\t\treturn nil, %s, err\n\t\t}\n\n", map[bool]string{true: "0", false: `""`}[o.walk.by == "page"])
	fmt.Fprintf(out, "\t\treturn page.Data, %s, nil\n\t})\n}\n", o.walkLead())
}

func (o *operation) walkComment() []string {
	text := fmt.Sprintf("%s yields what %s lists, one after another, asking for the pages as they are needed. "+
		"After an error it ends. ", o.walk.goName, o.goName)
	if o.walk.pageSize > 0 {
		text += fmt.Sprintf("It asks for pages of %d unless params says otherwise.", o.walk.pageSize)
	}

	return []string{text}
}

func (o *operation) walkArgument() string {
	if o.walk.by == "page" {
		return "number int"
	}

	return "cursor string"
}

func (o *operation) walkNext() string {
	if o.walk.by == "page" {
		return "int"
	}

	return "string"
}

// walkStep leads the params of a walk to the page to be read. They are copied, so that one who walks
// twice begins at the beginning twice.
func (o *operation) walkStep() string {
	switch o.walk.by {
	case "page":
		return "\t\tstep := params\n\t\tif number != 0 {\n\t\t\tstep.Page = number\n\t\t}\n"
	case "cursor":
		return "\t\tstep := params\n\t\tif cursor != \"\" {\n\t\t\tstep.Cursor, step.Page = cursor, 0\n\t\t}\n"
	default:
		return fmt.Sprintf("\t\tstep := params\n\t\tif cursor != \"\" {\n\t\t\tstep.%s = cursor\n\t\t}\n", exported(o.walk.by))
	}
}

func (o *operation) walkCall() string {
	list := []string{"ctx"}
	for _, argument := range o.arguments {
		list = append(list, argument.goName)
	}

	return strings.Join(append(list, "step", "options..."), ", ")
}

// walkLead is where a page leads to: the runtime reads it.
func (o *operation) walkLead() string {
	switch {
	case o.walk.by == "page":
		return "nextNumber(page.Page)"
	case o.result.paging == feed:
		return "nextOf(page.NextCursor, page.HasMore)"
	default:
		return "nextCursor(page.Page)"
	}
}
