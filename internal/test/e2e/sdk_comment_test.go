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

	question := answer(w.mia.Comments.CreateForTask(ctx, w.design.ID, api.CommentCreate{Body: "Blue?", Kind: new(api.CommentKindQuestion)})).is(t)
	reply := answer(w.admin.Comments.CreateForTask(ctx, w.design.ID, api.CommentCreate{
		Body: "Green, @" + miaEmail + ".", ReplyToID: client.Value(question.ID),
	})).is(t)
	aside := answer(w.admin.Comments.CreateForProject(ctx, w.project.ID, api.CommentCreate{Body: "We are late."})).is(t)
	note := answer(w.admin.Comments.CreateForClient(ctx, w.client.ID, api.CommentCreate{Body: "They like green."})).is(t)

	if reply.Mentions[0].ID != w.miaID || aside.ProjectID.MustGet() != w.project.ID || note.ClientID.MustGet() != w.client.ID {
		t.Errorf("the comments are %+v, %+v and %+v", reply, aside, note)
	}

	same(t, "on the task", each(answer(w.mia.Comments.ListForTask(ctx, w.design.ID, client.CommentListForTaskParams{
		Kind: []api.CommentKind{api.CommentKindQuestion},
	})).is(t).Data, text), "Blue?")
	same(t, "on the project", each(answer(w.mia.Comments.ListForProject(ctx, w.project.ID, client.CommentListForProjectParams{})).is(t).Data, text), "We are late.")
	same(t, "on the client", each(answer(w.admin.Comments.ListForClient(ctx, w.client.ID, client.CommentListForClientParams{})).is(t).Data, text), "They like green.")
	same(t, "of the administrator", each(answer(w.admin.Comments.List(ctx, client.CommentListParams{AuthorID: w.adminID})).is(t).Data, text),
		reply.Body, "We are late.", "They like green.")
	same(t, "on the task, one by one", each(all(t, w.mia.Comments.AllForTask(ctx, w.design.ID, client.CommentListForTaskParams{PageSize: 1})), text), "Blue?", reply.Body)

	updated := answer(w.mia.Comments.Update(ctx, question.ID, api.CommentUpdate{Body: new("Blue or green?")}, client.IfMatch(question.Version))).is(t)
	if updated.Body != "Blue or green?" || updated.Kind != api.CommentKindQuestion || updated.EditedAt.IsNull() {
		t.Errorf("the comment is %+v", updated)
	}

	replaced := answer(w.mia.Comments.Replace(ctx, question.ID, api.CommentReplace{Body: "Green?"}, client.IfMatch(updated.Version))).is(t)
	if replaced.Kind == api.CommentKindQuestion {
		t.Errorf("the kind is still %s", replaced.Kind)
	}

	read := answer(w.mia.Comments.Get(ctx, question.ID, client.CommentGetParams{Include: []api.CommentRelation{api.CommentRelationReplies}})).is(t)
	if replies := read.Included.MustGet().Replies.MustGet(); len(replies) != 1 || replies[0].ID != reply.ID {
		t.Errorf("the replies are %+v", replies)
	}

	done(w.admin.Comments.Delete(ctx, aside.ID, client.IfMatch(aside.Version))).is(t)
	answer(w.mia.Comments.Get(ctx, aside.ID, client.CommentGetParams{})).refused(t, http.StatusNotFound, api.ProblemCodeNotFound)

	if back := answer(w.admin.Comments.Restore(ctx, aside.ID)).is(t); back.Body != "We are late." || !back.DeletedAt.IsNull() {
		t.Errorf("what is brought back is %+v", back)
	}

	same(t, "what happened to it", actions(answer(w.mia.Comments.GetHistory(ctx, aside.ID, client.CommentGetHistoryParams{})).is(t).Data),
		"comment.created", "comment.deleted", "comment.restored")
}

