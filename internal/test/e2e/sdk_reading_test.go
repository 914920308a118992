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

	overview := answer(w.admin.Statistics.GetOverview(ctx, client.StatisticsGetOverviewParams{From: today.AddDays(-7), To: today})).is(t)
	if overview.TasksByStatus.InProgress != 1 || overview.ClientsByStatus.Prospect != 1 || overview.From.MustGet() != today.AddDays(-7) {
		t.Errorf("how it stands: %+v", overview)
	}

	if of := answer(w.mia.Projects.GetStatistics(ctx, w.project.ID, client.ProjectGetStatisticsParams{})).is(t); of.ByStatus.InProgress != 1 || of.ProjectID != w.project.ID {
		t.Errorf("the project: %+v", of)
	}

	if of := answer(w.admin.Clients.GetStatistics(ctx, w.client.ID, client.ClientGetStatisticsParams{})).is(t); of.Projects != 2 {
		t.Errorf("the client: %+v", of)
	}

	if of := answer(w.mia.Users.GetStatistics(ctx, w.miaID, client.UserGetStatisticsParams{})).is(t); of.InProgress != 1 || of.LoggedMinutes < 101 {
		t.Errorf("Mia: %+v", of)
	}

	if of := answer(w.mia.Users.GetWorkload(ctx, w.miaID, client.UserGetWorkloadParams{Weeks: 3})).is(t); len(of.Weeks) != 3 || of.OpenTasks != 1 {
		t.Errorf("what is before her: %+v", of)
	}
}

func tellEvents(t *testing.T, w *sdkWorld) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()

	feed := answer(w.mia.Events.List(ctx, client.EventListParams{PageSize: 5, EntityType: api.EntityTypeTask})).is(t)
	if len(feed.Data) != 5 || !feed.HasMore || feed.Data[0].Action != "task.created" {
		t.Errorf("what happened first is %v", actions(feed.Data))
	}

	rest := all(t, w.mia.Events.All(ctx, client.EventListParams{After: feed.NextCursor, EntityType: api.EntityTypeTask}))
	if everything := all(t, w.mia.Events.All(ctx, client.EventListParams{PageSize: 3, EntityType: api.EntityTypeTask})); len(everything) != len(rest)+5 {
		t.Errorf("of %d events %d come behind the first 5", len(everything), len(rest))
	}

	// From here on, as it happens.
	now := answer(w.mia.Events.List(ctx, client.EventListParams{After: "now"})).is(t).NextCursor
	begun := answer(w.mia.Tasks.Update(ctx, w.design.ID, api.TaskUpdate{Progress: new(int32(60))})).is(t)

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

			answer(w.mia.Comments.CreateForTask(ctx, w.design.ID, api.CommentCreate{Body: "Green it is."})).is(t)

			continue
		}

		break
	}

	if len(seen) != 2 || seen[0] != "task.updated" || seen[1] != "comment.created" {
		t.Errorf("what came is %v", seen)
	}

	log := answer(w.admin.Audit.List(ctx, client.AuditListParams{EntityID: w.design.ID, Action: []string{"task.assigned"}})).is(t).Data
	if len(log) != 1 || log[0].Actor.MustGet().ID != w.miaID {
		t.Errorf("the log says %+v", log)
	}

	if whole := all(t, w.admin.Audit.All(ctx, client.AuditListParams{ActorID: w.miaID})); len(whole) < 20 {
		t.Errorf("of Mia the log knows %d", len(whole))
	}

	activity := actions(answer(w.mia.Users.ListActivity(ctx, w.miaID, client.UserListActivityParams{})).is(t).Data)
	if len(activity) == 0 || activity[0] != "comment.created" {
		t.Errorf("what Mia did last is %v", activity)
	}
}

func tellDeleting(t *testing.T, w *sdkWorld) {
	ctx := t.Context()

	// What goes with the project comes back with it.
	done(w.admin.Projects.Delete(ctx, w.project.ID)).is(t)
	answer(w.mia.Tasks.Get(ctx, w.design.ID, client.TaskGetParams{})).refused(t, 404, api.ProblemCodeNotFound)

	if back := answer(w.admin.Projects.Restore(ctx, w.project.ID)).is(t); back.ID != w.project.ID {
		t.Errorf("what is brought back is %+v", back)
	}

	answer(w.mia.Tasks.Get(ctx, w.design.ID, client.TaskGetParams{})).is(t)

	done(w.admin.Clients.Delete(ctx, w.client.ID)).is(t)

	if listed := answer(w.admin.Clients.List(ctx, client.ClientListParams{IncludeDeleted: true, Q: "harbour"})).is(t).Data; len(listed) != 1 || listed[0].DeletedAt.IsNull() {
		t.Errorf("what is deleted is listed as %+v", listed)
	}

	if back := answer(w.admin.Clients.Restore(ctx, w.client.ID)).is(t); !back.DeletedAt.IsNull() {
		t.Errorf("what is brought back is %+v", back)
	}

	mia := answer(w.admin.Users.Get(ctx, w.miaID)).is(t)
	done(w.admin.Users.Delete(ctx, mia.ID, client.IfMatch(mia.Version))).is(t)
	answer(w.mia.Users.Me(ctx)).refused(t, 401, api.ProblemCodeUnauthenticated)

	if back := answer(w.admin.Users.Restore(ctx, mia.ID)).is(t); back.Email != miaEmail {
		t.Errorf("who is brought back is %+v", back)
	}

	// Sessions that have ended stay so; with a new one she can log out again.
	w.mia = w.signIn(t, miaEmail, miaPassword)
	done(w.mia.Users.Logout(ctx, nil)).is(t)

	if _, err := w.mia.Users.Me(ctx); err == nil {
		t.Error("who is signed out is still in")
	}
}
