// Code generated from openapi.yaml. DO NOT EDIT.
// The operations of the tag comments.

import type { AuthorKind, CommentKind, CommentRelation } from "../enums.js";
import type { RequestOptions } from "../options.js";
import { iterate, type CursorParams, type List } from "../pages.js";
import { call, type ApiPromise } from "../resource.js";
import type {
  Comment,
  CommentCreate,
  CommentFeedback,
  CommentFeedbackPage,
  CommentFeedbackSet,
  CommentPage,
  CommentReplace,
  CommentUpdate,
  Event,
  EventPage,
} from "../schemas.js";
import type { Transport } from "../transport.js";

export interface ListClientCommentsParams extends CursorParams {
  /**
   * The order: `created_at`, or `-created_at` for the newest first. The id is always the last key.
   * @defaultValue `"created_at"`
   */
  sort?: string | undefined;
  /** Only comments of one of these kinds. */
  kind?: readonly CommentKind[] | undefined;
  /** Only comments by this user. */
  author_id?: string | undefined;
  /** Only comments by authors of this kind. */
  author_kind?: AuthorKind | undefined;
  /** Only replies to this comment. */
  reply_to_id?: string | undefined;
  /** Only comments of the thread that began with this one, which is among them. */
  thread_id?: string | undefined;
  /** Only comments that mention this user. */
  mentions?: string | undefined;
  /**
   * With true deleted comments are listed as well; `deleted_at` tells them apart. Managers and admins may ask
   * for it.
   * @defaultValue `false`
   */
  include_deleted?: boolean | undefined;
  /**
   * Related records to put into `included`, separated by commas: who wrote it, and what was replied; at most
   * a hundred replies for each comment.
   */
  include?: readonly CommentRelation[] | undefined;
}

export interface ListProjectCommentsParams extends CursorParams {
  /**
   * The order: `created_at`, or `-created_at` for the newest first. The id is always the last key.
   * @defaultValue `"created_at"`
   */
  sort?: string | undefined;
  /** Only comments of one of these kinds. */
  kind?: readonly CommentKind[] | undefined;
  /** Only comments by this user. */
  author_id?: string | undefined;
  /** Only comments by authors of this kind. */
  author_kind?: AuthorKind | undefined;
  /** Only replies to this comment. */
  reply_to_id?: string | undefined;
  /** Only comments of the thread that began with this one, which is among them. */
  thread_id?: string | undefined;
  /** Only comments that mention this user. */
  mentions?: string | undefined;
  /**
   * With true deleted comments are listed as well; `deleted_at` tells them apart. Managers and admins may ask
   * for it.
   * @defaultValue `false`
   */
  include_deleted?: boolean | undefined;
  /**
   * Related records to put into `included`, separated by commas: who wrote it, and what was replied; at most
   * a hundred replies for each comment.
   */
  include?: readonly CommentRelation[] | undefined;
}

export interface ListTaskCommentsParams extends CursorParams {
  /**
   * The order: `created_at`, or `-created_at` for the newest first. The id is always the last key.
   * @defaultValue `"created_at"`
   */
  sort?: string | undefined;
  /** Only comments of one of these kinds. */
  kind?: readonly CommentKind[] | undefined;
  /** Only comments by this user. */
  author_id?: string | undefined;
  /** Only comments by authors of this kind. */
  author_kind?: AuthorKind | undefined;
  /** Only replies to this comment. */
  reply_to_id?: string | undefined;
  /** Only comments of the thread that began with this one, which is among them. */
  thread_id?: string | undefined;
  /** Only comments that mention this user. */
  mentions?: string | undefined;
  /**
   * With true deleted comments are listed as well; `deleted_at` tells them apart. Managers and admins may ask
   * for it.
   * @defaultValue `false`
   */
  include_deleted?: boolean | undefined;
  /**
   * Related records to put into `included`, separated by commas: who wrote it, and what was replied; at most
   * a hundred replies for each comment.
   */
  include?: readonly CommentRelation[] | undefined;
}

