package dbx_test

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

// fetched are rows that have been read, which pgx decodes when they are scanned.
type fetched struct {
	pgx.Rows
	types  *pgtype.Map
	fields []pgconn.FieldDescription
	rows   [][][]byte
	at     int
}

func (f *fetched) Next() bool                                   { f.at++; return f.at <= len(f.rows) }
func (f *fetched) FieldDescriptions() []pgconn.FieldDescription { return f.fields }
func (f *fetched) RawValues() [][]byte                          { return f.rows[f.at-1] }
func (f *fetched) TypeMap() *pgtype.Map                         { return f.types }
func (f *fetched) Scan(destinations ...any) error {
	return pgx.ScanRow(f.types, f.fields, f.RawValues(), destinations...)
}

// fetch reads all rows of a statement in a format.
func fetch(ctx context.Context, t *testing.T, conn *pgx.Conn, format int16, sql string) *fetched {
	t.Helper()
	rows, err := conn.Query(ctx, sql, pgx.QueryResultFormats{format})
	expect.OK(t, err)
	defer rows.Close()
	f := &fetched{types: conn.TypeMap(), fields: slices.Clone(rows.FieldDescriptions())}
	for rows.Next() {
		var values [][]byte
		for _, value := range rows.RawValues() {
			values = append(values, slices.Clone(value))
		}
		f.rows = append(f.rows, values)
	}
	expect.OK(t, rows.Err())
	return f
}

func connect(t *testing.T) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dbtest.URL(t))
	expect.OK(t, err)
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	return conn
}

// values are of every type that the schema has, and of others, with what is odd about them.
var values = []string{
	"'text'::text", "''::text", "'Ünïcode 😀'::text", "repeat('long ', 9000)", "'varchar'::varchar", "'x'::char(4)", "'name'::name", "'c'::\"char\"",
	"'todo'::task_status", "'high'::priority", "ARRAY['todo', 'done']::task_status[]", "NULL::task_status", "'{}'::task_status[]",
	"'0198c0de-0000-7000-8000-000000000001'::uuid", "NULL::uuid", "ARRAY['0198c0de-0000-7000-8000-000000000001', '0198c0de-0000-7000-8000-000000000002']::uuid[]",
	"'{}'::uuid[]", "NULL::uuid[]", "ARRAY[NULL, '0198c0de-0000-7000-8000-000000000001']::uuid[]",
	"'2026-06-15 12:34:56.789012+02'::timestamptz", "'infinity'::timestamptz", "'-infinity'::timestamptz", "NULL::timestamptz",
	"'1999-12-31 23:59:59.999999+00'::timestamptz", "'0001-01-01 00:00:00+00'::timestamptz", "'9999-12-31 23:59:59.999999+00'::timestamptz",
	"'0044-03-15 12:00:00+00 BC'::timestamptz", "'20000-01-01 00:00:00+00'::timestamptz", "'2026-06-15 12:34:56'::timestamp", "'12:34:56'::time",
	"'2026-06-15'::date", "'1999-12-31'::date", "'infinity'::date", "'-infinity'::date", "'0044-03-15 BC'::date", "'0001-01-01'::date", "'9999-12-31'::date",
	"'20000-01-01'::date", "NULL::date", "ARRAY['2026-06-15']::date[]", "'{}'::date[]", "NULL::date[]",
	"ARRAY['1999-12-31', NULL]::date[]", "ARRAY['infinity', '2026-06-15']::date[]", "ARRAY[now()]::timestamptz[]", "'1 day'::interval",
	"true", "false", "NULL::boolean", "ARRAY[true, false]", "7::int2", "(-32768)::int2", "NULL::int2", "7::int4", "(-2147483648)::int4", "NULL::int4",
	"7::int8", "(-9223372036854775808)::int8", "NULL::int8", "ARRAY[1, -2]::int2[]", "ARRAY[1, -2]::int4[]", "ARRAY[1, -2]::int8[]", "ARRAY[1, NULL]::int8[]", "'{}'::int8[]",
	"1.5::float8", "'NaN'::float8", "'-infinity'::float8", "NULL::float8", "1.5::float4", "12.5::numeric", "NULL::numeric", "7::oid",
	"'\\x00ff'::bytea", "'\\x'::bytea", "NULL::bytea", "ARRAY['\\x00ff']::bytea[]",
	`'{"a": [1, "ü", null]}'::jsonb`, "'null'::jsonb", "'\"text\"'::jsonb", "NULL::jsonb", `'{"a":  1}'::json`, "NULL::json", `ARRAY['{}']::jsonb[]`,
	"ARRAY['a', '', 'ü', 'NULL', 'with \"quotes\", and a comma']::text[]", "'{}'::text[]", "NULL::text[]", "ARRAY['a', NULL]::text[]",
	"'[3:4]={a,b}'::text[]", "ARRAY[ARRAY['a', 'b'], ARRAY['c', 'd']]::text[]", "ARRAY['a']::varchar[]", "'10.0.0.1'::inet", "ROW(1, 'a')", "NULL::text", "NULL",
}

