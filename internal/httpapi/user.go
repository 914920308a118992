package httpapi

import (
	"context"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/gen/server"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/user"
)

func (h *handlers) ListUsers(ctx context.Context, request server.ListUsersRequestObject) (server.ListUsersResponseObject, error) {
	p := request.Params
	rows, info, err := h.Users.List(ctx, actorOf(ctx),
		user.Filter{Role: fromEnums(p.Role), Kind: fromEnums(p.Kind), Skill: fromEnums(p.Skill), Q: p.Q, IncludeDeleted: valueOr(p.IncludeDeleted, false)},
		fromPage(p.Page, p.PageSize, p.Cursor, p.Sort))
	if err != nil {
		return nil, err
	}
	data := make([]api.User, len(rows))
	for i, row := range rows {
		data[i] = toUser(ctx, row)
	}
	return server.ListUsers200JSONResponse{
		Body:    api.UserPage{Data: data, Page: toPageInfo(info)},
		Headers: server.ListUsers200ResponseHeaders{Link: links(ctx, info)},
	}, nil
}

func (h *handlers) CreateAgent(ctx context.Context, request server.CreateAgentRequestObject) (server.CreateAgentResponseObject, error) {
	body := request.Body
	row, err := h.Users.CreateAgent(ctx, actorOf(ctx), user.CreateAgentParams{
		Name: body.Name, Role: access.Role(valueOr(body.Role, api.RoleUser)), Title: fromNullable(body.Title), Skills: body.Skills,
	})
	if err != nil {
		return nil, err
	}
	return server.CreateAgent201JSONResponse{
		Body:    toUser(ctx, row),
		Headers: server.CreateAgent201ResponseHeaders{ETag: etag(row.Version)},
	}, nil
}

func (h *handlers) GetUser(ctx context.Context, request server.GetUserRequestObject) (server.GetUserResponseObject, error) {
	row, err := h.Users.Get(ctx, actorOf(ctx), request.UserID)
	if err != nil {
		return nil, err
	}
	return server.GetUser200JSONResponse{
		Body:    toUser(ctx, row),
		Headers: server.GetUser200ResponseHeaders{ETag: etag(row.Version)},
	}, nil
}