export interface ListCommentsParams extends CursorParams {
  /**
   * The order: `created_at`, or `-created_at` for the newest first. The id is always the last key.
   * @defaultValue `"created_at"`
   */
  sort?: string | undefined;
  /** Only comments of one of these kinds. */
  kind?: readonly CommentKind[] | undefined;
  /** Only comments by this user. */
  author_id?: string | undefined;
  /** Only comments by authors of this kind. */
  author_kind?: AuthorKind | undefined;
  /** Only replies to this comment. */
  reply_to_id?: string | undefined;
  /** Only comments of the thread that began with this one, which is among them. */
  thread_id?: string | undefined;
  /** Only comments that mention this user. */
  mentions?: string | undefined;
  /** Only comments on this task. */
  task_id?: string | undefined;
  /** Only comments on this project itself; those on its tasks are not among them. */
  project_id?: string | undefined;
  /** Only comments on this client itself. */
  client_id?: string | undefined;
  /** Only comments of this day and later, in UTC. */
  created_from?: string | undefined;
  /** Only comments of this day and earlier, in UTC. */
  created_to?: string | undefined;
  /**
   * With true deleted comments are listed as well; `deleted_at` tells them apart. Managers and admins may ask
   * for it.
   * @defaultValue `false`
   */
  include_deleted?: boolean | undefined;
  /**
   * Related records to put into `included`, separated by commas: who wrote it, and what was replied; at most
   * a hundred replies for each comment.
   */
  include?: readonly CommentRelation[] | undefined;
}

export interface GetCommentParams {
  /**
   * Related records to put into `included`, separated by commas: who wrote it, and what was replied; at most
   * a hundred replies for each comment.
   */
  include?: readonly CommentRelation[] | undefined;
}

export interface GetCommentHistoryParams extends CursorParams {
}

export interface ListCommentFeedbackParams extends CursorParams {
}

/**
 * What people and agents say about tasks, projects and clients, in threads and with a history, and how people
 * judge agents.
 */
export interface CommentsApi {
  /**
   * List the comments on a client.
   *
   * Returns the comments on the client itself, and not those on its projects, oldest first unless `sort` says
   * otherwise; deleted ones are left out unless asked for. Replies stand among the others with their
   * `reply_to_id`. Whoever sees the client sees them. Filters are combined with and.
   *
   * @throws ApiError with the status 403, 404 or 422.
   * @see listClientComments
   */
  listForClient(
    clientId: string,
    params?: ListClientCommentsParams,
    options?: RequestOptions,
  ): ApiPromise<CommentPage>;

  /** All that `listForClient` returns, page after page. */
  iterateForClient(
    clientId: string,
    params?: ListClientCommentsParams,
    options?: RequestOptions,
  ): List<Comment, CommentPage>;

  /**
   * Comment on a client.
   *
   * Adds a comment by the caller. Whoever sees the client may do it, viewers on its team included, whatever
   * its status. What the author is, a person or an agent, comes from the credential: an agent must send `ai`,
   * and a person may send `assisted_by`. Those are mentioned who are listed in `mentioned_ids` and whom the
   * body names as `@` and their e-mail address, if the caller sees them and they see the client. Writes
   * `comment.created`.
   *
   * @throws ApiError with the status 403, 404, 409 or 422.
   * @see createClientComment
   */
  createForClient(clientId: string, body: CommentCreate, options?: RequestOptions): ApiPromise<Comment>;

  /**
   * List the comments on a project.
   *
   * Returns the comments on the project itself, and not those on its tasks, oldest first unless `sort` says
   * otherwise; deleted ones are left out unless asked for. Replies stand among the others with their
   * `reply_to_id`. Whoever sees the project sees them. Filters are combined with and.
   *
   * @throws ApiError with the status 403, 404 or 422.
   * @see listProjectComments
   */
  listForProject(
    projectId: string,
    params?: ListProjectCommentsParams,
    options?: RequestOptions,
  ): ApiPromise<CommentPage>;

  /** All that `listForProject` returns, page after page. */
  iterateForProject(
    projectId: string,
    params?: ListProjectCommentsParams,
    options?: RequestOptions,
  ): List<Comment, CommentPage>;

  /**
   * Comment on a project.
   *
   * Adds a comment by the caller. Whoever sees the project may do it, viewers on its team included, whatever
   * its status. What the author is, a person or an agent, comes from the credential: an agent must send `ai`,
   * and a person may send `assisted_by`. Those are mentioned who are listed in `mentioned_ids` and whom the
   * body names as `@` and their e-mail address, if the caller sees them and they see the project. Writes
   * `comment.created`.
   *
   * @throws ApiError with the status 403, 404, 409 or 422.
   * @see createProjectComment
   */
  createForProject(projectId: string, body: CommentCreate, options?: RequestOptions): ApiPromise<Comment>;

  /**
   * List the comments on a task.
   *
   * Returns the comments on the task, oldest first unless `sort` says otherwise; deleted ones are left out
   * unless asked for. Replies stand among the others with their `reply_to_id`. Whoever sees the task sees
   * them. Filters are combined with and.
   *
   * @throws ApiError with the status 403, 404 or 422.
   * @see listTaskComments
   */
  listForTask(
    taskId: string,
    params?: ListTaskCommentsParams,
    options?: RequestOptions,
  ): ApiPromise<CommentPage>;

