package httpapi

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/aicoordination/coordinator/gen/server"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/site"
)

// serveDocuments serves the contract and the pages around it. They are no
// operations of the contract and pass none of its middleware.
func serveDocuments(e *echo.Echo, d Dependencies) error {
	e.GET("/openapi.json", document("application/json", server.SpecJSON))
	e.GET("/openapi.yaml", document("application/yaml", server.SpecYAML))

	pages, err := site.New(site.Options{
		Version:   d.Probes.Version,
		Contract:  server.SpecJSON,
		Errors:    errorCodes(),
		Demo:      d.Demo,
		CameByTLS: func(r *http.Request) bool { return cameByTLS(r, d.TrustedProxies) },
	})
	if err != nil {
		return err
	}
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

func document(mediaType string, content []byte) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header().Set("Cache-Control", "no-cache")
		return c.Blob(http.StatusOK, mediaType, content)
	}
}
