package site

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

//go:embed guides/*.md
var guideFiles embed.FS

// guideOrder is the order in which the guides are read; one that is not here
// stands behind them.
var guideOrder = []string{
	"getting-started", "authentication", "pagination", "errors", "idempotency", "events", "webhooks", "agents", "sdks", "operating", "performance", "upgrading",
}

// guide is a page of the documentation. Its first line is its title; the first
// sentence below it says what it is about.
type guide struct {
	Name     string
	Title    string
	Summary  string
	Body     template.HTML
	Headings []heading
}

// heading is a place in a guide that can be linked to.
type heading struct {
	ID   string
	Text string
}

// markdown renders guides: they have tables, and no HTML of their own.
var markdown = goldmark.New(
	goldmark.WithExtensions(extension.Table),
	goldmark.WithParserOptions(
		parser.WithAutoHeadingID(),
		parser.WithASTTransformers(util.Prioritized(guideLinks{}, 500)),
	),
)

// guideNames returns the names of the guides in the order in which they are read.
func guideNames() ([]string, error) {
	entries, err := guideFiles.ReadDir("guides")
	if err != nil {
		return nil, fmt.Errorf("reading the guides: %w", err)
	}
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = strings.TrimSuffix(entry.Name(), ".md")
	}
	place := func(name string) int {
		if i := slices.Index(guideOrder, name); i >= 0 {
			return i
		}
		return len(guideOrder)
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(place(a), place(b)) })
	return names, nil
}

func guideSource(name string) ([]byte, error) {
	source, err := guideFiles.ReadFile(path.Join("guides", name+".md"))
	if err != nil {
		return nil, fmt.Errorf("reading the guides: %w", err)
	}
	return source, nil
}

func readGuides() ([]guide, error) {
	names, err := guideNames()
	if err != nil {
		return nil, err
	}
	guides := make([]guide, len(names))
	for i, name := range names {
		source, err := guideSource(name)
		if err != nil {
			return nil, err
		}
		if guides[i], err = readGuide(name, source); err != nil {
			return nil, err
		}
	}
	return guides, nil
}

func readGuide(name string, source []byte) (guide, error) {
	g := guide{Name: name}
	document := markdown.Parser().Parse(text.NewReader(source))
	title, ok := document.FirstChild().(*ast.Heading)
	if !ok || title.Level != 1 {
		return g, fmt.Errorf("the guide %s does not begin with its title, as in `# Title`", name)
	}
	summary, ok := title.NextSibling().(*ast.Paragraph)
	if !ok {
		return g, fmt.Errorf("the guide %s does not say what it is about in a paragraph below its title", name)
	}
	g.Title, g.Summary = plain(title, source), firstSentence(plain(summary, source))
	for node := document.FirstChild(); node != nil; node = node.NextSibling() {
		if h, ok := node.(*ast.Heading); ok && h.Level == 2 {
			id, _ := h.AttributeString("id")
			g.Headings = append(g.Headings, heading{ID: string(id.([]byte)), Text: plain(h, source)})
		}
	}
	var out bytes.Buffer
	if err := markdown.Renderer().Render(&out, source, document); err != nil {
		return g, fmt.Errorf("rendering the guide %s: %w", name, err)
	}
	g.Body = template.HTML(out.String()) //nolint:gosec // The guides are ours, and HTML in them is not rendered.
	return g, nil
}

func firstSentence(text string) string {
	if sentence, _, more := strings.Cut(text, ". "); more {
		return sentence + "."
	}
	return text
}

// plain is the text of a node without its markup.
func plain(node ast.Node, source []byte) string {
	var b strings.Builder
	// Walking fails only where the function does.
	_ = ast.Walk(node, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if piece, ok := n.(*ast.Text); ok && entering {
			b.Write(piece.Segment.Value(source))
			if piece.SoftLineBreak() {
				b.WriteByte(' ')
			}
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

// guideLinks makes links from guide to guide lead to pages, which in the files
// lead to files, as is right for who reads those; and makes each heading below
// the title a link to itself.
type guideLinks struct{}

// Transform changes a document before it is rendered.
func (guideLinks) Transform(document *ast.Document, _ text.Reader, _ parser.Context) {
	// Walking fails only where the function does.
	_ = ast.Walk(document, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if link, ok := node.(*ast.Link); ok && entering {
			link.Destination = []byte(pageOf(string(link.Destination)))
		}
		return ast.WalkContinue, nil
	})
	for node := document.FirstChild(); node != nil; node = node.NextSibling() {
		if h, ok := node.(*ast.Heading); ok && h.Level > 1 {
			linkToItself(h)
		}
	}
}

func linkToItself(h *ast.Heading) {
	id, ok := h.AttributeString("id")
	if !ok {
		return
	}
	link := ast.NewLink()
	link.Destination = append([]byte("#"), id.([]byte)...)
	link.SetAttributeString("class", []byte("anchor"))
	for child := h.FirstChild(); child != nil; child = h.FirstChild() {
		link.AppendChild(link, child)
	}
	h.AppendChild(h, link)
}

func pageOf(destination string) string {
	file, place, hasPlace := strings.Cut(destination, "#")
	name, isGuide := strings.CutSuffix(file, ".md")
	if !isGuide || strings.ContainsAny(name, "/:") {
		return destination
	}
	if hasPlace {
		place = "#" + place
	}
	return "/docs/guides/" + name + place
}

// rawGuide is a guide as it is written, for programs.
func rawGuide(name string) (http.Handler, error) {
	source, err := guideSource(name)
	return newContent("text/markdown; charset=utf-8", source), err
}

func (s *Site) guideIndex() (http.Handler, error) {
	guides, err := s.guides()
	if err != nil {
		return nil, err
	}
	return s.page("guides.html", map[string]any{"Title": "Guides", "Section": "guides", "Guides": guides})
}

func (s *Site) guide(name string) (http.Handler, error) {
	guides, err := s.guides()
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(guides, func(g guide) bool { return g.Name == name })
	if i < 0 {
		return nil, fmt.Errorf("there is no guide %s", name)
	}
	g := guides[i]
	data := map[string]any{"Title": g.Title, "Description": g.Summary, "Section": "guides", "Guide": g, "Guides": guides}
	if i > 0 {
		data["Before"] = guides[i-1]
	}
	if i+1 < len(guides) {
		data["After"] = guides[i+1]
	}
	return s.page("guide.html", data)
}
