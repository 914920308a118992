package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/jackc/pgx/v5"
)

// Target is what an operation is to reach; 0 stands for anything.
type Target struct {
	// Ratio is the service's rate to that of its statements alone.
	Ratio float64
	// ServerMicros and Allocations are those of a request in the service.
	ServerMicros, Allocations float64
}

// Operation is one that is measured.
type Operation struct {
	Name, Title string
	Target      Target
	// Writes says that the floor is one statement that locks, writes and tells
	// the event; see [NewFloor].
	Writes bool
	// Prepare undoes what a window has done where the next one depends on it.
	Prepare []string
	// Requests are those of a window, in their order.
	Requests func(ctx context.Context, w *World, window int) ([]Request, error)
}

// Operations are all there are.
func Operations() []Operation {
	return []Operation{
		{Name: "get", Title: "get a task with its relations", Target: Target{0.60, 120, 70}, Requests: gets("?include=project,assignee")},
		{Name: "list", Title: "list 50 tasks, filtered and sorted", Target: Target{0.70, 340, 125}, Requests: lists},
		{Name: "statistics", Title: "project statistics", Target: Target{0.55, 125, 75}, Requests: statistics},
		{Name: "search", Title: "full-text search, 20 hits", Target: Target{0.90, 350, 80}, Requests: searches},
		{Name: "create", Title: "create a task with its event", Target: Target{0.72, 270, 220}, Writes: true, Requests: creations},
		{Name: "transition", Title: "status transition with its event", Target: Target{0.65, 210, 180}, Writes: true, Requests: transitions, Prepare: []string{
			movable, "UPDATE tasks SET status = 'todo', started_at = NULL WHERE id IN (SELECT id FROM bench_movable) AND status <> 'todo'",
		}},
		{Name: "get-plain", Title: "get a task alone", Requests: gets("")},
		{Name: "list-next", Title: "list the next 50, by cursor", Requests: nextPages},
		{Name: "update", Title: "update a task with its event", Writes: true, Requests: updates},
	}
}

// manyRequests are so many that what they are about does not stay in the
// processor's caches.
const manyRequests = 4000

// gets read tasks that somebody is assigned to, nine of ten.
func gets(query string) func(context.Context, *World, int) ([]Request, error) {
	return func(ctx context.Context, w *World, window int) ([]Request, error) {
		ids, err := values[string](ctx, w, "SELECT id::text FROM tasks WHERE assignee_id IS NOT NULL ORDER BY hashtext(id::text || $1) LIMIT $2", fmt.Sprint(window), manyRequests)
		if err != nil {
			return nil, err
		}
		return each(ids, func(id string) Request {
			return Request{Method: http.MethodGet, Path: "/api/v1/tasks/" + id + query, Token: w.token()}
		}), nil
	}
}

func each[T any](items []T, request func(T) Request) []Request {
	requests := make([]Request, len(items))
	for i, item := range items {
		requests[i] = request(item)
	}
	return requests
}

// lists are what a board of everybody's work asks for: the first page of the
// tasks of one status and priority, the most urgent first, with their number.
func lists(_ context.Context, w *World, _ int) ([]Request, error) {
	var requests []Request
	for _, status := range []string{"todo", "in_progress", "in_review", "blocked", "backlog"} {
		for _, priority := range []string{"medium", "high", "urgent"} {
			query := url.Values{"status": {status}, "priority": {priority}, "sort": {"due_date"}, "page_size": {"50"}}
			requests = append(requests, Request{Method: http.MethodGet, Path: "/api/v1/tasks?" + query.Encode(), Token: w.token()})
		}
	}
	return requests, nil
}

// nextPages follow the cursors of lists.
func nextPages(ctx context.Context, w *World, window int) ([]Request, error) {
	first, err := lists(ctx, w, window)
	if err != nil {
		return nil, err
	}
	var requests []Request
	for _, request := range first {
		status, answer, err := w.service.Do(ctx, request)
		if err != nil {
			return nil, err
		}
		var page struct {
			Page struct {
				NextCursor *string `json:"next_cursor"`
			} `json:"page"`
		}
		if err := json.Unmarshal(answer, &page); status != http.StatusOK || err != nil {
			return nil, fmt.Errorf("reading a list: %d %s %w", status, answer, err)
		}
		if page.Page.NextCursor != nil {
			requests = append(requests, Request{Method: http.MethodGet, Path: request.Path + "&cursor=" + url.QueryEscape(*page.Page.NextCursor), Token: request.Token})
		}
	}
	if len(requests) == 0 {
		return nil, fmt.Errorf("none of %d lists has a second page", len(first))
	}
	return requests, nil
}

func statistics(ctx context.Context, w *World, window int) ([]Request, error) {
	ids, err := values[string](ctx, w, "SELECT id::text FROM projects ORDER BY hashtext(id::text || $1) LIMIT $2", fmt.Sprint(window), manyRequests)
	if err != nil {
		return nil, err
	}
	return each(ids, func(id string) Request {
		return Request{Method: http.MethodGet, Path: "/api/v1/projects/" + id + "/statistics", Token: w.token()}
	}), nil
}

