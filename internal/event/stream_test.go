package event_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

func TestAListLeadsOnFromEveryPage(t *testing.T) {
	t.Parallel()
	l := setupLog(t)
	settle(t, l.db)
	feed := feedOf(t, l.db)
	want := idsOf(everything(t, feed, l.actor("Ada"), event.Selection{}, 100))
	if len(want) == 0 {
		t.Fatal("there is nothing to read")
	}
	for _, size := range []int{1, 3, len(want)} {
		if diff := cmp.Diff(want, idsOf(everything(t, feed, l.actor("Ada"), event.Selection{}, size))); diff != "" {
			t.Errorf("in pages of %d (-want +got):\n%s", size, diff)
		}
	}
	end, err := feed.List(t.Context(), l.actor("Ana"), event.Selection{}, event.Now, 20)
	expect.OK(t, err)
	if len(end.Events) != 0 || end.Next == "" {
		t.Fatalf("now has %d events and the cursor %q", len(end.Events), end.Next)
	}
	// An empty page leads on as well.
	empty, err := feed.List(t.Context(), l.actor("Ana"), event.Selection{}, end.Next, 20)
	expect.OK(t, err)
	happens(t, l.db, &l.project, l.entities["task"])
	after, err := feed.List(t.Context(), l.actor("Ana"), event.Selection{}, empty.Next, 20)
	expect.OK(t, err)
	if len(after.Events) != 1 {
		t.Errorf("behind an empty page there are %d events, want 1", len(after.Events))
	}
}

func TestACursorOfAnotherServiceIsRefused(t *testing.T) {
	t.Parallel()
	l := setupLog(t)
	settle(t, l.db)
	feed := feedOf(t, l.db)
	good, err := feed.List(t.Context(), l.actor("Ana"), event.Selection{}, "", 1)
	expect.OK(t, err)
	for _, cursor := range []string{"4711", "!", good.Next + "A", good.Next[1:], "A" + good.Next[1:len(good.Next)-1] + "A"} {
		_, err := feed.List(t.Context(), l.actor("Ana"), event.Selection{}, cursor, 1)
		expect.Fields(t, err, "query:after cursor")
	}
}

// A request looks at so many rows and no more, whoever asks: who sees little of
// a long log gets pages without anything that lead on.
func TestARequestLooksAtABoundedPartOfTheLog(t *testing.T) {
	t.Parallel()
	l := setupLog(t)
	_, err := l.db.Exec(t.Context(), `INSERT INTO events (credential, entity_type, entity_id, action, changes)
		SELECT 'system', 'task', gen_random_uuid(), 'task.updated', '{}' FROM generate_series(1, 12000)`)
	expect.OK(t, err)
	happens(t, l.db, &l.project, l.entities["task"])
	feed := feedOf(t, l.db)
	start, err := feed.List(t.Context(), l.actor("Ana"), event.Selection{}, "", 100)
	expect.OK(t, err)
	pages, found := 1, len(start.Events)
	for after, more := start.Next, start.More; more; pages++ {
		page, err := feed.List(t.Context(), l.actor("Ana"), event.Selection{}, after, 100)
		expect.OK(t, err)
		after, more, found = page.Next, page.More, found+len(page.Events)
	}
	if pages != 3 {
		t.Errorf("12,000 rows of others were passed in %d pages, want 3", pages)
	}
	if all := len(everything(t, feed, l.actor("Ana"), event.Selection{ProjectID: &l.project}, 100)); found < all || all == 0 {
		t.Errorf("%d events were found, of which %d are the project's", found, all)
	}
}

