// Package idempotency has a request that is repeated answered as it was before:
// it owns the records of what requests with an Idempotency-Key were answered,
// and the transaction that such a record shares with what the request changes.
// What a request is, and which answers are kept, its caller says.
package idempotency

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/seal"
)

const (
	// Memory is how long an answer is kept.
	Memory = 72 * time.Hour
	// inProgressPause is when to come back while the same request is under way.
	inProgressPause = time.Second
	// maxAttempts bounds how often a request that lost to another is run again.
	maxAttempts = 5
)

// Service keeps the answers.
type Service struct {
	db  *dbx.DB
	box *seal.Box
	now func() time.Time
}

// New returns the service. secret is what everything is sealed with that the
// database may not tell; now is the clock, nil for the real one.
func New(d *dbx.DB, secret []byte, now func() time.Time) (*Service, error) {
	box, err := seal.New(secret, "idempotency")
	if err != nil {
		return nil, err
	}
	if now == nil {
		now = time.Now
	}
	return &Service{db: d, box: box, now: now}, nil
}

// Request is a request with a key.
type Request struct {
	// ViewerID is who sends it; zero for nobody. The keys of one do not concern
	// another, and of nobody each content has its own: it may be anybody's.
	ViewerID  uuid.UUID
	Operation string
	Key       string
	// Content is all of what a repeat has in common with the first.
	Content [][]byte
}

// Answer is what a request is answered.
type Answer struct {
	Status int         `json:"-"`
	Header http.Header `json:"header"`
	Body   []byte      `json:"body"`
}

// Fate is what becomes of an answer, and of what was changed on the way to it.
type Fate int

// The fates.
const (
	// Undo keeps neither.
	Undo Fate = iota
	// Commit keeps what was changed, and not the answer: a repeat is a new request.
	Commit
	// Keep keeps both.
	Keep
)

// Work answers a request. What it does with the context is one transaction; it
// may be run again when that collides with another.
type Work func(ctx context.Context) (Answer, Fate, error)

// answeredError ends a transaction that need not go on: the request is answered.
type answeredError struct{ answer Answer }

func (answeredError) Error() string { return "the request was answered before" }

// Do returns the answer to the request that was kept, or that of work, which is
// kept in the same transaction as what work changes, and whether it was kept
// before. It returns IdempotencyKeyReused when the key is that of another
// request, RequestInProgress when the same is under way, and the error of work.
func (s *Service) Do(ctx context.Context, request Request, work Work) (answer Answer, replayed bool, err error) {
	id, fingerprint := s.sums(request)
	// Most repeats come when the first is long answered: they take no transaction.
	found, err := s.find(ctx, db.New(s.db), id, fingerprint)
	if err != nil {
		return Answer{}, false, err
	}
	if found != nil {
		return *found, true, nil
	}
	for attempt := 1; ; attempt++ {
		answer, err = s.attempt(ctx, id, fingerprint, work)
		if answered, ok := errors.AsType[answeredError](err); ok {
			return answered.answer, true, nil
		}
		if err == nil || attempt == maxAttempts || !dbx.Collided(err) {
			return answer, false, err
		}
		select {
		case <-ctx.Done():
			return Answer{}, false, ctx.Err()
		//nolint:gosec // A pause is no secret.
		case <-time.After(time.Duration(rand.Int64N(int64(attempt) * int64(10*time.Millisecond)))):
		}
	}
}

func (s *Service) attempt(ctx context.Context, id, fingerprint []byte, work Work) (Answer, error) {
	// begun is why the transaction did not begin, whatever work made of it.
	var begun error
	ambient := dbx.NewAmbient(s.db, func(ctx context.Context, q *db.Queries) error {
		begun = s.begin(ctx, q, id, fingerprint)
		return begun
	})
	// Also after a panic.
	defer ambient.Rollback(ctx)
	answer, fate, err := work(ambient.In(ctx))
	switch {
	case begun != nil:
		return Answer{}, begun
	case fate == Keep && answer.Status < http.StatusBadRequest && ambient.Spoilt():
		return Answer{}, errors.New("a statement has failed, and what it spoilt is answered as done")
	case fate == Keep:
		return answer, ambient.Commit(ctx, func(q *db.Queries) error { return s.put(ctx, q, id, fingerprint, answer) })
	case fate == Commit:
		if failed := ambient.Commit(ctx, nil); failed != nil {
			// Not beside the refusal, which says that it has written what it had to.
			return Answer{}, fmt.Errorf("keeping what a refusal has written: %w", failed)
		}
		return Answer{}, s.refused(ctx, id, fingerprint, err)
	}
	return answer, err
}

