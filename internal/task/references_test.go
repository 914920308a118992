package task_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/task"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// newTask are the params of a task of the project.
func (a agency) newTask() task.CreateParams {
	return task.CreateParams{ProjectID: a.project.ID, Title: "New", Status: db.TaskStatusTodo, Priority: db.PriorityMedium}
}

func TestCreate(t *testing.T) {
	t.Parallel()
	a := setup(t)

	t.Run("EveryFieldIsKept", func(t *testing.T) {
		t.Parallel()
		parent, prerequisite := a.add(t, factory.TaskOpts{}).ID, a.add(t, factory.TaskOpts{}).ID
		created, err := a.tasks.Create(t.Context(), a.lead, task.CreateParams{
			ProjectID: a.project.ID, ParentID: &parent, Title: "Write the brief", Description: new("Two pages."),
			Status: db.TaskStatusBacklog, Priority: db.PriorityUrgent, AssigneeID: &a.contributor.ID,
			EstimateMinutes: new(int32(90)), DueDate: day(20), PrerequisiteIDs: []uuid.UUID{prerequisite},
		})
		expect.OK(t, err)
		want := task.Task{
			Task: db.Task{
				ID: created.Task.ID, ProjectID: a.project.ID, ParentID: &parent, Title: "Write the brief", Description: new("Two pages."),
				Status: db.TaskStatusBacklog, Priority: db.PriorityUrgent, AssigneeID: &a.contributor.ID,
				EstimateMinutes: new(int32(90)), DueDate: day(20), Tags: []string{}, Position: created.Task.Position, IsOpen: true, Version: 1,
				CreatedAt: created.Task.CreatedAt, CreatedBy: &a.lead.ID, UpdatedAt: created.Task.CreatedAt, UpdatedBy: &a.lead.ID,
			},
			IsBlocked: true, PrerequisiteIds: []uuid.UUID{prerequisite},
		}
		if diff := cmp.Diff(want, created); diff != "" {
			t.Errorf("created (-want +got):\n%s", diff)
		}
		read, err := a.tasks.Get(t.Context(), a.lead, created.Task.ID)
		expect.OK(t, err)
		if diff := cmp.Diff(want, read); diff != "" {
			t.Errorf("read again (-want +got):\n%s", diff)
		}
		if version := created.Task.ID.Version(); version != 7 {
			t.Errorf("the id is a UUIDv%d", version)
		}
	})

	t.Run("ClosedProjectTakesNone", func(t *testing.T) {
		t.Parallel()
		for status, closed := range map[db.ProjectStatus]bool{
			db.ProjectStatusPlanning: false, db.ProjectStatusActive: false, db.ProjectStatusOnHold: false,
			db.ProjectStatusCompleted: true, db.ProjectStatusCancelled: true, db.ProjectStatusArchived: true,
		} {
			params := a.newTask()
			params.ProjectID = a.projectIn(t, status).ID
			_, err := a.tasks.Create(t.Context(), a.contributor, params)
			if closed != apperr.Is(err, apperr.ProjectClosed) || !closed && err != nil {
				t.Errorf("a project that is %s answers %v", status, err)
			}
		}
	})

	t.Run("ClosedParentTakesNone", func(t *testing.T) {
		t.Parallel()
		for _, status := range statuses {
			parent := a.add(t, factory.TaskOpts{Status: status}).ID
			params := a.newTask()
			params.ParentID = &parent
			_, err := a.tasks.Create(t.Context(), a.contributor, params)
			if task.IsOpen(status) {
				expect.OK(t, err)
				continue
			}
			if e := expect.Code(t, err, apperr.ParentClosed); !cmp.Equal(e.BlockingIDs, []uuid.UUID{parent}) {
				t.Errorf("in the way is %v, want %s", e.BlockingIDs, parent)
			}
		}
	})

	t.Run("AllWrongReferencesAtOnce", func(t *testing.T) {
		t.Parallel()
		elsewhere := factory.Task(t, a.db, nil).ID
		gone := a.add(t, factory.TaskOpts{}).ID
		expect.OK(t, a.tasks.Delete(t.Context(), a.manager, gone, nil))
		fine := a.add(t, factory.TaskOpts{}).ID
		params := a.newTask()
		params.AssigneeID, params.ParentID = &a.outsider.ID, &elsewhere
		params.PrerequisiteIDs = []uuid.UUID{elsewhere, fine, gone, uuid.New()}
		_, err := a.tasks.Create(t.Context(), a.contributor, params)
		expect.Fields(t, err, "/assignee_id not_a_member", "/parent_id not_found",
			"/prerequisite_ids/0 not_found", "/prerequisite_ids/2 not_found", "/prerequisite_ids/3 not_found")
	})

	t.Run("ProjectThatCannotBeSeenIsMissing", func(t *testing.T) {
		t.Parallel()
		_, err := a.tasks.Create(t.Context(), a.outsider, a.newTask())
		expect.Refusal(t, err, apperr.Missing("project", a.project.ID))
	})
}

