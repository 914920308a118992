package httpapi

import (
	"context"
	"slices"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/gen/server"
	"github.com/aicoordination/coordinator/internal/comment"
	"github.com/aicoordination/coordinator/internal/page"
)

func (h *handlers) ListComments(ctx context.Context, request server.ListCommentsRequestObject) (server.ListCommentsResponseObject, error) {
	p := request.Params
	rows, info, err := h.Comments.List(ctx, actorOf(ctx), comment.Filter{
		About: comment.About{TaskID: p.TaskID, ProjectID: p.ProjectID, ClientID: p.ClientID},
		Kind:  fromEnums(p.Kind), AuthorID: p.AuthorID, AuthorKind: fromEnum(p.AuthorKind),
		ReplyToID: p.ReplyToID, ThreadID: p.ThreadID, Mentions: p.Mentions,
		CreatedFrom: fromDate(p.CreatedFrom), CreatedTo: fromDate(p.CreatedTo), IncludeDeleted: valueOr(p.IncludeDeleted, false),
	}, fromPage(p.Page, p.PageSize, p.Cursor, p.Sort))
	if err != nil {
		return nil, err
	}
	body, err := h.commentPage(ctx, rows, info, p.Include)
	if err != nil {
		return nil, err
	}
	return server.ListComments200JSONResponse{
		Body:    body,
		Headers: server.ListComments200ResponseHeaders{Link: links(ctx, info)},
	}, nil
}

func (h *handlers) ListTaskComments(ctx context.Context, request server.ListTaskCommentsRequestObject) (server.ListTaskCommentsResponseObject, error) {
	p := request.Params
	rows, info, err := h.Comments.ListAbout(ctx, actorOf(ctx), comment.Filter{
		About: comment.About{TaskID: &request.TaskID},
		Kind:  fromEnums(p.Kind), AuthorID: p.AuthorID, AuthorKind: fromEnum(p.AuthorKind),
		ReplyToID: p.ReplyToID, ThreadID: p.ThreadID, Mentions: p.Mentions, IncludeDeleted: valueOr(p.IncludeDeleted, false),
	}, fromPage(p.Page, p.PageSize, p.Cursor, p.Sort))
	if err != nil {
		return nil, err
	}
	body, err := h.commentPage(ctx, rows, info, p.Include)
	if err != nil {
		return nil, err
	}
	return server.ListTaskComments200JSONResponse{
		Body:    body,
		Headers: server.ListTaskComments200ResponseHeaders{Link: links(ctx, info)},
	}, nil
}

func (h *handlers) ListProjectComments(ctx context.Context, request server.ListProjectCommentsRequestObject) (server.ListProjectCommentsResponseObject, error) {
	p := request.Params
	rows, info, err := h.Comments.ListAbout(ctx, actorOf(ctx), comment.Filter{
		About: comment.About{ProjectID: &request.ProjectID},
		Kind:  fromEnums(p.Kind), AuthorID: p.AuthorID, AuthorKind: fromEnum(p.AuthorKind),
		ReplyToID: p.ReplyToID, ThreadID: p.ThreadID, Mentions: p.Mentions, IncludeDeleted: valueOr(p.IncludeDeleted, false),
	}, fromPage(p.Page, p.PageSize, p.Cursor, p.Sort))
	if err != nil {
		return nil, err
	}
	body, err := h.commentPage(ctx, rows, info, p.Include)
	if err != nil {
		return nil, err
	}
	return server.ListProjectComments200JSONResponse{
		Body:    body,
		Headers: server.ListProjectComments200ResponseHeaders{Link: links(ctx, info)},
	}, nil
}

func (h *handlers) ListClientComments(ctx context.Context, request server.ListClientCommentsRequestObject) (server.ListClientCommentsResponseObject, error) {
	p := request.Params
	rows, info, err := h.Comments.ListAbout(ctx, actorOf(ctx), comment.Filter{
		About: comment.About{ClientID: &request.ClientID},
		Kind:  fromEnums(p.Kind), AuthorID: p.AuthorID, AuthorKind: fromEnum(p.AuthorKind),
		ReplyToID: p.ReplyToID, ThreadID: p.ThreadID, Mentions: p.Mentions, IncludeDeleted: valueOr(p.IncludeDeleted, false),
	}, fromPage(p.Page, p.PageSize, p.Cursor, p.Sort))
	if err != nil {
		return nil, err
	}
	body, err := h.commentPage(ctx, rows, info, p.Include)
	if err != nil {
		return nil, err
	}
	return server.ListClientComments200JSONResponse{
		Body:    body,
		Headers: server.ListClientComments200ResponseHeaders{Link: links(ctx, info)},
	}, nil
}

func (h *handlers) CreateTaskComment(ctx context.Context, request server.CreateTaskCommentRequestObject) (server.CreateTaskCommentResponseObject, error) {
	row, err := h.Comments.Create(ctx, actorOf(ctx), fromCommentCreate(comment.About{TaskID: &request.TaskID}, request.Body))
	if err != nil {
		return nil, err
	}
	return server.CreateTaskComment201JSONResponse{
		Body:    toComment(row),
		Headers: server.CreateTaskComment201ResponseHeaders{ETag: etag(row.Version), Location: commentPath(row)},
	}, nil
}

