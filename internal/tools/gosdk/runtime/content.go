package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
)

// content is what is sent, as often as it has to be.
type content struct {
	media string
	// open returns it from its beginning; nil where nothing is sent.
	// What it returns is read no more once the context, which is that of an attempt, has ended.
	open func(ctx context.Context) (io.ReadCloser, error)
	// length is -1 where it is not known.
	length int64
	// file is that of the caller; nil where it is none.
	file source
}

// newContent encodes the body of a call, or takes its file as it is.
func newContent(c call) (content, error) {
	switch {
	case c.upload != nil:
		return fileContent(c.upload)
	case c.body == nil:
		return content{}, nil
	}
	encoded, err := json.Marshal(c.body)
	if err != nil {
		return content{}, fmt.Errorf("encoding the body of %s: %w", c.operation, err)
	}
	return content{
		media: "application/json", length: int64(len(encoded)),
		open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(encoded)), nil },
	}, nil
}

// canBeSent tells whether it can be read from its beginning.
func (c content) canBeSent() bool { return c.file == nil || !c.file.spent() }

// end leaves the file to the caller: a transport that is answered before it has
// sent everything goes on reading after that.
func (c content) end() {
	if c.file != nil {
		c.file.end()
	}
}
