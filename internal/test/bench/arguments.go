package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// column is one argument of one statement, as each sample has it.
type column struct {
	name string
	kind string
	// fixed tells that its type, or that of the elements of its list, has one
	// length: PostgreSQL finds the nth in a list without going through those before it.
	fixed bool
	seen  []*string
	// same tells that all are alike, made that they are ids of what each request
	// has made.
	same, made bool
	// now tells that it is a time of the request.
	now bool
}

// columnsOf returns the arguments of a statement of the samples, with their
// types as PostgreSQL names them.
func columnsOf(ctx context.Context, conn *pgx.Conn, statement int, s Statement, samples []Sample) ([]column, error) {
	described, err := conn.Prepare(ctx, "", s.SQL)
	if err != nil {
		return nil, fmt.Errorf("describing a statement: %w\n%s", err, s.SQL)
	}
	const naming = `SELECT format_type(t.oid, NULL) AS name, CASE WHEN e.oid IS NULL THEN t.typlen ELSE e.typlen END > 0 AS fixed
		FROM unnest($1::oid[]) WITH ORDINALITY AS p (oid, n) JOIN pg_type t ON t.oid = p.oid LEFT JOIN pg_type e ON e.typarray = t.oid ORDER BY n`
	rows, err := conn.Query(ctx, naming, described.ParamOIDs)
	if err != nil {
		return nil, fmt.Errorf("naming the types of a statement: %w", err)
	}
	type parameter struct {
		Name  string
		Fixed bool
	}
	kinds, err := pgx.CollectRows(rows, pgx.RowToStructByName[parameter])
	if err != nil {
		return nil, fmt.Errorf("naming the types of a statement: %w", err)
	}
	columns := make([]column, len(kinds))
	for i, kind := range kinds {
		c := column{name: fmt.Sprintf("a%d_%d", statement, i), kind: kind.Name, fixed: kind.Fixed, same: true, made: kind.Name == "uuid"}
		for _, sample := range samples {
			arguments := sample.own[statement].Args
			if len(arguments) != len(kinds) {
				return nil, fmt.Errorf("%d arguments were sent for %d parameters: %s", len(arguments), len(kinds), s.SQL)
			}
			value := arguments[i]
			c.seen = append(c.seen, value)
			c.same = c.same && equal(value, c.seen[0])
			c.made = c.made && value != nil && *value == sample.createdID()
		}
		columns[i] = c
	}
	return columns, nil
}

func equal(a, b *string) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// createdID is the id of what the request has made, if it has made anything.
func (s Sample) createdID() string {
	var answer struct {
		ID string `json:"id"`
	}
	if s.Request.Method != "POST" || json.Unmarshal(s.Answer, &answer) != nil {
		return ""
	}
	return answer.ID
}

// settle makes of an argument that a script for all samples cannot hold what
// does as well where something is written: a text of the same length, and now.
func (c *column) settle() {
	c.now = !c.same && strings.HasPrefix(c.kind, "timestamp")
	if !c.fits() {
		c.same = true
	}
}

// fits tells whether one script can hold the arguments of all samples.
func (c *column) fits() bool {
	if c.same || c.made || c.now {
		return true
	}
	return c.fixed && (!strings.HasSuffix(c.kind, "[]") || c.elements() != nil)
}

// elements are the arguments of a list, by their places in it. There are none
// unless all lists are as long.
func (c *column) elements() [][]*string {
	var places [][]*string
	for i, value := range c.seen {
		if value == nil || len(*value) < 3 || strings.ContainsAny(*value, `"\`) {
			return nil
		}
		items := strings.Split((*value)[1:len(*value)-1], ",")
		if i > 0 && len(items) != len(places) {
			return nil
		}
		for place, item := range items {
			if i == 0 {
				places = append(places, nil)
			}
			places[place] = append(places[place], &item)
		}
	}
	return places
}

// expression is the argument of one sample, or for -1 of the nth of them all.
// What it takes of pgbench's variables is added to them: these are sent as
// arguments, as the service sends them.
func (c *column) expression(variables map[string]string, sample int) string {
	constant := func(name string, value *string) string {
		if value == nil {
			return "NULL::" + c.kind
		}
		variables[name] = *value
		return ":" + name + "::" + c.kind
	}
	element, isList := strings.CutSuffix(c.kind, "[]")
	switch {
	case c.made:
		return "SELECT id FROM fresh"
	case c.now:
		return "now()"
	case c.same:
		return constant(c.name, c.seen[0])
	case sample >= 0:
		return constant(fmt.Sprintf("%s_%d", c.name, sample), c.seen[sample])
	case isList:
		var items []string
		for _, place := range c.elements() {
			items = append(items, nth(place, element))
		}
		return "ARRAY[" + strings.Join(items, ", ") + "]::" + c.kind
	default:
		return nth(c.seen, c.kind)
	}
}

// nth is the nth of the values, which pgbench chooses.
func nth(values []*string, kind string) string {
	items := make([]string, len(values))
	for i, value := range values {
		items[i] = "NULL"
		if value != nil {
			items[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(*value) + `"`
		}
	}
	return "(" + literal("{"+strings.Join(items, ",")+"}") + "::" + kind + "[])[:n]"
}

// literal is a literal in which pgbench finds no variable and no end.
func literal(text string) string {
	return "E'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`, ":", `\x3a`, ";", `\x3b`, "\n", `\n`, "\r", `\r`).Replace(text) + "'"
}
