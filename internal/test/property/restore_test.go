package property_test

import (
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// Deleting takes a record with all that is live below it, and restoring brings
// back exactly what that deletion took, whatever is deleted and restored
// around it meanwhile. What comes back below something deleted, or to an
// address that is taken, is refused and changes nothing.
func TestRestoringBringsBackExactlyTheBatch(t *testing.T) {
	t.Parallel()
	s := setup(t)
	rapid.Check(t, func(r *rapid.T) {
		w := s.drawWorld(t, r)
		for range rapid.IntRange(2, 9).Draw(r, "steps") {
			one := rapid.SampledFrom(w.records).Draw(r, "record")
			if dead := w.dead(); len(dead) > 0 && rapid.IntRange(0, 3).Draw(r, "of those deleted") > 0 {
				one = rapid.SampledFrom(dead).Draw(r, "deleted")
			}
			switch rapid.SampledFrom([]string{"delete", "delete", "restore", "restore", "take"}).Draw(r, "does") {
			case "delete":
				w.delete(r, one)
			case "restore":
				w.restore(r, one)
			default:
				w.take(one)
			}
			if diff := w.differences(); diff != "" {
				r.Fatalf("what is live (-want +got):\n%s", diff)
			}
		}
		// At the end nothing has been lost: all of it can be brought back.
		w.free()
		for _, one := range w.records {
			w.restore(r, one)
		}
		if dead := w.dead(); len(dead) > 0 {
			r.Fatalf("%d records cannot be brought back", len(dead))
		}
		if diff := w.differences(); diff != "" {
			r.Fatalf("what is live in the end (-want +got):\n%s", diff)
		}
	})
}

func (w *world) delete(r *rapid.T, one *record) {
	var err error
	ctx := w.t.Context()
	switch one.table {
	case "clients":
		err = w.clients.Delete(ctx, w.admin, one.id, nil)
	case "projects":
		err = w.projects.Delete(ctx, w.admin, one.id, nil)
	case "tasks":
		err = w.tasks.Delete(ctx, w.admin, one.id, nil)
	case "comments":
		err = w.comments.Delete(ctx, w.admin, one.id, nil)
	default:
		err = w.users.Delete(ctx, w.admin, one.id, nil)
	}
	if !one.live() || one.about != nil && !one.about.live() {
		wantRefusal(r, err, apperr.NotFound)
		return
	}
	wantRefusal(r, err, "")
	w.deletions++
	for _, other := range w.records {
		if other.live() && other.isBelow(one) {
			other.deletion = w.deletions
		}
	}
}

func (w *world) restore(r *rapid.T, one *record) {
	var err error
	ctx := w.t.Context()
	switch one.table {
	case "clients":
		_, err = w.clients.Restore(ctx, w.admin, one.id)
	case "projects":
		_, err = w.projects.Restore(ctx, w.admin, one.id)
	case "tasks":
		_, err = w.tasks.Restore(ctx, w.admin, one.id)
	case "comments":
		_, err = w.comments.Restore(ctx, w.admin, one.id)
	default:
		_, err = w.users.Restore(ctx, w.admin, one.id)
	}
	want := w.refusal(one)
	wantRefusal(r, err, want)
	if want != "" || one.live() {
		return
	}
	deletion := one.deletion
	for _, other := range w.records {
		if other.deletion == deletion {
			other.deletion = 0
		}
	}
}

// refusal is why the record cannot be brought back, "" when it can.
func (w *world) refusal(one *record) apperr.Code {
	if one.about != nil && !one.about.live() {
		return apperr.ParentDeleted
	}
	if one.live() {
		return ""
	}
	for _, above := range []*record{one.above, one.answers} {
		if above != nil && !above.live() {
			return apperr.ParentDeleted
		}
	}
	for _, other := range w.records {
		if other.deletion == one.deletion && other.taker != uuid.Nil {
			return apperr.AlreadyExists
		}
	}
	return ""
}

func wantRefusal(r *rapid.T, err error, want apperr.Code) {
	if want == "" && err != nil || want != "" && !apperr.Is(err, want) {
		r.Fatalf("the answer is %v, want %q", err, want)
	}
}

// take gives a deleted record's address, or external id, to another one.
func (w *world) take(one *record) {
	w.t.Helper()
	if one.live() || one.taker != uuid.Nil {
		return
	}
	switch one.table {
	case "clients":
		one.taker = factory.Client(w.t, w.db, nil).ID
	case "projects":
		one.taker = factory.Project(w.t, w.db, nil).ID
	case "tasks":
		one.taker = factory.Task(w.t, w.db, nil).ID
	case "users":
		one.taker = factory.User(w.t, w.db, nil).ID
		w.exec("UPDATE users SET email = (SELECT email FROM users WHERE id = $2) WHERE id = $1", one.taker, one.id)
		return
	default: // A comment has nothing that could be taken.
		return
	}
	w.exec("UPDATE "+one.table+" SET external_source = 'crm', external_id = $2::uuid::text WHERE id = $1", one.taker, one.id)
}

// free deletes those who have taken something.
func (w *world) free() {
	w.t.Helper()
	for _, one := range w.records {
		if one.taker != uuid.Nil {
			w.exec("UPDATE "+one.table+" SET deleted_at = now(), deletion_id = id WHERE id = $1", one.taker)
			one.taker = uuid.Nil
		}
	}
}

// The control: bringing back everything below a project, and not what its
// deletion took, is noticed.
func TestBringingBackEarlierDeletionsIsNoticed(t *testing.T) {
	t.Parallel()
	w := &world{services: setup(t), t: t}
	p := w.add("projects", factory.Project(t, w.db, nil).ID, nil)
	earlier := w.add("tasks", factory.Task(t, w.db, &factory.TaskOpts{ProjectID: p.id}).ID, p)
	w.rows = w.read()
	expect.OK(t, w.tasks.Delete(t.Context(), w.admin, earlier.id, nil))
	earlier.deletion = 1
	expect.OK(t, w.projects.Delete(t.Context(), w.admin, p.id, nil))
	_, err := w.projects.Restore(t.Context(), w.admin, p.id)
	expect.OK(t, err)
	if diff := w.differences(); diff != "" {
		t.Errorf("what is live (-want +got):\n%s", diff)
	}
	w.exec("UPDATE tasks SET deleted_at = NULL, deletion_id = NULL, deleted_by = NULL WHERE project_id = $1", p.id)
	if w.differences() == "" {
		t.Error("a task too many is not noticed")
	}
}
