package idempotency_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/idempotency"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

type rig struct {
	t       *testing.T
	db      *dbx.DB
	service *idempotency.Service
	now     time.Time
}

func setup(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, db: dbx.New(dbtest.Pool(t)), now: time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC)}
	var err error
	r.service, err = idempotency.New(r.db, bytes.Repeat([]byte{7}, 32), func() time.Time { return r.now })
	expect.OK(t, err)
	return r
}

var request = idempotency.Request{ViewerID: uuid.MustParse("0197f3a0-7c1e-7d2a-9b3c-000000000001"), Operation: "createClient", Key: "key", Content: [][]byte{[]byte("content")}}

var answer = idempotency.Answer{Status: http.StatusCreated, Header: http.Header{"Etag": {`"1"`}}, Body: []byte("a secret body")}

// inserting is work that inserts a client, and ends as it is told to.
func (r *rig) inserting(fate idempotency.Fate, err error) idempotency.Work {
	return func(ctx context.Context) (idempotency.Answer, idempotency.Fate, error) {
		inserted := dbx.WithTx(ctx, r.db, func(q *db.Queries) error {
			_, err := q.ClientInsert(ctx, db.ClientInsertParams{ID: uuid.Must(uuid.NewV7()), Name: "Acme", Status: db.ClientStatusLead})
			return err
		})
		if inserted != nil {
			return idempotency.Answer{}, idempotency.Undo, inserted
		}
		return answer, fate, err
	}
}

func (r *rig) wants(clients, records int) {
	r.t.Helper()
	if n := expect.Count(r.t, r.db, "SELECT count(*) FROM clients"); n != clients {
		r.t.Errorf("there are %d clients, want %d", n, clients)
	}
	if n := expect.Count(r.t, r.db, "SELECT count(*) FROM idempotency_records"); n != records {
		r.t.Errorf("there are %d answers, want %d", n, records)
	}
}

