package dbx

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// kind is how the values of a column are turned into those of a type of Go.
type kind uint8

const (
	// byPgx is for every pair of types that has none of the others.
	byPgx kind = iota
	skipped
	intoString
	intoStringPointer
	intoEnum
	intoUUID
	intoUUIDPointer
	intoTime
	intoTimePointer
	intoDate
	intoDatePointer
	intoBool
	intoBoolPointer
	intoInt16
	intoInt16Pointer
	intoInt32
	intoInt32Pointer
	intoInt64
	intoInt64Pointer
	intoFloat64
	intoFloat64Pointer
	intoBytes
	intoJSON
	intoStrings
	intoUUIDs
	intoInt64s
	intoDates
)

// enum is a pointer to a value of an enumeration of the schema; see gen/db.
type enum interface{ Text() *string }

// isText are the types whose values are their own text in either format.
func isText(oid uint32) bool { return oid == pgtype.TextOID || oid == pgtype.VarcharOID }

// kindOf returns how a column is decoded into the destination.
func kindOf(types *pgtype.Map, field *pgconn.FieldDescription, destination any) kind {
	if destination == nil {
		return skipped
	}
	if field.Format == pgx.TextFormatCode {
		return textKindOf(types, field.DataTypeOID, destination)
	}
	switch oid := field.DataTypeOID; destination.(type) {
	case *uuid.UUID:
		return given(intoUUID, oid == pgtype.UUIDOID)
	case **uuid.UUID:
		return given(intoUUIDPointer, oid == pgtype.UUIDOID)
	case *time.Time:
		return given(intoTime, oid == pgtype.TimestamptzOID) | given(intoDate, oid == pgtype.DateOID)
	case **time.Time:
		return given(intoTimePointer, oid == pgtype.TimestamptzOID) | given(intoDatePointer, oid == pgtype.DateOID)
	case *bool:
		return given(intoBool, oid == pgtype.BoolOID)
	case **bool:
		return given(intoBoolPointer, oid == pgtype.BoolOID)
	case *int16:
		return given(intoInt16, oid == pgtype.Int2OID)
	case **int16:
		return given(intoInt16Pointer, oid == pgtype.Int2OID)
	case *int32:
		return given(intoInt32, oid == pgtype.Int4OID)
	case **int32:
		return given(intoInt32Pointer, oid == pgtype.Int4OID)
	case *int64:
		return given(intoInt64, oid == pgtype.Int8OID)
	case **int64:
		return given(intoInt64Pointer, oid == pgtype.Int8OID)
	case *float64:
		return given(intoFloat64, oid == pgtype.Float8OID)
	case **float64:
		return given(intoFloat64Pointer, oid == pgtype.Float8OID)
	case *[]byte:
		return given(intoBytes, oid == pgtype.ByteaOID)
	case *[]string:
		return given(intoStrings, oid == pgtype.TextArrayOID)
	case *[]uuid.UUID:
		return given(intoUUIDs, oid == pgtype.UUIDArrayOID)
	case *[]int64:
		return given(intoInt64s, oid == pgtype.Int8ArrayOID)
	case *[]time.Time:
		return given(intoDates, oid == pgtype.DateArrayOID)
	default:
		return byPgx
	}
}

// textKindOf is kindOf for the text format, in which pgx asks for texts and
// jsonb, and for the types that it does not know: the enumerations.
func textKindOf(types *pgtype.Map, oid uint32, destination any) kind {
	_, known := types.TypeForOID(oid)
	switch destination.(type) {
	case *string:
		return given(intoString, isText(oid) || !known)
	case **string:
		return given(intoStringPointer, isText(oid) || !known)
	case *json.RawMessage:
		return given(intoJSON, oid == pgtype.JSONBOID)
	case *[]byte:
		return given(intoBytes, oid == pgtype.JSONBOID)
	case enum:
		return given(intoEnum, !known)
	default:
		return byPgx
	}
}

func given(k kind, is bool) kind {
	if is {
		return k
	}
	return byPgx
}

// decode turns a value into that of the destination. It returns false where
// the value is not what values of its kind are, as where it is null and the
// destination cannot be: what is to become of it is then for pgx to say.
func (d *decoder) decode(k kind, value []byte, destination any) bool {
	switch k {
	case skipped:
		return true
	case intoString, intoStringPointer, intoEnum, intoBytes, intoJSON:
		return d.decodeText(k, value, destination)
	case intoStrings, intoUUIDs, intoInt64s, intoDates:
		return d.decodeList(k, value, destination)
	case intoUUID:
		to, ok := destination.(*uuid.UUID)
		return ok && uuidOf(value, to)
	case intoUUIDPointer:
		return pointer(d, &d.uuids, value, destination, uuidOf)
	case intoTime:
		to, ok := destination.(*time.Time)
		return ok && timeOf(value, to)
	case intoTimePointer:
		return pointer(d, &d.times, value, destination, timeOf)
	case intoDate:
		to, ok := destination.(*time.Time)
		return ok && dateOf(value, to)
	case intoDatePointer:
		return pointer(d, &d.times, value, destination, dateOf)
	default:
		return d.decodeNumber(k, value, destination)
	}
}

