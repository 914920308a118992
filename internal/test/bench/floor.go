package bench

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Floor is what an operation asks of PostgreSQL, for PostgreSQL alone to do: the
// statements that the service was seen to send, in one round trip, with the
// arguments that it was seen to send. What it sends in order to know who asks,
// and to begin and end a transaction, is the service's own.
//
// The floor of an operation that writes is one statement: what was seen to lock
// and to write, as one CTE. The rest of what was sent is the service's own.
type Floor struct {
	Script string
	// Variables are pgbench's, by name: the arguments that are always the same.
	Variables map[string]string
	// Options are the settings that the service makes for these statements.
	Options []string
	// Statements are in the script, Sent are all that the service was seen to send.
	Statements, Sent []string
	// Samples is how many requests the arguments are of.
	Samples int
}

// What a statement is for, told by its text without comments.
var (
	control    = regexp.MustCompile(`(?i)^(begin|start transaction|commit|rollback|savepoint|release)\b`)
	setting    = regexp.MustCompile(`set_config\('(\w+)', '(\w+)', true\)`)
	authorised = regexp.MustCompile(`^(Session|SigningKey|ApiKey|APIKey|Actor|Principal)`)
	background = regexp.MustCompile(`\briver_|pg_notify|^(?i:LISTEN|DEALLOCATE)\b`)
	isLock     = regexp.MustCompile(`\bFOR (NO KEY UPDATE|UPDATE|SHARE|KEY SHARE)\b`)
	isWrite    = regexp.MustCompile(`\b(INSERT INTO|UPDATE \w+( \w+)? SET|DELETE FROM)\b`)
	isUpdate   = regexp.MustCompile(`\bUPDATE \w+( \w+)? SET\b`)
	comments   = regexp.MustCompile(`(?m)^\s*--.*\n?`)
	argument   = regexp.MustCompile(`\$(\d+)`)
	versioned  = regexp.MustCompile(`\bversion = \$\d+`)
	variable   = regexp.MustCompile(`[^:]:[A-Za-z_]`)
)

// NewFloor makes the floor of an operation from samples of it.
func NewFloor(ctx context.Context, p *Postgres, database string, o Operation, samples []Sample) (Floor, error) {
	floor := Floor{Variables: map[string]string{}}
	shape, taken := commonest(samples, o.needs)
	if len(taken) == 0 || len(shape) == 0 {
		return floor, fmt.Errorf("%s: no statement of %d requests is its own", o.Name, len(samples))
	}
	floor.Samples, floor.Sent = len(taken), taken[0].Names()
	for _, s := range taken[0].Statements {
		for _, match := range setting.FindAllStringSubmatch(s.SQL, -1) {
			floor.Options = append(floor.Options, match[1]+"="+match[2])
		}
	}
	slices.Sort(floor.Options)
	floor.Options = slices.Compact(floor.Options)

	conn, err := p.Connect(ctx, database)
	if err != nil {
		return floor, err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	b := builder{floor: &floor, samples: taken, writes: o.Writes}
	var texts []string
	for i, s := range shape {
		types, err := typesOf(ctx, conn, s.SQL)
		if err != nil {
			return floor, err
		}
		floor.Statements = append(floor.Statements, s.title())
		texts = append(texts, b.fill(i, bare(s.SQL), types))
	}
	if b.err != nil {
		return floor, fmt.Errorf("%s: %w", o.Name, b.err)
	}
	lines := []string{fmt.Sprintf(`\set n random(1, %d)`, len(taken))}
	switch {
	case o.Writes:
		lines = append(lines, combined(texts, b.fresh)+";")
	case len(texts) == 1:
		lines = append(lines, texts[0]+";")
	default:
		lines = append(append(append(lines, `\startpipeline`), strings.Join(texts, ";\n")+";"), `\endpipeline`)
	}
	floor.Script = strings.Join(lines, "\n") + "\n"
	return floor, nil
}

// needs tells whether a statement belongs to the floor.
func (o Operation) needs(s Statement) bool {
	sql := bare(s.SQL)
	if control.MatchString(sql) || background.MatchString(sql) || authorised.MatchString(s.Name) {
		return false
	}
	if setting.MatchString(sql) && s.Name == "" {
		return false
	}
	return !o.Writes || isLock.MatchString(sql) || isWrite.MatchString(sql)
}

// bare is the statement without its comments, which hold what pgbench would
// take for variables.
func bare(sql string) string {
	return strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(comments.ReplaceAllString(sql, "")), ";"))
}

// commonest returns the statements that most samples have in common, and these
// samples. A request about a record that lacks something may
// take fewer, and the work of the background may have come between.
func commonest(samples []Sample, needed func(Statement) bool) ([]Statement, []Sample) {
	groups := map[string][]Sample{}
	for _, sample := range samples {
		var key strings.Builder
		for _, s := range sample.Statements {
			if needed(s) {
				sample.own = append(sample.own, s)
				key.WriteString(s.SQL + "\x00")
			}
		}
		groups[key.String()] = append(groups[key.String()], sample)
	}
	var largest []Sample
	for _, key := range slices.Sorted(maps.Keys(groups)) {
		if len(groups[key]) > len(largest) {
			largest = groups[key]
		}
	}
	if largest == nil {
		return nil, nil
	}
	return largest[0].own, largest
}

