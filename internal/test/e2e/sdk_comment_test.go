package e2e_test

import (
	"net/http"
	"testing"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/client"
)

func text(comment api.Comment) string { return comment.Body }

func tellComments(t *testing.T, w *sdkWorld) {
	ctx := t.Context()

	question := calling(w.mia.Comments.CreateForTask(ctx, w.design.ID, api.CommentCreate{Body: "Blue?", Kind: new(api.CommentKindQuestion)})).succeeds(t)
	reply := calling(w.admin.Comments.CreateForTask(ctx, w.design.ID, api.CommentCreate{
		Body: "Green, @" + miaEmail + ".", ReplyToID: client.Value(question.ID),
	})).succeeds(t)
	aside := calling(w.admin.Comments.CreateForProject(ctx, w.project.ID, api.CommentCreate{Body: "We are late."})).succeeds(t)
	note := calling(w.admin.Comments.CreateForClient(ctx, w.client.ID, api.CommentCreate{Body: "They like green."})).succeeds(t)

	if reply.Mentions[0].ID != w.miaID || aside.ProjectID.MustGet() != w.project.ID || note.ClientID.MustGet() != w.client.ID {
		t.Errorf("the comments are %+v, %+v and %+v", reply, aside, note)
	}

	same(t, "on the task", each(calling(w.mia.Comments.ListForTask(ctx, w.design.ID, client.CommentListForTaskParams{
		Kind: []api.CommentKind{api.CommentKindQuestion},
	})).succeeds(t).Data, text), "Blue?")
	same(t, "on the project", each(calling(w.mia.Comments.ListForProject(ctx, w.project.ID, client.CommentListForProjectParams{})).succeeds(t).Data, text), "We are late.")
	same(t, "on the client", each(calling(w.admin.Comments.ListForClient(ctx, w.client.ID, client.CommentListForClientParams{})).succeeds(t).Data, text), "They like green.")
	same(t, "of the administrator", each(calling(w.admin.Comments.List(ctx, client.CommentListParams{AuthorID: w.adminID})).succeeds(t).Data, text),
		reply.Body, "We are late.", "They like green.")
	same(t, "on the task, one by one", each(all(t, w.mia.Comments.AllForTask(ctx, w.design.ID, client.CommentListForTaskParams{PageSize: 1})), text), "Blue?", reply.Body)

	updated := calling(w.mia.Comments.Update(ctx, question.ID, api.CommentUpdate{Body: new("Blue or green?")}, client.IfMatch(question.Version))).succeeds(t)
	if updated.Body != "Blue or green?" || updated.Kind != api.CommentKindQuestion || updated.EditedAt.IsNull() {
		t.Errorf("the comment is %+v", updated)
	}

	replaced := calling(w.mia.Comments.Replace(ctx, question.ID, api.CommentReplace{Body: "Green?"}, client.IfMatch(updated.Version))).succeeds(t)
	if replaced.Kind == api.CommentKindQuestion {
		t.Errorf("the kind is still %s", replaced.Kind)
	}

	read := calling(w.mia.Comments.Get(ctx, question.ID, client.CommentGetParams{Include: []api.CommentRelation{api.CommentRelationReplies}})).succeeds(t)
	if replies := read.Included.MustGet().Replies.MustGet(); len(replies) != 1 || replies[0].ID != reply.ID {
		t.Errorf("the replies are %+v", replies)
	}

	doing(w.admin.Comments.Delete(ctx, aside.ID, client.IfMatch(aside.Version))).succeeds(t)
	calling(w.mia.Comments.Get(ctx, aside.ID, client.CommentGetParams{})).fails(t, http.StatusNotFound, api.ProblemCodeNotFound)

	if back := calling(w.admin.Comments.Restore(ctx, aside.ID)).succeeds(t); back.Body != "We are late." || !back.DeletedAt.IsNull() {
		t.Errorf("what is brought back is %+v", back)
	}

	same(t, "what happened to it", actions(calling(w.mia.Comments.GetHistory(ctx, aside.ID, client.CommentGetHistoryParams{})).succeeds(t).Data),
		"comment.created", "comment.deleted", "comment.restored")
}

