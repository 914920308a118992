// Package audit makes a change to the log of events show. Each event has a
// link in a chain: its position in the log, and a hash over the hash before it
// and over everything that the event says, under a secret that the database
// does not hold. Who changes, removes, inserts or moves an event, or anything
// in the chain, cannot make the hashes fit again.
//
// The sealer appends to the chain behind those who write events, who never
// wait for it. Verify walks over all of it.
package audit

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/internal/seal"
)

// use is what the keys of the chain are derived for.
const use seal.Use = "audit-chain"

// encodingVersion begins what is hashed. Another encoding gets another number,
// and links of both are told apart by what was hashed.
const encodingVersion = 1

// hashLen is the length of a link's hash in bytes.
const hashLen = 32

// Columns are those of events that the hash of a link covers: all of them.
var Columns = []string{
	"id", "transaction_id", "occurred_at", "actor_id", "credential", "request_id", "entity_type", "entity_id",
	"project_id", "action", "changes", "version",
}

// sealed is an event as the hash of its link covers it. transactionID and
// changes are as PostgreSQL writes them: it has one text for a value.
type sealed struct {
	id            int64
	transactionID string
	occurredAt    time.Time
	actorID       *uuid.UUID
	credential    string
	requestID     *string
	entityType    string
	entityID      uuid.UUID
	projectID     *uuid.UUID
	action        string
	changes       string
	version       *int64
}

// chain computes the hashes under one secret.
type chain struct {
	box *seal.Box
}

func newChain(secret []byte) (chain, error) {
	box, err := seal.New(secret, use)
	if err != nil {
		return chain{}, err
	}
	return chain{box: box}, nil
}

// start returns the hash that stands before the first event. It follows from
// the secret alone, and so tells whether the secret is the right one.
func (c chain) start() []byte {
	return c.box.Sum(append([]byte{encodingVersion}, "the beginning"...))
}

// next returns the hash of the event's link at the position, after a link with
// the hash before. Every field has a fixed length or its length before it, and
// one that may be absent says whether it is: no two events are encoded alike.
func (c chain) next(position int64, before []byte, e sealed) []byte {
	b := make([]byte, 0, 256+len(e.changes))
	b = append(b, encodingVersion)
	b = number(b, position)
	b = text(b, string(before))
	b = number(b, e.id)
	b = text(b, e.transactionID)
	b = number(b, e.occurredAt.UnixMicro())
	b = optional(b, e.actorID, identity)
	b = text(b, e.credential)
	b = optional(b, e.requestID, text)
	b = text(b, e.entityType)
	b = identity(b, e.entityID)
	b = optional(b, e.projectID, identity)
	b = text(b, e.action)
	b = text(b, e.changes)
	b = optional(b, e.version, number)
	return c.box.Sum(b)
}

func number(b []byte, n int64) []byte { return binary.BigEndian.AppendUint64(b, uint64(n)) }

func text(b []byte, s string) []byte {
	b = binary.BigEndian.AppendUint64(b, uint64(len(s)))
	return append(b, s...)
}

func identity(b []byte, id uuid.UUID) []byte { return append(b, id[:]...) }

func optional[T any](b []byte, value *T, encode func([]byte, T) []byte) []byte {
	if value == nil {
		return append(b, 0)
	}
	return encode(append(b, 1), *value)
}

// Head is where a chain ends, or ended when it was noted.
type Head struct {
	Position int64
	Hash     []byte
}

// String returns the head as [ParseHead] reads it.
func (h Head) String() string { return fmt.Sprintf("%d:%s", h.Position, hex.EncodeToString(h.Hash)) }

// ParseHead reads POSITION:HASH.
func ParseHead(s string) (Head, error) {
	position, hash, ok := strings.Cut(s, ":")
	n, err := strconv.ParseInt(position, 10, 64)
	decoded, notHex := hex.DecodeString(hash)
	if !ok || err != nil || n < 0 || notHex != nil || len(decoded) != hashLen {
		return Head{}, fmt.Errorf("%q is no head of the chain: expected what `coordinator audit head` printed, POSITION:HASH with a hash of %d hexadecimal digits", s, 2*hashLen)
	}
	return Head{Position: n, Hash: decoded}, nil
}

// Start returns the hash that a chain under the secret begins with. It follows
// from the secret alone, and tells nothing of it.
func Start(secret []byte) ([]byte, error) {
	c, err := newChain(secret)
	if err != nil {
		return nil, err
	}
	return c.start(), nil
}