func TestDependenciesStayWithinTheProject(t *testing.T) {
	t.Parallel()
	a := setup(t)
	id := a.add(t, factory.TaskOpts{}).ID
	elsewhere := factory.Task(t, a.db, nil).ID
	gone := a.add(t, factory.TaskOpts{}).ID
	expect.OK(t, a.tasks.Delete(t.Context(), a.manager, gone, nil))
	for name, prerequisite := range map[string]uuid.UUID{"Elsewhere": elsewhere, "Deleted": gone, "Unknown": uuid.New()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := a.tasks.AddDependency(t.Context(), a.admin, id, prerequisite)
			expect.Fields(t, err, "/prerequisite_id not_found")
		})
	}

	t.Run("TwiceTheSame", func(t *testing.T) {
		t.Parallel()
		c := a.chain(t, 2)
		_, err := a.tasks.AddDependency(t.Context(), a.manager, c[0], c[1])
		expect.Code(t, err, apperr.AlreadyExists)
	})

	t.Run("RemovingWhatIsNone", func(t *testing.T) {
		t.Parallel()
		c := a.chain(t, 2)
		expect.Code(t, a.tasks.RemoveDependency(t.Context(), a.manager, c[1], c[0]), apperr.NotFound)
	})
}

func TestMove(t *testing.T) {
	t.Parallel()
	a := setup(t)
	move := func(id, parent uuid.UUID) error {
		_, err := a.tasks.Update(t.Context(), a.contributor, id, nil, db.TaskUpdateParams{ParentIDDoUpdate: true, ParentID: &parent})
		return err
	}

	t.Run("ParentIsOfTheSameProject", func(t *testing.T) {
		t.Parallel()
		id := a.add(t, factory.TaskOpts{}).ID
		expect.Fields(t, move(id, factory.Task(t, a.db, nil).ID), "/parent_id not_found")
		expect.Fields(t, move(id, uuid.New()), "/parent_id not_found")
	})

	t.Run("OpenTaskNotBelowAClosedOne", func(t *testing.T) {
		t.Parallel()
		id := a.add(t, factory.TaskOpts{}).ID
		for _, status := range []db.TaskStatus{db.TaskStatusDone, db.TaskStatusCancelled} {
			expect.Code(t, move(id, a.add(t, factory.TaskOpts{Status: status}).ID), apperr.ParentClosed)
		}
	})

	t.Run("ClosedTaskBelowAClosedOne", func(t *testing.T) {
		t.Parallel()
		parent := a.add(t, factory.TaskOpts{Status: db.TaskStatusDone}).ID
		expect.OK(t, move(a.add(t, factory.TaskOpts{Status: db.TaskStatusDone}).ID, parent))
	})

	t.Run("ToNoParent", func(t *testing.T) {
		t.Parallel()
		parent := a.add(t, factory.TaskOpts{}).ID
		id := a.add(t, factory.TaskOpts{ParentID: &parent}).ID
		moved, err := a.tasks.Update(t.Context(), a.contributor, id, nil, db.TaskUpdateParams{ParentIDDoUpdate: true})
		expect.OK(t, err)
		if moved.Task.ParentID != nil {
			t.Errorf("the parent is %s", moved.Task.ParentID)
		}
	})
}

