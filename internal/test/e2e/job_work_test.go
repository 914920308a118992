package e2e_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/client"
)

// work is what a member of the team does with a task beside moving it. It
// returns the ids of what belongs to the task and is not for others to see.
func work(t *testing.T, c *client.Client, me *api.User, task *api.Task) (entryID, commentID uuid.UUID) {
	t.Helper()

	ctx := t.Context()

	// Time is logged together with how far the task is by now.
	entry := calling(c.Time.Log(ctx, task.ID, api.TimeEntryCreate{
		Minutes: 150, Note: some("Built the basket."), RemainingMinutes: new(int32(240)), Progress: new(int32(40)),
	})).succeeds(t)
	logged := calling(c.Time.ListEntries(ctx, client.TimeListEntriesParams{
		TaskID: task.ID, Include: api.TimeEntryInclude{api.TimeEntryRelationTask, api.TimeEntryRelationUser},
	})).succeeds(t).Data
	if len(logged) != 1 || logged[0].ID != entry.ID || logged[0].Minutes != 150 {
		t.Fatalf("the time on the task is %+v", logged)
	}

	included := logged[0].Included.MustGet()
	if worked, by := included.Task.MustGet(), included.User.MustGet(); worked.Progress != 40 || worked.RemainingMinutes.MustGet() != 240 || by.ID != me.ID {
		t.Errorf("the time comes with %+v by %+v", worked, by)
	}

	// A question and its answer, which mentions who asked.
	question := calling(c.Comments.CreateForTask(ctx, task.ID, api.CommentCreate{
		Body: "Which payments do we take?", Kind: new(api.CommentKindQuestion),
	})).succeeds(t)
	reply := calling(c.Comments.CreateForTask(ctx, task.ID, api.CommentCreate{
		Body: "Cards, @" + me.Email + ".", ReplyToID: some(question.ID),
	})).succeeds(t)
	read := calling(c.Comments.Get(ctx, question.ID, client.CommentGetParams{
		Include: api.CommentInclude{api.CommentRelationReplies},
	})).succeeds(t)
	if diff := cmp.Diff([]api.Comment{*reply}, read.Included.MustGet().Replies.MustGet()); diff != "" || reply.Mentions[0].ID != me.ID {
		t.Errorf("the answer mentions %+v, and the question comes with (-want +got):\n%s", reply.Mentions, diff)
	}

	return entry.ID, question.ID
}

// plan adds a task and all that it is divided into at once, finds it by its
// words, and takes all of it back.
func plan(t *testing.T, c *client.Client, projectID uuid.UUID) {
	t.Helper()

	ctx := t.Context()
	create := func(ref, title string, change func(*api.TaskBulkItem)) api.TaskBulkItem {
		item := api.TaskBulkItem{Op: api.TaskBulkOpCreate, Ref: &ref, ProjectID: &projectID, Title: &title}
		if change != nil {
			change(&item)
		}

		return item
	}
	results := calling(c.Tasks.Bulk(ctx, api.TaskBulk{Items: []api.TaskBulkItem{
		create("newsletter", "Newsletter", nil),
		create("send", "Send the newsletter", func(item *api.TaskBulkItem) {
			item.ParentRef, item.PrerequisiteRefs = new("newsletter"), []string{"write"}
		}),
		create("write", "Write the newsletter", func(item *api.TaskBulkItem) { item.ParentRef = new("newsletter") }),
	}})).succeeds(t).Results

	var all []api.TaskBulkItem
	for _, result := range results {
		all = append(all, api.TaskBulkItem{Op: api.TaskBulkOpDelete, ID: new(result.TaskID.MustGet())})
	}

	if len(all) != 3 {
		t.Fatalf("the batch gave %+v", results)
	}

	send, write := results[1].Task.MustGet(), results[2].Task.MustGet()
	if diff := cmp.Diff([]uuid.UUID{write.ID}, send.PrerequisiteIds); diff != "" || !send.IsBlocked || send.ParentID.MustGet() != results[0].TaskID.MustGet() {
		t.Errorf("what is sent is %+v and waits for (-want +got):\n%s", send, diff)
	}

	hits := calling(c.Tasks.Search(ctx, client.TaskSearchParams{Q: "write newsletter"})).succeeds(t).Data
	if len(hits) != 1 || hits[0].Task.ID != write.ID || hits[0].Highlights[0].Snippet != "<mark>Write</mark> the <mark>newsletter</mark>" {
		t.Errorf("the search found %+v", hits)
	}

	calling(c.Tasks.Bulk(ctx, api.TaskBulk{Items: all})).succeeds(t)
}

// requireWorkTold checks that the work shows in the statistics of who did it
// and of everything, and in the history of the task.
func requireWorkTold(t *testing.T, c *client.Client, me *api.User, task *api.Task, entryID uuid.UUID) {
	t.Helper()

	ctx := t.Context()

	stands := calling(c.Users.GetStatistics(ctx, me.ID, client.UserGetStatisticsParams{})).succeeds(t)
	if stands.Assigned != 1 || stands.Completed != 1 || stands.LoggedMinutes != 150 {
		t.Errorf("one task is open, one done, and 150 minutes are logged: %+v", stands)
	}

	overview := calling(c.Statistics.GetOverview(ctx, client.StatisticsGetOverviewParams{})).succeeds(t)
	if diff := cmp.Diff(api.TaskStatusCounts{Todo: 1, InProgress: 1, Done: 1}, overview.TasksByStatus); diff != "" {
		t.Errorf("three tasks are left (-want +got):\n%s", diff)
	}

	// Newest first: the progress that came with the time, the start, the assignment, the creation.
	var actions []string
	for _, e := range calling(c.Tasks.GetHistory(ctx, task.ID, client.TaskGetHistoryParams{})).succeeds(t).Data {
		actions = append(actions, e.Action)

		if actor := e.Actor.MustGet(); actor.ID != me.ID || !strings.HasPrefix(e.Credential, "session:") {
			t.Errorf("%s was by %+v through %s", e.Action, actor, e.Credential)
		}
	}

	if diff := cmp.Diff([]string{"task.updated", "task.status_changed", "task.assigned", "task.created"}, actions); diff != "" {
		t.Errorf("the task's history (-want +got):\n%s", diff)
	}

	history := calling(c.Time.GetEntryHistory(ctx, entryID, client.TimeGetEntryHistoryParams{})).succeeds(t).Data
	if len(history) != 1 || history[0].Action != "time_entry.created" {
		t.Errorf("the history of the time is %+v", history)
	}
}

// requireWorkHidden checks that a stranger finds nothing of the work.
func requireWorkHidden(t *testing.T, c *client.Client, entryID, commentID uuid.UUID) {
	t.Helper()

	ctx := t.Context()
	calling(c.Time.GetEntry(ctx, entryID, client.TimeGetEntryParams{})).fails(t, http.StatusNotFound, api.ProblemCodeNotFound)
	calling(c.Time.GetEntryHistory(ctx, entryID, client.TimeGetEntryHistoryParams{})).fails(t, http.StatusNotFound, api.ProblemCodeNotFound)
	calling(c.Comments.Get(ctx, commentID, client.CommentGetParams{})).fails(t, http.StatusNotFound, api.ProblemCodeNotFound)
	calling(c.Comments.GetHistory(ctx, commentID, client.CommentGetHistoryParams{})).fails(t, http.StatusNotFound, api.ProblemCodeNotFound)

	hits := calling(c.Tasks.Search(ctx, client.TaskSearchParams{Q: "build"})).succeeds(t)
	requireEmpty(t, hits.Data, hits.Page)
}