func (h *handlers) CreateProjectComment(ctx context.Context, request server.CreateProjectCommentRequestObject) (server.CreateProjectCommentResponseObject, error) {
	row, err := h.Comments.Create(ctx, actorOf(ctx), fromCommentCreate(comment.About{ProjectID: &request.ProjectID}, request.Body))
	if err != nil {
		return nil, err
	}
	return server.CreateProjectComment201JSONResponse{
		Body:    toComment(row),
		Headers: server.CreateProjectComment201ResponseHeaders{ETag: etag(row.Version), Location: commentPath(row)},
	}, nil
}

func (h *handlers) CreateClientComment(ctx context.Context, request server.CreateClientCommentRequestObject) (server.CreateClientCommentResponseObject, error) {
	row, err := h.Comments.Create(ctx, actorOf(ctx), fromCommentCreate(comment.About{ClientID: &request.ClientID}, request.Body))
	if err != nil {
		return nil, err
	}
	return server.CreateClientComment201JSONResponse{
		Body:    toComment(row),
		Headers: server.CreateClientComment201ResponseHeaders{ETag: etag(row.Version), Location: commentPath(row)},
	}, nil
}

func (h *handlers) GetComment(ctx context.Context, request server.GetCommentRequestObject) (server.GetCommentResponseObject, error) {
	row, err := h.Comments.Get(ctx, actorOf(ctx), request.CommentID)
	if err != nil {
		return nil, err
	}
	body, err := h.toComments(ctx, []comment.Comment{row}, request.Params.Include)
	if err != nil {
		return nil, err
	}
	return server.GetComment200JSONResponse{
		Body:    body[0],
		Headers: server.GetComment200ResponseHeaders{ETag: etag(row.Version)},
	}, nil
}