func TestAssign(t *testing.T) {
	t.Parallel()
	a := setup(t)
	gone := factory.User(t, a.db, &factory.UserOpts{Role: db.RoleManager}).ID
	_, err := a.db.Exec(t.Context(), "UPDATE users SET deleted_at = now(), deletion_id = id WHERE id = $1", gone)
	expect.OK(t, err)

	for name, test := range map[string]struct {
		as       access.Actor
		assignee uuid.UUID
		may      bool
	}{
		"Lead": {a.lead, a.lead.ID, true}, "Contributor": {a.lead, a.contributor.ID, true}, "ProjectManager": {a.lead, a.manager.ID, true},
		"AnotherManager": {a.manager, a.rival.ID, true}, "Admin": {a.manager, a.admin.ID, true},
		"Viewer": {a.manager, a.viewer.ID, false}, "UserWhoIsNotOnTheTeam": {a.manager, a.outsider.ID, false},
		// They could work on it, and the lead does not see them.
		"ManagerWhoIsNotSeen": {a.lead, a.rival.ID, false}, "AdminWhoIsNotSeen": {a.lead, a.admin.ID, false},
		"DeletedUser": {a.manager, gone, false}, "Nobody": {a.manager, uuid.New(), false},
	} {
		t.Run("To"+name, func(t *testing.T) {
			t.Parallel()
			id := a.add(t, factory.TaskOpts{}).ID
			assigned, err := a.tasks.Assign(t.Context(), test.as, id, nil, &test.assignee)
			params := a.newTask()
			params.AssigneeID = &test.assignee
			_, createErr := a.tasks.Create(t.Context(), test.as, params)
			if !test.may {
				expect.Fields(t, err, "/assignee_id not_a_member")
				expect.Fields(t, createErr, "/assignee_id not_a_member")
				return
			}
			expect.OK(t, err)
			expect.OK(t, createErr)
			if got := assigned.Task.AssigneeID; got == nil || *got != test.assignee {
				t.Errorf("assigned to %v", got)
			}
		})
	}

	t.Run("ToNobody", func(t *testing.T) {
		t.Parallel()
		id := a.add(t, factory.TaskOpts{AssigneeID: &a.contributor.ID}).ID
		free, err := a.tasks.Assign(t.Context(), a.lead, id, nil, nil)
		expect.OK(t, err)
		if free.Task.AssigneeID != nil {
			t.Errorf("assigned to %s", free.Task.AssigneeID)
		}
	})

	t.Run("ToWhoHasItChangesNothing", func(t *testing.T) {
		t.Parallel()
		for _, assignee := range []*uuid.UUID{&a.contributor.ID, nil} {
			before := a.add(t, factory.TaskOpts{AssigneeID: assignee})
			after, err := a.tasks.Assign(t.Context(), a.lead, before.ID, nil, assignee)
			expect.OK(t, err)
			if diff := cmp.Diff(before, after.Task); diff != "" {
				t.Errorf("changed (-before +after):\n%s", diff)
			}
		}
	})
}

func TestStaleVersionIsRefused(t *testing.T) {
	t.Parallel()
	a := setup(t)
	for name, change := range map[string]func(id uuid.UUID, version *int64) error{
		"Update": func(id uuid.UUID, version *int64) error {
			_, err := a.tasks.Update(t.Context(), a.manager, id, version, db.TaskUpdateParams{Title: new("Other")})
			return err
		},
		"Assign": func(id uuid.UUID, version *int64) error {
			_, err := a.tasks.Assign(t.Context(), a.manager, id, version, &a.lead.ID)
			return err
		},
		"SetStatus": func(id uuid.UUID, version *int64) error {
			_, err := a.tasks.SetStatus(t.Context(), a.manager, id, version, db.TaskStatusInProgress, nil)
			return err
		},
		"Delete": func(id uuid.UUID, version *int64) error { return a.tasks.Delete(t.Context(), a.manager, id, version) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			row := a.add(t, factory.TaskOpts{})
			for _, stale := range []int64{row.Version - 1, row.Version + 1} {
				expect.Refusal(t, change(row.ID, &stale), apperr.StaleVersion("task", row.Version, stale))
			}
			if got := a.row(t, row.ID); got.Version != row.Version {
				t.Errorf("version %d became %d", row.Version, got.Version)
			}
			expect.OK(t, change(row.ID, &row.Version))
		})
	}
}

// A user who leaves the team can be given no task any more.
func TestRemovedMemberCannotBeAssigned(t *testing.T) {
	t.Parallel()
	a := setup(t)
	id := a.add(t, factory.TaskOpts{}).ID
	_, err := db.New(a.db).ProjectMemberDelete(t.Context(), db.ProjectMemberDeleteParams{ProjectID: a.project.ID, UserID: a.contributor.ID})
	expect.OK(t, err)
	_, err = a.tasks.Assign(t.Context(), a.lead, id, nil, &a.contributor.ID)
	expect.Fields(t, err, "/assignee_id not_a_member")

	var none access.Actor
	if _, err := a.tasks.Assign(t.Context(), none, id, nil, nil); !apperr.Is(err, apperr.NotFound) {
		t.Errorf("nobody assigning gives %v", err)
	}
}

func TestEveryMistakeOfAChangeIsNamedAtOnce(t *testing.T) {
	t.Parallel()
	a := setup(t)
	_, err := a.db.Exec(t.Context(), "UPDATE projects SET ends_on = $2 WHERE id = $1", a.project.ID, day(20))
	expect.OK(t, err)
	parent := a.add(t, factory.TaskOpts{}).ID
	a.add(t, factory.TaskOpts{ParentID: &parent})
	_, err = a.tasks.Update(t.Context(), a.lead, parent, nil, db.TaskUpdateParams{
		DueDateDoUpdate: true, DueDate: day(21), ParentIDDoUpdate: true, ParentID: new(uuid.New()),
		ProgressDoUpdate: true, Progress: new(int16(7)), ExternalSourceDoUpdate: true, ExternalSource: new("crm"),
	})
	expect.Fields(t, err, "/external_id required", "/due_date outside_project", "/parent_id not_found", "/progress derived")
}
