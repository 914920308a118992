package httpapi

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/aicoordination/coordinator/gen/server"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/site"
)

// serveDocuments serves the contract and the pages around it. They are no
// operations of the contract and pass none of its middleware.
func serveDocuments(e *echo.Echo, d Dependencies) error {
	e.GET("/openapi.json", document("application/json", server.PackedJSON, server.SpecJSON))
	e.GET("/openapi.yaml", document("application/yaml", server.PackedYAML, server.SpecYAML))

	pages := site.New(site.Options{
		Version:   d.Probes.Version,
		Contract:  server.SpecJSON,
		Errors:    errorCodes(),
		Demo:      d.Demo,
		CameByTLS: func(r *http.Request) bool { return cameByTLS(r, d.TrustedProxies) },
	})
	routes, err := pages.Routes()
	if err != nil {
		return err
	}
	for _, route := range routes {
		e.Match([]string{http.MethodGet, http.MethodHead}, route.Path, echo.WrapHandler(route.Handler))
	}
	// The index of each is found by who mistypes a page of it.
	e.GET("/errors/:code", nothingHere("There is no error with this code; they are listed at /errors."))
	e.GET("/docs/guides/:name", nothingHere("There is no guide of this name; they are listed at /docs/guides."))
	return nil
}

func nothingHere(detail string) echo.HandlerFunc {
	return func(echo.Context) error { return apperr.New(apperr.NotFound, "%s", detail) }
}

// document answers with a document that is there compressed. Unpacked it is for
// who does not take it so, which is few and far between.
func document(mediaType string, packed []byte, plain func() []byte) echo.HandlerFunc {
	return func(c echo.Context) error {
		header := c.Response().Header()
		header.Set("Cache-Control", "no-cache")
		header.Add(echo.HeaderVary, echo.HeaderAcceptEncoding)
		if !strings.Contains(c.Request().Header.Get(echo.HeaderAcceptEncoding), "gzip") {
			return c.Blob(http.StatusOK, mediaType, plain())
		}
		header.Set(echo.HeaderContentEncoding, "gzip")
		return c.Blob(http.StatusOK, mediaType, packed)
	}
}