// searches ask for a client's name and a word beside it, as somebody does who
// remembers what a task was about: they find some tens of tasks, and show 20.
func searches(ctx context.Context, w *World, window int) ([]Request, error) {
	const pairs = `WITH names AS (
			SELECT DISTINCT regexp_replace(description, '^.* ', '') AS brand FROM (SELECT description FROM tasks ORDER BY hashtext(id::text || $1) LIMIT 1000) t),
		words AS (SELECT unnest(ARRAY['homepage', 'campaign', 'invoice', 'newsletter', 'brochure', 'contract', 'budget', 'survey']) AS word)
		SELECT lower(n.brand) || ' ' || w.word FROM names n, words w ORDER BY hashtext(n.brand || w.word || $1) LIMIT 400`
	found, err := values[string](ctx, w, pairs, fmt.Sprint(window))
	if err != nil {
		return nil, err
	}
	var requests []Request
	const enough = `SELECT w FROM unnest($1::text[]) w WHERE (SELECT count(*) FROM (SELECT FROM tasks
		WHERE tasks_search(title, description) @@ plainto_tsquery('simple', w) LIMIT 20) t) = 20`
	texts, err := values[string](ctx, w, enough, found)
	if err != nil {
		return nil, err
	}
	for _, text := range texts {
		query := url.Values{"q": {text}, "page_size": {"20"}}
		requests = append(requests, Request{Method: http.MethodGet, Path: "/api/v1/tasks/search?" + query.Encode(), Token: w.token()})
	}
	return requests, nil
}

// creations are of tasks as people write them, in projects that are under way,
// for somebody of the team.
func creations(ctx context.Context, w *World, window int) ([]Request, error) {
	type place struct{ Project, Member, Title string }
	const places = `SELECT p.id::text AS project, m.user_id::text AS member, p.name AS title FROM projects p
		JOIN project_members m ON m.project_id = p.id AND m.role = 'contributor'
		WHERE p.status = 'active' ORDER BY hashtext(p.id::text || m.user_id::text || $1) LIMIT $2`
	found, err := records(ctx, w, pgx.RowToStructByName[place], places, fmt.Sprint(window), manyRequests)
	if err != nil {
		return nil, err
	}
	return each(found, func(p place) Request {
		return Request{Method: http.MethodPost, Path: "/api/v1/tasks", Token: w.token(), Body: body(map[string]any{
			"project_id": p.Project, "title": "Proofread the copy of " + p.Title, "description": "The client sent its corrections; check each against the brief.",
			"priority": "high", "assignee_id": p.Member, "estimate_minutes": 90, "due_date": "2026-02-20", "tags": []string{"copy", "review"},
		})}
	}), nil
}

// movable are the tasks that can be started and set back at any time: they
// wait for nothing, and nothing is above or below them.
const movable = `CREATE TABLE IF NOT EXISTS bench_movable AS SELECT t.id FROM tasks t JOIN projects p ON p.id = t.project_id
	WHERE t.status = 'todo' AND t.parent_id IS NULL AND p.status = 'active'
	  AND NOT EXISTS (SELECT FROM tasks s WHERE s.parent_id = t.id) AND NOT EXISTS (SELECT FROM task_dependencies d WHERE d.task_id = t.id)
	ORDER BY hashtext(t.id::text) LIMIT 20000`

// transitions start every movable task, then set each back, so that every one
// changes something.
func transitions(ctx context.Context, w *World, _ int) ([]Request, error) {
	ids, err := movableTasks(ctx, w)
	if err != nil {
		return nil, err
	}
	var requests []Request
	for _, status := range []string{"in_progress", "todo"} {
		requests = append(requests, each(ids, func(id string) Request {
			return Request{Method: http.MethodPut, Path: "/api/v1/tasks/" + id + "/status", Token: w.token(), Body: body(map[string]string{"status": status})}
		})...)
	}
	return requests, nil
}

// updates give tasks a new title and estimate, other ones each time.
func updates(ctx context.Context, w *World, window int) ([]Request, error) {
	ids, err := movableTasks(ctx, w)
	if err != nil {
		return nil, err
	}
	var requests []Request
	for turn := range 2 {
		requests = append(requests, each(ids, func(id string) Request {
			return Request{Method: http.MethodPatch, Path: "/api/v1/tasks/" + id, Token: w.token(), Body: body(map[string]any{
				"title": fmt.Sprintf("Proofread the copy, reading %d.%d", window, turn), "estimate_minutes": 30 + 15*turn,
			})}
		})...)
	}
	return requests, nil
}

func movableTasks(ctx context.Context, w *World) ([]string, error) {
	if err := w.postgres.Execute(ctx, w.database, movable); err != nil {
		return nil, err
	}
	return values[string](ctx, w, "SELECT id::text FROM bench_movable ORDER BY hashtext(id::text)")
}

func body(fields any) string {
	text, err := json.Marshal(fields)
	if err != nil {
		panic(err) // strings and numbers
	}
	return string(text)
}
