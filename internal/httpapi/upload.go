package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/labstack/echo/v4"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/transfer"
)

// fileLimit is the most bytes of a file that is imported.
const fileLimit = 32 << 20

// recordFile is the files of one kind of record.
type recordFile struct {
	// name is that of the file without what its format adds.
	name    string
	columns []transfer.Column
	schema  *openapi3.Schema
}

// newRecordFile returns the files whose lines have the schema, with their
// columns in this order.
func newRecordFile(doc *openapi3.T, name, schemaName string, order ...string) recordFile {
	schema := doc.Components.Schemas[schemaName].Value
	file := recordFile{name: name, schema: schema}
	for _, column := range order {
		property := schema.Properties[column].Value
		file.columns = append(file.columns, transfer.Column{Name: column, Kind: kindOf(property), Nullable: property.Nullable})
	}
	return file
}

func kindOf(schema *openapi3.Schema) transfer.Kind {
	if len(schema.AllOf) > 0 {
		return kindOf(schema.AllOf[0].Value)
	}
	switch {
	case schema.Type.Is(openapi3.TypeInteger):
		return transfer.Number
	case schema.Type.Is(openapi3.TypeBoolean):
		return transfer.Boolean
	case schema.Type.Is(openapi3.TypeArray):
		return transfer.List
	case schema.Type.Is(openapi3.TypeObject):
		return transfer.Object
	default:
		return transfer.Text
	}
}

// readFileBody hands a file on as it is, within its limit.
func readFileBody(c echo.Context, next echo.HandlerFunc) error {
	request := c.Request()
	mediaType, params, err := mime.ParseMediaType(request.Header.Get(echo.HeaderContentType))
	charset, named := params["charset"]
	if err != nil || !operationOf(c).takes(mediaType) || named && !strings.EqualFold(charset, "utf-8") {
		return apperr.New(apperr.UnsupportedMediaType, "Send the file as UTF-8 with Content-Type: text/csv or application/x-ndjson.")
	}
	if request.ContentLength > fileLimit {
		return tooLarge(fileLimit)
	}
	format := transfer.NDJSON
	if mediaType == "text/csv" {
		format = transfer.CSV
	}
	request = request.WithContext(context.WithValue(request.Context(), formatKey{}, format))
	request.Body = http.MaxBytesReader(c.Response(), request.Body, fileLimit)
	c.SetRequest(request)
	return next(c)
}

// readRecords reads a file and converts what each line says. What is wrong with
// a line by itself is among the file's findings.
func readRecords[R, T any](ctx context.Context, body io.Reader, file recordFile, convert func(R) T) (transfer.File[T], error) {
	var read transfer.File[T]
	err := transfer.Read(body, formatOf(ctx), file.columns, &read.Findings, func(number int, object json.RawMessage) {
		if _, err := decodeJSON(object); err != nil {
			noteMalformed(&read.Findings, number, err)
			return
		}
		file.check(&read.Findings, number, object)
		given, record, ok := decodeRecord[R](&read.Findings, number, object)
		if !ok {
			return
		}
		read.Lines = append(read.Lines, transfer.NewLine(number, convert(record), given, read.Findings.Has(number)))
	})
	if err == nil {
		return read, nil
	}
	if errors.Is(err, transfer.ErrTooManyLines) {
		return read, apperr.InvalidField("", "too_many_lines", "The file has more than %d records. Send it in parts.", transfer.MaxLines)
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return read, tooLarge(fileLimit)
	}
	return read, apperr.New(apperr.MalformedRequest, "The body ended before it was complete.")
}

func noteMalformed(found *transfer.Findings, number int, err error) {
	refusal, ok := errors.AsType[*apperr.Error](err)
	if !ok {
		found.Add(number, "", "syntax", "This is no JSON.")
		return
	}
	field, code := "", "syntax"
	if len(refusal.Fields) > 0 {
		field, code = strings.TrimPrefix(refusal.Fields[0].Pointer, "/"), refusal.Fields[0].Code
	}
	found.Add(number, field, code, "%s", refusal.Detail)
}

// check holds a line against the schema of its record.
func (f recordFile) check(found *transfer.Findings, number int, object json.RawMessage) {
	var value any
	_ = json.Unmarshal(object, &value)
	err := f.schema.VisitJSON(value, openapi3.MultiErrors(), openapi3.SetSchemaRegexCompiler(compilePattern))
	if err == nil {
		return
	}
	var wrong []apperr.Field
	gather(err, "", &wrong)
	if len(wrong) == 0 {
		wrong = append(wrong, apperr.Field{Code: "invalid", Detail: "The line does not conform to the contract at /openapi.json."})
	}
	sortFields(wrong)
	for _, field := range slices.Compact(wrong) {
		found.Add(number, strings.TrimPrefix(field.Pointer, "/"), field.Code, "%s", field.Detail)
	}
}

// decodeRecord decodes a line with what it gives. A line that is wrong is
// decoded as far as it goes, so that others can refer to it; it is not where it
// does not say what it is about.
func decodeRecord[R any](found *transfer.Findings, number int, object json.RawMessage) (given map[string]json.RawMessage, record R, ok bool) {
	if json.Unmarshal(object, &given) != nil {
		return nil, record, false
	}
	if json.Unmarshal(object, &record) == nil {
		return given, record, given["source"] != nil && given["external_id"] != nil
	}
	var identity R
	for _, name := range slices.Sorted(maps.Keys(given)) {
		one, err := json.Marshal(map[string]json.RawMessage{name: given[name]})
		if err != nil {
			continue
		}
		var alone R
		if err := json.Unmarshal(one, &alone); err != nil && !found.Has(number) {
			found.Add(number, name, "format", "This value cannot be read.")
		} else if err == nil && (name == "source" || name == "external_id") {
			_ = json.Unmarshal(one, &identity)
		}
	}
	return given, identity, given["source"] != nil && given["external_id"] != nil
}

func toImportReport(report transfer.Report) api.ImportReport {
	converted := api.ImportReport{
		DryRun: report.DryRun, Applied: report.Applied, Created: report.Created, Updated: report.Updated,
		Unchanged: report.Unchanged, Failed: report.Failed, Errors: make([]api.ImportError, len(report.Mistakes)),
	}
	for i, m := range report.Mistakes {
		converted.Errors[i] = api.ImportError{Line: m.Line, Field: m.Field, Code: m.Code, Detail: m.Detail}
	}
	return converted
}
