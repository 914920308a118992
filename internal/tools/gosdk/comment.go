package main

import (
	"fmt"
	"io"
	"strings"
)

const (
	commentWidth = 100
	tabWidth     = 4
)

// writeComment writes a doc comment, its paragraphs wrapped, at an indentation of so many tabs.
func writeComment(out io.Writer, tabs int, paragraphs ...string) {
	prefix := strings.Repeat("\t", tabs) + "//"
	width := commentWidth - tabs*tabWidth

	first := true
	for _, paragraph := range paragraphs {
		for block := range strings.SplitSeq(paragraph, "\n\n") {
			if block = strings.TrimSpace(block); block == "" {
				continue
			}
			if !first {
				fmt.Fprintln(out, prefix)
			}
			first = false
			for _, line := range wrapped(block, width-len("// ")) {
				fmt.Fprintf(out, "%s %s\n", prefix, line)
			}
		}
	}
}

// wrapped breaks a paragraph into lines. The items of a list stay apart, indented as go doc has them.
func wrapped(paragraph string, width int) (lines []string) {
	var line, indent string
	end := func() {
		if strings.TrimSpace(line) != "" {
			lines = append(lines, line)
		}
		line = ""
	}

	for written := range strings.Lines(paragraph) {
		text := strings.TrimSpace(written)
		if item, ok := strings.CutPrefix(text, "- "); ok {
			end()
			line, indent, text = "  -", "    ", item
		}
		for word := range strings.FieldsSeq(text) {
			switch {
			case line == "":
				line = indent + word
			case len(line)+1+len(word) > width:
				end()
				line = indent + word
			default:
				line += " " + word
			}
		}
	}
	end()

	return lines
}

// introduced makes a sentence that begins with a verb one about what is documented, as go doc wants it:
// of "Returns the tasks." it makes "List returns the tasks.", for instance.
func introduced(name, description string) string {
	verb, _, _ := strings.Cut(description, " ")
	if strings.HasSuffix(strings.TrimRight(verb, ","), "s") {
		return name + " " + lowerFirst(description)
	}

	return name + ": " + description
}
