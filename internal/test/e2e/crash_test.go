package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/client"
)

const (
	// maxKills is how often the server is killed by `make kills`, and how often
	// the control may be before it has to have lost something.
	maxKills = 20

	// writers is how many write at a time.
	writers = 8

	// A round acknowledges between minWrites and maxWrites before it ends, so
	// that the kill comes at any moment between the server's warming up and its
	// full speed.
	minWrites, maxWrites = 40, 200
)

func TestCrash(t *testing.T) {
	t.Parallel()

	// Whatever is killed amid writes, and however often: what was acknowledged
	// is there.
	t.Run("AcknowledgedWritesAreThere", func(t *testing.T) {
		t.Parallel()

		c := newCrash(t)
		for range fromEnvironment(t, "COORDINATOR_TEST_KILLS", 6) {
			c.round(t)
		}

		c.finish(t)

		if c.lost != 0 {
			t.Errorf("%d of %d acknowledged writes are lost", c.lost, len(c.acknowledged))
		}
	})

	// A first start that is killed while it makes the database, at any stage,
	// does not keep the next from making it.
	t.Run("FirstStartIsRepeated", func(t *testing.T) {
		t.Parallel()

		for _, stage := range []string{"base/1/2704", "base/1/3456", "base/4/1259"} {
			dataDir := newDataDir(t)
			killed := launchServer(t, dataDir, admin...)
			awaitFile(t, killed, filepath.Join(dataDir, "postgresql", "*initdb*", stage))
			killed.kill()

			s := start(t, dataDir, admin...)
			s.signedIn(t, adminEmail, adminPassword)
			s.stop(t)
		}
	})

	// The control: the same, where PostgreSQL acknowledges a commit that is not
	// on disk. It shows that a loss would be noticed.
	t.Run("WritesAreLostWithoutSynchronousCommit", func(t *testing.T) {
		t.Parallel()

		c := newCrash(t,
			"ALTER SYSTEM SET synchronous_commit = off",
			// The WAL writer writes what commits leave unwritten when a page is full
			// and, by default, every 200 ms.
			"ALTER SYSTEM SET wal_writer_delay = '10s'")

		for c.kills < maxKills && c.lost == 0 {
			c.round(t)
		}

		c.finish(t)

		if c.lost == 0 {
			t.Errorf("none of %d acknowledged writes is lost", len(c.acknowledged))
		}
	})
}

// crash is a data directory whose server is killed again and again.
type crash struct {
	dataDir     string
	accessToken string
	projectID   uuid.UUID

	// acknowledged are the titles of the tasks that were answered with 201, by id.
	acknowledged map[uuid.UUID]string
	// lost is how many of them were missing when last looked for.
	lost int
	// found is how many tasks were there then, acknowledged or not.
	found int

	kills         int // of the server
	postgresKills int // of PostgreSQL in the same moment
}

// newCrash makes a project on a new data directory, and then runs the statements.
func newCrash(t *testing.T, statements ...string) *crash {
	t.Helper()

	c := &crash{dataDir: newDataDir(t), acknowledged: map[uuid.UUID]string{}}
	s := start(t, c.dataDir, admin...)
	c.accessToken = s.signIn(t, adminEmail, adminPassword).AccessToken
	c.projectID = calling(s.client(t, c.accessToken).Projects.Create(t.Context(), api.ProjectCreate{Name: "Crashes"})).
		succeeds(t).ID

	execute(t, asSuperuser(t, s.database), statements...)
	s.stop(t) // in order, so that all of this is on disk

	return c
}

// round starts the server, looks for what was acknowledged before, and kills
// the server amid writes. Left alone, PostgreSQL shuts down cleanly when its
// server is gone, so every other round kills it first.
func (c *crash) round(t *testing.T) {
	t.Helper()

	s := start(t, c.dataDir, unlimited...)
	c.look(t, s)

	postmaster := runningPostmaster(t, c.dataDir)
	stream := startWriting(t.Context(), s.client(t, c.accessToken), c.projectID, fmt.Sprintf("round %d", c.kills))

	select {
	case <-stream.enough:
	case <-s.exited:
		t.Fatalf("the server ended:\n%s", s.stderr)
	case <-time.After(patience):
		t.Fatalf("the server acknowledges too little; the last answer was %s\n%s", stream.refusal(), s.stderr)
	}

	if c.kills%2 == 1 {
		if err := syscall.Kill(postmaster, syscall.SIGKILL); err != nil {
			t.Fatalf("killing PostgreSQL: %v", err)
		}

		c.postgresKills++
	}

	s.kill()
	c.kills++

	maps.Copy(c.acknowledged, stream.end())
}

