package e2e_test

import (
	"context"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/client"
)

func tellStatistics(t *testing.T, w *sdkWorld) {
	ctx := t.Context()
	today := api.DateOf(time.Now().UTC())

	overview := calling(w.admin.Statistics.GetOverview(ctx, client.StatisticsGetOverviewParams{From: today.AddDays(-7), To: today})).succeeds(t)
	if overview.TasksByStatus.InProgress != 1 || overview.ClientsByStatus.Prospect != 1 || overview.From.MustGet() != today.AddDays(-7) {
		t.Errorf("how it stands: %+v", overview)
	}

	if of := calling(w.mia.Projects.GetStatistics(ctx, w.project.ID, client.ProjectGetStatisticsParams{})).succeeds(t); of.ByStatus.InProgress != 1 || of.ProjectID != w.project.ID {
		t.Errorf("the project: %+v", of)
	}

	if of := calling(w.admin.Clients.GetStatistics(ctx, w.client.ID, client.ClientGetStatisticsParams{})).succeeds(t); of.Projects != 2 {
		t.Errorf("the client: %+v", of)
	}

	if of := calling(w.mia.Users.GetStatistics(ctx, w.miaID, client.UserGetStatisticsParams{})).succeeds(t); of.InProgress != 1 || of.LoggedMinutes < 101 {
		t.Errorf("Mia: %+v", of)
	}

	if of := calling(w.mia.Users.GetWorkload(ctx, w.miaID, client.UserGetWorkloadParams{Weeks: 3})).succeeds(t); len(of.Weeks) != 3 || of.OpenTasks != 1 {
		t.Errorf("what is before her: %+v", of)
	}
}

func tellEvents(t *testing.T, w *sdkWorld) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()

	feed := calling(w.mia.Events.List(ctx, client.EventListParams{PageSize: 5, EntityType: api.EntityTypeTask})).succeeds(t)
	if len(feed.Data) != 5 || !feed.HasMore || feed.Data[0].Action != "task.created" {
		t.Errorf("what happened first is %v", actions(feed.Data))
	}

	rest := all(t, w.mia.Events.All(ctx, client.EventListParams{After: feed.NextCursor, EntityType: api.EntityTypeTask}))
	if everything := all(t, w.mia.Events.All(ctx, client.EventListParams{PageSize: 3, EntityType: api.EntityTypeTask})); len(everything) != len(rest)+5 {
		t.Errorf("of %d events %d come behind the first 5", len(everything), len(rest))
	}

	// From here on, as it happens.
	now := calling(w.mia.Events.List(ctx, client.EventListParams{After: "now"})).succeeds(t).NextCursor
	begun := calling(w.mia.Tasks.Update(ctx, w.design.ID, api.TaskUpdate{Progress: new(int32(60))})).succeeds(t)

	var seen []string

	for event, err := range w.mia.Events.Stream(ctx, client.EventStreamParams{After: now, ProjectID: w.project.ID}) {
		if err != nil {
			t.Fatal(err)
		}

		seen = append(seen, event.Action)

		if len(seen) == 1 {
			if event.EntityID != w.design.ID || event.Version.MustGet() != begun.Version {
				t.Errorf("the first is %+v", event)
			}

			calling(w.mia.Comments.CreateForTask(ctx, w.design.ID, api.CommentCreate{Body: "Green it is."})).succeeds(t)

			continue
		}

		break
	}

	if len(seen) != 2 || seen[0] != "task.updated" || seen[1] != "comment.created" {
		t.Errorf("what came is %v", seen)
	}

	log := calling(w.admin.Audit.List(ctx, client.AuditListParams{EntityID: w.design.ID, Action: []string{"task.assigned"}})).succeeds(t).Data
	if len(log) != 1 || log[0].Actor.MustGet().ID != w.miaID {
		t.Errorf("the log says %+v", log)
	}

	if whole := all(t, w.admin.Audit.All(ctx, client.AuditListParams{ActorID: w.miaID})); len(whole) < 20 {
		t.Errorf("of Mia the log knows %d", len(whole))
	}

	activity := actions(calling(w.mia.Users.ListActivity(ctx, w.miaID, client.UserListActivityParams{})).succeeds(t).Data)
	if len(activity) == 0 || activity[0] != "comment.created" {
		t.Errorf("what Mia did last is %v", activity)
	}
}

func tellDeleting(t *testing.T, w *sdkWorld) {
	ctx := t.Context()

	// What goes with the project comes back with it.
	doing(w.admin.Projects.Delete(ctx, w.project.ID)).succeeds(t)
	calling(w.mia.Tasks.Get(ctx, w.design.ID, client.TaskGetParams{})).fails(t, 404, api.ProblemCodeNotFound)

	if back := calling(w.admin.Projects.Restore(ctx, w.project.ID)).succeeds(t); back.ID != w.project.ID {
		t.Errorf("what is brought back is %+v", back)
	}

	calling(w.mia.Tasks.Get(ctx, w.design.ID, client.TaskGetParams{})).succeeds(t)

	doing(w.admin.Clients.Delete(ctx, w.client.ID)).succeeds(t)

	if listed := calling(w.admin.Clients.List(ctx, client.ClientListParams{IncludeDeleted: true, Q: "harbour"})).succeeds(t).Data; len(listed) != 1 || listed[0].DeletedAt.IsNull() {
		t.Errorf("what is deleted is listed as %+v", listed)
	}

	if back := calling(w.admin.Clients.Restore(ctx, w.client.ID)).succeeds(t); !back.DeletedAt.IsNull() {
		t.Errorf("what is brought back is %+v", back)
	}

	mia := calling(w.admin.Users.Get(ctx, w.miaID)).succeeds(t)
	doing(w.admin.Users.Delete(ctx, mia.ID, client.IfMatch(mia.Version))).succeeds(t)
	calling(w.mia.Users.Me(ctx)).fails(t, 401, api.ProblemCodeUnauthenticated)

	if back := calling(w.admin.Users.Restore(ctx, mia.ID)).succeeds(t); back.Email != miaEmail {
		t.Errorf("who is brought back is %+v", back)
	}

	// Sessions that have ended stay so; with a new one she can log out again.
	w.mia = w.signIn(t, miaEmail, miaPassword)
	doing(w.mia.Users.Logout(ctx, nil)).succeeds(t)

	if _, err := w.mia.Users.Me(ctx); err == nil {
		t.Error("who is signed out is still in")
	}
}