// destinations are of every type that the generated queries read into, and of others.
var destinations = []reflect.Type{
	reflect.TypeFor[string](), reflect.TypeFor[*string](), reflect.TypeFor[db.TaskStatus](), reflect.TypeFor[*db.TaskStatus](), reflect.TypeFor[db.NullPriority](),
	reflect.TypeFor[uuid.UUID](), reflect.TypeFor[*uuid.UUID](), reflect.TypeFor[[]uuid.UUID](), reflect.TypeFor[time.Time](), reflect.TypeFor[*time.Time](),
	reflect.TypeFor[[]time.Time](), reflect.TypeFor[bool](), reflect.TypeFor[*bool](), reflect.TypeFor[[]bool](), reflect.TypeFor[int16](), reflect.TypeFor[*int16](),
	reflect.TypeFor[int32](), reflect.TypeFor[*int32](), reflect.TypeFor[[]int32](), reflect.TypeFor[int64](), reflect.TypeFor[*int64](), reflect.TypeFor[[]int64](),
	reflect.TypeFor[int](), reflect.TypeFor[float32](), reflect.TypeFor[float64](), reflect.TypeFor[*float64](), reflect.TypeFor[[]byte](), reflect.TypeFor[[][]byte](),
	reflect.TypeFor[json.RawMessage](), reflect.TypeFor[[]string](), reflect.TypeFor[*[]string](), reflect.TypeFor[map[string]any](), reflect.TypeFor[any](),
	reflect.TypeFor[pgtype.Text](), reflect.TypeFor[pgtype.Timestamptz](), reflect.TypeFor[pgtype.Uint64](), reflect.TypeFor[[16]byte](), reflect.TypeFor[time.Duration](),
}

// exactly tells whether two results are the same to the bit: a time's location
// too. Only a number that is none is not equal to itself.
var exactly = cmp.Options{
	cmpopts.EquateNaNs(), cmp.Exporter(func(reflect.Type) bool { return true }),
	cmp.Comparer(func(a, b time.Time) bool { return reflect.DeepEqual(a, b) }),
}

// into decodes the first row of one column into a new value of a type.
func into(rows pgx.Rows, destination reflect.Type) (value any, failed string) {
	made := reflect.New(destination)
	if err := rows.Scan(made.Interface()); err != nil {
		return nil, err.Error()
	}
	return made.Elem().Interface(), ""
}

// Every value that is read into every type comes out as pgx has it, or fails
// with its error.
func TestValuesAreDecodedAsByPgx(t *testing.T) {
	t.Parallel()
	conn := connect(t)
	decoded := 0
	for _, value := range values {
		for _, format := range []int16{pgx.TextFormatCode, pgx.BinaryFormatCode} {
			if value == "7::oid" || value == "NULL" && format == pgx.BinaryFormatCode {
				continue
			}
			found := fetch(t.Context(), t, conn, format, "SELECT "+value)
			for _, destination := range destinations {
				found.at = 1
				got, gotErr := into(dbx.Decoded(found), destination)
				want, wantErr := into(found, destination)
				// pgx looks for what a type could be taken for in no particular order.
				for range 100 {
					if wantErr == gotErr && cmp.Equal(want, got, exactly) {
						break
					}
					want, wantErr = into(found, destination)
				}
				if wantErr != gotErr || !cmp.Equal(want, got, exactly) {
					t.Errorf("%s in format %d into %s is %#v, %q, and by pgx %#v, %q", value, format, destination, got, gotErr, want, wantErr)
				}
				if wantErr == "" {
					decoded++
				}
			}
		}
	}
	if decoded < 300 {
		t.Errorf("only %d of them can be decoded at all", decoded)
	}
}

