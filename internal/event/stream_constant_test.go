package event_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.uber.org/goleak"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// However many follow, what happens is read and decided on for all of them in
// as many statements as for one.
func TestWhatHappensIsDecidedForAllAtOnce(t *testing.T) {
	t.Parallel()
	pool, statements := dbtest.Recorded(t, dbtest.URL(t))
	d := dbx.New(pool)
	first := factory.User(t, d, nil)
	project := factory.Project(t, d, &factory.ProjectOpts{Team: map[uuid.UUID]db.ProjectMemberRole{first.ID: db.ProjectMemberRoleViewer}})
	task := factory.Task(t, d, &factory.TaskOpts{ProjectID: project.ID})
	// What follows from time is left out: nobody is checked meanwhile.
	streams := streamsOf(t, d, nil)
	count := func(followers []*event.Follower) int {
		t.Helper()
		happens(t, d, &project.ID, task.ID)
		for _, f := range followers {
			next(t, f)
		}
		most := 0
		found := statements.During(func() {
			happens(t, d, &project.ID, task.ID)
			for _, f := range followers {
				next(t, f)
			}
		})
		for _, s := range found {
			if strings.Contains(s.SQL, "name: EventFollow ") || strings.Contains(s.SQL, "name: EventNamesSeenBy ") {
				most++
			}
		}
		return most
	}
	one := count([]*event.Follower{open(t, streams, factory.Actor(first), "")})
	var many []*event.Follower
	for range 20 {
		user := factory.User(t, d, nil)
		factory.Member(t, d, project.ID, user.ID, db.ProjectMemberRoleViewer)
		many = append(many, open(t, streams, factory.Actor(user), ""))
	}
	// On a busy machine some may have to read for themselves.
	if n := count(many); n > one+len(many)/2 {
		t.Errorf("for 20 more who follow there are %d statements, for one %d", n, one)
	}
}

// Nothing is left of streams that were closed and of what read for them.
//
// Others that ran beside it would have goroutines of their own.
func TestNothingIsLeftOfStreams(t *testing.T) { //nolint:paralleltest // See above.
	l := setupLog(t)
	before := goleak.IgnoreCurrent()
	streams := event.NewStreams(feedOf(t, l.db), event.StreamOptions{
		Retention: time.Hour, Most: 100, MostEach: 100, Logger: slog.New(slog.DiscardHandler),
		Recheck: func(_ context.Context, actors []access.Actor) ([]access.Actor, error) { return actors, nil },
	})
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { streams.Run(ctx) })
	var followers []*event.Follower
	for range 20 {
		follower, err := streams.Open(ctx, l.actor("Ada"), event.Selection{}, "")
		expect.OK(t, err)
		followers = append(followers, follower)
		running.Go(func() {
			for {
				if _, err := follower.Next(ctx); err != nil {
					return
				}
			}
		})
	}
	cancel()
	running.Wait()
	for _, follower := range followers {
		follower.Close()
	}
	if n := streams.Count(); n != 0 {
		t.Errorf("%d streams are left", n)
	}
	goleak.VerifyNone(t, before, goleak.IgnoreAnyFunction("github.com/jackc/pgx/v5/pgxpool.(*Pool).backgroundHealthCheck"))
}
