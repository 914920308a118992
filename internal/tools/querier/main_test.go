package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const queries = `package db

import "context"

const thingList = "-- name: ThingList :many"

// ThingList is commented.
func (q *Queries) ThingList(ctx context.Context, id UUID) ([]Thing, error) {
	rows, err := q.db.Query(ctx, thingList, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	items := []Thing{}
	for rows.Next() {
		var i Thing
		if err := rows.Scan(
			&i.ID,
			&i.Other.Name,
		); err != nil {
			return nil, err
		}
		items = append(items, i)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return items, nil
}

func (q *Queries) ThingGet(ctx context.Context) (Thing, error) {
	row := q.db.QueryRow(ctx, thingGet)
	var i Thing
	err := row.Scan(&i.ID)
	return i, err
}

func (q *Queries) ThingIDs(ctx context.Context) ([]UUID, error) {
	rows, err := q.db.Query(ctx, thingIDs)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	items := []UUID{}
	for rows.Next() {
		var id UUID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		items = append(items, id)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return items, nil
}

type ThingFindParams struct {
	ID   uuid.UUID
	Name string
	Kind *ThingKind
	Size int64
}

func (q *Queries) ThingFind(ctx context.Context, arg ThingFindParams) error {
	_, err := q.db.Exec(ctx, thingFind, arg.ID, arg.Kind, arg.Name, arg.Size)
	return err
}

type ThingSizeParams struct {
	ID   uuid.UUID
	Size int64
}

func (q *Queries) ThingSize(ctx context.Context, arg ThingSizeParams) error {
	_, err := q.db.Exec(ctx, thingSize, arg.ID, arg.Size)
	return err
}
`

const collecting = `package db

import "context"

const thingList = "-- name: ThingList :many"

// ThingList is commented.
func (q *Queries) ThingList(ctx context.Context, id UUID) ([]Thing, error) {
	rows, err := q.db.Query(ctx, thingList, id)
	if err != nil {
		return nil, err
	}
	return collect(rows, func(i *Thing) []any {
		return []any{
			&i.ID,
			&i.Other.Name,
		}
	})
}

func (q *Queries) ThingGet(ctx context.Context) (Thing, error) {
	row := q.db.QueryRow(ctx, thingGet)
	var i Thing
	err := row.Scan(&i.ID)
	return i, err
}

func (q *Queries) ThingIDs(ctx context.Context) ([]UUID, error) {
	rows, err := q.db.Query(ctx, thingIDs)
	if err != nil {
		return nil, err
	}
	return collect(rows, func(id *UUID) []any {
		return []any{id}
	})
}

type ThingFindParams struct {
	ID   uuid.UUID
	Name string
	Kind *ThingKind
	Size int64
}

func (q *Queries) ThingFind(ctx context.Context, arg ThingFindParams) error {
	_, err := q.db.Exec(ctx, thingFind, &arg.ID, arg.Kind, &arg.Name, arg.Size)
	return err
}

type ThingSizeParams struct {
	ID   uuid.UUID
	Size int64
}

func (q *Queries) ThingSize(ctx context.Context, arg ThingSizeParams) error {
	_, err := q.db.Exec(ctx, thingSize, arg.ID, arg.Size)
	return err
}
`

const models = `package db

type ThingKind string

const ThingKindSmall ThingKind = "small"

type Thing struct{ Kind ThingKind }
`

func TestRun(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{"models.go": models, "thing.sql.go": queries} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := run(dir); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"thing.sql.go": collecting,
		"enum.go":      header + "\n// Text returns the value as the text that it is.\nfunc (e *ThingKind) Text() *string { return (*string)(e) }\n",
		"conn.go":      conn,
		"collect.go":   collect,
	} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
			t.Errorf("%s, %v:\n%s", name, err, got)
		}
	}
}

// What sqlc may generate one day is not guessed at.
func TestLoopsOfAnotherFormAreRefused(t *testing.T) {
	t.Parallel()
	for name, change := range map[string][2]string{
		"NotClosed":        {"\tdefer rows.Close()\n", ""},
		"MoreInTheLoop":    {"\t\titems = append(items, i)\n", "\t\ti.Twice()\n\t\titems = append(items, i)\n"},
		"NotDeclared":      {"\t\tvar i Thing\n", "\t\ti := Thing{}\n"},
		"ScannedElsewhere": {"if err := rows.Scan(\n\t\t\t&i.ID,\n\t\t\t&i.Other.Name,\n\t\t); err != nil", "if err != nil"},
	} {
		if _, err := withCollect([]byte(strings.Replace(queries, change[0], change[1], 1))); err == nil {
			t.Errorf("%s: it is taken", name)
		}
	}
}
