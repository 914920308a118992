package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/internal/test/chaos"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/client"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/test/apitest"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// Who has changed something, or has been taken off a team, finds that in every
// list, however far the replica is behind that answers the others.
func TestChaosReplicaHidesNoWrite(t *testing.T) {
	t.Parallel()

	const delay = 60 * time.Millisecond

	pair := newReplicated(t, map[string]string{"recovery_min_apply_delay": delay.String()})
	settings := append([]string{"DATABASE_URL=" + pair.primary.ApplicationURL(), "DATABASE_OWNER_URL=" + pair.primary.URL()}, admin...)
	mustRun(t, settings, "migrate", "up")

	d, err := dbx.Open(t.Context(), pair.primary.ApplicationURL(), 8, dbx.WithReplica(pair.replica.ApplicationURL(), time.Minute))
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(d.Close)

	// reads returns a server whose lists are the replica's where it holds what the
	// reader, as it is told here, must see.
	reads := func(reader func(access.Actor) dbx.Reader) *apitest.API {
		return apitest.New(t, &apitest.Options{DB: d, Replica: func(ctx context.Context, actor access.Actor) (context.Context, func(), bool) {
			ctx, ok := d.OnReplica(ctx, reader(actor))

			return ctx, func() { dbx.LeaveReplica(ctx) }, ok
		}})
	}

	asked := reads(func(actor access.Actor) dbx.Reader { return dbx.Reader{ID: actor.ID, SeesAll: actor.SeesAll()} })
	// The control: the primary is asked for somebody who has changed nothing and
	// whose view depends on nothing.
	unasked := reads(func(access.Actor) dbx.Reader { return dbx.Reader{ID: uuid.New(), SeesAll: true} })

	rounds := chaos.Size(100, 1000)

	staleWrites := func(t *testing.T, a *apitest.API, rounds int) int {
		t.Helper()

		const writers = 4

		var found atomic.Int64

		var writing sync.WaitGroup
		for range writers {
			user := a.User(db.RoleUser)
			project := factory.Project(t, d, &factory.ProjectOpts{Team: map[uuid.UUID]db.ProjectMemberRole{user.ID: db.ProjectMemberRoleContributor}})
			token := a.Token(user)

			pair.catchUp(t)
			writing.Go(func() {
				for n := range rounds / writers {
					created := a.Do(apitest.Request{Method: http.MethodPost, Path: "/api/v1/tasks", Token: token, Body: api.TaskCreate{ProjectID: project.ID, Title: fmt.Sprint("Task ", n)}})
					if created.Status != http.StatusCreated {
						t.Errorf("creating a task: %d %s", created.Status, created.Body)

						return
					}

					listed := a.Do(apitest.Request{Method: http.MethodGet, Path: "/api/v1/tasks?page_size=1&project_id=" + project.ID.String(), Token: token})

					var page api.TaskPage

					listed.MustDecode(t, http.StatusOK, &page)

					if int(page.Page.Total.MustGet()) != n+1 {
						found.Add(1)
					}
				}
			})
		}

		writing.Wait()

		return int(found.Load())
	}

	t.Run("OwnWrites", func(t *testing.T) {
		before := d.ReplicaUse()

		// Somebody who changes nothing reads meanwhile, from the replica.
		reader := asked.Token(asked.User(db.RoleManager))
		stop := make(chan struct{})

		var reading sync.WaitGroup

		reading.Go(func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(5 * time.Millisecond):
					if got := asked.Do(apitest.Request{Method: http.MethodGet, Path: "/api/v1/tasks", Token: reader}); got.Status != http.StatusOK {
						t.Errorf("listing tasks: %d %s", got.Status, got.Body)
					}
				}
			}
		})

		stale := staleWrites(t, asked, rounds)

		close(stop)
		reading.Wait()

		use := d.ReplicaUse()
		t.Logf("%d writes, each followed by a list: %d stale; the replica answered %d lists, the primary %d", rounds, stale, use.ByReplica-before.ByReplica, use.ByPrimary-before.ByPrimary)

		if stale != 0 {
			t.Errorf("%d of %d lists lack what their caller had just written", stale, rounds)
		}

		if use.ByReplica == before.ByReplica {
			t.Error("the replica has answered nothing")
		}
	})

	t.Run("OwnWritesUnasked", func(t *testing.T) {
		stale := staleWrites(t, unasked, 40)
		t.Logf("control: 40 writes, each followed by a list of the replica: %d stale", stale)

		if stale == 0 {
			t.Error("no list is stale, so that the test above shows nothing")
		}
	})

	staleViews := func(t *testing.T, a *apitest.API, rounds int) (stale int) {
		t.Helper()

		manager := a.Token(a.User(db.RoleAdmin))

		for range rounds {
			user := a.User(db.RoleUser)
			project := factory.Project(t, d, &factory.ProjectOpts{Team: map[uuid.UUID]db.ProjectMemberRole{user.ID: db.ProjectMemberRoleContributor}})
			token := a.Token(user)

			pair.catchUp(t)

			removed := a.Do(apitest.Request{Method: http.MethodDelete, Path: fmt.Sprintf("/api/v1/projects/%s/team/%s", project.ID, user.ID), Token: manager})
			if removed.Status != http.StatusNoContent && removed.Status != http.StatusOK {
				t.Fatalf("removing a member: %d %s", removed.Status, removed.Body)
			}

			var page api.ProjectPage

			a.Do(apitest.Request{Method: http.MethodGet, Path: "/api/v1/projects", Token: token}).MustDecode(t, http.StatusOK, &page)

			stale += len(page.Data)
		}

		return stale
	}

	t.Run("Visibility", func(t *testing.T) {
		rounds := chaos.Size(10, 100)
		stale := staleViews(t, asked, rounds)
		t.Logf("%d people taken off a team who list projects at once: %d see it", rounds, stale)

		if stale != 0 {
			t.Errorf("%d of %d see what was taken from them", stale, rounds)
		}
	})

	t.Run("VisibilityUnasked", func(t *testing.T) {
		stale := staleViews(t, unasked, 5)
		t.Logf("control: 5 people taken off a team whose list is the replica's: %d see it", stale)

		if stale == 0 {
			t.Error("nobody sees it, so that the test above shows nothing")
		}
	})
}

