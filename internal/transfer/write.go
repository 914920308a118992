package transfer

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Writer writes records in a format.
type Writer struct {
	columns []Column
	lines   io.Writer
	cells   *csv.Writer

	buffer bytes.Buffer
	row    []string
}

// NewWriter returns a Writer to w, which a CSV file begins with its header.
func NewWriter(w io.Writer, format Format, columns []Column) (*Writer, error) {
	writer := &Writer{columns: columns, lines: w, row: make([]string, len(columns))}
	if format != CSV {
		return writer, nil
	}
	writer.cells = csv.NewWriter(w)
	for i, column := range columns {
		writer.row[i] = column.Name
	}
	return writer, writer.cells.Write(writer.row)
}

// Write writes a record, which encodes to an object with the columns as
// members. What an object has beside them is left out.
func (w *Writer) Write(record any) error {
	w.buffer.Reset()
	encoder := json.NewEncoder(&w.buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(record); err != nil {
		return fmt.Errorf("encoding a record: %w", err)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(w.buffer.Bytes(), &members); err != nil {
		return fmt.Errorf("encoding a record: %w", err)
	}
	if w.cells != nil {
		return w.writeCells(members)
	}
	return w.writeLine(members)
}

// Flush writes out what is kept back.
func (w *Writer) Flush() error {
	if w.cells == nil {
		return nil
	}
	w.cells.Flush()
	return w.cells.Error()
}

func (w *Writer) writeLine(members map[string]json.RawMessage) error {
	w.buffer.Reset()
	separator := byte('{')
	for _, column := range w.columns {
		value, ok := members[column.Name]
		if !ok {
			continue
		}
		w.buffer.WriteByte(separator)
		separator = ','
		w.buffer.WriteString(`"` + column.Name + `":`)
		w.buffer.Write(value)
	}
	if separator == '{' {
		w.buffer.WriteByte('{')
	}
	w.buffer.WriteString("}\n")
	_, err := w.lines.Write(w.buffer.Bytes())
	return err
}

func (w *Writer) writeCells(members map[string]json.RawMessage) error {
	for i, column := range w.columns {
		cell, err := cellOf(column, members[column.Name])
		if err != nil {
			return fmt.Errorf("encoding %s: %w", column.Name, err)
		}
		w.row[i] = cell
	}
	return w.cells.Write(w.row)
}

func cellOf(column Column, value json.RawMessage) (string, error) {
	if len(value) == 0 || string(value) == "null" {
		return "", nil
	}
	switch column.Kind {
	case Text:
		var text string
		err := json.Unmarshal(value, &text)
		return guard(text), err
	case List, Object:
		if string(value) == "[]" || string(value) == "{}" {
			return "", nil
		}
	case Number, Boolean:
		// They stand in a cell as they do in JSON.
	}
	return string(value), nil
}

// formula is what a spreadsheet takes a cell for a formula by.
const formula = "=+-@\t\r"

// guard puts an apostrophe in front of a text that a spreadsheet would take for
// a formula. A text that looks like a guarded one gets another, so that
// unguard can take exactly one away.
func guard(text string) string {
	if looksGuarded(text) {
		return "'" + text
	}
	return text
}

// unguard is what guard was given.
func unguard(cell string) string {
	if rest, ok := strings.CutPrefix(cell, "'"); ok && looksGuarded(rest) {
		return rest
	}
	return cell
}

// looksGuarded tells that behind any apostrophes a formula begins.
func looksGuarded(text string) bool {
	rest := strings.TrimLeft(text, "'")
	return rest != "" && strings.IndexByte(formula, rest[0]) >= 0
}
