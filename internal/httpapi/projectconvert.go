package httpapi

import (
	"context"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/project"
	"github.com/aicoordination/coordinator/internal/task"
)

// orCaller is who is to manage a project: the caller where the field is left out.
func orCaller(ctx context.Context, managerID api.Nullable[uuid.UUID]) *uuid.UUID {
	if !managerID.IsSpecified() {
		return actorOf(ctx).IDOrNil()
	}
	return fromNullable(managerID)
}

func fromProjectMoney(value api.Nullable[api.Money]) *project.Money {
	money := fromNullable(value)
	if money == nil {
		return nil
	}
	return &project.Money{Minor: money.AmountMinor, Currency: money.Currency}
}

func projectLocation(row db.Project) *string {
	location := "/api/v1/projects/" + row.ID.String()
	return &location
}

func toProject(row db.Project) api.Project {
	return api.Project{
		ID: row.ID, ClientID: toNullable(row.ClientID), ManagerID: toNullable(row.ManagerID),
		Name: row.Name, Description: toNullable(row.Description),
		Status: api.ProjectStatus(row.Status), StatusReason: toNullable(row.StatusReason),
		Priority: api.Priority(row.Priority),
		StartsOn: toNullableDate(row.StartsOn), EndsOn: toNullableDate(row.EndsOn), CompletedAt: toNullable(row.CompletedAt),
		BillingKind: api.BillingKind(row.BillingKind),
		Budget:      toMoney(row.BudgetMinor, row.Currency), HourlyRate: toMoney(row.HourlyRateMinor, row.Currency),
		Tags:           row.Tags,
		ExternalSource: toNullable(row.ExternalSource), ExternalID: toNullable(row.ExternalID),
		Version: row.Version, CreatedAt: row.CreatedAt, CreatedBy: toNullable(row.CreatedBy),
		UpdatedAt: row.UpdatedAt, UpdatedBy: toNullable(row.UpdatedBy),
		DeletedAt: toNullable(row.DeletedAt), DeletedBy: toNullable(row.DeletedBy),
		Included: api.NewNullNullable[api.ProjectIncluded](), Warnings: []api.Warning{},
	}
}

// toPlannedProject is a project whose dates have moved, with what has to be said about that.
func toPlannedProject(planned project.Planned) api.Project {
	converted := toProject(planned.Project)
	for _, w := range planned.Warnings {
		converted.Warnings = append(converted.Warnings, api.Warning{
			Code: api.WarningCode(w.Code), Detail: w.Detail, TaskIds: w.TaskIDs,
		})
	}
	return converted
}

// includeInProjects converts projects with the relations that were asked for.
func (h *handlers) includeInProjects(ctx context.Context, rows []db.Project, include []api.ProjectRelation) ([]api.Project, error) {
	data := make([]api.Project, len(rows))
	for i, row := range rows {
		data[i] = toProject(row)
	}
	if include == nil {
		return data, nil
	}
	relations := make([]project.Relation, len(include))
	for i, relation := range include {
		relations[i] = project.Relation(relation)
	}
	included, err := h.Projects.Include(ctx, rows, relations...)
	if err != nil {
		return nil, err
	}
	for i, row := range rows {
		data[i].Included = api.NewNullableWithValue(toProjectIncluded(row, included))
	}
	return data, nil
}

func toProjectIncluded(row db.Project, included project.Included) api.ProjectIncluded {
	converted := api.ProjectIncluded{
		Client: api.NewNullNullableObject[api.Client](),
		Team:   api.NewNullNullable[[]api.ProjectMember](),
		Tasks:  api.NewNullNullable[[]api.Task](),
	}
	if row.ClientID != nil {
		if client, ok := included.Clients[*row.ClientID]; ok {
			converted.Client.Set(toClient(client))
		}
	}
	if included.Team != nil {
		team := []api.ProjectMember{}
		for _, member := range included.Team[row.ID] {
			team = append(team, toProjectMember(member))
		}
		converted.Team.Set(team)
	}
	if included.Tasks != nil {
		tasks := []api.Task{}
		for _, found := range included.Tasks[row.ID] {
			tasks = append(tasks, toTask(task.Task(found)))
		}
		converted.Tasks.Set(tasks)
	}
	return converted
}