func TestDo(t *testing.T) {
	t.Parallel()
	failure := errors.New("no")

	t.Run("AnswersARepeatForThreeDays", func(t *testing.T) {
		t.Parallel()
		r := setup(t)
		for _, replayed := range []bool{false, true, true} {
			got, again, err := r.service.Do(t.Context(), request, r.inserting(idempotency.Keep, nil))
			expect.OK(t, err)
			if again != replayed || got.Status != answer.Status || !bytes.Equal(got.Body, answer.Body) || got.Header.Get("ETag") != `"1"` {
				t.Errorf("got %+v, replayed %v", got, again)
			}
		}
		r.wants(1, 1)
		if n := expect.Count(t, r.db, "SELECT count(*) FROM idempotency_records r WHERE position('secret'::bytea IN r.sealed) > 0 OR r.id = 'key'::bytea"); n != 0 {
			t.Error("the answer can be read in the database")
		}
		r.now = r.now.Add(idempotency.Memory)
		_, again, err := r.service.Do(t.Context(), request, r.inserting(idempotency.Keep, nil))
		expect.OK(t, err)
		if again {
			t.Error("the answer is repeated after three days")
		}
		r.wants(2, 1)
	})

	t.Run("RefusesAnotherRequestWithTheKey", func(t *testing.T) {
		t.Parallel()
		r := setup(t)
		_, _, err := r.service.Do(t.Context(), request, r.inserting(idempotency.Keep, nil))
		expect.OK(t, err)
		other := request
		other.Content = [][]byte{[]byte("con"), []byte("tent")}
		if _, _, err := r.service.Do(t.Context(), other, r.inserting(idempotency.Keep, nil)); !apperr.Is(err, apperr.IdempotencyKeyReused) {
			t.Errorf("got %v", err)
		}
		for _, change := range []func(*idempotency.Request){
			func(r *idempotency.Request) { r.ViewerID = uuid.Nil },
			func(r *idempotency.Request) { r.Operation = "createProject" },
			func(r *idempotency.Request) { r.Key = "Key" },
		} {
			other := request
			change(&other)
			if _, again, err := r.service.Do(t.Context(), other, r.inserting(idempotency.Keep, nil)); again || err != nil {
				t.Errorf("%v is a repeat: %v, %v", other, again, err)
			}
		}
		r.wants(4, 4)
	})

	t.Run("RefusesARepeatWhileTheFirstIsUnderWay", func(t *testing.T) {
		t.Parallel()
		r := setup(t)
		_, _, err := r.service.Do(t.Context(), request, func(ctx context.Context) (idempotency.Answer, idempotency.Fate, error) {
			first, fate, err := r.inserting(idempotency.Keep, nil)(ctx)
			_, _, refused := r.service.Do(t.Context(), request, r.inserting(idempotency.Keep, nil))
			var e *apperr.Error
			if !errors.As(refused, &e) || e.Code != apperr.RequestInProgress || e.RetryAfter != time.Second {
				t.Errorf("the repeat is answered %v", refused)
			}
			return first, fate, err
		})
		expect.OK(t, err)
		r.wants(1, 1)
	})

	// Whoever begins while the first is under way, and comes to its first
	// statement when that is answered, gets its answer.
	t.Run("LooksAgainUnderTheLock", func(t *testing.T) {
		t.Parallel()
		r := setup(t)
		got, again, err := r.service.Do(t.Context(), request, func(ctx context.Context) (idempotency.Answer, idempotency.Fate, error) {
			_, _, err := r.service.Do(t.Context(), request, r.inserting(idempotency.Keep, nil))
			expect.OK(t, err)
			return r.inserting(idempotency.Keep, nil)(ctx)
		})
		expect.OK(t, err)
		if !again || got.Status != answer.Status {
			t.Errorf("got %v, replayed %v", got, again)
		}
		r.wants(1, 1)
	})

	t.Run("KeepsNothingOfAFault", func(t *testing.T) {
		t.Parallel()
		r := setup(t)
		if _, _, err := r.service.Do(t.Context(), request, r.inserting(idempotency.Undo, failure)); !errors.Is(err, failure) {
			t.Errorf("got %v", err)
		}
		func() {
			defer func() { _ = recover() }()
			_, _, _ = r.service.Do(t.Context(), request, func(ctx context.Context) (idempotency.Answer, idempotency.Fate, error) {
				_, _, _ = r.inserting(idempotency.Keep, nil)(ctx)
				panic("at the disco")
			})
		}()
		cancelled, cancel := context.WithCancel(t.Context())
		if _, _, err := r.service.Do(cancelled, request, func(ctx context.Context) (idempotency.Answer, idempotency.Fate, error) {
			defer cancel()
			return r.inserting(idempotency.Keep, nil)(ctx)
		}); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		r.wants(0, 0)
		if held := r.db.Pool().Stat().AcquiredConns(); held != 0 {
			t.Errorf("%d connections are still held", held)
		}
	})

	// As without a key: what a refusal has written is there.
	t.Run("KeepsWhatAPassingRefusalHasWritten", func(t *testing.T) {
		t.Parallel()
		r := setup(t)
		if _, _, err := r.service.Do(t.Context(), request, r.inserting(idempotency.Commit, failure)); !errors.Is(err, failure) {
			t.Errorf("got %v", err)
		}
		r.wants(1, 0)
	})

	// A refusal does not say that it has written what was not committed.
	t.Run("TellsThatWhatARefusalHasWrittenIsNotKept", func(t *testing.T) {
		t.Parallel()
		r := setup(t)
		cancelled, cancel := context.WithCancel(t.Context())
		refusal := apperr.New(apperr.Unauthenticated, "No.")
		_, _, err := r.service.Do(cancelled, request, func(ctx context.Context) (idempotency.Answer, idempotency.Fate, error) {
			defer cancel()
			return r.inserting(idempotency.Commit, refusal)(ctx)
		})
		if !errors.Is(err, context.Canceled) || errors.Is(err, refusal) {
			t.Errorf("got %v", err)
		}
		r.wants(0, 0)
	})

	// What the first has used up, a code or a token, is refused to its repeat.
	t.Run("AnswersWhoIsRefusedBecauseTheFirstSucceeded", func(t *testing.T) {
		t.Parallel()
		r := setup(t)
		got, again, err := r.service.Do(t.Context(), request, func(context.Context) (idempotency.Answer, idempotency.Fate, error) {
			_, _, err := r.service.Do(t.Context(), request, r.inserting(idempotency.Keep, nil))
			expect.OK(t, err)
			return idempotency.Answer{}, idempotency.Commit, failure
		})
		expect.OK(t, err)
		if !again || got.Status != answer.Status {
			t.Errorf("got %v, replayed %v", got, again)
		}
		r.wants(1, 1)
	})

	// Otherwise the answer would tell of changes that were undone.
	t.Run("DoesNotAnswerThatWhatWasSpoiltIsDone", func(t *testing.T) {
		t.Parallel()
		r := setup(t)
		_, _, err := r.service.Do(t.Context(), request, func(ctx context.Context) (idempotency.Answer, idempotency.Fate, error) {
			done, fate, err := r.inserting(idempotency.Keep, nil)(ctx)
			if _, err := r.db.Exec(ctx, "SELECT 1/0"); err == nil {
				t.Error("a division by zero succeeded")
			}
			return done, fate, err
		})
		if err == nil {
			t.Error("it is answered as done")
		}
		r.wants(0, 0)
	})

	// Nobody says who it is: two of them may have thought of the same key.
	t.Run("DoesNotConfuseThoseWhoAreNobody", func(t *testing.T) {
		t.Parallel()
		r := setup(t)
		one, other := request, request
		one.ViewerID, other.ViewerID = uuid.Nil, uuid.Nil
		other.Content = [][]byte{[]byte("other content")}
		for _, request := range []idempotency.Request{one, other} {
			for _, replayed := range []bool{false, true} {
				if _, again, err := r.service.Do(t.Context(), request, r.inserting(idempotency.Keep, nil)); err != nil || again != replayed {
					t.Errorf("replayed %v, %v", again, err)
				}
			}
		}
		r.wants(2, 2)
	})

	t.Run("KeepsAnAnswerThatTookNoStatement", func(t *testing.T) {
		t.Parallel()
		r := setup(t)
		idle := func(context.Context) (idempotency.Answer, idempotency.Fate, error) {
			return answer, idempotency.Keep, nil
		}
		for _, replayed := range []bool{false, true} {
			if _, again, err := r.service.Do(t.Context(), request, idle); err != nil || again != replayed {
				t.Errorf("replayed %v, %v", again, err)
			}
		}
		r.wants(0, 1)
	})

	t.Run("RunsAgainWhatHasCollided", func(t *testing.T) {
		t.Parallel()
		r := setup(t)
		runs := 0
		_, _, err := r.service.Do(t.Context(), request, func(ctx context.Context) (idempotency.Answer, idempotency.Fate, error) {
			if runs++; runs < 3 {
				return r.inserting(idempotency.Undo, &pgconn.PgError{Code: "40P01"})(ctx)
			}
			return r.inserting(idempotency.Keep, nil)(ctx)
		})
		expect.OK(t, err)
		if runs != 3 {
			t.Errorf("it ran %d times, want 3", runs)
		}
		r.wants(1, 1)
	})
}
