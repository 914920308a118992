package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
)

const collect = header + `
import "github.com/jackc/pgx/v5"

// collect reads all rows and closes them. The value that a row is read into, and the destinations of its
// columns, are the same for every row.
func collect[T any](rows pgx.Rows, columns func(row *T) []any) ([]T, error) {
	defer rows.Close()
	room := 0
	if known, ok := rows.(interface{ Expected() int }); ok {
		room = known.Expected()
	}
	items := make([]T, 0, room)
	var row, none T
	into := columns(&row)
	for rows.Next() {
		row = none
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		items = append(items, row)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return items, nil
}
`

// withCollect returns the source of queries with collect in place of the loops of sqlc, which make the value
// and the list of its columns for every row.
func withCollect(source []byte) ([]byte, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "", source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	text := func(from, to token.Pos) []byte { return source[files.Position(from).Offset:files.Position(to).Offset] }
	var out bytes.Buffer
	written := file.FileStart
	for _, declared := range file.Decls {
		fn, ok := declared.(*ast.FuncDecl)
		if !ok || !reads(fn) {
			continue
		}
		l, err := loopOf(fn)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", fn.Name, err)
		}
		out.Write(text(written, l.from))
		fmt.Fprintf(&out, "return collect(rows, func(%s *%s) []any {\nreturn []any{", l.row, text(l.of.Pos(), l.of.End()))
		if len(l.columns) == 1 && isName(l.columns[0]) {
			// The row is the column.
			fmt.Fprintf(&out, "%s}\n})", l.row)
		} else {
			out.WriteString("\n")
			for _, column := range l.columns {
				fmt.Fprintf(&out, "%s,\n", text(column.Pos(), column.End()))
			}
			out.WriteString("}\n})")
		}
		written = l.to
	}
	out.Write(text(written, file.FileEnd))
	return format.Source(out.Bytes())
}

// loop is the part of a function that reads its rows.
type loop struct {
	from, to token.Pos
	row      string
	of       ast.Expr
	columns  []ast.Expr
}

var errLoop = errors.New("this is not how sqlc reads rows")

// reads tells whether the function reads rows.
func reads(fn *ast.FuncDecl) bool {
	for _, statement := range fn.Body.List {
		if _, ok := statement.(*ast.ForStmt); ok {
			return true
		}
	}
	return false
}

// loopOf finds, at the end of a function:
//
//	defer rows.Close()
//	items := []T{}
//	for rows.Next() {
//		var i T
//		if err := rows.Scan(&i.A, &i.B); err != nil { return nil, err }
//		items = append(items, i)
//	}
//	if err := rows.Err(); err != nil { return nil, err }
//	return items, nil
func loopOf(fn *ast.FuncDecl) (loop, error) {
	const statements = 5
	list := fn.Body.List
	if len(list) < statements {
		return loop{}, errLoop
	}
	list = list[len(list)-statements:]
	_, deferred := list[0].(*ast.DeferStmt)
	over, isLoop := list[2].(*ast.ForStmt)
	if !deferred || !isLoop || len(over.Body.List) != 3 {
		return loop{}, errLoop
	}
	declared, ok := over.Body.List[0].(*ast.DeclStmt)
	if !ok {
		return loop{}, errLoop
	}
	scan, ok := over.Body.List[1].(*ast.IfStmt)
	if !ok {
		return loop{}, errLoop
	}
	assigned, ok := scan.Init.(*ast.AssignStmt)
	if !ok {
		return loop{}, errLoop
	}
	row := declared.Decl.(*ast.GenDecl).Specs[0].(*ast.ValueSpec)
	return loop{
		from: list[0].Pos(), to: list[statements-1].End(),
		row: row.Names[0].Name, of: row.Type, columns: assigned.Rhs[0].(*ast.CallExpr).Args,
	}, nil
}

// isName tells whether the column is the row itself: &id.
func isName(column ast.Expr) bool {
	address, ok := column.(*ast.UnaryExpr)
	if !ok {
		return false
	}
	_, ok = address.X.(*ast.Ident)
	return ok
}
