package task_test

import (
	"testing"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// Everybody tries everything: who may is exactly who the design says, who sees
// the task and may not is forbidden, who does not see it finds nothing.
func TestPermissions(t *testing.T) {
	t.Parallel()
	a := setup(t)
	everybody := map[string]access.Actor{
		"admin": a.admin, "manager": a.manager, "rival": a.rival,
		"lead": a.lead, "contributor": a.contributor, "viewer": a.viewer, "outsider": a.outsider,
	}
	contributors := []string{"admin", "manager", "lead", "contributor"}
	team := append([]string{"rival", "viewer"}, contributors...)

	for name, test := range map[string]struct {
		may []string
		// opts are the task's, made anew for everybody.
		opts factory.TaskOpts
		do   func(actor access.Actor, row db.Task) error
	}{
		"Get": {team, factory.TaskOpts{}, func(actor access.Actor, row db.Task) error {
			_, err := a.tasks.Get(t.Context(), actor, row.ID)
			return err
		}},
		"Create": {contributors, factory.TaskOpts{}, func(actor access.Actor, _ db.Task) error {
			_, err := a.tasks.Create(t.Context(), actor, a.newTask())
			return err
		}},
		"Update": {contributors, factory.TaskOpts{}, a.update(t)},
		"UpdateAsTheAssignedViewer": {
			append([]string{"viewer"}, contributors...), factory.TaskOpts{AssigneeID: &a.viewer.ID}, a.update(t),
		},
		"UpdateAsTheAssignedManager": {
			append([]string{"rival"}, contributors...), factory.TaskOpts{AssigneeID: &a.rival.ID}, a.update(t),
		},
		"UpdateAsTheAssigneeWhoLeft": {contributors, factory.TaskOpts{AssigneeID: &a.outsider.ID}, a.update(t)},
		"Assign": {contributors, factory.TaskOpts{}, func(actor access.Actor, row db.Task) error {
			_, err := a.tasks.Assign(t.Context(), actor, row.ID, nil, &a.lead.ID)
			return err
		}},
		"SetStatus": {contributors, factory.TaskOpts{}, a.start(t)},
		"SetStatusAsTheAssignedViewer": {
			append([]string{"viewer"}, contributors...), factory.TaskOpts{AssigneeID: &a.viewer.ID}, a.start(t),
		},
		// What a task waits for is the plan, and the plan is the team's.
		"AddDependencyAsTheAssignedViewer": {
			contributors, factory.TaskOpts{AssigneeID: &a.viewer.ID}, func(actor access.Actor, row db.Task) error {
				_, err := a.tasks.AddDependency(t.Context(), actor, row.ID, a.add(t, factory.TaskOpts{}).ID)
				return err
			},
		},
		"RemoveDependency": {contributors, factory.TaskOpts{}, func(actor access.Actor, row db.Task) error {
			prerequisite := a.add(t, factory.TaskOpts{}).ID
			factory.Dependency(t, a.db, a.project.ID, row.ID, prerequisite)
			return a.tasks.RemoveDependency(t.Context(), actor, row.ID, prerequisite)
		}},
		"DeleteWhatOthersMade":    {[]string{"admin", "manager", "lead"}, factory.TaskOpts{CreatedBy: &a.manager.ID}, a.delete(t)},
		"DeleteWhatTheyMade":      {contributors, factory.TaskOpts{CreatedBy: &a.contributor.ID}, a.delete(t)},
		"DeleteWhatTheViewerMade": {[]string{"admin", "manager", "lead"}, factory.TaskOpts{CreatedBy: &a.viewer.ID}, a.delete(t)},
		"DeleteWhatIsAssigned":    {[]string{"admin", "manager", "lead"}, factory.TaskOpts{AssigneeID: &a.viewer.ID}, a.delete(t)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			may := map[string]bool{}
			for _, who := range test.may {
				may[who] = true
			}
			for who, actor := range everybody {
				before := a.add(t, test.opts)
				err := test.do(actor, before)
				switch {
				case may[who]:
					if err != nil {
						t.Errorf("the %s is refused: %v", who, err)
					}
				case who == "outsider":
					if !apperr.Is(err, apperr.NotFound) {
						t.Errorf("the %s, who does not see it, gets %v", who, err)
					}
				case !apperr.Is(err, apperr.Forbidden):
					t.Errorf("the %s, who sees it, gets %v", who, err)
				}
				if after := a.row(t, before.ID); !may[who] && (after.Version != before.Version || after.DeletedAt != nil) {
					t.Errorf("the %s is refused and changed it", who)
				}
			}
		})
	}
}

func (a agency) update(t *testing.T) func(access.Actor, db.Task) error {
	t.Helper()
	return func(actor access.Actor, row db.Task) error {
		_, err := a.tasks.Update(t.Context(), actor, row.ID, nil, db.TaskUpdateParams{Title: new("Changed")})
		return err
	}
}

func (a agency) start(t *testing.T) func(access.Actor, db.Task) error {
	t.Helper()
	return func(actor access.Actor, row db.Task) error {
		_, err := a.tasks.SetStatus(t.Context(), actor, row.ID, nil, db.TaskStatusInProgress, nil)
		return err
	}
}

func (a agency) delete(t *testing.T) func(access.Actor, db.Task) error {
	t.Helper()
	return func(actor access.Actor, row db.Task) error { return a.tasks.Delete(t.Context(), actor, row.ID, nil) }
}
