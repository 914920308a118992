package job_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/job"
	"github.com/aicoordination/coordinator/internal/mail"
	"github.com/aicoordination/coordinator/internal/obs"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/smtptest"
)

// patience is more than anything waited for takes.
const patience = 60 * time.Second

// journal is what was logged.
type journal struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buffer.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buffer.String()
}

func (j *journal) logger() *slog.Logger {
	return slog.New(obs.Handler{Handler: slog.NewTextHandler(j, &slog.HandlerOptions{Level: slog.LevelInfo})})
}

// start runs works until the test ends.
func start(t *testing.T, d *dbx.DB, pollOnly bool, logger *slog.Logger, works *job.Works) {
	t.Helper()
	runner, err := job.NewRunner(job.Options{DB: d, PollOnly: pollOnly, Patience: time.Second, Logger: logger}, works)
	expect.OK(t, err)
	expect.OK(t, runner.Start(t.Context()))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		expect.OK(t, runner.Stop(ctx))
	})
}

func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func newPost(t *testing.T, server *smtptest.Server, logger *slog.Logger) *job.Post {
	t.Helper()
	mailer, err := mail.New(server.Options())
	expect.OK(t, err)
	queue, err := job.NewQueue(logger)
	expect.OK(t, err)
	post, err := job.NewPost(queue, mailer, bytes.Repeat([]byte{7}, 32), logger)
	expect.OK(t, err)
	return post
}

// A letter goes with its transaction; what is kept of it tells neither whom it
// is to nor its token, and the lines about it have the request's id.
func TestALetterGoesWithItsTransactionAndIsSealed(t *testing.T) {
	t.Parallel()
	d, server, logged := dbx.New(dbtest.Pool(t)), smtptest.New(t, nil), &journal{}
	post := newPost(t, server, logged.logger())
	ctx := obs.WithRequestID(t.Context(), "the-request-of-it")
	const token = "a-token_of-ours"
	write := func(to string, result error) {
		err := dbx.WithTx(ctx, d, func(q *db.Queries) error {
			expect.OK(t, post.Nobody(ctx, q))
			expect.OK(t, post.PasswordReset(ctx, q, to, token, time.Now().Add(time.Hour)))
			return result
		})
		if !errors.Is(err, result) {
			t.Fatal(err)
		}
	}
	write("rolled-back@agency.example", errors.New("no"))
	write("mia@agency.example", nil)
	var kept string
	expect.OK(t, d.QueryRow(t.Context(), "SELECT string_agg(j::text, ' ') FROM river.river_job j").Scan(&kept))
	if strings.Contains(kept, "mia@") || strings.Contains(kept, token) || !strings.Contains(kept, "sealed") {
		t.Errorf("the table tells %s", kept)
	}
	works := job.NewWorks()
	works.Queue(river.QueueDefault, 2)
	job.AddMail(works, post, func(context.Context, string) error { return nil })
	start(t, d, false, logged.logger(), works)
	if got := server.Next(t); got.To[0] != "mia@agency.example" || got.Token() != token {
		t.Errorf("to %v came %s", got.To, got.Token())
	}
	await(t, "both jobs to be done", func() bool {
		return expect.Count(t, d, "SELECT count(*) FROM river.river_job WHERE state = 'completed'") == 2
	})
	if text := logged.String(); server.Waiting() != 0 || !strings.Contains(text, "request_id=the-request-of-it") || strings.Contains(text, token) ||
		strings.Contains(text, "Producer") || strings.Contains(text, "River client") {
		t.Errorf("%d more letters came, and the log is %s", server.Waiting(), text)
	}
}

