package event_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// hiddenPrefix begins the names of what the second project has.
const hiddenPrefix = "hidden "

// log is a project with a client that Mia manages, with Ana and Ben on its
// team, a second one with Cleo on its team, and changes of all of it by Ben.
type log struct {
	db     *dbx.DB
	events *event.Service
	people map[string]db.User
	// What was changed, by a name for it; hidden is the second project's.
	entities map[string]uuid.UUID
	project  uuid.UUID
}

func (l log) actor(name string) access.Actor { return factory.Actor(l.people[name]) }

// record writes an event about the entity of the name, "task", by somebody.
func (l log) record(t *testing.T, as, entity, name, action string, project *uuid.UUID, before, after any) {
	t.Helper()
	err := event.Record(t.Context(), db.New(l.db), l.actor(as), event.Event{
		Entity: entity, ID: l.entities[name], ProjectID: project, Action: action, Before: before, After: after, Version: 2,
	})
	expect.OK(t, err)
}

func setupLog(t *testing.T) log {
	t.Helper()
	d := dbx.New(dbtest.Pool(t))
	l := log{db: d, events: event.New(d), people: map[string]db.User{}, entities: map[string]uuid.UUID{}}
	for name, role := range map[string]db.Role{
		"Ada": db.RoleAdmin, "Mia": db.RoleManager, "Ana": db.RoleUser, "Ben": db.RoleUser, "Cleo": db.RoleUser,
	} {
		l.people[name] = factory.User(t, d, &factory.UserOpts{Name: name, Role: role})
		l.entities[name] = l.people[name].ID
	}
	world := func(prefix string, team ...string) uuid.UUID {
		client := factory.Client(t, d, nil)
		members := map[uuid.UUID]db.ProjectMemberRole{}
		for _, name := range team {
			members[l.people[name].ID] = db.ProjectMemberRoleContributor
		}
		project := factory.Project(t, d, &factory.ProjectOpts{ClientID: &client.ID, ManagerID: new(l.entities["Mia"]), Team: members})
		l.entities[prefix+"client"], l.entities[prefix+"project"] = client.ID, project.ID
		for _, name := range []string{"task", "gone"} {
			l.entities[prefix+name] = factory.Task(t, d, &factory.TaskOpts{ProjectID: project.ID}).ID
		}
		_, err := d.Exec(t.Context(), "UPDATE tasks SET deleted_at = now(), deletion_id = id WHERE id = $1", l.entities[prefix+"gone"])
		expect.OK(t, err)
		return project.ID
	}
	l.project = world("", "Ana", "Ben")
	hidden := world(hiddenPrefix, "Cleo")
	l.entities["session"] = uuid.New()
	for prefix, project := range map[string]uuid.UUID{"": l.project, hiddenPrefix: hidden} {
		l.record(t, "Ben", "client", prefix+"client", "updated", nil, nil, nil)
		l.record(t, "Ben", "project", prefix+"project", "updated", &project, nil, nil)
		l.record(t, "Ben", "task", prefix+"task", "updated", &project, nil, nil)
		l.record(t, "Ben", "task", prefix+"gone", "deleted", &project, nil, nil)
	}
	l.record(t, "Ben", "user", "Ben", "updated", nil, nil, nil)
	l.record(t, "Ben", "user", "Cleo", "updated", nil, nil, nil)
	l.record(t, "Ben", "session", "session", "created", nil, nil, nil)
	// Of somebody else.
	l.record(t, "Ana", "task", "task", "updated", &l.project, nil, nil)
	return l
}

// named are the entities of the events, by their names, as a set of "name action".
func (l log) named(rows []event.Recorded) map[string]bool {
	names := map[uuid.UUID]string{}
	for name, id := range l.entities {
		names[id] = name
	}
	found := map[string]bool{}
	for _, row := range rows {
		found[names[row.EntityID]+" "+row.Action] = true
	}
	return found
}

func set(names ...string) map[string]bool {
	found := map[string]bool{}
	for _, name := range names {
		found[name] = true
	}
	return found
}