  /** All that `listForTask` returns, page after page. */
  iterateForTask(
    taskId: string,
    params?: ListTaskCommentsParams,
    options?: RequestOptions,
  ): List<Comment, CommentPage>;

  /**
   * Comment on a task.
   *
   * Adds a comment by the caller. Whoever sees the task may do it, viewers on its team included, whatever its
   * status. What the author is, a person or an agent, comes from the credential: an agent must send `ai`, and
   * a person may send `assisted_by`. Those are mentioned who are listed in `mentioned_ids` and whom the body
   * names as `@` and their e-mail address, if the caller sees them and they see the task. Writes
   * `comment.created`.
   *
   * @throws ApiError with the status 403, 404, 409 or 422.
   * @see createTaskComment
   */
  createForTask(taskId: string, body: CommentCreate, options?: RequestOptions): ApiPromise<Comment>;

  /**
   * List comments.
   *
   * Returns the comments on everything the caller can see, oldest first unless `sort` says otherwise; deleted
   * ones are left out unless asked for. A comment is seen by whoever sees what it is about, and by nobody
   * while that is deleted. Filters are combined with and.
   *
   * @throws ApiError with the status 403 or 422.
   * @see listComments
   */
  list(params?: ListCommentsParams, options?: RequestOptions): ApiPromise<CommentPage>;

  /** All that `list` returns, page after page. */
  iterate(params?: ListCommentsParams, options?: RequestOptions): List<Comment, CommentPage>;

  /**
   * Read a comment.
   *
   * Returns one comment. A comment is seen by whoever sees what it is about, and by nobody while that is
   * deleted. What the caller cannot see is not found.
   *
   * @throws ApiError with the status 403, 404 or 422.
   * @see getComment
   */
  get(commentId: string, params?: GetCommentParams, options?: RequestOptions): ApiPromise<Comment>;

  /**
   * Replace a comment.
   *
   * Replaces all writable fields of a comment; an optional one that is left out becomes its default. What a
   * comment is about and what it replies to never change. How a comment came about stays as it is once
   * somebody has judged it; changing it then is a conflict. In everything else it is like `updateComment`:
   * its author may do it, and nobody else. A stale `If-Match` is refused. Writes `comment.updated`.
   *
   * @throws ApiError with the status 403, 404, 409, 412, 422 or 428.
   * @see replaceComment
   */
  replace(commentId: string, body: CommentReplace, options?: RequestOptions): ApiPromise<Comment>;

  /**
   * Change a comment.
   *
   * Changes the given fields of a comment. Its author may do it, and nobody else, not even admins. A changed
   * body sets `edited_at` and is searched for mentions again. How a comment came about stays as it is once
   * somebody has judged it; changing it then is a conflict. The values that it has already change nothing.
   * The body is a JSON merge patch: absent keeps, null clears. The content type
   * `application/merge-patch+json` is accepted as well. A stale `If-Match` is refused. Writes
   * `comment.updated`.
   *
   * @throws ApiError with the status 403, 404, 409, 412, 422 or 428.
   * @see updateComment
   */
  update(commentId: string, body: CommentUpdate, options?: RequestOptions): ApiPromise<Comment>;

  /**
   * Delete a comment.
   *
   * Deletes a comment, which can be restored. Its replies stay, with the `reply_to_id` that they have. Its
   * author, the manager of the project that it is about and admins may do it; a comment about a client may be
   * deleted by any manager. A stale `If-Match` is refused. Writes `comment.deleted`.
   *
   * @throws ApiError with the status 403, 404, 412, 422 or 428.
   * @see deleteComment
   */
  delete(commentId: string, options?: RequestOptions): ApiPromise<void>;

  /**
   * Restore a deleted comment.
   *
   * Brings a deleted comment back. A comment whose task, project or client is deleted, and a reply to one
   * that is deleted, is a conflict of the kind `parent_deleted`. One that is not deleted is answered as it
   * is. Whoever may delete others' comments on the same may do it, and its author unless somebody else has
   * deleted it. To users, a deleted comment of somebody else is not found. Writes `comment.restored`.
   *
   * @throws ApiError with the status 403, 404, 409 or 422.
   * @see restoreComment
   */
  restore(commentId: string, options?: RequestOptions): ApiPromise<Comment>;