// finish looks once more, also through the API, and stops the server.
func (c *crash) finish(t *testing.T) {
	t.Helper()

	s := start(t, c.dataDir, unlimited...)
	c.look(t, s)

	if listed := c.list(t, s); listed != c.found {
		t.Errorf("the API lists %d tasks, and there are %d", listed, c.found)
	}

	s.stop(t)
	t.Logf("%d kills of the server, %d of them together with PostgreSQL: %d writes acknowledged, %d of them lost, %d more found",
		c.kills, c.postgresKills, len(c.acknowledged), c.lost, c.found-(len(c.acknowledged)-c.lost))
}

// look compares the database with what was acknowledged.
func (c *crash) look(t *testing.T, s *server) {
	t.Helper()

	conn := connect(t, s.database)
	defer conn.Close(t.Context())

	rows, err := conn.Query(t.Context(), "SELECT id, title FROM tasks")
	if err != nil {
		t.Fatal(err)
	}

	there := map[uuid.UUID]string{}

	var (
		id    uuid.UUID
		title string
	)

	_, err = pgx.ForEachRow(rows, []any{&id, &title}, func() error {
		there[id] = title

		return nil
	})
	if err != nil {
		t.Fatal(err)
	}

	c.lost, c.found = 0, len(there)

	for id, title := range c.acknowledged {
		if there[id] != title {
			c.lost++
		}
	}

	var halves int

	// Of a change that nobody acknowledged there is all or nothing.
	err = conn.QueryRow(t.Context(), `
		SELECT count(*)
		FROM tasks t FULL JOIN (SELECT entity_id FROM events WHERE action = 'task.created') e ON e.entity_id = t.id
		WHERE t.id IS NULL OR e.entity_id IS NULL`).Scan(&halves)
	if err != nil {
		t.Fatal(err)
	}

	if halves != 0 {
		t.Errorf("%d tasks are without an event, or events without a task", halves)
	}
}

// list walks the list of tasks and returns how many it has.
func (c *crash) list(t *testing.T, s *server) int {
	t.Helper()

	asAdmin := s.client(t, c.accessToken)
	listed := map[uuid.UUID]bool{}

	for task, err := range asAdmin.Tasks.All(t.Context(), client.TaskListParams{ProjectID: []uuid.UUID{c.projectID}, Sort: "created_at"}) {
		if err != nil {
			t.Fatal(err)
		}

		listed[task.ID] = true
	}

	return len(listed)
}

// awaitFile waits for a file that the server makes on the way.
func awaitFile(t *testing.T, s *server, pattern string) {
	t.Helper()

	for giveUp := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		if found, err := filepath.Glob(pattern); err != nil || len(found) > 0 {
			return
		}

		if !s.isRunning() || time.Now().After(giveUp) {
			t.Fatalf("%s is never there:\n%s%s", pattern, s.stdout, s.stderr)
		}
	}
}

// stream is several writers that create one task after the other.
type stream struct {
	enough  chan struct{} // closed when so many are acknowledged that the kill may come
	target  int
	writing sync.WaitGroup

	mu           sync.Mutex
	acknowledged map[uuid.UUID]string
	lastRefusal  string
}

func startWriting(ctx context.Context, c *client.Client, projectID uuid.UUID, name string) *stream {
	s := &stream{
		enough:       make(chan struct{}),
		target:       minWrites + rand.IntN(maxWrites-minWrites),
		acknowledged: map[uuid.UUID]string{},
	}

	for writer := range writers {
		s.writing.Go(func() {
			for n := 0; ; n++ {
				task := api.TaskCreate{ProjectID: projectID, Title: fmt.Sprintf("%s, writer %d, task %d", name, writer, n)}
				if err := s.write(ctx, c, task); err != nil {
					return // the server is gone
				}
			}
		})
	}

	return s
}

// write returns an error when there was no answer. An answer that is no
// acknowledgement comes when the database is gone and its server is not yet.
func (s *stream) write(ctx context.Context, c *client.Client, task api.TaskCreate) error {
	created, err := c.Tasks.Create(ctx, task)

	problem, isRefused := errors.AsType[*client.Error](err)
	if err != nil && !isRefused {
		return err
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	if isRefused {
		s.lastRefusal = problem.Error()

		return nil
	}

	s.acknowledged[created.ID] = task.Title
	if len(s.acknowledged) == s.target {
		close(s.enough)
	}

	return nil
}

func (s *stream) refusal() string {
	s.mu.Lock()
	defer s.mu.Unlock()

	return s.lastRefusal
}

// end returns what was acknowledged, when every writer has noticed that the
// server is gone.
func (s *stream) end() map[uuid.UUID]string {
	s.writing.Wait()

	return s.acknowledged
}
