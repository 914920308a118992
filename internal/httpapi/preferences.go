package httpapi

import (
	"context"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/server"
	"github.com/aicoordination/coordinator/internal/user"
)

func (h *handlers) GetUserPreferences(ctx context.Context, request server.GetUserPreferencesRequestObject) (server.GetUserPreferencesResponseObject, error) {
	p, err := h.Users.Preferences(ctx, actorOf(ctx), request.UserID)
	if err != nil {
		return nil, err
	}
	return server.GetUserPreferences200JSONResponse{
		Body:    toPreferences(p),
		Headers: server.GetUserPreferences200ResponseHeaders{ETag: etag(p.Version)},
	}, nil
}

func (h *handlers) UpdateUserPreferences(ctx context.Context, request server.UpdateUserPreferencesRequestObject) (server.UpdateUserPreferencesResponseObject, error) {
	version, err := fromIfMatch(request.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	body := request.Body
	p, err := h.Users.SetPreferences(ctx, actorOf(ctx), request.UserID, version, user.PreferenceChange{
		TimeZone: body.TimeZone, Locale: body.Locale,
		WorkingHours:  func(hours *user.WorkingHours) { mergeWorkingHours(hours, body.WorkingHours) },
		Notifications: func(n *user.Notifications) { mergeNotifications(n, body.Notifications) },
	})
	if err != nil {
		return nil, err
	}
	return server.UpdateUserPreferences200JSONResponse{
		Body:    toPreferences(p),
		Headers: server.UpdateUserPreferences200ResponseHeaders{ETag: etag(p.Version)},
	}, nil
}

func (h *handlers) ReplaceUserPreferences(ctx context.Context, request server.ReplaceUserPreferencesRequestObject) (server.ReplaceUserPreferencesResponseObject, error) {
	version, err := fromIfMatch(request.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	body := request.Body
	p, err := h.Users.SetPreferences(ctx, actorOf(ctx), request.UserID, version, user.PreferenceChange{
		TimeZone: new(valueOr(body.TimeZone, user.DefaultTimeZone)), Locale: new(valueOr(body.Locale, user.DefaultLocale)),
		// A replacement is merged into the defaults.
		WorkingHours: func(hours *user.WorkingHours) {
			*hours = user.DefaultWorkingHours()
			mergeWorkingHours(hours, body.WorkingHours)
		},
		Notifications: func(n *user.Notifications) {
			*n = user.DefaultNotifications()
			mergeNotifications(n, body.Notifications)
		},
	})
	if err != nil {
		return nil, err
	}
	return server.ReplaceUserPreferences200JSONResponse{
		Body:    toPreferences(p),
		Headers: server.ReplaceUserPreferences200ResponseHeaders{ETag: etag(p.Version)},
	}, nil
}

func mergeWorkingHours(hours *user.WorkingHours, change *api.WorkingHoursChange) {
	if change == nil {
		return
	}
	for _, day := range []struct {
		hours  *[]user.Period
		change []api.WorkingPeriod
	}{
		{&hours.Monday, change.Monday},
		{&hours.Tuesday, change.Tuesday},
		{&hours.Wednesday, change.Wednesday},
		{&hours.Thursday, change.Thursday},
		{&hours.Friday, change.Friday},
		{&hours.Saturday, change.Saturday},
		{&hours.Sunday, change.Sunday},
	} {
		if day.change == nil {
			continue
		}
		*day.hours = make([]user.Period, len(day.change))
		for i, period := range day.change {
			(*day.hours)[i] = user.Period(period)
		}
	}
}

func mergeNotifications(n *user.Notifications, change *api.NotificationSettingsChange) {
	if change == nil {
		return
	}
	mergeKinds(&n.Email, change.Email)
	mergeKinds(&n.InApp, change.InApp)
}

func mergeKinds(kinds *user.NotificationKinds, change *api.NotificationKindsChange) {
	if change == nil {
		return
	}
	kinds.Mentioned = valueOr(change.Mentioned, kinds.Mentioned)
	kinds.Assigned = valueOr(change.Assigned, kinds.Assigned)
	kinds.StatusChanged = valueOr(change.StatusChanged, kinds.StatusChanged)
	kinds.CommentReplied = valueOr(change.CommentReplied, kinds.CommentReplied)
	kinds.DueSoon = valueOr(change.DueSoon, kinds.DueSoon)
}

func toPreferences(p user.Preferences) api.UserPreferences {
	return api.UserPreferences{
		UserID: p.UserID, TimeZone: p.TimeZone, Locale: p.Locale, Version: p.Version,
		WorkingHours: api.WorkingHours{
			Monday: toPeriods(p.WorkingHours.Monday), Tuesday: toPeriods(p.WorkingHours.Tuesday),
			Wednesday: toPeriods(p.WorkingHours.Wednesday), Thursday: toPeriods(p.WorkingHours.Thursday),
			Friday: toPeriods(p.WorkingHours.Friday), Saturday: toPeriods(p.WorkingHours.Saturday),
			Sunday: toPeriods(p.WorkingHours.Sunday),
		},
		Notifications: api.NotificationSettings{
			Email: toNotificationKinds(p.Notifications.Email), InApp: toNotificationKinds(p.Notifications.InApp),
		},
	}
}

func toPeriods(periods []user.Period) []api.WorkingPeriod {
	converted := make([]api.WorkingPeriod, len(periods))
	for i, period := range periods {
		converted[i] = api.WorkingPeriod(period)
	}
	return converted
}

func toNotificationKinds(k user.NotificationKinds) api.NotificationKinds {
	return api.NotificationKinds{
		Mentioned: k.Mentioned, Assigned: k.Assigned, StatusChanged: k.StatusChanged,
		CommentReplied: k.CommentReplied, DueSoon: k.DueSoon,
	}
}