  /**
   * Read the history of a comment.
   *
   * Returns every change of a comment, newest first: who made it, when, through which credential, and what
   * the fields were and became. Whoever sees the comment may do it; managers and admins also when it, or what
   * it is about, is deleted.
   *
   * @throws ApiError with the status 403, 404 or 422.
   * @see getCommentHistory
   */
  getHistory(
    commentId: string,
    params?: GetCommentHistoryParams,
    options?: RequestOptions,
  ): ApiPromise<EventPage>;

  /** All that `getHistory` returns, page after page. */
  iterateHistory(
    commentId: string,
    params?: GetCommentHistoryParams,
    options?: RequestOptions,
  ): List<Event, EventPage>;

  /**
   * List what people say of an agent's comment.
   *
   * Returns the judgement of everybody who has judged the comment, oldest first. Whoever sees the comment
   * sees them.
   *
   * @throws ApiError with the status 403, 404 or 422.
   * @see listCommentFeedback
   */
  listFeedback(
    commentId: string,
    params?: ListCommentFeedbackParams,
    options?: RequestOptions,
  ): ApiPromise<CommentFeedbackPage>;

  /** All that `listFeedback` returns, page after page. */
  iterateFeedback(
    commentId: string,
    params?: ListCommentFeedbackParams,
    options?: RequestOptions,
  ): List<CommentFeedback, CommentFeedbackPage>;

  /**
   * Judge an agent's comment.
   *
   * Says what the caller thinks of a comment, in place of what it has said before. Everybody who sees the
   * comment may do it, agents excepted. Only what an agent has said is judged; anything else is a conflict.
   * `correction` is required with the verdict `edited` and refused with `accepted`. Writes
   * `comment.feedback_set`.
   *
   * @throws ApiError with the status 403, 404, 409 or 422.
   * @see setCommentFeedback
   */
  setFeedback(
    commentId: string,
    body: CommentFeedbackSet,
    options?: RequestOptions,
  ): ApiPromise<CommentFeedback>;

  /**
   * Take a judgement back.
   *
   * Removes what the caller has said of the comment; where it has said nothing, nothing changes. Everybody
   * who sees the comment may do it, agents excepted. Writes `comment.feedback_removed`.
   *
   * @throws ApiError with the status 403, 404 or 422.
   * @see removeCommentFeedback
   */
  removeFeedback(commentId: string, options?: RequestOptions): ApiPromise<void>;
}

/** Binds {@link CommentsApi} to a transport, for a bundle that needs nothing else. */
export function commentsApi(transport: Transport): CommentsApi {
  return {
    listForClient: call(transport, "GET", "/api/v1/clients/{client_id}/comments", "params"),
    iterateForClient: iterate(transport, "/api/v1/clients/{client_id}/comments", "cursor"),
    createForClient: call(transport, "POST", "/api/v1/clients/{client_id}/comments", "body"),
    listForProject: call(transport, "GET", "/api/v1/projects/{project_id}/comments", "params"),
    iterateForProject: iterate(transport, "/api/v1/projects/{project_id}/comments", "cursor"),
    createForProject: call(transport, "POST", "/api/v1/projects/{project_id}/comments", "body"),
    listForTask: call(transport, "GET", "/api/v1/tasks/{task_id}/comments", "params"),
    iterateForTask: iterate(transport, "/api/v1/tasks/{task_id}/comments", "cursor"),
    createForTask: call(transport, "POST", "/api/v1/tasks/{task_id}/comments", "body"),
    list: call(transport, "GET", "/api/v1/comments", "params"),
    iterate: iterate(transport, "/api/v1/comments", "cursor"),
    get: call(transport, "GET", "/api/v1/comments/{comment_id}", "params"),
    replace: call(transport, "PUT", "/api/v1/comments/{comment_id}", "body"),
    update: call(transport, "PATCH", "/api/v1/comments/{comment_id}", "body"),
    delete: call(transport, "DELETE", "/api/v1/comments/{comment_id}"),
    restore: call(transport, "POST", "/api/v1/comments/{comment_id}/restore"),
    getHistory: call(transport, "GET", "/api/v1/comments/{comment_id}/history", "params"),
    iterateHistory: iterate(transport, "/api/v1/comments/{comment_id}/history", "cursor"),
    listFeedback: call(transport, "GET", "/api/v1/comments/{comment_id}/feedback", "params"),
    iterateFeedback: iterate(transport, "/api/v1/comments/{comment_id}/feedback", "cursor"),
    setFeedback: call(transport, "PUT", "/api/v1/comments/{comment_id}/feedback", "body"),
    removeFeedback: call(transport, "DELETE", "/api/v1/comments/{comment_id}/feedback"),
  };
}
