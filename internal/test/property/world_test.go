// Package property_test proves what holds for any world and any order of
// operations across the aggregates.
package property_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/client"
	"github.com/aicoordination/coordinator/internal/comment"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/project"
	"github.com/aicoordination/coordinator/internal/task"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
	"github.com/aicoordination/coordinator/internal/user"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// record is one of a world, with as much of the rules of deletion as it takes
// to say what should happen. It is written anew, so that a mistake of the
// services' is not repeated.
type record struct {
	table string
	id    uuid.UUID
	// above is what takes it along when it is deleted.
	above *record
	// about is what a comment is about and answers what it replies to: neither
	// takes it along, and it comes back below neither that is deleted.
	about, answers *record
	// deletion is which one took it, 0 while it is live.
	deletion int
	// taker has its address or external id meanwhile.
	taker uuid.UUID
}

func (r *record) live() bool { return r.deletion == 0 }

// isBelow tells whether deleting other takes the record along.
func (r *record) isBelow(other *record) bool {
	for at := r; at != nil; at = at.above {
		if at == other {
			return true
		}
	}
	return false
}

// services are over one database for all worlds.
type services struct {
	db       *dbx.DB
	admin    access.Actor
	clients  *client.Service
	projects *project.Service
	tasks    *task.Service
	comments *comment.Service
	users    *user.Service
}

func setup(t *testing.T) services {
	t.Helper()
	d := dbx.New(dbtest.Pool(t))
	return services{
		db: d, admin: factory.Actor(factory.User(t, d, &factory.UserOpts{Role: db.RoleAdmin})),
		clients: client.New(d), projects: project.New(d, nil), tasks: task.New(d, nil), comments: comment.New(d, nil), users: user.New(d, nil),
	}
}

// world is some records, with the rows that they were made as.
type world struct {
	services
	t         testing.TB
	records   []*record
	deletions int
	rows      map[string]string
}

// drawWorld makes clients with contacts, projects with teams, trees of tasks
// that wait for each other, time on them, and threads of comments on it all.
func (s services) drawWorld(t testing.TB, r *rapid.T) *world {
	t.Helper()
	w := &world{services: s, t: t}
	few := func(name string, most int) int { return rapid.IntRange(0, most).Draw(r, name) }
	somebody := w.add("users", factory.User(t, s.db, nil).ID, nil)
	for range 1 + few("clients", 1) {
		c := w.add("clients", factory.Client(t, s.db, nil).ID, nil)
		factory.Contact(t, s.db, &factory.ContactOpts{ClientID: c.id})
		for range few("projects", 2) {
			p := w.add("projects", factory.Project(t, s.db, &factory.ProjectOpts{
				ClientID: &c.id, Team: map[uuid.UUID]db.ProjectMemberRole{somebody.id: db.ProjectMemberRoleLead},
			}).ID, c)
			w.drawTasks(r, p, few("tasks", 6))
		}
	}
	for range few("comments", 4) {
		w.drawComment(r)
	}
	w.exec("UPDATE clients SET external_source = 'crm', external_id = id::text WHERE id = ANY($1)", w.ids())
	w.exec("UPDATE projects SET external_source = 'crm', external_id = id::text WHERE id = ANY($1)", w.ids())
	w.exec("UPDATE tasks SET external_source = 'crm', external_id = id::text WHERE id = ANY($1)", w.ids())
	w.rows = w.read()
	return w
}

func (w *world) drawTasks(r *rapid.T, p *record, count int) {
	w.t.Helper()
	above := []*record{p}
	last := map[*record]uuid.UUID{}
	for range count {
		under := rapid.SampledFrom(above).Draw(r, "above")
		opts := factory.TaskOpts{ProjectID: p.id}
		if under != p {
			opts.ParentID = &under.id
		}
		// Waiting for the one before at the same place makes no cycle.
		if before, ok := last[under]; ok && rapid.Bool().Draw(r, "waits") {
			opts.After = []uuid.UUID{before}
		}
		added := w.add("tasks", factory.Task(w.t, w.db, &opts).ID, under)
		above, last[under] = append(above, added), added.id
	}
	if len(above) > 1 {
		factory.TimeEntry(w.t, w.db, &factory.TimeEntryOpts{TaskID: above[1].id})
	}
}

func (w *world) drawComment(r *rapid.T) {
	w.t.Helper()
	on := rapid.SampledFrom(w.records).Draw(r, "on")
	opts, about := factory.CommentOpts{}, on
	switch on.table {
	case "clients":
		opts.ClientID = &on.id
	case "projects":
		opts.ProjectID = &on.id
	case "tasks":
		opts.TaskID = &on.id
	case "comments":
		row, err := db.New(w.db).CommentFind(w.t.Context(), on.id)
		expect.OK(w.t, err)
		opts.ReplyTo, about = &row, on.about
	default: // Nobody comments on users.
		return
	}
	made := w.add("comments", factory.Comment(w.t, w.db, &opts).ID, nil)
	made.about = about
	if opts.ReplyTo != nil {
		made.answers = on
	}
}

func (w *world) add(table string, id uuid.UUID, above *record) *record {
	made := &record{table: table, id: id, above: above}
	w.records = append(w.records, made)
	return made
}

func (w *world) ids() []uuid.UUID {
	var ids []uuid.UUID
	for _, r := range w.records {
		ids = append(ids, r.id)
	}
	return ids
}

func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	_, err := w.db.Exec(w.t.Context(), sql, args...)
	expect.OK(w.t, err)
}

// read returns the live rows of the world as they are stored, but for what
// says that something was changed, and the rows that have no deletion of their own.
func (w *world) read() map[string]string {
	w.t.Helper()
	var parts []string
	for _, table := range []string{"clients", "projects", "tasks", "comments", "users"} {
		parts = append(parts, "SELECT '"+table+" ' || r.id, (to_jsonb(r) - '{version,updated_at,updated_by}'::text[])::text FROM "+table+" r WHERE r.id = ANY($1) AND r.deleted_at IS NULL")
	}
	for table, column := range map[string]string{
		"client_contacts": "client_id", "project_members": "project_id", "task_dependencies": "task_id", "time_entries": "project_id",
	} {
		parts = append(parts, "SELECT '"+table+" ' || to_jsonb(r)::text, '' FROM "+table+" r WHERE r."+column+" = ANY($1)")
	}
	rows, err := w.db.Query(w.t.Context(), strings.Join(parts, " UNION ALL "), w.ids())
	expect.OK(w.t, err)
	defer rows.Close()
	found := map[string]string{}
	for rows.Next() {
		var key, value string
		expect.OK(w.t, rows.Scan(&key, &value))
		found[key] = value
	}
	expect.OK(w.t, rows.Err())
	return found
}

// differences says in what the stored rows are not those that should be live.
func (w *world) differences() string {
	w.t.Helper()
	want := maps.Clone(w.rows)
	for _, r := range w.records {
		if !r.live() {
			delete(want, r.table+" "+r.id.String())
		}
	}
	return cmp.Diff(want, w.read())
}

// dead are the records that are deleted.
func (w *world) dead() []*record {
	return slices.DeleteFunc(slices.Clone(w.records), (*record).live)
}
