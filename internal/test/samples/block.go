// Package samples runs the code that the documentation shows, as a reader of
// the page does: the blocks of a page in order, each with what those before it
// have left behind. A page that says what is not so fails its test.
package samples

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
)

// Block is a piece of code on a page.
type Block struct {
	// Page is the path of the page in the repository, and Line where the code
	// begins in it.
	Page string
	Line int
	// Language is the first word behind the fence, and Schema the second: the
	// schema of the contract that a block of JSON shows.
	Language, Schema string
	Text             string
	// Around is the prose between the block before and the one that follows.
	Around string
}

// String tells where the block is.
func (b Block) String() string { return fmt.Sprintf("%s:%d (%s)", b.Page, b.Line, b.Language) }

// Read returns the blocks of a page of the repository at root: the fenced ones
// of Markdown, and those of the package documentation in a file of Go.
func Read(root, page string) ([]Block, error) {
	text, err := os.ReadFile(filepath.Join(root, page))
	if err != nil {
		return nil, err
	}

	if strings.HasSuffix(page, ".go") {
		return readGo(page, text)
	}

	return readMarkdown(page, text)
}

func readMarkdown(page string, text []byte) ([]Block, error) {
	var (
		blocks []Block
		open   *Block
		prose  strings.Builder
		number int
	)

	endProse := func() string {
		defer prose.Reset()
		return prose.String()
	}

	for line := range strings.Lines(string(text)) {
		number++

		fence, isFence := strings.CutPrefix(strings.TrimRight(line, "\n"), "```")

		switch {
		case isFence && open == nil:
			before := endProse()
			if len(blocks) > 0 {
				blocks[len(blocks)-1].Around += before
			}

			words := append(strings.Fields(fence), "", "")
			open = &Block{Page: page, Line: number + 1, Language: words[0], Schema: words[1], Around: before}
		case isFence:
			blocks = append(blocks, *open)
			open = nil
		case open != nil:
			open.Text += line
		default:
			prose.WriteString(line)
		}
	}

	if open != nil {
		return nil, fmt.Errorf("%s: the block has no end", open)
	}

	if len(blocks) > 0 {
		blocks[len(blocks)-1].Around += endProse()
	}

	return blocks, nil
}

// readGo takes the indented code of the package comment, all of which is Go.
func readGo(page string, text []byte) ([]Block, error) {
	files := token.NewFileSet()

	file, err := parser.ParseFile(files, page, text, parser.PackageClauseOnly|parser.ParseComments)
	if err != nil {
		return nil, err
	}

	var blocks []Block

	for _, part := range packageComment(file) {
		if code, ok := part.(*comment.Code); ok {
			line := 1 + bytes.Count(text[:max(0, bytes.Index(text, []byte(strings.SplitN(code.Text, "\n", 2)[0])))], []byte("\n"))
			blocks = append(blocks, Block{Page: page, Line: line, Language: "go", Text: code.Text})
		}
	}

	return blocks, nil
}

func packageComment(file *ast.File) []comment.Block {
	if file.Doc == nil {
		return nil
	}

	return new(comment.Parser).Parse(file.Doc.Text()).Content
}
