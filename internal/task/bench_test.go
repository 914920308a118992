package task_test

import (
	"testing"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/task"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func benchmarkSetup(b *testing.B) (*dbx.DB, *task.Service, access.Actor, db.Project) {
	b.Helper()
	d := dbx.New(dbtest.Pool(b))
	user := factory.User(b, d, nil)
	project := factory.Project(b, d, &factory.ProjectOpts{Team: map[uuid.UUID]db.ProjectMemberRole{user.ID: db.ProjectMemberRoleContributor}})
	return d, task.New(d, nil), factory.Actor(user), project
}

func BenchmarkCreateTask(b *testing.B) {
	_, tasks, actor, project := benchmarkSetup(b)
	params := task.CreateParams{
		ProjectID: project.ID, Title: "Write the report", Description: new("All of it."), Status: db.TaskStatusTodo, Priority: db.PriorityHigh,
	}
	b.ReportAllocs()
	for b.Loop() {
		_, err := tasks.Create(b.Context(), actor, params)
		expect.OK(b, err)
	}
}

func BenchmarkSetTaskStatus(b *testing.B) {
	d, tasks, actor, project := benchmarkSetup(b)
	id := factory.Task(b, d, &factory.TaskOpts{ProjectID: project.ID}).ID
	statuses := []db.TaskStatus{db.TaskStatusInProgress, db.TaskStatusTodo}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		_, err := tasks.SetStatus(b.Context(), actor, id, nil, statuses[n%2], nil)
		expect.OK(b, err)
		n++
	}
}
