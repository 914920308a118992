package bench

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Floor is what an operation asks of PostgreSQL, for PostgreSQL alone to do: the
// statements that the service was seen to send, in one round trip, with the
// arguments that it was seen to send. What it sends in order to know who asks,
// and to begin and end a transaction, is the service's own.
//
// The floor of an operation that writes is one statement: what was seen to lock
// and to write, as one CTE. The rest of what was sent is the service's own.
type Floor struct {
	// Scripts are run in a random order, each as often as the others.
	Scripts []string
	// Variables are pgbench's, by name: arguments of the statements.
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
	floor.Sent = taken[0].Names()
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
	arguments := make([][]column, len(shape))
	for i, statement := range shape {
		if arguments[i], err = columnsOf(ctx, conn, i, statement, taken); err != nil {
			return floor, err
		}
		floor.Statements = append(floor.Statements, statement.title())
	}
	return floor, floor.write(o, shape, arguments, len(taken))
}

// mostScripts is how many arguments are given one by one; pgbench takes 128.
const mostScripts = 100

// write writes the scripts: one for all samples where their arguments fit into
// it, otherwise one for each of some samples.
func (f *Floor) write(o Operation, shape []Statement, arguments [][]column, samples int) error {
	if o.Writes {
		for _, columns := range arguments {
			for i := range columns {
				columns[i].settle()
			}
		}
	}
	together := !slices.ContainsFunc(slices.Concat(arguments...), func(c column) bool { return !c.fits() })
	if together {
		f.Samples = samples
		if samples > 1 && len(f.Options) == 0 {
			// The lists that the arguments are in are copied into every plan.
			f.Options = []string{"plan_cache_mode=force_generic_plan"}
		}
		script, err := f.script(o, shape, arguments, -1)
		f.Scripts = []string{fmt.Sprintf("\\set n random(1, %d)\n%s", samples, script)}
		return err
	}
	f.Samples = min(samples, mostScripts)
	for sample := range f.Samples {
		script, err := f.script(o, shape, arguments, sample)
		if err != nil {
			return err
		}
		f.Scripts = append(f.Scripts, script)
	}
	return nil
}

// script is that for the arguments of one sample, or for -1 of the nth of them all.
func (f *Floor) script(o Operation, shape []Statement, arguments [][]column, sample int) (string, error) {
	var texts []string
	fresh := false
	for i, statement := range shape {
		sql := bare(statement.SQL)
		if isUpdate.MatchString(sql) && o.Writes {
			// The version is that of the row that was locked, not of the one that was seen.
			sql = versioned.ReplaceAllString(sql, "version = "+lockedVersion)
		}
		if variable.MatchString(sql) {
			return "", fmt.Errorf("pgbench would take a part of this for a variable: %s", sql)
		}
		texts = append(texts, argument.ReplaceAllStringFunc(sql, func(placeholder string) string {
			n, err := parseInt(placeholder[1:])
			if err != nil || n > len(arguments[i]) {
				return placeholder // which PostgreSQL will then name
			}
			c := arguments[i][n-1]
			fresh = fresh || c.made
			return "(" + c.expression(f.Variables, sample) + ")"
		}))
	}
	switch {
	case o.Writes:
		return combined(texts, fresh) + ";\n", nil
	case len(texts) == 1:
		return texts[0] + ";\n", nil
	default:
		return "\\startpipeline\n" + strings.Join(texts, ";\n") + ";\n\\endpipeline\n", nil
	}
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

// lockedVersion is the version of the task that was locked.
const lockedVersion = "(SELECT version FROM locked)"

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
		all = strings.ReplaceAll(all, lockedVersion, "version")
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
