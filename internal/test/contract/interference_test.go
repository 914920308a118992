package contract_test

import (
	"bytes"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/test/apitest"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

var sealedCursor = regexp.MustCompile(`"next_cursor":"[A-Za-z0-9_-]{59}",?|\nid: [A-Za-z0-9_-]{59}\b`)

// What a caller cannot see changes nothing that it reads: every read of the
// contract answers a viewer byte for byte the same, whatever is added to
// projects that it is not on the team of — by strangers, and by those it works
// with elsewhere.
//
// An API key that is limited to the project is such a viewer too, although its
// principal sees everything and has a hand in it.
func TestWhatIsNotSeenChangesNothing(t *testing.T) {
	t.Parallel()
	t.Run("ByAViewer", func(t *testing.T) {
		t.Parallel()
		proveNoInterference(t, func(w *world) string { return w.Token(w.people[viewer]) }, lead)
	})
	t.Run("ByALimitedKey", func(t *testing.T) {
		t.Parallel()
		proveNoInterference(t, func(w *world) string {
			return w.APIKey(w.people[manager], nil, &apitest.APIKeyOpts{ProjectIDs: []uuid.UUID{w.project.ID}})
		}, manager)
	})
}

// proveNoInterference reads with the token while rows are added that it does
// not see, some of them by and for somebody whom it does.
func proveNoInterference(t *testing.T, tokenOf func(*world) string, known who) {
	t.Helper()
	now := time.Date(2026, time.June, 15, 12, 0, 0, 0, time.UTC)
	w := newWorld(t, &apitest.Options{Now: func() time.Time { return now }})
	token := tokenOf(w)
	read := func(path string) []byte {
		// A refusal is to be the same one too, and names its request.
		header := map[string]string{"X-Request-ID": "interference"}
		body := w.Do(apitest.Request{Method: http.MethodGet, Path: path, Token: token, Header: header}).Body
		// A cursor of events is sealed anew each time, and nothing can be told from it.
		return sealedCursor.ReplaceAll(body, nil)
	}
	before := map[string][]byte{}
	for _, path := range w.reads(t) {
		before[path] = read(path)
	}
	paths := slices.Sorted(maps.Keys(before))
	unchanged := func(fatalf func(string, ...any), path string) {
		if after := read(path); !bytes.Equal(before[path], after) {
			fatalf("GET %s\nbefore %s\nafter  %s", path, before[path], after)
		}
	}

	hidden := &hiddenWorld{world: w, t: t, known: *w.id(known)}
	rapid.Check(t, func(r *rapid.T) {
		for range rapid.IntRange(1, 4).Draw(r, "rows") {
			hidden.add(r)
		}
		for range 12 {
			unchanged(r.Fatalf, rapid.SampledFrom(paths).Draw(r, "read"))
		}
	})
	for _, path := range paths {
		unchanged(t.Errorf, path)
	}

	// The control: what is seen does change it.
	factory.Task(t, w.DB, &factory.TaskOpts{ProjectID: w.project.ID})
	for _, path := range []string{"/api/v1/tasks", "/api/v1/projects/" + w.project.ID.String() + "/statistics"} {
		if after := read(path); bytes.Equal(before[path], after) {
			t.Errorf("GET %s does not tell of a new task of the viewer's own project", path)
		}
	}
}

// reads are the paths that the viewer can read something from: every operation
// that reads, with each order and each relation that it offers.
func (w *world) reads(t *testing.T) []string {
	t.Helper()
	var paths []string
	w.walk(t, apitest.LoadContract(t), func(_, method, path string, operation *openapi3.Operation) {
		if method != http.MethodGet || !strings.HasPrefix(path, "/api/v1/") {
			return
		}
		// newcomer is a stranger to the viewer; contributor works with it.
		path = strings.ReplaceAll(path, w.newcomer.ID.String(), w.people[contributor].ID.String())
		queries := []string{""}
		if q := operation.Parameters.GetByInAndName("query", "q"); q != nil && q.Required {
			queries = []string{"?q=task", "?q=client"}
		}
		if include := operation.Parameters.GetByInAndName("query", "include"); include != nil {
			var relations []string
			for _, relation := range include.Schema.Value.Items.Value.Enum {
				relations = append(relations, relation.(string))
			}
			queries = append(queries, "?include="+strings.Join(relations, ","))
		}
		if sort := operation.Parameters.GetByInAndName("query", "sort"); sort != nil {
			queries = append(queries, "?page_size=1", "?sort=-created_at&page_size=2")
		}
		for _, query := range queries {
			paths = append(paths, path+query)
		}
	})
	return paths
}

// hiddenWorld adds rows that a viewer of the world does not see.
type hiddenWorld struct {
	*world
	t        *testing.T
	known    uuid.UUID
	projects []db.Project
	tasks    []db.Task
}

func (h *hiddenWorld) add(r *rapid.T) {
	kinds := []string{"client", "project", "user"}
	if len(h.projects) > 0 {
		kinds = append(kinds, "task", "task", "member")
	}
	if len(h.tasks) > 0 {
		kinds = append(kinds, "comment", "time entry", "subtask", "dependency", "event")
	}
	somebody := rapid.SampledFrom([]uuid.UUID{h.newcomer.ID, *h.id(contributor), h.known, *h.id(otherManager)}).Draw(r, "somebody")
	switch kind := rapid.SampledFrom(kinds).Draw(r, "kind"); kind {
	case "client":
		factory.Client(h.t, h.DB, nil)
	case "user":
		factory.User(h.t, h.DB, nil)
	case "project":
		opts := &factory.ProjectOpts{ManagerID: new(rapid.SampledFrom([]uuid.UUID{*h.id(otherManager), h.manages()}).Draw(r, "manager")), Status: db.ProjectStatusActive, Team: map[uuid.UUID]db.ProjectMemberRole{somebody: db.ProjectMemberRoleContributor}}
		if rapid.Bool().Draw(r, "for the same client") {
			opts.ClientID = &h.client.ID
		}
		h.projects = append(h.projects, factory.Project(h.t, h.DB, opts))
	case "member":
		project := rapid.SampledFrom(h.projects).Draw(r, "project").ID
		_, err := h.DB.Exec(h.t.Context(), "INSERT INTO project_members (project_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", project, somebody)
		if err != nil {
			r.Fatal(err)
		}
	case "task", "subtask":
		opts := &factory.TaskOpts{
			AssigneeID: &somebody, CreatedBy: &somebody, EstimateMinutes: new(rapid.Int32Range(1, 600).Draw(r, "estimate")),
			Status:  rapid.SampledFrom([]db.TaskStatus{"todo", "in_progress", "done", "blocked"}).Draw(r, "status"),
			DueDate: new(time.Date(2026, time.June, rapid.IntRange(1, 30).Draw(r, "due"), 0, 0, 0, 0, time.UTC)),
		}
		if kind == "subtask" {
			parent := rapid.SampledFrom(h.tasks).Draw(r, "parent")
			opts.ProjectID, opts.ParentID = parent.ProjectID, &parent.ID
		} else {
			opts.ProjectID = rapid.SampledFrom(h.projects).Draw(r, "project").ID
		}
		h.tasks = append(h.tasks, factory.Task(h.t, h.DB, opts))
	case "dependency":
		task := rapid.SampledFrom(h.tasks).Draw(r, "task")
		factory.Task(h.t, h.DB, &factory.TaskOpts{ProjectID: task.ProjectID, After: []uuid.UUID{task.ID}})
	case "comment":
		task := rapid.SampledFrom(h.tasks).Draw(r, "task")
		h.exec(r, "INSERT INTO comments (id, thread_id, task_id, body, author_id, author_kind, mentioned_ids) VALUES ($1, $1, $2, 'About a task', $3, 'human', ARRAY[$4::uuid])",
			uuid.Must(uuid.NewV7()), task.ID, somebody, h.id(viewer))
	case "time entry":
		task := rapid.SampledFrom(h.tasks).Draw(r, "task")
		h.exec(r, `INSERT INTO time_entries (id, project_id, task_id, user_id, spent_on, minutes, billable, billing_rate_minor, billing_rate_currency)
			VALUES ($1, $2, $3, $4, '2026-06-10', 60, true, 10000, 'EUR')`, uuid.Must(uuid.NewV7()), task.ProjectID, task.ID, somebody)
	case "event":
		task := rapid.SampledFrom(h.tasks).Draw(r, "task")
		h.exec(r, "INSERT INTO events (actor_id, credential, entity_type, entity_id, project_id, action, changes) VALUES ($1, 'system', 'task', $2, $3, 'task.updated', '{}')",
			somebody, task.ID, task.ProjectID)
	}
}

// manages is a manager whom the viewer knows, if it may manage what is hidden.
func (h *hiddenWorld) manages() uuid.UUID {
	if h.known == *h.id(manager) {
		return h.known
	}
	return *h.id(otherManager)
}

func (h *hiddenWorld) exec(r *rapid.T, sql string, args ...any) {
	if _, err := h.DB.Exec(h.t.Context(), sql, args...); err != nil {
		r.Fatal(err)
	}
}