// People judge what an agent says.
func tellFeedback(t *testing.T, w *sdkWorld) {
	ctx := t.Context()

	w.agent = *answer(w.admin.Users.CreateAgent(ctx, api.AgentCreate{Name: "Scribe", Skills: &[]string{"writing"}})).is(t)
	if w.agent.Kind != api.PrincipalKindAgent || w.agent.OwnerID.MustGet() != w.adminID {
		t.Errorf("the agent is %+v", w.agent)
	}

	answer(w.admin.Projects.AddMember(ctx, w.project.ID, w.agent.ID, nil)).is(t)

	key := answer(w.admin.APIKeys.Create(ctx, api.APIKeyCreate{
		Name: "Scribe's", PrincipalID: &w.agent.ID, Scopes: []api.APIKeyScope{api.APIKeyScopeTasksRead, api.APIKeyScopeCommentsWrite, api.APIKeyScopeCommentsRead},
	})).is(t)
	scribe := answer(client.New(w.proxy.URL, client.WithAPIKey(key.Key))).is(t)

	said := answer(scribe.Comments.CreateForTask(ctx, w.design.ID, api.CommentCreate{
		Body: "Green sells better.", Ai: client.Value(api.AiProvenanceInput{Provider: "example", Model: "small", Confidence: client.Value(0.8)}),
	})).is(t)

	problem := answer(w.mia.Comments.SetFeedback(ctx, said.ID, api.CommentFeedbackSet{Verdict: api.FeedbackVerdictEdited})).
		refused(t, http.StatusUnprocessableEntity, api.ProblemCodeValidationFailed)
	if problem.Fields[0].Pointer != "/correction" {
		t.Errorf("what is wrong is %+v", problem.Fields)
	}

	edited := answer(w.mia.Comments.SetFeedback(ctx, said.ID, api.CommentFeedbackSet{
		Verdict: api.FeedbackVerdictEdited, Correction: client.Value("Green sold better."),
	})).is(t)
	answer(w.admin.Comments.SetFeedback(ctx, said.ID, api.CommentFeedbackSet{Verdict: api.FeedbackVerdictAccepted})).is(t)

	if edited.UserID != w.miaID {
		t.Errorf("the judgement is %+v", edited)
	}

	same(t, "the judgements", each(all(t, w.mia.Comments.AllFeedback(ctx, said.ID, client.CommentListFeedbackParams{PageSize: 1})),
		func(f api.CommentFeedback) string { return string(f.Verdict) }), "accepted", "edited")

	quality := answer(w.mia.Users.GetQuality(ctx, w.agent.ID, client.UserGetQualityParams{})).is(t)
	if quality.Judgements.Accepted != 1 || quality.Judgements.Edited != 1 || quality.Judgements.AcceptanceRate.MustGet() != 0.5 {
		t.Errorf("the agent is judged %+v", quality.Judgements)
	}

	done(w.mia.Comments.RemoveFeedback(ctx, said.ID)).is(t)
	same(t, "the judgement that is left", each(answer(w.mia.Comments.ListFeedback(ctx, said.ID, client.CommentListFeedbackParams{})).is(t).Data,
		func(f api.CommentFeedback) string { return string(f.Verdict) }), "accepted")
}

func tellAPIKeys(t *testing.T, w *sdkWorld) {
	ctx := t.Context()

	made := answer(w.admin.APIKeys.Create(ctx, api.APIKeyCreate{
		Name: "Reader", PrincipalID: &w.agent.ID, Scopes: []api.APIKeyScope{api.APIKeyScopeTasksRead},
	})).is(t)
	reader := answer(client.New(w.proxy.URL, client.WithAPIKey(made.Key))).is(t)

	if seen := answer(reader.Tasks.List(ctx, client.TaskListParams{})).is(t); len(seen.Data) == 0 {
		t.Error("the key sees no task")
	}

	answer(reader.Tasks.Create(ctx, api.TaskCreate{ProjectID: w.project.ID, Title: "More"})).refused(t, http.StatusForbidden, api.ProblemCodeForbidden)

	renamed := answer(w.admin.APIKeys.Update(ctx, made.APIKey.ID, api.APIKeyUpdate{Name: new("Reads")}, client.IfMatch(made.APIKey.Version))).is(t)
	if renamed.Name != "Reads" || renamed.PrincipalID != w.agent.ID {
		t.Errorf("the key is %+v", renamed)
	}

	done(w.admin.APIKeys.Revoke(ctx, made.APIKey.ID)).is(t)
	answer(reader.Tasks.List(ctx, client.TaskListParams{})).refused(t, http.StatusUnauthorized, api.ProblemCodeUnauthenticated)

	if revoked := answer(w.admin.APIKeys.Get(ctx, made.APIKey.ID)).is(t); revoked.State != api.APIKeyStateRevoked || revoked.RevokedBy.MustGet() != w.adminID {
		t.Errorf("the key is %+v", revoked)
	}

	same(t, "the keys that work", each(answer(w.admin.APIKeys.List(ctx, client.APIKeyListParams{
		PrincipalID: w.agent.ID, State: []api.APIKeyState{api.APIKeyStateActive},
	})).is(t).Data, func(k api.APIKey) string { return k.Name }), "Scribe's")
	same(t, "all keys", each(all(t, w.admin.APIKeys.All(ctx, client.APIKeyListParams{PageSize: 1})), func(k api.APIKey) string { return k.Name }), "Scribe's", "Reads")
}
