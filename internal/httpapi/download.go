package httpapi

import (
	"bufio"
	"context"
	"iter"
	"mime"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/internal/transfer"
)

// chunkSize is how much of a file is sent at once. One that fails before so
// much was written is answered with a problem; one that fails later is cut off.
const chunkSize = 64 << 10

var mediaTypes = map[transfer.Format]string{
	transfer.CSV:    "text/csv; charset=utf-8",
	transfer.NDJSON: "application/x-ndjson",
}

// download is the response of every export: it reads the records while it
// writes them.
type download struct {
	format  transfer.Format
	name    string
	columns []transfer.Column
	records iter.Seq2[any, error]
}

// newDownload returns the response with the rows, each converted to the record
// of its line.
func newDownload[R, T any](format *api.FileFormat, file recordFile, rows iter.Seq2[R, error], convert func(R) T) download {
	return download{
		format: transfer.Format(valueOr(format, api.FileFormat(transfer.NDJSON))), name: file.name, columns: file.columns,
		records: func(yield func(any, error) bool) {
			for row, err := range rows {
				if err != nil {
					yield(nil, err)
					return
				}
				if !yield(convert(row), nil) {
					return
				}
			}
		},
	}
}

// VisitExportClientsResponse writes the file.
func (d download) VisitExportClientsResponse(w http.ResponseWriter) error { return d.write(w) }

// VisitExportProjectsResponse writes the file.
func (d download) VisitExportProjectsResponse(w http.ResponseWriter) error { return d.write(w) }

// VisitExportTasksResponse writes the file.
func (d download) VisitExportTasksResponse(w http.ResponseWriter) error { return d.write(w) }

// VisitExportTimeEntriesResponse writes the file.
func (d download) VisitExportTimeEntriesResponse(w http.ResponseWriter) error { return d.write(w) }

func (d download) write(w http.ResponseWriter) error {
	sent := &beginning{ResponseWriter: w, begin: func(header http.Header) {
		header.Set(echo.HeaderContentType, mediaTypes[d.format])
		header.Set(echo.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": d.name + "." + string(d.format)}))
	}}
	buffer := bufio.NewWriterSize(sent, chunkSize)
	records, err := transfer.NewWriter(buffer, d.format, d.columns)
	if err != nil {
		return err
	}
	for record, err := range d.records {
		if err != nil {
			return err
		}
		if err := records.Write(record); err != nil {
			return err
		}
	}
	if err := records.Flush(); err != nil {
		return err
	}
	if err := buffer.Flush(); err != nil {
		return err
	}
	return sent.start()
}

// beginning sends the headers when the first bytes are written, and what is
// written at once.
type beginning struct {
	http.ResponseWriter
	begin func(http.Header)
}

func (b *beginning) start() error {
	if b.begin != nil {
		b.begin(b.Header())
		b.begin = nil
		b.WriteHeader(http.StatusOK)
	}
	return nil
}

// Write sends the bytes on their way.
func (b *beginning) Write(p []byte) (int, error) {
	if err := b.start(); err != nil {
		return 0, err
	}
	n, err := b.ResponseWriter.Write(p)
	if err != nil {
		return n, err
	}
	return n, http.NewResponseController(b.ResponseWriter).Flush()
}

// formatKey is where the middleware leaves the format of a body.
type formatKey struct{}

func formatOf(ctx context.Context) transfer.Format {
	format, _ := ctx.Value(formatKey{}).(transfer.Format)
	return format
}