// A refusal for good ends it at once, a temporary one does not, and a token that
// runs out before the next attempt does.
func TestALetterIsTriedAsLongAsItIsOfUse(t *testing.T) {
	t.Parallel()
	d, server, logged := dbx.New(dbtest.Pool(t)), smtptest.New(t, nil), &journal{}
	var mu sync.Mutex
	tries := map[string]int{}
	server.Refuse = func(to string) error {
		mu.Lock()
		defer mu.Unlock()
		tries[to]++
		switch {
		case strings.HasPrefix(to, "gone"):
			return &smtp.SMTPError{Code: 550, Message: "no such mailbox"}
		case strings.HasPrefix(to, "late"), strings.HasPrefix(to, "busy") && tries[to] < 2:
			return &smtp.SMTPError{Code: 451, Message: "later"}
		}
		return nil
	}
	post := newPost(t, server, logged.logger())
	expect.OK(t, dbx.WithTx(t.Context(), d, func(q *db.Queries) error {
		return errors.Join(
			post.Notice(t.Context(), q, "gone@agency.example", "x"),
			post.Notice(t.Context(), q, "busy@agency.example", "x"),
			post.PasswordReset(t.Context(), q, "late@agency.example", "t", time.Now().Add(1500*time.Millisecond)))
	}))
	works := job.NewWorks()
	works.Queue(river.QueueDefault, 2)
	job.AddMail(works, post, func(context.Context, string) error { return nil })
	start(t, d, true, logged.logger(), works)
	if got := server.Next(t); got.To[0] != "busy@agency.example" {
		t.Errorf("a letter came to %v", got.To)
	}
	await(t, "the others to be given up", func() bool {
		return expect.Count(t, d, "SELECT count(*) FROM river.river_job WHERE state = 'cancelled'") == 2
	})
	mu.Lock()
	defer mu.Unlock()
	if tries["gone@agency.example"] != 1 || tries["busy@agency.example"] != 2 || tries["late@agency.example"] > 2 {
		t.Errorf("the attempts were %v", tries)
	}
	if !strings.Contains(logged.String(), "a job failed for good") || !strings.Contains(logged.String(), "could not be sent yet") {
		t.Errorf("the log is %s", logged.String())
	}

	t.Run("AndIsManagedWithoutItsSecrets", func(t *testing.T) {
		m, err := job.NewManager(d, slog.New(slog.DiscardHandler))
		expect.OK(t, err)
		cancelled, err := m.List(t.Context(), job.Filter{States: []string{"cancelled"}, Kinds: []string{"mail"}, Limit: 10})
		expect.OK(t, err)
		if len(cancelled) != 2 || cancelled[0].LastError == "" {
			t.Fatalf("listed are %+v", cancelled)
		}
		if text, err := json.Marshal(cancelled); err != nil || strings.Contains(string(text), "sealed") {
			t.Errorf("the list tells %s", text)
		}
		again, err := m.Retry(t.Context(), cancelled[0].ID)
		expect.OK(t, err)
		if again.State != "available" && again.State != "running" {
			t.Errorf("retried it is %+v", again)
		}
		if _, err := m.Retry(t.Context(), 1<<40); err == nil {
			t.Error("a job that there is not is retried")
		}
		if _, err := m.Cancel(t.Context(), 1<<40); err == nil {
			t.Error("a job that there is not is cancelled")
		}
	})
}

// tick is a periodic job.
type tick struct{}

func (tick) Kind() string { return "tick" }

type ticking struct {
	river.WorkerDefaults[tick]
	ticks chan time.Time
}

func (w *ticking) Work(context.Context, *river.Job[tick]) error {
	w.ticks <- time.Now()
	return nil
}

// Of two processes one adds what is periodic: it is done once in an interval.
func TestPeriodicJobsAreDoneOnceInAnInterval(t *testing.T) {
	t.Parallel()
	d := dbx.New(dbtest.Pool(t))
	w := &ticking{ticks: make(chan time.Time, 100)}
	for range 2 {
		works := job.NewWorks()
		works.Queue(river.QueueDefault, 2)
		job.Add(works, w)
		works.Every(2*time.Second, tick{})
		start(t, d, true, slog.New(slog.DiscardHandler), works)
	}
	begin := time.Now()
	for range 4 {
		select {
		case <-w.ticks:
		case <-time.After(patience):
			t.Fatal("the periodic job is not done")
		}
	}
	took := time.Since(begin)
	added := expect.Count(t, d, "SELECT count(*) FROM river.river_job WHERE kind = 'tick'")
	t.Logf("%d jobs within %s of two processes, every 2 s", added, took)
	// One at the start, and one in each interval: two processes that each did so would have twice as many.
	if most := 2 + int(took/(2*time.Second)); added > most {
		t.Errorf("%d jobs were added within %s", added, took)
	}
}