// Many rows of all types at once, with nulls among them, are what pgx makes of
// them: none shares anything with another.
func TestRowsAreDecodedAsByPgx(t *testing.T) {
	t.Parallel()
	conn := connect(t)
	const columns = `SELECT n, 'text ' || n, nullif('t' || n % 3, 't0'), md5(n::text)::uuid, CASE WHEN n % 2 = 0 THEN md5(n::text)::uuid END,
		timestamptz '2026-01-01' + n * interval '1.7 hours', CASE WHEN n % 5 > 0 THEN timestamptz '2026-01-01' - n * interval '1 day' END,
		CASE WHEN n % 4 > 0 THEN date '2026-01-01' + n END, n % 2 = 0, nullif(n % 3, 0) > 1, n::int2, nullif(n % 3, 0)::int2, nullif(n % 7, 0),
		n::int8 << 33, nullif(n % 3, 0)::int8, n / 3.0::float8, nullif(n % 4, 0)::float8, decode(md5(n::text), 'hex'),
		jsonb_build_object('n', n), CASE WHEN n % 3 > 0 THEN jsonb_build_array(n) END, (enum_range(NULL::task_status))[1 + n % 5], (enum_range(NULL::priority))[n % 4],
		ARRAY(SELECT 'tag ' || i FROM generate_series(1, n % 4) i), CASE WHEN n % 3 > 0 THEN ARRAY(SELECT md5(i::text)::uuid FROM generate_series(1, n % 5) i) END,
		ARRAY(SELECT i::int8 FROM generate_series(1, n % 3) i), ARRAY(SELECT date '2026-01-01' + i FROM generate_series(1, n % 4) i), n::numeric, repeat('long', CASE WHEN n % 50 = 0 THEN 9000 ELSE 0 END)
		FROM generate_series(1, 700) n`
	type row struct {
		N                    int32
		Text                 string
		MaybeText            *string
		ID                   uuid.UUID
		MaybeID              *uuid.UUID
		Time                 time.Time
		MaybeTime, MaybeDate *time.Time
		Bool                 bool
		MaybeBool            *bool
		Int16                int16
		MaybeInt16           *int16
		MaybeInt32           *int32
		Int64                int64
		MaybeInt64           *int64
		Float                float64
		MaybeFloat           *float64
		Bytes                []byte
		JSON, MaybeJSON      json.RawMessage
		Status               db.TaskStatus
		MaybePriority        *db.Priority
		Tags                 []string
		IDs                  []uuid.UUID
		Int64s               []int64
		Dates                []time.Time
		Numeric              pgtype.Numeric
		Long                 string
	}
	read := func(rows pgx.Rows) []row {
		var found []row
		for rows.Next() {
			var one row
			value := reflect.ValueOf(&one).Elem()
			destinations := make([]any, value.NumField())
			for i := range destinations {
				destinations[i] = value.Field(i).Addr().Interface()
			}
			expect.OK(t, rows.Scan(destinations...))
			found = append(found, one)
		}
		return found
	}
	for _, format := range []int16{pgx.TextFormatCode, pgx.BinaryFormatCode} {
		rows := fetch(t.Context(), t, conn, format, columns)
		want := read(rows)
		rows.at = 0
		got := read(dbx.Decoded(rows))
		if diff := cmp.Diff(want, got, exactly); diff != "" || len(got) != 700 {
			t.Errorf("%d rows in format %d (-by pgx +here):\n%s", len(got), format, diff)
		}
	}
}

// Whatever a table holds is decoded as pgx does, in the types that sqlc would
// give its columns.
func TestTablesAreDecodedAsByPgx(t *testing.T) {
	t.Parallel()
	s := setupStudio(t)
	conn, err := s.db.Pool().Acquire(t.Context())
	expect.OK(t, err)
	defer conn.Release()
	tables, err := s.db.Query(t.Context(), `SELECT quote_ident(table_name) FROM information_schema.tables WHERE table_schema = current_schema()`)
	expect.OK(t, err)
	names, err := pgx.CollectRows(tables, pgx.RowTo[string])
	expect.OK(t, err)
	columns, filled := 0, 0
	for _, name := range names {
		for _, format := range []int16{pgx.TextFormatCode, pgx.BinaryFormatCode} {
			rows := fetch(t.Context(), t, conn.Conn(), format, "TABLE "+name)
			destinations := make([]reflect.Type, len(rows.fields))
			for i, field := range rows.fields {
				destinations[i] = typeOf(field.DataTypeOID)
			}
			read := func(from pgx.Rows) (found [][]any) {
				for from.Next() {
					var pointers []any
					for _, destination := range destinations {
						pointers = append(pointers, reflect.New(destination).Interface())
					}
					expect.OK(t, from.Scan(pointers...))
					found = append(found, pointers)
				}
				return found
			}
			want := read(rows)
			rows.at = 0
			if diff := cmp.Diff(want, read(dbx.Decoded(rows)), exactly); diff != "" {
				t.Errorf("%s in format %d (-by pgx +here):\n%s", name, format, diff)
			}
			columns += len(destinations)
			filled += len(want)
		}
	}
	if len(names) < 20 || columns < 200 || filled < 50 {
		t.Errorf("%d tables have %d columns and %d rows", len(names), columns, filled)
	}
}

// typeOf is what a column that may be null is read into.
func typeOf(oid uint32) reflect.Type {
	if found, ok := map[uint32]reflect.Type{
		pgtype.UUIDOID: reflect.TypeFor[*uuid.UUID](), pgtype.UUIDArrayOID: reflect.TypeFor[[]uuid.UUID](),
		pgtype.TimestamptzOID: reflect.TypeFor[*time.Time](), pgtype.DateOID: reflect.TypeFor[*time.Time](),
		pgtype.BoolOID: reflect.TypeFor[*bool](), pgtype.Int2OID: reflect.TypeFor[*int16](), pgtype.Int4OID: reflect.TypeFor[*int32](),
		pgtype.Int8OID: reflect.TypeFor[*int64](), pgtype.Float8OID: reflect.TypeFor[*float64](), pgtype.JSONBOID: reflect.TypeFor[json.RawMessage](),
		pgtype.ByteaOID: reflect.TypeFor[[]byte](), pgtype.TextArrayOID: reflect.TypeFor[[]string](),
		pgtype.TextOID: reflect.TypeFor[*string](), pgtype.VarcharOID: reflect.TypeFor[*string](),
	}[oid]; ok {
		return found
	}
	return reflect.TypeFor[any]()
}
