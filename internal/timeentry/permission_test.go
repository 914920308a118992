package timeentry_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
	"github.com/aicoordination/coordinator/internal/timeentry"
)

// outcome is what came of an operation: "" for done, the code otherwise.
func outcome(t *testing.T, err error) apperr.Code {
	t.Helper()
	if err == nil {
		return ""
	}
	return expect.AnyRefusal(t, err).Code
}

func TestWhoMayWriteTime(t *testing.T) {
	t.Parallel()
	a := setup(t)
	// Ben worked on the project and is a viewer now; Cleo has left it.
	ben, cleo := factory.Actor(factory.User(t, a.db, nil)), factory.Actor(factory.User(t, a.db, nil))
	factory.Member(t, a.db, a.project.ID, ben.ID, db.ProjectMemberRoleViewer)
	type rights struct{ log, logForOthers, timer, changeOwn, changeOthers, deleteOwn, deleteOthers apperr.Code }
	everything := rights{}
	contributing := rights{logForOthers: apperr.Forbidden, changeOthers: apperr.Forbidden, deleteOthers: apperr.Forbidden}
	all := func(code apperr.Code) rights { return rights{code, code, code, code, code, code, code} }

	for name, test := range map[string]struct {
		actor access.Actor
		want  rights
	}{
		"Admin":                   {a.admin, everything},
		"ManagerOfTheProject":     {a.manager, everything},
		"ManagerOfAnotherProject": {a.rival, all(apperr.Forbidden)},
		"Lead":                    {a.lead, contributing},
		"Contributor":             {a.contributor, contributing},
		"Viewer":                  {a.viewer, all(apperr.Forbidden)},
		"WhoBecameAViewer":        {ben, all(apperr.Forbidden)},
		"WhoLeftTheTeam":          {cleo, all(apperr.NotFound)},
		"Outsider":                {a.outsider, all(apperr.NotFound)},
		"Nobody":                  {access.Actor{}, all(apperr.NotFound)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			entry := func(userID uuid.UUID) uuid.UUID {
				return factory.TimeEntry(t, a.db, &factory.TimeEntryOpts{TaskID: a.task.ID, UserID: userID}).ID
			}
			// Somebody who does not exist has no time of its own.
			own := test.actor.ID
			if own == uuid.Nil {
				own = a.lead.ID
			}
			other := a.contributor.ID
			if own == other {
				other = a.lead.ID
			}
			log := func(userID *uuid.UUID) apperr.Code {
				_, err := a.time.Log(t.Context(), test.actor, a.task.ID, timeentry.LogParams{Minutes: 1, UserID: userID})
				return outcome(t, err)
			}
			change := func(userID uuid.UUID) apperr.Code {
				// The version is stale: who has no right does not learn of it.
				_, err := a.time.Update(t.Context(), test.actor, entry(userID), new(int64(9)), timeentry.UpdateParams{Minutes: new(int32(2))})
				if code := outcome(t, err); code != apperr.VersionConflict {
					return code
				}
				return ""
			}
			remove := func(userID uuid.UUID) apperr.Code {
				return outcome(t, a.time.Delete(t.Context(), test.actor, entry(userID), nil))
			}
			_, err := a.time.StartTimer(t.Context(), test.actor, a.task.ID, timeentry.StartParams{})
			got := rights{
				log(nil), log(&other), outcome(t, err),
				change(own), change(other), remove(own), remove(other),
			}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(rights{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What cannot be seen answers every operation as what never was.
func TestUnseenIsAsMissing(t *testing.T) {
	t.Parallel()
	a := setup(t)
	entry := factory.TimeEntry(t, a.db, &factory.TimeEntryOpts{TaskID: a.task.ID, UserID: a.outsider.ID}).ID
	gone := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: a.project.ID}).ID
	a.exec(t, "UPDATE tasks SET deleted_at = now(), deletion_id = id WHERE id = $1", gone)
	deleted := a.projectIn(t, db.ProjectStatusActive).ID
	ofDeleted := factory.TimeEntry(t, a.db, &factory.TimeEntryOpts{TaskID: factory.Task(t, a.db, &factory.TaskOpts{ProjectID: deleted}).ID, UserID: a.lead.ID}).ID
	a.exec(t, "UPDATE projects SET deleted_at = now(), deletion_id = id WHERE id = $1", deleted)

	for name, operation := range map[string]func(actor access.Actor, id uuid.UUID) error{
		"Get": func(actor access.Actor, id uuid.UUID) error {
			_, err := a.time.Get(t.Context(), actor, id)
			return err
		},
		"Update": func(actor access.Actor, id uuid.UUID) error {
			_, err := a.time.Update(t.Context(), actor, id, new(int64(99)), timeentry.UpdateParams{Minutes: new(int32(2))})
			return err
		},
		"Delete": func(actor access.Actor, id uuid.UUID) error { return a.time.Delete(t.Context(), actor, id, nil) },
	} {
		for _, id := range []uuid.UUID{entry, ofDeleted, uuid.New()} {
			expect.Refusal(t, operation(a.outsider, id), apperr.Missing("time entry", id))
		}
		expect.Refusal(t, operation(a.admin, ofDeleted), apperr.Missing("time entry", ofDeleted))
		if t.Failed() {
			t.Fatalf("in %s", name)
		}
	}
	for _, test := range []struct {
		actor access.Actor
		id    uuid.UUID
	}{{a.outsider, a.task.ID}, {a.outsider, uuid.New()}, {a.lead, gone}, {a.admin, gone}} {
		_, err := a.time.Log(t.Context(), test.actor, test.id, timeentry.LogParams{Minutes: 1})
		expect.Refusal(t, err, apperr.Missing("task", test.id))
		_, err = a.time.StartTimer(t.Context(), test.actor, test.id, timeentry.StartParams{})
		expect.Refusal(t, err, apperr.Missing("task", test.id))
	}
}
