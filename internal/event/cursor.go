package event

import (
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strconv"
)

// position is a place in the log: behind the event with these, in the order of
// transactions and, within one, of ids.
type position struct {
	transaction uint64
	id          int64
}

func (p position) compare(other position) int {
	return cmp.Or(cmp.Compare(p.transaction, other.transaction), cmp.Compare(p.id, other.id))
}

// text is the transaction as the statements take it.
func (p position) text() string { return strconv.FormatUint(p.transaction, 10) }

// Sealer encrypts cursors; see package seal.
type Sealer interface {
	Seal(text, context []byte) []byte
	Open(sealed, context []byte) ([]byte, error)
}

var errCursor = errors.New("the cursor is none of this service")

// cursors writes places so that nothing can be told from them, and only what
// it has written is read. Places run ahead over changes that their holder does not
// see: in the clear they would tell how many there are.
type cursors struct{ box Sealer }

const positionLen = 16

func (c cursors) write(p position) string {
	var plain [positionLen]byte
	binary.BigEndian.PutUint64(plain[:8], p.transaction)
	binary.BigEndian.PutUint64(plain[8:], uint64(p.id))
	return base64.RawURLEncoding.EncodeToString(c.box.Seal(plain[:], nil))
}

func (c cursors) read(cursor string) (position, error) {
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil {
		return position{}, errCursor
	}
	plain, err := c.box.Open(sealed, nil)
	if err != nil || len(plain) != positionLen {
		return position{}, errCursor
	}
	return position{
		transaction: binary.BigEndian.Uint64(plain[:8]),
		id:          int64(binary.BigEndian.Uint64(plain[8:])),
	}, nil
}
