package dbx

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

const listStatement = `-- name: ThingList :many
-- A comment.
SELECT t.id FROM things t
WHERE t.deleted_at IS NULL
  AND ($1::boolean OR EXISTS (SELECT 1 FROM members m WHERE m.user_id = $2::uuid))
  AND ($3::uuid IS NULL OR t.owner_id = $3::uuid)
  AND ($4::text[] IS NULL OR t.status = ANY($4::text[]::status[]))
  AND ($5::boolean IS NULL OR coalesce(t.due < $6::date, false) = $5::boolean)
ORDER BY t.created_at DESC, t.id DESC
LIMIT $8 OFFSET $7
`

func TestNarrow(t *testing.T) {
	t.Parallel()
	owner := uuid.New()
	const (
		head       = "SELECT t.id FROM things t\nWHERE t.deleted_at IS NULL"
		visibility = "\n  AND (EXISTS (SELECT 1 FROM members m WHERE m.user_id = $2::uuid))"
		ofOwner    = "\n  AND (t.owner_id = $3::uuid)"
		inStatus   = "\n  AND (t.status = ANY($4::text[]::status[]))"
		overdue    = "\n  AND (coalesce(t.due < $6::date, false) = $5::boolean)"
	)
	var (
		noOwner *uuid.UUID
		noList  []string
		noFlag  *bool
	)
	for name, test := range map[string]struct {
		args []any
		want string
	}{
		"NothingAskedFor":        {[]any{true, owner, noOwner, noList, noFlag, "today", 0, 20}, head},
		"UntypedNull":            {[]any{true, owner, nil, nil, nil, "today", 0, 20}, head},
		"EmptyListIsNoFilter":    {[]any{true, owner, noOwner, []string{}, noFlag, "today", 0, 20}, head},
		"VisibilityIsKept":       {[]any{false, owner, noOwner, noList, noFlag, "today", 0, 20}, head + visibility},
		"Owner":                  {[]any{true, owner, &owner, noList, noFlag, "today", 0, 20}, head + ofOwner},
		"Status":                 {[]any{true, owner, noOwner, []string{"todo"}, noFlag, "today", 0, 20}, head + inStatus},
		"FalseIsNotNull":         {[]any{true, owner, noOwner, noList, new(false), "today", 0, 20}, head + overdue},
		"Everything":             {[]any{false, owner, &owner, []string{"todo"}, new(true), "today", 0, 20}, head + visibility + ofOwner + inStatus + overdue},
		"SwitchThatIsNoBoolean":  {[]any{"true", owner, noOwner, noList, noFlag, "today", 0, 20}, head + visibility},
		"ArgumentsAreMissing":    {nil, head + visibility},
		"ValueBehindNoPointerIs": {[]any{true, owner, owner, noList, noFlag, "today", 0, 20}, head + ofOwner},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := narrow(listStatement, test.args)
			expect.OK(t, err)
			if diff := cmp.Diff(test.want, got.selection); diff != "" {
				t.Errorf("the selection (-want +got):\n%s", diff)
			}
			// By owner one plan serves all; by a list or a date it depends.
			if sifted := strings.Contains(test.want, inStatus) || strings.Contains(test.want, overdue); got.sifted != sifted {
				t.Errorf("its plan depends on a value: %v", got.sifted)
			}
			if orderBy(got.order) != "t.created_at DESC, t.id DESC" || got.limit != "LIMIT $8 OFFSET $7" {
				t.Errorf("ordered by %q, %q", got.order, got.limit)
			}
		})
	}

	for name, sql := range map[string]string{
		"Order":             "SELECT 1\nLIMIT $1",
		"Limit":             "SELECT 1\nORDER BY id",
		"LineOfItsOwn":      "SELECT 1 ORDER BY id LIMIT $1",
		"LineThatBeginsIt":  "SELECT 1\n  ORDER BY id\n  LIMIT $1",
		"AnythingToBeginOn": "",
	} {
		t.Run("WithoutThe"+name+"IsRefused", func(t *testing.T) {
			t.Parallel()
			if _, err := narrow(sql, nil); err == nil {
				t.Error("it is taken")
			}
		})
	}
}

