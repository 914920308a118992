package client

import "io"

// Upload is a file that is sent as it is.
type Upload struct {
	Body        io.Reader
	ContentType string
}
