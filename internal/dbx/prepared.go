package dbx

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// prepared are the statements that were prepared on a connection for an
// [exchange], with room for what is sent with them. Like the connection it is for
// one goroutine at a time.
type prepared struct {
	// direct tells that statements are kept prepared on the connection.
	direct bool
	tracer pgx.BatchTracer
	// statements are by their texts.
	statements map[string]*statement
	// dropped are the names of those that the server may know and nobody uses any more.
	dropped []string

	// The arguments of the statements that are being sent, one behind the other.
	values  [][]byte
	formats []int16
	bytes   []byte
}

// statement is one that the server knows by its name.
type statement struct {
	name       string
	parameters []uint32
	fields     []pgconn.FieldDescription
	// formats are those of the fields.
	formats []int16
}

const (
	// mostPrepared is how many statements are kept prepared on a connection, as many as pgx keeps.
	mostPrepared = 512
	// mostRoom is how many bytes of arguments are made room for again.
	mostRoom = 16 << 10
)

// preparedKey is where a connection has them.
const preparedKey = "dbx.prepared"

func preparedOn(conn *pgx.Conn) *prepared {
	data := conn.PgConn().CustomData()
	if found, ok := data[preparedKey].(*prepared); ok {
		return found
	}
	config := conn.Config()
	made := &prepared{
		direct:     config.DefaultQueryExecMode == pgx.QueryExecModeCacheStatement && config.StatementCacheCapacity > 0,
		statements: map[string]*statement{},
	}
	made.tracer, _ = config.Tracer.(pgx.BatchTracer)
	data[preparedKey] = made
	return made
}

// prepare has the server prepare what it does not know yet, in a round trip of
// its own, which happens once for each statement of a connection.
func (p *prepared) prepare(pipeline *pgconn.Pipeline, queued []*pgx.QueuedQuery) error {
	missing := p.missing(queued)
	if len(missing) == 0 {
		return nil
	}
	if len(p.statements)+len(missing) > mostPrepared {
		// It begins again, which is simpler than to know what was used last.
		for _, s := range p.statements {
			p.dropped = append(p.dropped, s.name)
		}
		clear(p.statements)
		missing = p.missing(queued)
	}
	dropped := p.dropped
	p.dropped = nil
	for _, name := range dropped {
		pipeline.SendDeallocate(name)
	}
	for _, sql := range missing {
		name := nameFor(sql)
		pipeline.SendPrepare(name, sql, nil)
		// Until it is known that it is there.
		p.dropped = append(p.dropped, name)
	}
	if err := pipeline.Sync(); err != nil {
		return err
	}
	made, err := p.made(pipeline, len(dropped), missing)
	if err != nil {
		return fmt.Errorf("preparing a statement: %w", err)
	}
	p.dropped = nil
	for i, sql := range missing {
		p.statements[sql] = made[i]
	}
	return nil
}

// missing are the statements that are to be prepared.
func (p *prepared) missing(queued []*pgx.QueuedQuery) []string {
	var missing []string
	for _, q := range queued {
		if p.statements[q.SQL] == nil && !slices.Contains(missing, q.SQL) {
			missing = append(missing, q.SQL)
		}
	}
	return missing
}

// made reads what the server says of what it was asked to prepare.
func (p *prepared) made(pipeline *pgconn.Pipeline, dropped int, missing []string) ([]*statement, error) {
	for range dropped {
		if _, err := pipeline.GetResults(); err != nil {
			return nil, err
		}
	}
	var made []*statement
	for _, sql := range missing {
		result, err := pipeline.GetResults()
		if err != nil {
			return nil, err
		}
		described, ok := result.(*pgconn.StatementDescription)
		if !ok {
			return nil, fmt.Errorf("got %T in place of a description", result)
		}
		made = append(made, &statement{name: nameFor(sql), parameters: described.ParamOIDs, fields: described.Fields})
	}
	if _, err := pipeline.GetResults(); err != nil {
		return nil, err
	}
	return made, nil
}

// nameFor is the same for the same text: behind a pooler that nobody has told of,
// a name must never be that of another statement.
func nameFor(sql string) string {
	sum := sha256.Sum256([]byte(sql))
	return "dbx_" + hex.EncodeToString(sum[:16])
}

// encode adds the arguments of a statement, as pgx encodes them.
func (p *prepared) encode(types *pgtype.Map, s *statement, args []any) error {
	if len(args) != len(s.parameters) {
		return fmt.Errorf("it has %d parameters, and %d arguments are given", len(s.parameters), len(args))
	}
	if s.formats == nil {
		// Which is preferred, the map of the connection's types says.
		s.formats = make([]int16, len(s.fields))
		for i := range s.fields {
			s.formats[i] = types.FormatCodeForOID(s.fields[i].DataTypeOID)
			s.fields[i].Format = s.formats[i]
		}
	}
	for i, arg := range args {
		if err := p.encodeOne(types, s.parameters[i], arg); err != nil {
			return fmt.Errorf("argument %d: %w", i+1, err)
		}
	}
	return nil
}

func (p *prepared) encodeOne(types *pgtype.Map, oid uint32, arg any) error {
	format := types.FormatCodeForOID(oid)
	switch arg.(type) {
	case string, *string:
		format = pgx.TextFormatCode
	}
	start := len(p.bytes)
	if p.bytes == nil {
		p.bytes = make([]byte, 0, 512)
	}
	encoded, err := types.Encode(oid, format, arg, p.bytes)
	if err != nil {
		// Some values have the other format alone.
		other := pgx.BinaryFormatCode + pgx.TextFormatCode - format
		again, failed := types.Encode(oid, other, arg, p.bytes)
		if failed != nil {
			return err
		}
		encoded, format = again, other
	}
	p.formats = append(p.formats, format)
	if encoded == nil {
		p.values = append(p.values, nil)
		return nil
	}
	p.bytes = encoded
	p.values = append(p.values, encoded[start:])
	return nil
}

// clear makes room for the next arguments.
func (p *prepared) clear() {
	clear(p.values)
	p.values, p.formats, p.bytes = p.values[:0], p.formats[:0], p.bytes[:0]
	if cap(p.bytes) > mostRoom || cap(p.values) > mostRoom/64 {
		p.values, p.formats, p.bytes = nil, nil, nil
	}
}

// doubt has the statements prepared anew after an error that may come from a
// change of what they read, such as a column of another type.
func (p *prepared) doubt(queued []*pgx.QueuedQuery, err error) {
	if failed, ok := errors.AsType[*pgconn.PgError](err); !ok || isOfData(failed.Code) {
		return
	}
	for _, q := range queued {
		if s := p.statements[q.SQL]; s != nil {
			p.dropped = append(p.dropped, s.name)
			delete(p.statements, q.SQL)
		}
	}
}

// isOfData tells that an error with the code comes from the values, from other
// transactions or from somebody's wish, and would come from a new statement too.
func isOfData(code string) bool {
	switch code[:min(len(code), 2)] {
	case "23", "25", "40", "55", "57":
		return true
	default:
		return false
	}
}
