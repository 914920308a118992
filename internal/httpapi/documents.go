package httpapi

import (
	"compress/gzip"
	"embed"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/swaggest/swgui/v5/static"

	"github.com/aicoordination/coordinator/gen/server"
)

//go:embed explorer
var explorer embed.FS

// explorerPolicy lets the explorer run its own scripts and talk to this
// server, and nothing else.
const explorerPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// explorerAssets are the files of Swagger UI that the explorer needs.
var explorerAssets = []string{"swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"}

// serveDocuments serves the contract and the explorer. They are no operations
// of the contract and pass none of its middleware.
func serveDocuments(e *echo.Echo) {
	e.GET("/openapi.json", document("application/json", server.SpecJSON))
	e.GET("/openapi.yaml", document("application/yaml", server.SpecYAML))
	e.GET("/docs", explorerFile("index.html"))
	e.GET("/docs/", func(c echo.Context) error { return c.Redirect(http.StatusMovedPermanently, "/docs") })
	e.GET("/docs/init.js", explorerFile("init.js"))
	for _, name := range explorerAssets {
		e.GET("/docs/"+name, explorerAsset(name))
	}
}

func document(mediaType string, content []byte) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header().Set("Cache-Control", "no-cache")
		return c.Blob(http.StatusOK, mediaType, content)
	}
}

func explorerFile(name string) echo.HandlerFunc {
	return func(c echo.Context) error {
		content, err := explorer.ReadFile(path.Join("explorer", name))
		if err != nil {
			return err
		}
		c.Response().Header().Set(echo.HeaderContentSecurityPolicy, explorerPolicy)
		return document(mime.TypeByExtension(path.Ext(name)), content)(c)
	}
}

// explorerAsset serves a file of Swagger UI. The library holds most of them
// compressed; they are sent so to whoever takes gzip.
func explorerAsset(name string) echo.HandlerFunc {
	return func(c echo.Context) error {
		header := c.Response().Header()
		header.Set("Cache-Control", "public, max-age=86400")
		mediaType := mime.TypeByExtension(path.Ext(name))
		if plain, err := fs.ReadFile(static.FS, name); err == nil {
			return c.Blob(http.StatusOK, mediaType, plain)
		}
		compressed, err := static.FS.Open(name + ".gz")
		if err != nil {
			return err
		}
		defer compressed.Close()
		header.Add(echo.HeaderVary, echo.HeaderAcceptEncoding)
		if strings.Contains(c.Request().Header.Get(echo.HeaderAcceptEncoding), "gzip") {
			header.Set(echo.HeaderContentEncoding, "gzip")
			return c.Stream(http.StatusOK, mediaType, compressed)
		}
		var plain io.Reader
		if plain, err = gzip.NewReader(compressed); err != nil {
			return err
		}
		return c.Stream(http.StatusOK, mediaType, plain)
	}
}
