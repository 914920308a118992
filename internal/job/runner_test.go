package job_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/job"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

type note struct {
	Text string `json:"text"`
}

func (note) Kind() string { return "note" }

// reader notes what it was told to, and panics once before.
type reader struct {
	river.WorkerDefaults[note]
	read chan string
}

func (r *reader) Work(_ context.Context, j *river.Job[note]) error {
	if j.Attempt == 1 {
		panic("not today")
	}
	r.read <- j.Args.Text
	return nil
}

func (*reader) NextRetry(*river.Job[note]) time.Time { return time.Now() }

// A job is there when its transaction was committed, and never when it was
// rolled back; a panic in it is an attempt that failed.
func TestAJobFollowsItsTransaction(t *testing.T) {
	t.Parallel()
	for name, pollOnly := range map[string]bool{"listening": false, "polling": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := dbx.New(dbtest.Pool(t))
			logger := slog.New(slog.DiscardHandler)
			queue, err := job.NewQueue(logger)
			if err != nil {
				t.Fatal(err)
			}
			r := &reader{read: make(chan string, 10)}
			works := job.NewWorks()
			works.Queue(river.QueueDefault, 2)
			job.Add(works, r)
			runner, err := job.NewRunner(job.Options{DB: d, PollOnly: pollOnly, Patience: time.Second, Logger: logger}, works)
			if err != nil {
				t.Fatal(err)
			}
			if err := runner.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := runner.Stop(context.Background()); err != nil {
					t.Error(err)
				}
			})
			add := func(text string, result error) {
				err := dbx.WithTx(t.Context(), d, func(q *db.Queries) error {
					if err := queue.Add(t.Context(), q, note{text}, nil); err != nil {
						return err
					}
					return result
				})
				if !errors.Is(err, result) {
					t.Fatal(err)
				}
			}
			add("rolled back", errors.New("no"))
			add("committed", nil)
			select {
			case got := <-r.read:
				if got != "committed" {
					t.Errorf("the job %q was done", got)
				}
			case <-time.After(30 * time.Second):
				t.Fatal("the job was not done")
			}
			if err := queue.Add(t.Context(), db.New(d), note{}, nil); err == nil {
				t.Error("a job was added outside a transaction")
			}
		})
	}
}
