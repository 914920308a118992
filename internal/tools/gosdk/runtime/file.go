package client

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"mime"
	"net/http"
)

// Download is a file that is read as it arrives. Whoever gets one closes it.
type Download[Line any] struct {
	io.ReadCloser

	ContentType string
	// Filename is what the service proposes to call the file; it may be empty.
	Filename string
}

// Lines yields the lines of a file that was asked for as NDJSON, decoded, and closes the file at the end.
// An error is the last thing it yields. A file that breaks off gives an error, so that who meets none has
// read all of it.
func (d *Download[Line]) Lines() iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		defer d.Close()

		fail := func(err error) {
			var none Line
			yield(none, err)
		}
		if media, _, _ := mime.ParseMediaType(d.ContentType); media != mediaLines {
			fail(fmt.Errorf("a file of the type %q has no lines to decode; ask for the format ndjson", d.ContentType))

			return
		}

		reader := bufio.NewReader(d)
		for number := 1; ; number++ {
			written, err := reader.ReadBytes('\n')
			if err != nil && !errors.Is(err, io.EOF) {
				fail(fmt.Errorf("reading line %d: %w", number, err))

				return
			}
			if len(bytes.TrimSpace(written)) > 0 {
				var line Line
				if err := json.Unmarshal(written, &line); err != nil {
					fail(fmt.Errorf("decoding line %d: %w", number, err))

					return
				}
				if !yield(line, nil) {
					return
				}
			}
			if err != nil {
				return
			}
		}
	}
}

// download hands an answer on as it arrives.
func download[Line any](response *http.Response, err error) (*Download[Line], error) {
	if err != nil {
		return nil, err
	}

	file := &Download[Line]{ReadCloser: response.Body, ContentType: response.Header.Get("Content-Type")}
	if _, parameters, err := mime.ParseMediaType(response.Header.Get("Content-Disposition")); err == nil {
		file.Filename = parameters["filename"]
	}

	return file, nil
}

// The types of the files that the service takes and gives.
const (
	mediaLines = "application/x-ndjson"
	mediaCSV   = "text/csv"
)

// Upload is a file that is sent as it is. It can be sent again, after a failure or by another call, such
// as an import after its rehearsal, if its Body is an [io.Seeker], as an *os.File is, or a *bytes.Reader;
// anything else is sent once, and not again after a failure. Whoever has opened the Body closes it, once
// the call has returned.
type Upload struct {
	Body        io.Reader
	ContentType string

	// begin is where the Body stood when NDJSON or CSV were given it: there each call begins.
	begin *int64
}

// NDJSON is a file of JSON objects, one a line.
func NDJSON(file io.Reader) Upload { return newUpload(file, mediaLines) }

// CSV is a file of comma-separated values, with a header that names the columns.
func CSV(file io.Reader) Upload { return newUpload(file, mediaCSV) }

func newUpload(file io.Reader, contentType string) Upload {
	upload := Upload{Body: file, ContentType: contentType}
	if seeker, ok := file.(io.Seeker); ok {
		if begin, err := seeker.Seek(0, io.SeekCurrent); err == nil {
			upload.begin = &begin
		}
	}

	return upload
}

// Lines is a file of these values, one a line. It returns an error if one of them cannot be encoded.
func Lines[Line any](lines ...Line) (Upload, error) {
	var file bytes.Buffer
	encoder := json.NewEncoder(&file)
	for i, line := range lines {
		if err := encoder.Encode(line); err != nil {
			return Upload{}, fmt.Errorf("encoding line %d: %w", i+1, err)
		}
	}

	return NDJSON(bytes.NewReader(file.Bytes())), nil
}