func TestActivityIsWhatTheCallerSeesOfIt(t *testing.T) {
	t.Parallel()
	l := setupLog(t)
	shared := []string{"client client.updated", "project project.updated", "task task.updated", "Ben user.updated"}
	managers := append([]string{
		"gone task.deleted", "hidden client client.updated", "hidden project project.updated",
		"hidden task task.updated", "hidden gone task.deleted", "Cleo user.updated",
	}, shared...)
	for as, want := range map[string]map[string]bool{
		"Ana": set(shared...),
		// Signing in is one's own business, and the admins'.
		"Ben": set(append([]string{"session session.created"}, shared...)...),
		"Mia": set(managers...),
		"Ada": set(append([]string{"session session.created"}, managers...)...),
	} {
		t.Run(as, func(t *testing.T) {
			t.Parallel()
			rows, info, err := l.events.Activity(t.Context(), l.actor(as), l.entities["Ben"], event.Filter{}, page.First(100))
			expect.OK(t, err)
			if diff := cmp.Diff(want, l.named(rows)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if info.Total != int64(len(want)) || len(rows) != len(want) {
				t.Errorf("counted %d, read %d, want %d", info.Total, len(rows), len(want))
			}
		})
	}
	t.Run("OfWhomTheCallerDoesNotSee", func(t *testing.T) {
		t.Parallel()
		_, _, err := l.events.Activity(t.Context(), l.actor("Cleo"), l.entities["Ben"], event.Filter{}, page.First(100))
		expect.Refusal(t, err, apperr.Missing("user", l.entities["Ben"]))
	})
	for name, test := range map[string]struct {
		filter event.Filter
		want   map[string]bool
	}{
		"Actions":    {event.Filter{Actions: []string{"task.updated", "client.updated"}}, set("task task.updated", "client client.updated")},
		"EntityType": {event.Filter{EntityType: new("user")}, set("Ben user.updated")},
		"Before":     {event.Filter{To: new(time.Now().Add(-time.Hour))}, set()},
		"Since":      {event.Filter{From: new(time.Now().Add(time.Hour))}, set()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows, _, err := l.events.Activity(t.Context(), l.actor("Ana"), l.entities["Ben"], test.filter, page.First(100))
			expect.OK(t, err)
			if diff := cmp.Diff(test.want, l.named(rows)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What is said about a client or a task is seen as that is.
func TestActivityOnComments(t *testing.T) {
	t.Parallel()
	l := setupLog(t)
	add := func(column, about string) {
		id := uuid.New()
		_, err := l.db.Exec(t.Context(), fmt.Sprintf("INSERT INTO comments (id, thread_id, %s, body, author_id, author_kind) VALUES ($1, $1, $2, 'x', $3, 'human')", column), id, l.entities[about], l.entities["Ben"])
		expect.OK(t, err)
		l.entities["on "+about] = id
		l.record(t, "Ben", "comment", "on "+about, "created", nil, nil, nil)
	}
	for _, prefix := range []string{"", "hidden "} {
		add("client_id", prefix+"client")
		add("project_id", prefix+"project")
		add("task_id", prefix+"task")
		add("task_id", prefix+"gone")
	}
	_, err := l.db.Exec(t.Context(), "UPDATE comments SET deleted_at = now(), deletion_id = id WHERE id = $1", l.entities["on project"])
	expect.OK(t, err)
	rows, _, err := l.events.Activity(t.Context(), l.actor("Ana"), l.entities["Ben"], event.Filter{EntityType: new("comment")}, page.First(100))
	expect.OK(t, err)
	if diff := cmp.Diff(set("on client comment.created", "on task comment.created"), l.named(rows)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// talkAndWork adds comments and time entries, some of them deleted, to the
// project and to the one that is hidden.
func (l log) talkAndWork(t *testing.T) {
	t.Helper()
	for _, prefix := range []string{"", hiddenPrefix} {
		task := l.entities[prefix+"task"]
		for name, opts := range map[string]factory.CommentOpts{
			"comment": {TaskID: &task}, "deleted comment": {TaskID: &task},
			"comment on the client": {ClientID: new(l.entities[prefix+"client"])}, "comment on gone": {TaskID: new(l.entities[prefix+"gone"])},
		} {
			l.entities[prefix+name] = factory.Comment(t, l.db, &opts).ID
		}
		_, err := l.db.Exec(t.Context(), "UPDATE comments SET deleted_at = now(), deletion_id = id WHERE id = $1", l.entities[prefix+"deleted comment"])
		expect.OK(t, err)
		l.entities[prefix+"entry"] = factory.TimeEntry(t, l.db, &factory.TimeEntryOpts{TaskID: task}).ID
		// Of a deleted entry nothing is left but this.
		l.entities[prefix+"deleted entry"] = uuid.New()
		expect.OK(t, event.Record(t.Context(), db.New(l.db), l.actor("Ben"), event.Event{
			Entity: "time_entry", ID: l.entities[prefix+"deleted entry"], Action: "deleted", Before: db.TimeEntry{Minutes: 90}, Gone: true,
		}))
	}
}

// A contact is read of with its client, and of another client it is not.
func TestHistoryOfAContact(t *testing.T) {
	t.Parallel()
	l := setupLog(t)
	client, hidden := l.entities["client"], l.entities[hiddenPrefix+"client"]
	kept := factory.Contact(t, l.db, &factory.ContactOpts{ClientID: client})
	deleted := db.ClientContact{ID: uuid.New(), ClientID: client, Name: "Theo"}
	expect.OK(t, event.Record(t.Context(), db.New(l.db), l.actor("Mia"), event.Event{
		Entity: "client_contact", ID: deleted.ID, Action: "deleted", Before: deleted, Gone: true,
	}))
	for name, test := range map[string]struct {
		client, contact uuid.UUID
		want            []string
	}{
		"Kept": {client, kept.ID, []string{"Ada", "Mia", "Ana"}}, "KeptOfAnotherClient": {hidden, kept.ID, nil},
		"Deleted": {client, deleted.ID, []string{"Ada", "Mia"}}, "DeletedOfAnotherClient": {hidden, deleted.ID, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, as := range []string{"Ada", "Mia", "Ana", "Cleo"} {
				_, _, err := l.events.ContactHistory(t.Context(), l.actor(as), test.client, test.contact, page.First(10))
				if err == nil {
					got = append(got, as)
				} else {
					expect.Refusal(t, err, apperr.Missing("contact", test.contact))
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("it is read by (-want +got):\n%s", diff)
			}
		})
	}
	rows, _, err := l.events.ContactHistory(t.Context(), l.actor("Mia"), client, deleted.ID, page.First(10))
	expect.OK(t, err)
	if got := string(rows[0].Fields["name"].Old); len(rows) != 1 || got != `"Theo"` {
		t.Errorf("its events keep %s: %+v", got, rows)
	}
}

// What an hour of somebody's time cost is for managers and up, also in the
// events of a time entry.
func TestHistoryOfATimeEntryLeavesOutTheCostForUsers(t *testing.T) {
	t.Parallel()
	l := setupLog(t)
	entry := factory.TimeEntry(t, l.db, &factory.TimeEntryOpts{TaskID: l.entities["task"], BillingRate: new(int64(9500)), CostRate: new(int64(4000))})
	l.entities["entry"] = entry.ID
	l.record(t, "Ben", "time_entry", "entry", "created", &l.project, nil, entry)
	for as, want := range map[string]bool{"Ana": false, "Ben": false, "Mia": true, "Ada": true} {
		rows, _, err := l.events.History(t.Context(), l.actor(as), "time_entry", entry.ID, page.First(1))
		expect.OK(t, err)
		for _, field := range []string{"cost_rate_minor", "cost_rate_currency"} {
			if _, told := rows[0].Fields[field]; told != want {
				t.Errorf("%s is told the %s: %v", as, field, told)
			}
		}
		if got := string(rows[0].Fields["billing_rate_minor"].New); got != "9500" {
			t.Errorf("to %s the billing rate is %s", as, got)
		}
	}
}

func TestHistoryIsReadByWhoSeesTheEntity(t *testing.T) {
	t.Parallel()
	l := setupLog(t)
	l.talkAndWork(t)
	everybody, team, managers := []string{"Ada", "Mia", "Ana", "Ben", "Cleo"}, []string{"Ada", "Mia", "Ana", "Ben"}, []string{"Ada", "Mia"}
	for name, test := range map[string]struct {
		entity string
		want   []string
	}{
		"task": {"task", team}, "project": {"project", team}, "client": {"client", team},
		"Ben": {"user", team}, "Cleo": {"user", []string{"Ada", "Mia", "Cleo"}}, "Mia": {"user", everybody},
		"hidden task": {"task", []string{"Ada", "Mia", "Cleo"}}, "hidden client": {"client", []string{"Ada", "Mia", "Cleo"}},
		"comment": {"comment", team}, "comment on the client": {"comment", team}, "entry": {"time_entry", team},
		"hidden comment": {"comment", []string{"Ada", "Mia", "Cleo"}}, "hidden entry": {"time_entry", []string{"Ada", "Mia", "Cleo"}},
		// That of what is deleted is for managers and up.
		"gone": {"task", managers}, "deleted comment": {"comment", managers}, "comment on gone": {"comment", managers},
		"deleted entry": {"time_entry", managers},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			id := l.entities[name]
			var got []string
			for _, as := range everybody {
				_, _, err := l.events.History(t.Context(), l.actor(as), test.entity, id, page.First(10))
				if err == nil {
					got = append(got, as)
				} else {
					expect.Refusal(t, err, apperr.Missing(strings.ReplaceAll(test.entity, "_", " "), id))
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("it is read by (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("WhatNeverWas", func(t *testing.T) {
		t.Parallel()
		for entity, known := range map[string]string{"task": "task", "comment": "comment", "time_entry": "time entry"} {
			id := uuid.New()
			_, _, err := l.events.History(t.Context(), l.actor("Ada"), entity, id, page.First(10))
			expect.Refusal(t, err, apperr.Missing(known, id))
		}
	})
	t.Run("WhatHasNone", func(t *testing.T) {
		t.Parallel()
		_, _, err := l.events.History(t.Context(), l.actor("Ada"), "session", l.entities["session"], page.First(10))
		if err == nil {
			t.Error("a session has a history")
		}
	})
}

func TestHistoryIsNewestFirstAndWalkedByCursor(t *testing.T) {
	t.Parallel()
	l := setupLog(t)
	for range 7 {
		l.record(t, "Ben", "task", "task", "updated", &l.project, nil, nil)
	}
	var ids []int64
	request := page.First(4)
	for {
		rows, info, err := l.events.History(t.Context(), l.actor("Ana"), "task", l.entities["task"], request)
		expect.OK(t, err)
		for _, row := range rows {
			ids = append(ids, row.ID)
		}
		if !info.HasMore {
			break
		}
		request.Cursor = info.NextCursor
		// What is added meanwhile comes before, and is met by no later page.
		l.record(t, "Ben", "task", "task", "updated", &l.project, nil, nil)
	}
	// Two of setup and seven.
	if len(ids) != 9 {
		t.Fatalf("%d events are met: %v", len(ids), ids)
	}
	for i := range ids[1:] {
		if ids[i+1] >= ids[i] {
			t.Errorf("%d comes after %d", ids[i+1], ids[i])
		}
	}
}

func TestHistoryNamesWhoTheCallerSees(t *testing.T) {
	t.Parallel()
	l := setupLog(t)
	l.record(t, "Cleo", "task", "task", "updated", &l.project, nil, nil)
	expect.OK(t, event.Record(t.Context(), db.New(l.db), access.System(), event.Event{Entity: "task", ID: l.entities["task"], ProjectID: &l.project, Action: "updated"}))
	for as, want := range map[string][]string{"Ana": {"", "", "Ana", "Ben"}, "Mia": {"", "Cleo", "Ana", "Ben"}} {
		rows, _, err := l.events.History(t.Context(), l.actor(as), "task", l.entities["task"], page.First(10))
		expect.OK(t, err)
		var got []string
		for _, row := range rows {
			name := ""
			if row.Actor != nil {
				name = row.Actor.Name
			}
			got = append(got, name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("to %s they are (-want +got):\n%s", as, diff)
		}
	}
}

// What somebody costs is for managers and up, what somebody prefers for itself
// and admins.
func TestChangesLeaveOutWhatTheCallerMayNotKnow(t *testing.T) {
	t.Parallel()
	l := setupLog(t)
	type fields struct {
		Title        string  `json:"title"`
		CostRate     *int64  `json:"cost_rate_minor"`
		Currency     *string `json:"cost_rate_currency"`
		WorkingHours string  `json:"working_hours"`
	}
	l.record(t, "Ada", "user", "Ben", "updated", nil, fields{}, fields{"Designer", new(int64(6500)), new("EUR"), "nine to five"})
	for as, want := range map[string]map[string]string{
		"Ana": {"title": `"" "Designer"`},
		"Ben": {"title": `"" "Designer"`, "working_hours": `"" "nine to five"`},
		"Mia": {"title": `"" "Designer"`, "cost_rate_minor": `null 6500`, "cost_rate_currency": `null "EUR"`},
		"Ada": {"title": `"" "Designer"`, "cost_rate_minor": `null 6500`, "cost_rate_currency": `null "EUR"`, "working_hours": `"" "nine to five"`},
	} {
		rows, _, err := l.events.History(t.Context(), l.actor(as), "user", l.entities["Ben"], page.First(1))
		expect.OK(t, err)
		got := map[string]string{}
		for name, change := range rows[0].Fields {
			got[name] = string(change.Old) + " " + string(change.New)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("to %s (-want +got):\n%s", as, diff)
		}
	}
}

func TestAuditLogIsNarrowed(t *testing.T) {
	t.Parallel()
	l := setupLog(t)
	requested := l.actor("Ana")
	requested.RequestID = "req-1"
	expect.OK(t, event.Record(t.Context(), db.New(l.db), requested, event.Event{Entity: "user", ID: l.entities["Ana"], Action: "updated"}))
	for name, test := range map[string]struct {
		filter event.Filter
		want   map[string]bool
	}{
		"Actor":      {event.Filter{ActorID: new(l.entities["Ana"])}, set("task task.updated", "Ana user.updated")},
		"EntityType": {event.Filter{EntityType: new("session")}, set("session session.created")},
		"EntityID":   {event.Filter{EntityID: new(l.entities["gone"])}, set("gone task.deleted")},
		"Project":    {event.Filter{ProjectID: &l.project}, set("project project.updated", "task task.updated", "gone task.deleted")},
		"AnyAction":  {event.Filter{Actions: []string{"session.created", "task.deleted"}}, set("session session.created", "gone task.deleted", "hidden gone task.deleted")},
		"Request":    {event.Filter{RequestID: new("req-1")}, set("Ana user.updated")},
		"Since":      {event.Filter{From: new(time.Now().Add(time.Hour))}, set()},
		"Combined":   {event.Filter{ActorID: new(l.entities["Ben"]), Actions: []string{"task.updated"}, ProjectID: &l.project, To: new(time.Now().Add(time.Hour))}, set("task task.updated")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows, _, err := l.events.List(t.Context(), l.actor("Ada"), test.filter, page.First(100))
			expect.OK(t, err)
			if diff := cmp.Diff(test.want, l.named(rows)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	t.Run("EverythingThereIs", func(t *testing.T) {
		t.Parallel()
		_, info, err := l.events.List(t.Context(), l.actor("Ada"), event.Filter{}, page.First(1))
		if err != nil || info.Total != int64(expect.EventCount(t, l.db)) {
			t.Errorf("counted %d, %v", info.Total, err)
		}
	})
}
