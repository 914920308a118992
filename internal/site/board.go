package site

import (
	"net/http"

	"github.com/aicoordination/coordinator/gen/board"
)

// board is the example of an application that is built with the SDK.
func (s *Site) board() (http.Handler, error) {
	return s.page(board.Page, map[string]any{"Title": "Board", "Section": "board"})
}
