package site

import (
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/swaggest/swgui/v5/static"

	"github.com/aicoordination/coordinator/gen/board"
)

//go:embed assets
var assets embed.FS

// explorerFiles are the files of Swagger UI that the explorer needs.
var explorerFiles = []string{"swagger-ui.css", "swagger-ui-bundle.js"}

// assetAge is how long a file may be kept: pages name it with its tag, so that
// another one has another address.
const assetAge = "public, max-age=31536000, immutable"

// file is a script, a style or an image that pages use.
type file struct {
	path  string
	plain content
	// packed is the same compressed, where the library holds it so.
	packed []byte
}

// files are found by their names.
type files map[string]file

func assetPath(name string) string { return "/assets/" + name }

// fileNames returns the names of what readFiles reads.
func fileNames(demo bool) ([]string, error) {
	entries, err := assets.ReadDir("assets")
	if err != nil {
		return nil, fmt.Errorf("reading the assets: %w", err)
	}
	names := slices.Clone(explorerFiles)
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	if demo {
		names = append(names, board.Assets...)
	}
	return names, nil
}

func readFiles(demo bool) (files, error) {
	all := files{}
	entries, err := assets.ReadDir("assets")
	if err != nil {
		return nil, fmt.Errorf("reading the assets: %w", err)
	}
	for _, entry := range entries {
		body, err := assets.ReadFile(path.Join("assets", entry.Name()))
		if err != nil {
			return nil, fmt.Errorf("reading the assets: %w", err)
		}
		all.add(entry.Name(), body, nil)
	}
	for _, name := range explorerFiles {
		packed, err := fs.ReadFile(static.FS, name+".gz")
		if err != nil {
			return nil, fmt.Errorf("reading the explorer's files: %w", err)
		}
		body, err := unpack(packed)
		if err != nil {
			return nil, fmt.Errorf("unpacking %s: %w", name, err)
		}
		all.add(name, body, packed)
	}
	if demo {
		for _, name := range board.Assets {
			body, err := board.Files.ReadFile(name)
			if err != nil {
				return nil, fmt.Errorf("reading the board: %w", err)
			}
			all.add(name, body, nil)
		}
	}
	return all, nil
}

func (f files) add(name string, body, packed []byte) {
	plain := newContent(mime.TypeByExtension(path.Ext(name)), body)
	plain.cache = assetAge
	f[name] = file{path: assetPath(name), plain: plain, packed: packed}
}

func (s *Site) asset(name string) (http.Handler, error) {
	files, err := s.files()
	if err != nil {
		return nil, err
	}
	file, ok := files[name]
	if !ok {
		return nil, fmt.Errorf("there is no asset %s", name)
	}
	return file, nil
}

// url is where a page finds the file; for templates.
func (s *Site) url(name string) (string, error) {
	files, err := s.files()
	if err != nil {
		return "", err
	}
	file, ok := files[name]
	if !ok {
		return "", fmt.Errorf("there is no asset %s", name)
	}
	return file.path + "?v=" + file.plain.tag, nil
}

func unpack(packed []byte) ([]byte, error) {
	reader, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(reader)
}

// ServeHTTP sends the file, compressed to whoever takes that.
func (f file) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if f.packed == nil {
		f.plain.ServeHTTP(w, r)
		return
	}
	w.Header().Add("Vary", "Accept-Encoding")
	if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		f.plain.ServeHTTP(w, r)
		return
	}
	w.Header().Set("Content-Encoding", "gzip")
	// A tag stands for the very bytes that are sent.
	packed := content{mediaType: f.plain.mediaType, body: f.packed, tag: f.plain.tag + "-gzip", cache: f.plain.cache}
	packed.ServeHTTP(w, r)
}