// Where LISTEN is refused, as behind a pooler that shares sessions, jobs are
// found by looking for them; whoever listens there finds out at once.
func TestPollingNeedsNoListen(t *testing.T) {
	t.Parallel()
	listened := &listens{}
	config := dbtest.Pool(t).Config()
	config.ConnConfig.Tracer = listened
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	expect.OK(t, err)
	t.Cleanup(pool.Close)
	d := dbx.New(pool)
	queue, err := job.NewQueue(slog.New(slog.DiscardHandler))
	expect.OK(t, err)
	r := &reader{read: make(chan string, 10)}
	works := job.NewWorks()
	works.Queue(river.QueueDefault, 2)
	job.Add(works, r)
	start(t, d, true, slog.New(slog.DiscardHandler), works)
	expect.OK(t, dbx.WithTx(t.Context(), d, func(q *db.Queries) error { return queue.Add(t.Context(), q, note{"found"}, nil) }))
	select {
	case <-r.read:
	case <-time.After(patience):
		t.Fatal("the job was not found")
	}
	if listened.count() != 0 {
		t.Errorf("LISTEN was tried %d times", listened.count())
	}
	t.Run("ListeningTriesTo", func(t *testing.T) {
		works := job.NewWorks()
		works.Queue(river.QueueDefault, 2)
		job.Add(works, r)
		start(t, d, false, slog.New(slog.DiscardHandler), works)
		await(t, "LISTEN", func() bool { return listened.count() > 0 })
	})
}

// listens refuses LISTEN: the statement's context has ended before it is sent.
type listens struct {
	mu    sync.Mutex
	tried int
}

func (l *listens) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tried
}

func (l *listens) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	if !strings.HasPrefix(strings.TrimSpace(strings.ToUpper(data.SQL)), "LISTEN") {
		return ctx
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tried++
	refused, cancel := context.WithCancel(ctx)
	cancel()
	return refused
}

func (*listens) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// The jobs of a process that was killed are another's within seconds, and those
// of one that is there stay its own.
func TestTheJobsOfTheDeadAreTakenOver(t *testing.T) {
	t.Parallel()
	d := dbx.New(dbtest.Pool(t))
	queue, err := job.NewQueue(slog.New(slog.DiscardHandler))
	expect.OK(t, err)
	for _, text := range []string{"of the dead", "of the living"} {
		expect.OK(t, dbx.WithTx(t.Context(), d, func(q *db.Queries) error { return queue.Add(t.Context(), q, note{text}, nil) }))
	}
	// One process has died amid its job, another goes on with its own for an hour.
	_, err = d.Exec(t.Context(), `UPDATE river.river_job SET state = 'running', attempt = 1, attempted_at = now(),
		attempted_by = CASE args->>'text' WHEN 'of the dead' THEN ARRAY['dead'] ELSE ARRAY['living'] END`)
	expect.OK(t, err)
	_, err = d.Exec(t.Context(), "INSERT INTO job_runners VALUES ('dead', now() - interval '11 seconds'), ('living', now() + interval '1 hour')")
	expect.OK(t, err)
	r := &reader{read: make(chan string, 10)}
	works := job.NewWorks()
	works.Queue(river.QueueDefault, 2)
	job.Add(works, r)
	start(t, d, true, slog.New(slog.DiscardHandler), works)
	select {
	case got := <-r.read:
		if got != "of the dead" {
			t.Errorf("the job %s was done", got)
		}
	case <-time.After(patience):
		t.Fatal("the job was not taken over")
	}
	if n := expect.Count(t, d, "SELECT count(*) FROM river.river_job WHERE state = 'running' AND attempted_by = '{living}'"); n != 1 {
		t.Error("the job of a process that is there was taken from it")
	}
}