// typesOf are the types of a statement's parameters, as PostgreSQL names them.
func typesOf(ctx context.Context, conn *pgx.Conn, sql string) ([]string, error) {
	described, err := conn.Prepare(ctx, "", sql)
	if err != nil {
		return nil, fmt.Errorf("describing a statement: %w\n%s", err, sql)
	}
	rows, err := conn.Query(ctx, "SELECT format_type(t, NULL) FROM unnest($1::oid[]) WITH ORDINALITY AS p (t, n) ORDER BY n", described.ParamOIDs)
	if err != nil {
		return nil, fmt.Errorf("naming the types of a statement: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// builder puts arguments into statements.
type builder struct {
	floor   *Floor
	samples []Sample
	writes  bool
	// fresh tells that a statement uses an id that is made for each run of it.
	fresh bool
	err   error
}

// fill returns the i-th statement of the shape with the arguments of the samples
// in place of its parameters.
func (b *builder) fill(i int, sql string, types []string) string {
	if b.writes && isUpdate.MatchString(sql) {
		// The version is that of the row that was locked, not of the one that was seen.
		sql = versioned.ReplaceAllString(sql, "version = (SELECT version FROM locked)")
	}
	if variable.MatchString(sql) {
		b.err = cmp.Or(b.err, fmt.Errorf("pgbench would take a part of this for a variable: %s", sql))
	}
	return argument.ReplaceAllStringFunc(sql, func(placeholder string) string {
		n, err := parseInt(placeholder[1:])
		if err != nil || n > len(types) {
			b.err = cmp.Or(b.err, fmt.Errorf("%s has no type: %s", placeholder, sql))
			return placeholder
		}
		return "(" + b.value(i, n-1, types[n-1]) + ")"
	})
}

// value is the expression of one argument.
func (b *builder) value(statement, n int, kind string) string {
	var seen []*string
	same, made := true, b.writes && kind == "uuid"
	for _, sample := range b.samples {
		value := sample.own[statement].Args[n]
		seen = append(seen, value)
		same = same && equal(value, seen[0])
		made = made && value != nil && *value == sample.createdID()
	}
	switch {
	case made:
		b.fresh = true
		return "SELECT id FROM fresh"
	case same && seen[0] == nil:
		return "NULL::" + kind
	case same:
		name := fmt.Sprintf("a%d", len(b.floor.Variables))
		b.floor.Variables[name] = *seen[0]
		return ":" + name + "::" + kind
	case b.writes && strings.HasPrefix(kind, "timestamp"):
		return "now()"
	case strings.HasSuffix(kind, "[]"): // PostgreSQL knows no lists of lists that differ in length
		return "(" + list(seen) + "::text[])[:n]::" + kind
	default:
		return "(" + list(seen) + "::" + kind + "[])[:n]"
	}
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

// list is a literal of an array.
func list(items []*string) string {
	var text strings.Builder
	text.WriteString("{")
	inner := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	for i, item := range items {
		if i > 0 {
			text.WriteString(",")
		}
		if item == nil {
			text.WriteString("NULL")
			continue
		}
		text.WriteString(`"` + inner.Replace(*item) + `"`)
	}
	text.WriteString("}")
	return literal(text.String())
}

// literal is a literal in which pgbench finds no variable and no end.
func literal(text string) string {
	return "E'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`, ":", `\x3a`, ";", `\x3b`, "\n", `\n`, "\r", `\r`).Replace(text) + "'"
}

// freshID is an id like those that the service makes: of version 7, in the order
// of time.
const freshID = `encode(overlay(uuid_send(gen_random_uuid()) PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 'hex')::uuid`

// combined makes one statement of several, each a CTE. A SELECT is run when
// something asks for it; what writes is run in any case.
func combined(statements []string, fresh bool) string {
	var parts, wanted []string
	recursive := ""
	if fresh {
		parts = append(parts, "fresh AS MATERIALIZED (SELECT "+freshID+" AS id)")
	}
	locked := false
	for i, sql := range statements {
		before, main, isRecursive := hoist(sql)
		if isRecursive {
			recursive = "RECURSIVE "
		}
		if before != "" {
			parts = append(parts, before)
		}
		name := fmt.Sprintf("s%d", i+1)
		if !isWrite.MatchString(main) {
			if !locked && strings.Contains(main, "FROM tasks") {
				name, locked = "locked", true
			}
			wanted = append(wanted, "(SELECT count(*) FROM "+name+")")
		}
		parts = append(parts, name+" AS (\n"+main+")")
	}
	all := "WITH " + recursive + strings.Join(parts, ", ") + "\nSELECT " + cmp.Or(strings.Join(wanted, ", "), "1")
	if !locked {
		all = strings.ReplaceAll(all, "version = (SELECT version FROM locked)", "version = version")
	}
	return all
}

// hoist takes the CTEs of a statement off it: what writes may stand in those of
// the outermost statement alone.
func hoist(sql string) (ctes, main string, recursive bool) {
	rest, found := strings.CutPrefix(sql, "WITH ")
	if !found {
		return "", sql, false
	}
	rest, recursive = strings.CutPrefix(rest, "RECURSIVE ")
	depth, quoted := 0, false
	for i, r := range rest {
		switch {
		case r == '\'':
			quoted = !quoted
		case quoted:
		case r == '(':
			depth++
		case r == ')':
			depth--
			if after := strings.TrimSpace(rest[i+1:]); depth == 0 && !strings.HasPrefix(after, ",") && !strings.HasPrefix(after, "AS ") {
				return rest[:i+1], after, recursive
			}
		}
	}
	return "", sql, recursive
}