// Where the rows are confined to what belongs to one other, one plan is best for
// every status; for what has an index of its own, as tags have, there is none.
func TestPlansDependOnNoValueThatIsLookedAtRowByRow(t *testing.T) {
	t.Parallel()
	const (
		project  = "  AND ($1::uuid IS NULL OR t.project_id = $1::uuid)\n"
		creator  = "  AND ($1::uuid IS NULL OR t.created_by = $1::uuid)\n"
		status   = "  AND ($2::text[] IS NULL OR t.status = ANY($2::text[]::task_status[]))\n"
		open     = "  AND ($2::text[] IS NULL OR t.is_open)\n"
		tags     = "  AND ($2::text[] IS NULL OR t.tags && $2::text[])\n"
		kind     = "  AND ($2::text[] IS NULL OR t.kind = ANY($2::text[]::comment_kind[]))\n"
		projects = "  AND ($2::text[] IS NULL OR t.project_id = ANY($2::uuid[]))\n"
	)
	for filters, sifted := range map[string]bool{
		project: false, status: true, open: true, project + status: false, status + project: false, project + open: false,
		creator + status: true, project + tags: true, project + kind: true, project + projects: true, project + status + tags: true,
	} {
		got, err := narrow("SELECT t.id FROM tasks t\nWHERE true\n"+filters+"ORDER BY t.id\nLIMIT $3\n", []any{uuid.New(), []string{"todo"}, 20})
		expect.OK(t, err)
		if got.sifted != sifted {
			t.Errorf("the plan depends on a value: %v, want %v, for\n%s", got.sifted, sifted, filters)
		}
	}
}

func TestWithKeys(t *testing.T) {
	t.Parallel()
	order := []page.Term{{SQL: "t.title"}, {SQL: "t.id"}}
	for name, test := range map[string]struct{ sql, want string }{
		"OneLine": {"SELECT t.id FROM things t", "SELECT t.id,\n    ARRAY[(t.title)::text, (t.id)::text] FROM things t"},
		"BehindSubqueries": {
			"SELECT t.id,\n    EXISTS (SELECT 1 FROM others o)\nFROM things t",
			"SELECT t.id,\n    EXISTS (SELECT 1 FROM others o),\n    ARRAY[(t.title)::text, (t.id)::text]\nFROM things t",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := withKeys(test.sql, order)
			if err != nil || got != test.want {
				t.Errorf("got %q, %v, want %q", got, err, test.want)
			}
		})
	}
	if got, err := withKeys("SELECT (SELECT 1 FROM things)", order); err == nil {
		t.Errorf("a statement that selects from nothing becomes %q", got)
	}
}

func TestBehind(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		order []page.Term
		want  string
	}{
		"AscendingIsOneComparisonOfRows":  {[]page.Term{{SQL: "a"}, {SQL: "id"}}, "(a, id) > ($3, $4)"},
		"DescendingIsOneComparisonOfRows": {[]page.Term{{SQL: "a", Desc: true}, {SQL: "id", Desc: true}}, "(a, id) < ($3, $4)"},
		"MixedIsBoundedByTheFirstKey": {
			[]page.Term{{SQL: "a", Desc: true}, {SQL: "b"}, {SQL: "id", Desc: true}},
			"a <= $3 AND (a < $3 OR a = $3 AND b > $4 OR a = $3 AND b = $4 AND id < $5)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := behind(test.order, 2); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestNumber(t *testing.T) {
	t.Parallel()
	args := []any{"one", "two", "three", 4, 5, 6, 7, 8, 9, "ten", "eleven"}
	for name, test := range map[string]struct {
		sql, want string
		picked    []any
	}{
		"None":            {"SELECT 1", "SELECT 1", nil},
		"InOrder":         {"a = $1 AND b = $2", "a = $1 AND b = $2", []any{"one", "two"}},
		"Gap":             {"a = $3", "a = $1", []any{"three"}},
		"TwiceTheSame":    {"a = $3 OR b = $3", "a = $1 OR b = $1", []any{"three"}},
		"OutOfOrder":      {"a = $3 AND b = $1 AND c = $3", "a = $1 AND b = $2 AND c = $1", []any{"three", "one"}},
		"TwoDigits":       {"a = $1 AND b = $11 AND c = $10", "a = $1 AND b = $2 AND c = $3", []any{"one", "eleven", "ten"}},
		"WithItsType":     {"ANY($2::text[]::status[])", "ANY($1::text[]::status[])", []any{"two"}},
		"KeyOfACursor":    {"a = $12", "a = $1", []any{"key"}},
		"BehindTheLast":   {"a = $13", "a = $1", []any{nil}},
		"LimitComesFirst": {"LIMIT $5 OFFSET $4", "LIMIT $1 OFFSET $2", []any{5, 4}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sql, were := number(test.sql)
			if sql != test.want {
				t.Errorf("the statement is %q, want %q", sql, test.want)
			}
			if diff := cmp.Diff(test.picked, pick(nil, were, args, []string{"key"}), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("its arguments (-want +got):\n%s", diff)
			}
		})
	}
}