// People judge what an agent says.
func tellFeedback(t *testing.T, w *sdkWorld) {
	ctx := t.Context()

	w.agent = *calling(w.admin.Users.CreateAgent(ctx, api.AgentCreate{Name: "Scribe", Skills: []string{"writing"}})).succeeds(t)
	if w.agent.Kind != api.PrincipalKindAgent || w.agent.OwnerID.MustGet() != w.adminID {
		t.Errorf("the agent is %+v", w.agent)
	}

	calling(w.admin.Projects.AddMember(ctx, w.project.ID, w.agent.ID, nil)).succeeds(t)

	key := calling(w.admin.APIKeys.Create(ctx, api.APIKeyCreate{
		Name: "Scribe's", PrincipalID: &w.agent.ID, Scopes: []api.APIKeyScope{api.APIKeyScopeTasksRead, api.APIKeyScopeCommentsWrite, api.APIKeyScopeCommentsRead},
	})).succeeds(t)
	scribe := calling(client.New(w.proxy.URL, client.WithAPIKey(key.Key))).succeeds(t)

	said := calling(scribe.Comments.CreateForTask(ctx, w.design.ID, api.CommentCreate{
		Body: "Green sells better.", Ai: client.Value(api.AiProvenanceInput{Provider: "example", Model: "small", Confidence: client.Value(0.8)}),
	})).succeeds(t)

	problem := calling(w.mia.Comments.SetFeedback(ctx, said.ID, api.CommentFeedbackSet{Verdict: api.FeedbackVerdictEdited})).
		fails(t, http.StatusUnprocessableEntity, api.ProblemCodeValidationFailed)
	if problem.Fields[0].Pointer != "/correction" {
		t.Errorf("what is wrong is %+v", problem.Fields)
	}

	edited := calling(w.mia.Comments.SetFeedback(ctx, said.ID, api.CommentFeedbackSet{
		Verdict: api.FeedbackVerdictEdited, Correction: client.Value("Green sold better."),
	})).succeeds(t)
	calling(w.admin.Comments.SetFeedback(ctx, said.ID, api.CommentFeedbackSet{Verdict: api.FeedbackVerdictAccepted})).succeeds(t)

	if edited.UserID != w.miaID {
		t.Errorf("the judgement is %+v", edited)
	}

	same(t, "the judgements", each(all(t, w.mia.Comments.AllFeedback(ctx, said.ID, client.CommentListFeedbackParams{PageSize: 1})),
		func(f api.CommentFeedback) string { return string(f.Verdict) }), "accepted", "edited")

	quality := calling(w.mia.Users.GetQuality(ctx, w.agent.ID, client.UserGetQualityParams{})).succeeds(t)
	if quality.Judgements.Accepted != 1 || quality.Judgements.Edited != 1 || quality.Judgements.AcceptanceRate.MustGet() != 0.5 {
		t.Errorf("the agent is judged %+v", quality.Judgements)
	}

	doing(w.mia.Comments.RemoveFeedback(ctx, said.ID)).succeeds(t)
	same(t, "the judgement that is left", each(calling(w.mia.Comments.ListFeedback(ctx, said.ID, client.CommentListFeedbackParams{})).succeeds(t).Data,
		func(f api.CommentFeedback) string { return string(f.Verdict) }), "accepted")
}

func tellAPIKeys(t *testing.T, w *sdkWorld) {
	ctx := t.Context()

	made := calling(w.admin.APIKeys.Create(ctx, api.APIKeyCreate{
		Name: "Reader", PrincipalID: &w.agent.ID, Scopes: []api.APIKeyScope{api.APIKeyScopeTasksRead},
	})).succeeds(t)
	reader := calling(client.New(w.proxy.URL, client.WithAPIKey(made.Key))).succeeds(t)

	if seen := calling(reader.Tasks.List(ctx, client.TaskListParams{})).succeeds(t); len(seen.Data) == 0 {
		t.Error("the key sees no task")
	}

	calling(reader.Tasks.Create(ctx, api.TaskCreate{ProjectID: w.project.ID, Title: "More"})).fails(t, http.StatusForbidden, api.ProblemCodeForbidden)

	renamed := calling(w.admin.APIKeys.Update(ctx, made.APIKey.ID, api.APIKeyUpdate{Name: new("Reads")}, client.IfMatch(made.APIKey.Version))).succeeds(t)
	if renamed.Name != "Reads" || renamed.PrincipalID != w.agent.ID {
		t.Errorf("the key is %+v", renamed)
	}

	doing(w.admin.APIKeys.Revoke(ctx, made.APIKey.ID)).succeeds(t)
	calling(reader.Tasks.List(ctx, client.TaskListParams{})).fails(t, http.StatusUnauthorized, api.ProblemCodeUnauthenticated)

	if revoked := calling(w.admin.APIKeys.Get(ctx, made.APIKey.ID)).succeeds(t); revoked.State != api.APIKeyStateRevoked || revoked.RevokedBy.MustGet() != w.adminID {
		t.Errorf("the key is %+v", revoked)
	}

	same(t, "the keys that work", each(calling(w.admin.APIKeys.List(ctx, client.APIKeyListParams{
		PrincipalID: w.agent.ID, State: []api.APIKeyState{api.APIKeyStateActive},
	})).succeeds(t).Data, func(k api.APIKey) string { return k.Name }), "Scribe's")
	same(t, "all keys", each(all(t, w.admin.APIKeys.All(ctx, client.APIKeyListParams{PageSize: 1})), func(k api.APIKey) string { return k.Name }), "Scribe's", "Reads")
}