func (h *handlers) UpdateUser(ctx context.Context, request server.UpdateUserRequestObject) (server.UpdateUserResponseObject, error) {
	version, err := fromIfMatch(request.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	body := request.Body
	params := db.UserUpdateParams{
		Name: body.Name, Email: body.Email, Role: (*db.Role)(body.Role),
		TitleDoUpdate: body.Title.IsSpecified(), Title: fromNullable(body.Title),
		Skills: body.Skills, WeeklyCapacityMinutes: body.WeeklyCapacityMinutes,
		CostRateDoUpdate: body.CostRate.IsSpecified(), TimeZone: body.TimeZone, Locale: body.Locale,
	}
	params.CostRateMinor, params.CostRateCurrency = fromCostRate(body.CostRate)
	row, err := h.Users.Update(ctx, actorOf(ctx), request.UserID, version, params)
	if err != nil {
		return nil, err
	}
	return server.UpdateUser200JSONResponse{
		Body:    toUser(ctx, row),
		Headers: server.UpdateUser200ResponseHeaders{ETag: etag(row.Version)},
	}, nil
}

func (h *handlers) ReplaceUser(ctx context.Context, request server.ReplaceUserRequestObject) (server.ReplaceUserResponseObject, error) {
	version, err := fromIfMatch(request.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	body := request.Body
	params := db.UserUpdateParams{
		Name: &body.Name, Email: &body.Email, Role: new(db.Role(body.Role)),
		TitleDoUpdate: true, Title: fromNullable(body.Title),
		Skills:                listOr(body.Skills, []string{}),
		WeeklyCapacityMinutes: new(valueOr(body.WeeklyCapacityMinutes, user.DefaultWeeklyCapacity)),
		CostRateDoUpdate:      true,
		TimeZone:              new(valueOr(body.TimeZone, user.DefaultTimeZone)),
		Locale:                new(valueOr(body.Locale, user.DefaultLocale)),
	}
	params.CostRateMinor, params.CostRateCurrency = fromCostRate(body.CostRate)
	row, err := h.Users.Update(ctx, actorOf(ctx), request.UserID, version, params)
	if err != nil {
		return nil, err
	}
	return server.ReplaceUser200JSONResponse{
		Body:    toUser(ctx, row),
		Headers: server.ReplaceUser200ResponseHeaders{ETag: etag(row.Version)},
	}, nil
}

func (h *handlers) DeleteUser(ctx context.Context, request server.DeleteUserRequestObject) (server.DeleteUserResponseObject, error) {
	version, err := fromIfMatch(request.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	if err := h.Users.Delete(ctx, actorOf(ctx), request.UserID, version); err != nil {
		return nil, err
	}
	return server.DeleteUser204Response{}, nil
}

func (h *handlers) RestoreUser(ctx context.Context, request server.RestoreUserRequestObject) (server.RestoreUserResponseObject, error) {
	row, err := h.Users.Restore(ctx, actorOf(ctx), request.UserID)
	if err != nil {
		return nil, err
	}
	return server.RestoreUser200JSONResponse{
		Body:    toUser(ctx, row),
		Headers: server.RestoreUser200ResponseHeaders{ETag: etag(row.Version)},
	}, nil
}

func (h *handlers) GetUserWorkload(ctx context.Context, request server.GetUserWorkloadRequestObject) (server.GetUserWorkloadResponseObject, error) {
	w, err := h.Users.Workload(ctx, actorOf(ctx), request.UserID, valueOr(request.Params.Weeks, user.DefaultWeeks))
	if err != nil {
		return nil, err
	}
	weeks := make([]api.WorkloadWeek, len(w.Weeks))
	for i, week := range w.Weeks {
		weeks[i] = api.WorkloadWeek{
			Week: week.Name(), StartsOn: toDate(week.StartsOn),
			CapacityMinutes: week.CapacityMinutes, CommittedMinutes: week.CommittedMinutes,
			FreeMinutes: week.FreeMinutes(), IsOverbooked: week.Overbooked(), Tasks: week.Tasks, DueTasks: week.DueTasks,
		}
	}
	return server.GetUserWorkload200JSONResponse{
		UserID: w.UserID, CapacityMinutes: w.CapacityMinutes, Weeks: weeks, LaterMinutes: w.LaterMinutes,
		UnscheduledMinutes: w.UnscheduledMinutes, OpenTasks: w.OpenTasks, OverdueTasks: w.OverdueTasks,
		UnscheduledTasks: w.UnscheduledTasks, UnestimatedTasks: w.UnestimatedTasks, GeneratedAt: w.GeneratedAt,
	}, nil
}

// toUser is the user as the caller may see it: what an hour costs is for
// managers and up.
func toUser(ctx context.Context, row db.User) api.User {
	converted := api.User{
		ID: row.ID, Kind: api.PrincipalKind(row.Kind), OwnerID: toNullable(row.OwnerID), Email: row.Email, EmailVerifiedAt: toNullable(row.EmailVerifiedAt),
		Name: row.Name, Role: api.Role(row.Role),
		Title: toNullable(row.Title), Skills: row.Skills, WeeklyCapacityMinutes: row.WeeklyCapacityMinutes,
		CostRate: toMoney(nil, nil), TimeZone: row.TimeZone, Locale: row.Locale,
		Version: row.Version, CreatedAt: row.CreatedAt, CreatedBy: toNullable(row.CreatedBy),
		UpdatedAt: row.UpdatedAt, UpdatedBy: toNullable(row.UpdatedBy),
		DeletedAt: toNullable(row.DeletedAt), DeletedBy: toNullable(row.DeletedBy),
	}
	if actorOf(ctx).SeesAll() {
		converted.CostRate = toMoney(row.CostRateMinor, row.CostRateCurrency)
	}
	return converted
}

func fromCostRate(value api.Nullable[api.CostRate]) (minor *int64, currency *string) {
	rate := fromNullable(value)
	if rate == nil {
		return nil, nil
	}
	return &rate.AmountMinor, &rate.Currency
}