// refused returns the refusal, unless the request has been answered meanwhile:
// what the first of two has used up, a code or a token, is refused to the other.
func (s *Service) refused(ctx context.Context, id, fingerprint []byte, refusal error) error {
	found, err := s.find(ctx, db.New(s.db), id, fingerprint)
	if err == nil && found != nil {
		return answeredError{*found}
	}
	// Where it cannot be looked for, the refusal is still right.
	return refusal
}

// begin locks the request, and looks again whether it is answered: whoever held
// the lock may have done so.
func (s *Service) begin(ctx context.Context, q *db.Queries, id, fingerprint []byte) error {
	var found *Answer
	err := dbx.Together(ctx, q,
		func(q *db.Queries) error {
			locked, err := q.IdempotencyTryLock(ctx, int64(binary.BigEndian.Uint64(id)))
			if err != nil {
				return fmt.Errorf("locking a request: %w", err)
			}
			if !locked {
				e := apperr.New(apperr.RequestInProgress, "A request with this Idempotency-Key is under way. Send it again in a second to get its answer.")
				e.RetryAfter = inProgressPause
				return e
			}
			return nil
		},
		// A statement of its own: it sees what was committed before the lock was got.
		func(q *db.Queries) (err error) {
			found, err = s.find(ctx, q, id, fingerprint)
			return err
		},
	)
	if err != nil {
		return err
	}
	if found != nil {
		return answeredError{*found}
	}
	return nil
}

// find returns the answer that was kept, nil without one.
func (s *Service) find(ctx context.Context, q *db.Queries, id, fingerprint []byte) (*Answer, error) {
	row, err := q.IdempotencyGet(ctx, db.IdempotencyGetParams{ID: id, Since: s.now().Add(-Memory)})
	if dbx.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking for an earlier answer: %w", err)
	}
	if subtle.ConstantTimeCompare(row.Fingerprint, fingerprint) != 1 {
		e := apperr.New(apperr.IdempotencyKeyReused, "This Idempotency-Key was sent with another request. Send a new one with what is new, and the same request with the same key.")
		e.Fields = []apperr.Field{{Pointer: "header:Idempotency-Key", Code: "reused", Detail: "This key is that of another request."}}
		return nil, e
	}
	text, err := s.box.Open(row.Sealed, id)
	if err != nil {
		return nil, fmt.Errorf("opening an earlier answer: %w", err)
	}
	answer := Answer{Status: int(row.Status)}
	if err := json.Unmarshal(text, &answer); err != nil {
		return nil, fmt.Errorf("reading an earlier answer: %w", err)
	}
	return &answer, nil
}

func (s *Service) put(ctx context.Context, q *db.Queries, id, fingerprint []byte, answer Answer) error {
	text, err := json.Marshal(answer)
	if err != nil {
		return fmt.Errorf("writing an answer down: %w", err)
	}
	err = dbx.Conclude(ctx, q, func(q *db.Queries) error {
		return q.IdempotencyPut(ctx, db.IdempotencyPutParams{
			ID: id, Fingerprint: fingerprint, Status: int32(answer.Status), Sealed: s.box.Seal(text, id), CreatedAt: s.now(),
		})
	})
	if err != nil {
		return fmt.Errorf("keeping an answer: %w", err)
	}
	return nil
}

// sums are what the request is known by, and what tells it from others with its
// key. Nobody without the secret key can tell from them what it was: a body may
// hold a password.
func (s *Service) sums(r Request) (id, fingerprint []byte) {
	fingerprint = s.box.Sum(join(append([][]byte{[]byte("request")}, r.Content...)...))
	known := [][]byte{[]byte("id"), r.ViewerID[:], []byte(r.Operation), []byte(r.Key)}
	if r.ViewerID == uuid.Nil {
		known = append(known, fingerprint)
	}
	return s.box.Sum(join(known...)), fingerprint
}

// join writes each part behind its length, so that no two lists of parts give
// the same text.
func join(parts ...[]byte) []byte {
	var b bytes.Buffer
	for _, part := range parts {
		_ = binary.Write(&b, binary.BigEndian, uint64(len(part)))
		b.Write(part)
	}
	return b.Bytes()
}
