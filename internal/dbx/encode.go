package dbx

import (
	"context"
	"encoding/binary"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// encodeDirectly has the arguments of a connection's statements that are ids,
// times and lists of them written as they are. pgx takes an id for something
// that speaks for itself and sends it through its text, with twenty allocations;
// a time goes through three wrappers. How values are read is not changed, nor
// what else may stand for them.
func encodeDirectly(_ context.Context, conn *pgx.Conn) error {
	m := conn.TypeMap()
	id := &pgtype.Type{Name: "uuid", OID: pgtype.UUIDOID, Codec: direct{pgtype.UUIDCodec{}, planID}}
	m.RegisterType(id)
	m.RegisterType(&pgtype.Type{Name: "_uuid", OID: pgtype.UUIDArrayOID, Codec: direct{&pgtype.ArrayCodec{ElementType: id}, planIDs}})
	m.RegisterType(&pgtype.Type{Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: direct{&pgtype.TimestamptzCodec{}, planTime}})
	m.RegisterType(&pgtype.Type{Name: "date", OID: pgtype.DateOID, Codec: direct{pgtype.DateCodec{}, planDate}})
	m.RegisterType(&pgtype.Type{Name: "text", OID: pgtype.TextOID, Codec: direct{pgtype.TextCodec{}, planText}})
	if text, ok := m.TypeForOID(pgtype.TextOID); ok {
		m.RegisterType(&pgtype.Type{Name: "_text", OID: pgtype.TextArrayOID, Codec: direct{&pgtype.ArrayCodec{ElementType: text}, planTexts}})
	}
	return nil
}

// direct is a codec of pgx that writes some values in a way of its own.
type direct struct {
	pgtype.Codec
	plan func(value any) pgtype.EncodePlan
}

// PlanEncode implements [pgtype.Codec].
func (d direct) PlanEncode(m *pgtype.Map, oid uint32, format int16, value any) pgtype.EncodePlan {
	// A text is the same in either format.
	if format == pgx.BinaryFormatCode || isText(oid) {
		if plan := d.plan(value); plan != nil {
			return plan
		}
	}
	return d.Codec.PlanEncode(m, oid, format, value)
}

// writing appends a value, which is not nil, in the binary format.
type writing func(value any, buf []byte) []byte

// Encode implements [pgtype.EncodePlan].
func (w writing) Encode(value any, buf []byte) ([]byte, error) { return w(value, buf), nil }

func planID(value any) pgtype.EncodePlan {
	switch value.(type) {
	case uuid.UUID:
		return writing(func(value any, buf []byte) []byte { id := value.(uuid.UUID); return append(buf, id[:]...) })
	case *uuid.UUID:
		return writing(func(value any, buf []byte) []byte { return append(buf, value.(*uuid.UUID)[:]...) })
	default:
		return nil
	}
}

func planIDs(value any) pgtype.EncodePlan {
	if _, ok := value.([]uuid.UUID); !ok {
		return nil
	}
	return writing(func(value any, buf []byte) []byte {
		ids := value.([]uuid.UUID)
		buf = appendListOf(buf, pgtype.UUIDOID, len(ids))
		for i := range ids {
			buf = binary.BigEndian.AppendUint32(buf, uint32(len(ids[i])))
			buf = append(buf, ids[i][:]...)
		}
		return buf
	})
}

func planText(value any) pgtype.EncodePlan {
	if _, ok := value.(*string); !ok {
		return nil
	}
	return writing(func(value any, buf []byte) []byte { return append(buf, *value.(*string)...) })
}

func planTexts(value any) pgtype.EncodePlan {
	if _, ok := value.([]string); !ok {
		return nil
	}
	return writing(func(value any, buf []byte) []byte {
		texts := value.([]string)
		buf = appendListOf(buf, pgtype.TextOID, len(texts))
		for _, text := range texts {
			buf = binary.BigEndian.AppendUint32(buf, uint32(len(text)))
			buf = append(buf, text...)
		}
		return buf
	})
}

// appendListOf appends what an array of n elements begins with; see elementsOf.
func appendListOf(buf []byte, oid uint32, n int) []byte {
	if n == 0 {
		buf = append(buf, 0, 0, 0, 0, 0, 0, 0, 0)
		return binary.BigEndian.AppendUint32(buf, oid)
	}
	buf = append(buf, 0, 0, 0, 1, 0, 0, 0, 0)
	buf = binary.BigEndian.AppendUint32(buf, oid)
	buf = binary.BigEndian.AppendUint32(buf, uint32(n))
	return append(buf, 0, 0, 0, 1)
}

func planTime(value any) pgtype.EncodePlan {
	switch value.(type) {
	case time.Time:
		return writing(func(value any, buf []byte) []byte { return appendTime(buf, value.(time.Time)) })
	case *time.Time:
		return writing(func(value any, buf []byte) []byte { return appendTime(buf, *value.(*time.Time)) })
	default:
		return nil
	}
}

// appendTime appends the microseconds from PostgreSQL's epoch.
func appendTime(buf []byte, t time.Time) []byte {
	return binary.BigEndian.AppendUint64(buf, uint64((t.Unix()-epoch)*1e6+int64(t.Nanosecond())/1e3))
}

func planDate(value any) pgtype.EncodePlan {
	switch value.(type) {
	case time.Time:
		return writing(func(value any, buf []byte) []byte { return appendDate(buf, value.(time.Time)) })
	case *time.Time:
		return writing(func(value any, buf []byte) []byte { return appendDate(buf, *value.(*time.Time)) })
	default:
		return nil
	}
}

// appendDate appends the days from PostgreSQL's epoch, of the date that it is
// where the time is of.
func appendDate(buf []byte, t time.Time) []byte {
	const day = 24 * 60 * 60
	date := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	return binary.BigEndian.AppendUint32(buf, uint32(int32((date.Unix()-epoch)/day)))
}