func (h *handlers) UpdateComment(ctx context.Context, request server.UpdateCommentRequestObject) (server.UpdateCommentResponseObject, error) {
	version, err := fromIfMatch(request.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	body := request.Body
	row, err := h.Comments.Update(ctx, actorOf(ctx), request.CommentID, version, comment.UpdateParams{
		Kind: (*db.CommentKind)(body.Kind), Body: body.Body,
		MentionedIDsDoUpdate: body.MentionedIds != nil, MentionedIDs: body.MentionedIds,
		AIDoUpdate: body.Ai.IsSpecified(), AI: fromAI(body.Ai),
		AssistedByDoUpdate: body.AssistedBy.IsSpecified(), AssistedBy: fromAssistance(body.AssistedBy),
	})
	if err != nil {
		return nil, err
	}
	return server.UpdateComment200JSONResponse{
		Body:    toComment(row),
		Headers: server.UpdateComment200ResponseHeaders{ETag: etag(row.Version)},
	}, nil
}

func (h *handlers) ReplaceComment(ctx context.Context, request server.ReplaceCommentRequestObject) (server.ReplaceCommentResponseObject, error) {
	version, err := fromIfMatch(request.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	body := request.Body
	row, err := h.Comments.Update(ctx, actorOf(ctx), request.CommentID, version, comment.UpdateParams{
		Kind: new(db.CommentKind(valueOr(body.Kind, api.CommentKindComment))), Body: &body.Body,
		MentionedIDsDoUpdate: true, MentionedIDs: body.MentionedIds,
		AIDoUpdate: true, AI: fromAI(body.Ai),
		AssistedByDoUpdate: true, AssistedBy: fromAssistance(body.AssistedBy),
	})
	if err != nil {
		return nil, err
	}
	return server.ReplaceComment200JSONResponse{
		Body:    toComment(row),
		Headers: server.ReplaceComment200ResponseHeaders{ETag: etag(row.Version)},
	}, nil
}

func (h *handlers) DeleteComment(ctx context.Context, request server.DeleteCommentRequestObject) (server.DeleteCommentResponseObject, error) {
	version, err := fromIfMatch(request.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	if err := h.Comments.Delete(ctx, actorOf(ctx), request.CommentID, version); err != nil {
		return nil, err
	}
	return server.DeleteComment204Response{}, nil
}

func (h *handlers) RestoreComment(ctx context.Context, request server.RestoreCommentRequestObject) (server.RestoreCommentResponseObject, error) {
	row, err := h.Comments.Restore(ctx, actorOf(ctx), request.CommentID)
	if err != nil {
		return nil, err
	}
	return server.RestoreComment200JSONResponse{
		Body:    toComment(row),
		Headers: server.RestoreComment200ResponseHeaders{ETag: etag(row.Version)},
	}, nil
}

func fromCommentCreate(about comment.About, body *api.CommentCreate) comment.CreateParams {
	return comment.CreateParams{
		About: about, ReplyToID: fromNullable(body.ReplyToID),
		Kind: db.CommentKind(valueOr(body.Kind, api.CommentKindComment)), Body: body.Body,
		MentionedIDs: body.MentionedIds, AI: fromAI(body.Ai), AssistedBy: fromAssistance(body.AssistedBy),
	}
}

func fromAI(value api.Nullable[api.AiProvenanceInput]) *comment.AI {
	input := fromNullable(value)
	if input == nil {
		return nil
	}
	ai := &comment.AI{
		Provider: input.Provider, Model: input.Model, PromptVersion: fromNullable(input.PromptVersion),
		RunID: fromNullable(input.RunID), Confidence: fromNullable(input.Confidence),
	}
	for _, source := range input.Sources {
		ai.Sources = append(ai.Sources, comment.Source{Title: source.Title, URL: source.URL})
	}
	return ai
}

func fromAssistance(value api.Nullable[api.AiAssistance]) *comment.Assistance {
	input := fromNullable(value)
	if input == nil {
		return nil
	}
	return &comment.Assistance{Provider: input.Provider, Model: input.Model}
}

func commentPath(row comment.Comment) *string {
	return new("/api/v1/comments/" + row.ID.String())
}

func (h *handlers) commentPage(ctx context.Context, rows []comment.Comment, info page.Info, include api.CommentInclude) (api.CommentPage, error) {
	data, err := h.toComments(ctx, rows, include)
	return api.CommentPage{Data: data, Page: toPageInfo(info)}, err
}

// toComments are comments with the related records that were asked for.
func (h *handlers) toComments(ctx context.Context, rows []comment.Comment, include api.CommentInclude) ([]api.Comment, error) {
	data := make([]api.Comment, len(rows))
	for i, row := range rows {
		data[i] = toComment(row)
	}
	if include == nil {
		return data, nil
	}
	related, err := h.Comments.Related(ctx, actorOf(ctx), rows, comment.Include{
		Author: slices.Contains(include, api.CommentRelationAuthor), Replies: slices.Contains(include, api.CommentRelationReplies),
	})
	if err != nil {
		return nil, err
	}
	for i, row := range rows {
		included := api.CommentIncluded{Author: api.NewNullNullableObject[api.User](), Replies: api.NewNullNullable[[]api.Comment]()}
		if row.AuthorID != nil {
			if author, ok := related.Authors[*row.AuthorID]; ok {
				included.Author.Set(toUser(ctx, author))
			}
		}
		if related.Replies != nil {
			replies := make([]api.Comment, len(related.Replies[row.ID]))
			for j, reply := range related.Replies[row.ID] {
				replies[j] = toComment(reply)
			}
			included.Replies.Set(replies)
		}
		data[i].Included = api.NewNullableWithValue(included)
	}
	return data, nil
}

func toComment(row comment.Comment) api.Comment {
	mentions := make([]api.CommentMention, len(row.Mentions))
	for i, m := range row.Mentions {
		mentions[i] = api.CommentMention{ID: m.ID, Name: toNullable(m.Name)}
	}
	ai, assisted := comment.ProvenanceOf(row.Comment)
	return api.Comment{
		ID: row.ID, TaskID: toNullable(row.TaskID), ProjectID: toNullable(row.ProjectID), ClientID: toNullable(row.ClientID),
		ReplyToID: toNullable(row.ReplyToID), ThreadID: row.ThreadID, Depth: int32(row.Depth),
		Kind: api.CommentKind(row.Kind), Body: row.Body,
		Author:   api.CommentAuthor{ID: toNullable(row.AuthorID), Kind: api.AuthorKind(row.AuthorKind)},
		Mentions: mentions, Ai: toAI(ai), AssistedBy: toAssistance(assisted), ReplyCount: row.ReplyCount,
		EditedAt: toNullable(row.EditedAt), Version: row.Version,
		CreatedAt: row.CreatedAt, CreatedBy: toNullable(row.CreatedBy), UpdatedAt: row.UpdatedAt, UpdatedBy: toNullable(row.UpdatedBy),
		DeletedAt: toNullable(row.DeletedAt), DeletedBy: toNullable(row.DeletedBy),
		Included: api.NewNullNullable[api.CommentIncluded](),
	}
}

func toAI(ai *comment.AI) api.Nullable[api.AiProvenance] {
	if ai == nil {
		return api.NewNullNullable[api.AiProvenance]()
	}
	sources := make([]api.AiSource, len(ai.Sources))
	for i, source := range ai.Sources {
		sources[i] = api.AiSource{Title: source.Title, URL: source.URL}
	}
	return api.NewNullableWithValue(api.AiProvenance{
		Provider: ai.Provider, Model: ai.Model, PromptVersion: toNullable(ai.PromptVersion),
		RunID: toNullable(ai.RunID), Confidence: toNullable(ai.Confidence), Sources: sources,
	})
}

func toAssistance(assisted *comment.Assistance) api.Nullable[api.AiAssistance] {
	if assisted == nil {
		return api.NewNullNullable[api.AiAssistance]()
	}
	return api.NewNullableWithValue(api.AiAssistance{Provider: assisted.Provider, Model: assisted.Model})
}