func TestASelectionNarrows(t *testing.T) {
	t.Parallel()
	l := setupLog(t)
	settle(t, l.db)
	feed := feedOf(t, l.db)
	task, text := l.entities["task"], "task"
	for name, test := range map[string]struct {
		selection event.Selection
		want      map[string]bool
	}{
		"Type":       {event.Selection{Types: []string{"project.updated"}}, set("project project.updated")},
		"Types":      {event.Selection{Types: []string{"project.updated", "user.updated"}}, set("project project.updated", "Ben user.updated")},
		"AllOfAType": {event.Selection{Types: []string{"task.*"}}, set("task task.updated", "gone task.deleted")},
		"Entity":     {event.Selection{EntityType: &text, EntityID: &task}, set("task task.updated")},
		"Project":    {event.Selection{ProjectID: &l.project}, set("task task.updated", "gone task.deleted", "project project.updated")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, l.named(everything(t, feed, l.actor("Ana"), test.selection, 100))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAFollowerSeesWhatItsHistoriesShow(t *testing.T) {
	t.Parallel()
	l := setupLog(t)
	settle(t, l.db)
	feed := feedOf(t, l.db)
	l.record(t, "Ben", "user", "Ben", "password_changed", nil, nil, nil)
	settle(t, l.db)
	own := []string{"client client.updated", "project project.updated", "task task.updated", "gone task.deleted", "Ben user.updated"}
	managers := append([]string{
		"hidden client client.updated", "hidden project project.updated", "hidden task task.updated", "hidden gone task.deleted", "Cleo user.updated",
	}, own...)
	for as, want := range map[string]map[string]bool{
		"Ana":  set(own...),
		"Ben":  set(append([]string{"Ben user.password_changed"}, own...)...),
		"Cleo": set("hidden client client.updated", "hidden project project.updated", "hidden task task.updated", "hidden gone task.deleted", "Cleo user.updated"),
		"Mia":  set(managers...),
		"Ada":  set(append([]string{"Ben user.password_changed", "session session.created"}, managers...)...),
	} {
		got := everything(t, feed, l.actor(as), event.Selection{}, 100)
		if diff := cmp.Diff(want, l.named(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", as, diff)
		}
	}
	limited := everything(t, feed, l.limited(t, l.actor("Ada")), event.Selection{}, 100)
	if diff := cmp.Diff(set("client client.updated", "project project.updated", "task task.updated", "gone task.deleted", "Ben user.updated"), l.named(limited)); diff != "" {
		t.Errorf("an administrator's limited key (-want +got):\n%s", diff)
	}
}

func TestAStreamBeginsAnewWhereItsCursorIsNoneOrTooOld(t *testing.T) {
	t.Parallel()
	l := setupLog(t)
	streams := streamsOf(t, l.db, func(o *event.StreamOptions) { o.Retention = time.Nanosecond })
	beginning, err := feedOf(t, l.db).List(t.Context(), l.actor("Ana"), event.Selection{}, "", 1)
	expect.OK(t, err)
	for cursor, code := range map[string]string{"nonsense": event.CodeCursorUnreadable, beginning.Next: event.CodeCursorExpired} {
		follower := open(t, streams, l.actor("Ana"), cursor)
		reset := next(t, follower)
		if reset.Reset == nil || reset.Reset.Code != code || reset.Cursor == "" {
			t.Fatalf("%q begins with %+v, want a reset %s and a cursor", cursor, reset, code)
		}
		happens(t, l.db, &l.project, l.entities["task"])
		if got := next(t, follower); len(got.Events) != 1 {
			t.Errorf("after a reset comes %+v, want the one event that happened since", got)
		}
	}
	// However old it is: nothing has happened since.
	end, err := feedOf(t, l.db).List(t.Context(), l.actor("Ana"), event.Selection{}, event.Now, 1)
	expect.OK(t, err)
	follower := open(t, streams, l.actor("Ana"), end.Next)
	happens(t, l.db, &l.project, l.entities["task"])
	if got := next(t, follower); got.Reset != nil {
		t.Errorf("a cursor at the end of the log is %+v", got.Reset)
	}
}

func TestStreamsAreLimitedInNumber(t *testing.T) {
	t.Parallel()
	l := setupLog(t)
	streams := streamsOf(t, l.db, func(o *event.StreamOptions) { o.Most, o.MostEach = 3, 2 })
	open(t, streams, l.actor("Ana"), "")
	last := open(t, streams, l.actor("Ana"), "")
	refused := func(as string, code apperr.Code) {
		t.Helper()
		_, err := streams.Open(t.Context(), l.actor(as), event.Selection{}, "")
		if e := expect.Code(t, err, code); e.RetryAfter <= 0 {
			t.Errorf("%s is not told when to come back", as)
		}
	}
	refused("Ana", apperr.RateLimited)
	open(t, streams, l.actor("Ben"), "")
	refused("Cleo", apperr.Unavailable)
	last.Close()
	open(t, streams, l.actor("Cleo"), "")
	streams.Drain()
	refused("Mia", apperr.Unavailable)
}

func TestAStreamEndsWhenTheServiceStopsAndInTime(t *testing.T) {
	t.Parallel()
	l := setupLog(t)
	streams := streamsOf(t, l.db, nil)
	follower := open(t, streams, l.actor("Ana"), "")
	streams.Drain()
	if got := next(t, follower); got.End == nil || got.End.Code != event.CodeServerStopping {
		t.Errorf("the stream goes on with %+v", got)
	}
	aging := streamsOf(t, l.db, func(o *event.StreamOptions) { o.MaxAge = 10 * time.Millisecond })
	if got := next(t, open(t, aging, l.actor("Ana"), "")); got.End == nil || got.End.Code != event.CodeTooOld {
		t.Errorf("the stream goes on with %+v", got)
	}
}

// Who sees nothing of what happens is told where to go on from, with the sign of life.
func TestAQuietStreamShowsThatItLivesAndLeadsOn(t *testing.T) {
	t.Parallel()
	l := setupLog(t)
	streams := streamsOf(t, l.db, func(o *event.StreamOptions) { o.Heartbeat = 700 * time.Millisecond })
	follower := open(t, streams, l.actor("Cleo"), "")
	happens(t, l.db, &l.project, l.entities["task"])
	for {
		message, err := follower.Next(t.Context())
		expect.OK(t, err)
		if len(message.Events) > 0 || message.End != nil || message.Reset != nil {
			t.Fatalf("Cleo gets %+v", message)
		}
		if message.Cursor != "" {
			page, err := feedOf(t, l.db).List(t.Context(), l.actor("Ada"), event.Selection{}, message.Cursor, 10)
			expect.OK(t, err)
			if len(page.Events) == 0 {
				return
			}
		}
	}
}

// Who does not read is left behind, and reads the log itself when it does.
func TestAFollowerThatIsLeftBehindMissesNothing(t *testing.T) {
	t.Parallel()
	l := setupLog(t)
	streams := streamsOf(t, l.db, nil)
	follower := open(t, streams, l.actor("Ana"), "")
	var got []uuid.UUID
	take := func() {
		for _, e := range next(t, follower).Events {
			got = append(got, e.EntityID)
		}
	}
	happens(t, l.db, &l.project, l.entities["task"])
	take()
	want := []uuid.UUID{l.entities["task"]}
	for range 60 {
		happens(t, l.db, &l.project, l.entities["task"])
		want = append(want, l.entities["task"])
		time.Sleep(5 * time.Millisecond)
	}
	time.Sleep(1500 * time.Millisecond)
	for len(got) < len(want) {
		take()
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
