package site

import (
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"path"

	"github.com/aicoordination/coordinator/gen/board"
)

//go:embed pages
var pageFiles embed.FS

// layout is what all pages stand in.
const layout = "layout.html"

// pages are the templates, each with the layout around it.
type pages map[string]*template.Template

// readPages parses the templates; url is where a page finds an asset.
func readPages(url func(name string) (string, error)) (pages, error) {
	base := template.New("").Funcs(template.FuncMap{"asset": url})
	base, err := base.ParseFS(pageFiles, path.Join("pages", layout))
	if err != nil {
		return nil, fmt.Errorf("reading the layout: %w", err)
	}
	all := pages{}
	add := func(name string, files fs.FS, pattern string) error {
		page, err := base.Clone()
		if err != nil {
			return fmt.Errorf("reading the page %s: %w", name, err)
		}
		if all[name], err = page.ParseFS(files, pattern); err != nil {
			return fmt.Errorf("reading the page %s: %w", name, err)
		}
		return nil
	}
	entries, err := pageFiles.ReadDir("pages")
	if err != nil {
		return nil, fmt.Errorf("reading the pages: %w", err)
	}
	for _, entry := range entries {
		if entry.Name() == layout {
			continue
		}
		if err := add(entry.Name(), pageFiles, path.Join("pages", entry.Name())); err != nil {
			return nil, err
		}
	}
	return all, add(board.Page, board.Files, board.Page)
}