func (d *decoder) decodeNumber(k kind, value []byte, destination any) bool {
	switch k {
	case intoBool:
		to, ok := destination.(*bool)
		return ok && boolOf(value, to)
	case intoBoolPointer:
		return pointer(d, &d.bools, value, destination, boolOf)
	case intoInt16:
		to, ok := destination.(*int16)
		return ok && int16Of(value, to)
	case intoInt16Pointer:
		return pointer(d, &d.int16s, value, destination, int16Of)
	case intoInt32:
		to, ok := destination.(*int32)
		return ok && int32Of(value, to)
	case intoInt32Pointer:
		return pointer(d, &d.int32s, value, destination, int32Of)
	case intoInt64:
		to, ok := destination.(*int64)
		return ok && int64Of(value, to)
	case intoInt64Pointer:
		return pointer(d, &d.int64s, value, destination, int64Of)
	case intoFloat64:
		to, ok := destination.(*float64)
		return ok && float64Of(value, to)
	case intoFloat64Pointer:
		return pointer(d, &d.float64s, value, destination, float64Of)
	default:
		return false
	}
}

func (d *decoder) decodeText(k kind, value []byte, destination any) bool {
	switch k {
	case intoString:
		to, ok := destination.(*string)
		if !ok || value == nil {
			return false
		}
		*to = d.text(value)
	case intoStringPointer:
		return pointer(d, &d.strings, value, destination, func(value []byte, to *string) bool {
			*to = d.text(value)
			return true
		})
	case intoEnum:
		to, ok := destination.(enum)
		if !ok || value == nil {
			return false
		}
		*to.Text() = words.word(value)
	case intoBytes:
		to, ok := destination.(*[]byte)
		if !ok {
			return false
		}
		*to = d.bytes(value)
	case intoJSON:
		to, ok := destination.(*json.RawMessage)
		if !ok {
			return false
		}
		*to = d.bytes(value)
	default:
		return false
	}
	return true
}

// pointer decodes a value that may be null.
func pointer[T any](d *decoder, s *slab[T], value []byte, destination any, of func(value []byte, to *T) bool) bool {
	to, ok := destination.(**T)
	if !ok {
		return false
	}
	if value == nil {
		*to = nil
		return true
	}
	*to = &s.take(d, 1)[0]
	return of(value, *to)
}

func uuidOf(value []byte, to *uuid.UUID) bool { return len(value) == len(to) && copy(to[:], value) > 0 }

func boolOf(value []byte, to *bool) bool {
	if len(value) != 1 {
		return false
	}
	*to = value[0] == 1
	return true
}

func int16Of(value []byte, to *int16) bool {
	if len(value) != 2 {
		return false
	}
	*to = int16(binary.BigEndian.Uint16(value))
	return true
}

func int32Of(value []byte, to *int32) bool {
	if len(value) != 4 {
		return false
	}
	*to = int32(binary.BigEndian.Uint32(value))
	return true
}

func int64Of(value []byte, to *int64) bool {
	if len(value) != 8 {
		return false
	}
	*to = int64(binary.BigEndian.Uint64(value))
	return true
}

func float64Of(value []byte, to *float64) bool {
	if len(value) != 8 {
		return false
	}
	*to = math.Float64frombits(binary.BigEndian.Uint64(value))
	return true
}

var (
	// epoch is where PostgreSQL counts from.
	epoch = time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC).Unix()
	// Between these is what everybody agrees upon; what is beyond, as the infinities are, is left to pgx.
	earliest = time.Date(1, time.January, 1, 0, 0, 0, 0, time.UTC).Unix() - epoch
	latest   = time.Date(10000, time.January, 1, 0, 0, 0, 0, time.UTC).Unix() - epoch
)

func timeOf(value []byte, to *time.Time) bool {
	var micros int64
	if !int64Of(value, &micros) || micros < earliest*1e6 || micros >= latest*1e6 {
		return false
	}
	*to = time.Unix(epoch+micros/1e6, micros%1e6*1e3)
	return true
}

func dateOf(value []byte, to *time.Time) bool {
	const day = 24 * 60 * 60
	var days int32
	if !int32Of(value, &days) || int64(days)*day < earliest || int64(days)*day >= latest {
		return false
	}
	*to = time.Unix(epoch+int64(days)*day, 0).UTC()
	return true
}
