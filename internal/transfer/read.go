package transfer

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// MaxLines is how many records a file may have.
const MaxLines = 50_000

// ErrTooManyLines says that a file has more records than MaxLines.
var ErrTooManyLines = errors.New("the file has too many lines")

// Required are the columns that every file has whose records are named by them.
var Required = []string{"source", "external_id"}

// Read reads a file and calls take with the object that each line says, as
// JSON, and its number. What is no line of the format is added to found. It
// returns ErrTooManyLines, and what reading from r returns.
func Read(r io.Reader, format Format, columns []Column, found *Findings, take func(number int, object json.RawMessage)) error {
	count := 0
	counted := func(number int, object json.RawMessage) error {
		if count++; count > MaxLines {
			return ErrTooManyLines
		}
		if object != nil {
			take(number, object)
		}
		return nil
	}
	if format == CSV {
		return readCSV(r, columns, found, counted)
	}
	return readNDJSON(r, counted)
}

func readNDJSON(r io.Reader, take func(int, json.RawMessage) error) error {
	lines := bufio.NewReader(r)
	for number := 1; ; number++ {
		line, err := lines.ReadBytes('\n')
		atEnd := errors.Is(err, io.EOF)
		if err != nil && !atEnd {
			return err
		}
		if trimmed := bytes.TrimSpace(line); len(trimmed) > 0 {
			if err := take(number, trimmed); err != nil {
				return err
			}
		}
		if atEnd {
			return nil
		}
	}
}

func readCSV(r io.Reader, columns []Column, found *Findings, take func(int, json.RawMessage) error) error {
	cells := csv.NewReader(&keepReturns{r: bufio.NewReader(r)})
	cells.ReuseRecord = true
	header, err := cells.Read()
	if err != nil && !errors.Is(err, io.EOF) {
		return malformed(err, found)
	}
	places, ok := readHeader(header, columns, found)
	if !ok {
		return nil
	}
	for {
		row, err := cells.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil && !errors.Is(err, csv.ErrFieldCount) {
			return malformed(err, found)
		}
		number, _ := cells.FieldPos(0)
		var object json.RawMessage
		if err != nil {
			found.Add(number, "", "cells", "The line has %d cells and the header %d.", len(row), len(places))
		} else {
			object = objectOf(number, row, places, found)
		}
		if err := take(number, object); err != nil {
			return err
		}
	}
}

// malformed notes where a file ceases to be CSV; anything else that stops the
// reading is returned.
func malformed(err error, found *Findings) error {
	syntax, ok := errors.AsType[*csv.ParseError](err)
	if !ok {
		return err
	}
	found.Add(syntax.StartLine, "", "syntax", "This is no CSV: %v. What follows was not read.", syntax.Err)
	return nil
}

// readHeader returns the column of each cell.
func readHeader(header []string, columns []Column, found *Findings) (places []Column, ok bool) {
	if len(header) > 0 {
		// Spreadsheets write a byte order mark in front.
		header[0] = strings.TrimPrefix(header[0], "\uFEFF")
	}
	for _, name := range header {
		at := slices.IndexFunc(columns, func(c Column) bool { return c.Name == name })
		switch {
		case at < 0:
			found.Add(1, strings.ToValidUTF8(name, "\uFFFD"), "unknown", "There is no such column; remove it.")
		case slices.ContainsFunc(places, func(c Column) bool { return c.Name == name }):
			found.Add(1, name, "repeated", "The header has this column twice.")
		default:
			places = append(places, columns[at])
		}
	}
	for _, column := range columns {
		if (column.Required || slices.Contains(Required, column.Name)) && !slices.Contains(header, column.Name) {
			found.Add(1, column.Name, "required", "The first line is the header, and this column is missing in it.")
		}
	}
	return slices.Clone(places), !found.Has(1)
}

// objectOf returns what a row says, nil where a cell is no text.
func objectOf(number int, row []string, places []Column, found *Findings) json.RawMessage {
	members := make(map[string]json.RawMessage, len(row))
	for i, cell := range row {
		if !utf8.ValidString(cell) {
			found.Add(number, places[i].Name, "not_text", "This is not UTF-8.")
			continue
		}
		if value := valueOf(places[i], cell); value != nil {
			members[places[i].Name] = value
		}
	}
	if found.Has(number) {
		return nil
	}
	return encode(members)
}

// valueOf returns the value of a cell, nil where it says nothing. What is no
// value of the column's kind becomes a text, which the schema of the record
// then refuses.
func valueOf(column Column, cell string) json.RawMessage {
	if cell == "" {
		switch {
		case column.Kind == List:
			return json.RawMessage("[]")
		case column.Kind == Object:
			return json.RawMessage("{}")
		case column.Nullable:
			return json.RawMessage("null")
		}
		return nil
	}
	trimmed := strings.TrimSpace(cell)
	switch column.Kind {
	case Text:
		return encode(unguard(cell))
	case Boolean:
		// Spreadsheets write them in capitals.
		if lower := strings.ToLower(trimmed); lower == "true" || lower == "false" {
			return json.RawMessage(lower)
		}
	case Number, List, Object:
		if json.Valid([]byte(trimmed)) {
			return json.RawMessage(trimmed)
		}
	}
	return encode(cell)
}

// encode encodes what can be nothing but encoded.
func encode(value any) json.RawMessage {
	encoded, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("encoding %T: %v", value, err))
	}
	return encoded
}

// keepReturns keeps the carriage returns in quoted cells, of which encoding/csv
// would take one away in front of each line feed: it adds the one.
type keepReturns struct {
	r *bufio.Reader
	// quoted tells that the next byte stands between quotes: a doubled one ends
	// them and begins them again.
	quoted bool
	// pending is what is to be given out first.
	pending string
}

// Read reads on, a byte at a time from what is buffered.
func (k *keepReturns) Read(p []byte) (int, error) {
	for n := range p {
		if k.pending != "" {
			p[n], k.pending = k.pending[0], k.pending[1:]
			continue
		}
		b, err := k.r.ReadByte()
		if err != nil {
			return n, err
		}
		p[n] = b
		if b == '"' {
			k.quoted = !k.quoted
		}
		if next, _ := k.r.Peek(1); b == '\r' && k.quoted && string(next) == "\n" {
			k.pending = "\r"
		}
	}
	return len(p), nil
}