// A replica that is killed amid reads is missed by nobody, and read from again
// when it is back.
func TestChaosReplicaKilled(t *testing.T) {
	t.Parallel()

	pair := newReplicated(t, nil)
	s := start(t, newDataDir(t), append(append([]string{
		"DATABASE_URL=" + pair.primary.ApplicationURL(), "DATABASE_OWNER_URL=" + pair.primary.URL(), "DATABASE_REPLICA_URL=" + pair.replica.ApplicationURL(),
	}, admin...), unlimited...)...)
	token := s.signIn(t, adminEmail, adminPassword).AccessToken
	asAdmin := s.client(t, token)
	project := calling(asAdmin.Projects.Create(t.Context(), api.ProjectCreate{Name: "Replicated"})).succeeds(t).ID

	for n := range 50 {
		calling(asAdmin.Tasks.Create(t.Context(), api.TaskCreate{ProjectID: project, Title: fmt.Sprint("Task ", n)})).succeeds(t)
	}

	pair.catchUp(t)

	kills := chaos.Size(2, 20)
	for range kills {
		list := startListing(t, s.client(t, token), project)
		awaitReads(t, pair.replica.URL())
		pair.killReplica(t)
		list.goOn(t, 50)
		pair.startReplica(t)
		awaitReads(t, pair.replica.URL())
		list.end(t)
	}

	s.stop(t)
}

// listing is several callers that list, export and count, one request after another.
type listing struct {
	stop     chan struct{}
	reading  sync.WaitGroup
	answered atomic.Int64
	failed   atomic.Int64
	last     atomic.Value
}

func startListing(t *testing.T, c *client.Client, project uuid.UUID) *listing {
	t.Helper()

	l := &listing{stop: make(chan struct{})}
	requests := []func() error{
		func() error {
			_, err := c.Tasks.List(t.Context(), client.TaskListParams{ProjectID: []uuid.UUID{project}})

			return err
		},
		func() error {
			_, err := c.Projects.GetStatistics(t.Context(), project, client.ProjectGetStatisticsParams{})

			return err
		},
		func() error {
			_, err := c.Tasks.Search(t.Context(), client.TaskSearchParams{Q: "task"})

			return err
		},
	}

	for _, request := range requests {
		l.reading.Go(func() {
			for {
				select {
				case <-l.stop:
					return
				default:
				}

				if err := request(); err != nil {
					l.failed.Add(1)
					l.last.Store(err.Error())

					continue
				}

				l.answered.Add(1)
			}
		})
	}

	return l
}

// goOn waits for that many more answers.
func (l *listing) goOn(t *testing.T, count int64) {
	t.Helper()

	target := l.answered.Load() + count
	for giveUp := time.Now().Add(patience); l.answered.Load() < target; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(giveUp) {
			t.Fatalf("no more answers: %v", l.last.Load())
		}
	}
}

func (l *listing) end(t *testing.T) {
	t.Helper()

	close(l.stop)
	l.reading.Wait()
	t.Logf("the replica was killed amid %d answers; %d requests failed", l.answered.Load(), l.failed.Load())

	if failed := l.failed.Load(); failed != 0 {
		t.Errorf("%d requests failed, the last one: %v", failed, l.last.Load())
	}
}

// awaitReads waits until somebody reads tasks on the server.
func awaitReads(t *testing.T, url string) {
	t.Helper()

	const scans = "SELECT sum(seq_scan + coalesce(idx_scan, 0))::bigint FROM pg_stat_user_tables WHERE relname = 'tasks'"

	before := query[int64](t, url, scans)[0]
	for giveUp := time.Now().Add(patience); query[int64](t, url, scans)[0] < before+20; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(giveUp) {
			t.Fatal("nothing is read from the replica")
		}
	}
}
