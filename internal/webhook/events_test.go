package webhook_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
	"github.com/aicoordination/coordinator/internal/webhook"
)

func types(messages []received) []string {
	var found []string
	for _, m := range messages {
		found = append(found, m.Type)
	}
	slices.Sort(found)
	return found
}

// person is a user with what not everybody may know.
type person struct {
	Name          string  `json:"name"`
	CostRateMinor int64   `json:"cost_rate_minor"`
	WorkingHours  *string `json:"working_hours"`
	Notifications *string `json:"notifications"`
}

// A project's endpoint gets what happens in the project, one of everything also
// what belongs to none; how people sign in and what was not asked for neither
// gets, and no field that not everybody may know.
func TestWhatLeaves(t *testing.T) {
	t.Parallel()
	f := setup(t, nil)
	mine, other := factory.Project(t, f.db, nil).ID, factory.Project(t, f.db, nil).ID
	ofProject, ofAll, some := newReceiver(t, nil), newReceiver(t, nil), newReceiver(t, nil)
	f.create(&mine, ofProject.URL)
	f.create(nil, ofAll.URL)
	f.create(nil, some.URL, "task.updated", "comment.*")
	for _, e := range []event.Event{
		{Entity: "project", ID: mine, ProjectID: &mine, Action: "updated"},
		{Entity: "task", ID: uuid.New(), ProjectID: &mine, Action: "created"},
		{Entity: "task", ID: uuid.New(), ProjectID: &other, Action: "updated"},
		{Entity: "comment", ID: uuid.New(), ProjectID: &mine, Action: "feedback_set"},
		{Entity: "time_entry", ID: uuid.New(), ProjectID: &mine, Action: "created", After: person{Name: "seen", CostRateMinor: 4000}},
		{Entity: "client", ID: uuid.New(), Action: "created"},
		{Entity: "client_contact", ID: uuid.New(), Action: "deleted"},
		{Entity: "user", ID: uuid.New(), Action: "updated", After: person{Name: "seen", CostRateMinor: 1, WorkingHours: new("9 to 5"), Notifications: new("none")}},
		{Entity: "user", ID: uuid.New(), ProjectID: &mine, Action: "password_changed"},
		{Entity: "session", ID: uuid.New(), ProjectID: &mine, Action: "created"},
		{Entity: "sign_in", ID: uuid.New(), Action: "failed"},
		{Entity: "api_key", ID: uuid.New(), ProjectID: &mine, Action: "created"},
		{Entity: "signing_key", ID: uuid.New(), Action: "created"},
		{Entity: "invitation", ID: uuid.New(), ProjectID: &mine, Action: "created"},
		{Entity: "timer", ID: uuid.New(), ProjectID: &mine, Action: "started"},
		{Entity: "webhook", ID: uuid.New(), ProjectID: &mine, Action: "created"},
	} {
		f.record(e)
	}
	f.settle()
	for name, check := range map[string]struct {
		got  []string
		want []string
	}{
		"of the project":  {types(ofProject.messages()), []string{"comment.feedback_set", "project.updated", "task.created", "time_entry.created"}},
		"of everything":   {types(ofAll.messages()), []string{"client.created", "client_contact.deleted", "comment.feedback_set", "project.updated", "task.created", "task.updated", "time_entry.created", "user.updated"}},
		"by its patterns": {types(some.messages()), []string{"comment.feedback_set", "task.updated"}},
	} {
		if diff := cmp.Diff(check.want, check.got); diff != "" {
			t.Errorf("the endpoint %s gets (-want +got):\n%s", name, diff)
		}
	}
	for _, m := range append(ofAll.messages(), ofProject.messages()...) {
		for field := range m.Data.Changes {
			if field != "name" {
				t.Errorf("%s tells %s", m.Type, field)
			}
		}
	}
}

// An endpoint gets what is committed after it was made or enabled, by however
// old a transaction, and nothing from before.
func TestAnEndpointGetsWhatHappensFromItsCreationOn(t *testing.T) {
	t.Parallel()
	f := setup(t, nil)
	f.courier.SetBatch(2)
	r := newReceiver(t, nil)
	task := uuid.New()
	f.updated(task, 1)
	var row webhook.Endpoint
	expect.OK(t, dbx.WithTx(t.Context(), f.db, func(q *db.Queries) error {
		err := event.Record(t.Context(), q, f.admin, event.Event{Entity: "task", ID: task, Action: "updated", Version: 2})
		row, _ = f.create(nil, r.URL)
		return err
	}))
	f.updated(task, 3)
	f.settle()
	_, err := f.service.Disable(t.Context(), f.admin, row.Webhook.ID)
	expect.OK(t, err)
	f.updated(task, 4)
	// Also what nobody has looked at until it is enabled again.
	_, err = f.service.Enable(t.Context(), f.admin, row.Webhook.ID)
	expect.OK(t, err)
	f.updated(task, 5)
	f.settle()
	var got []int64
	for _, m := range r.messages() {
		got = append(got, m.Data.Version)
	}
	if diff := cmp.Diff([]int64{2, 3, 5}, got); diff != "" {
		t.Errorf("it gets (-want +got):\n%s", diff)
	}
}

// The endpoints of a deleted project deliver nothing, not even what was pending;
// with the project they come back.
func TestADeletedProjectsEndpointsDeliverNothing(t *testing.T) {
	t.Parallel()
	f := setup(t, nil)
	project := factory.Project(t, f.db, nil).ID
	r := newReceiver(t, nil)
	row, _ := f.create(&project, r.URL)
	change := func(version int64) {
		f.record(event.Event{Entity: "task", ID: project, ProjectID: &project, Action: "updated", Version: version})
	}
	change(1)
	for end := time.Now().Add(time.Minute); f.count(row.Webhook.ID, webhook.StatePending) == 0 && time.Now().Before(end); {
		expect.OK(t, f.courier.Look(t.Context()))
	}
	set := func(value string) {
		_, err := f.db.Exec(t.Context(), "UPDATE projects SET deleted_at = "+value+", deletion_id = CASE WHEN "+value+" IS NULL THEN NULL ELSE gen_random_uuid() END WHERE id = $1", project)
		expect.OK(t, err)
	}
	set("now()::timestamptz")
	change(2)
	f.settle()
	if got := r.count(); got != 0 {
		t.Errorf("%d messages are sent", got)
	}
	if got := f.count(row.Webhook.ID, webhook.StateFailed); got != 1 {
		t.Errorf("%d deliveries have failed, want the pending one", got)
	}
	set("NULL::timestamptz")
	change(3)
	f.settle()
	if got := types(r.messages()); len(got) != 1 {
		t.Errorf("after the project was restored %v is sent", got)
	}
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		pattern, action string
		want            bool
	}{
		{"*", "task.updated", true},
		{"task.*", "task.updated", true},
		{"task.updated", "task.updated", true},
		{"task.*", "time_entry.updated", false},
		{"client.*", "client_contact.created", false},
		{"task.update", "task.updated", false},
	} {
		if got := webhook.Matches([]string{"x.y", test.pattern}, test.action); got != test.want {
			t.Errorf("%s gets %s: %v", test.pattern, test.action, got)
		}
	}
}
