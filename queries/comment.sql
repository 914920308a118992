-- What a comment is about decides who sees it, so each statement that reads
-- comments asks whether that is there and visible. CASE looks at the one thing
-- that the comment is about, and OFFSET 0 keeps PostgreSQL from hashing all
-- tasks there are instead of looking up those of the page.

-- name: CommentInsert :exec
INSERT INTO comments (
    id, task_id, project_id, client_id, reply_to_id, thread_id, depth, kind, body, author_id, author_kind,
    mentioned_ids, listed_ids, ai_provider, ai_model, ai_prompt_version, ai_run_id, ai_confidence, ai_sources,
    assisted_by_provider, assisted_by_model, created_by, updated_by)
VALUES (
    @id, @task_id, @project_id, @client_id, @reply_to_id, @thread_id, @depth, @kind, @body, @author_id, @author_kind,
    @mentioned_ids, @listed_ids, @ai_provider, @ai_model, @ai_prompt_version, @ai_run_id, @ai_confidence, @ai_sources,
    @assisted_by_provider, @assisted_by_model, @author_id, @author_id);

-- name: CommentGet :one
SELECT sqlc.embed(c),
    (SELECT count(*) FROM comments r WHERE r.reply_to_id = c.id AND r.deleted_at IS NULL)::bigint AS reply_count
FROM comments c
WHERE c.id = @id AND c.deleted_at IS NULL
  AND CASE WHEN c.task_id IS NOT NULL THEN EXISTS (SELECT 1 FROM tasks t WHERE t.id = c.task_id AND t.deleted_at IS NULL OFFSET 0)
      WHEN c.project_id IS NOT NULL THEN EXISTS (SELECT 1 FROM projects p WHERE p.id = c.project_id AND p.deleted_at IS NULL OFFSET 0)
      ELSE EXISTS (SELECT 1 FROM clients o WHERE o.id = c.client_id AND o.deleted_at IS NULL OFFSET 0) END
  AND (@sees_all::boolean OR CASE
      WHEN c.task_id IS NOT NULL THEN EXISTS (SELECT 1 FROM tasks t WHERE t.id = c.task_id AND EXISTS (SELECT 1 FROM seen_projects m WHERE m.project_id = t.project_id AND m.viewer_id = @viewer_id::uuid OFFSET 0) OFFSET 0)
      WHEN c.project_id IS NOT NULL THEN EXISTS (SELECT 1 FROM seen_projects m WHERE m.project_id = c.project_id AND m.viewer_id = @viewer_id::uuid OFFSET 0)
      ELSE EXISTS (SELECT 1 FROM seen_clients m WHERE m.client_id = c.client_id AND m.viewer_id = @viewer_id::uuid OFFSET 0) END);

-- name: CommentList :many
-- Run through dbx.List; see ClientList. reply_count is served by comments_reply_to_id_idx.
-- Users see few of all comments there are, so theirs are found by what they
-- see, through an index for each of the three, and not by looking at them all.
SELECT sqlc.embed(c),
    (SELECT count(*) FROM comments r WHERE r.reply_to_id = c.id AND r.deleted_at IS NULL)::bigint AS reply_count
FROM comments c
WHERE CASE WHEN c.task_id IS NOT NULL THEN EXISTS (SELECT 1 FROM tasks t WHERE t.id = c.task_id AND t.deleted_at IS NULL OFFSET 0)
      WHEN c.project_id IS NOT NULL THEN EXISTS (SELECT 1 FROM projects p WHERE p.id = c.project_id AND p.deleted_at IS NULL OFFSET 0)
      ELSE EXISTS (SELECT 1 FROM clients o WHERE o.id = c.client_id AND o.deleted_at IS NULL OFFSET 0) END
  AND (@sees_all::boolean OR c.task_id = ANY(ARRAY(SELECT t.id FROM seen_projects m JOIN tasks t ON t.project_id = m.project_id WHERE m.viewer_id = @viewer_id::uuid)) OR c.project_id = ANY(ARRAY(SELECT m.project_id FROM seen_projects m WHERE m.viewer_id = @viewer_id::uuid)) OR c.client_id = ANY(ARRAY(SELECT p.client_id FROM seen_projects m JOIN projects p ON p.id = m.project_id WHERE m.viewer_id = @viewer_id::uuid AND p.deleted_at IS NULL)))
  AND (@include_deleted::boolean OR c.deleted_at IS NULL)
  AND (sqlc.narg('task_id')::uuid IS NULL OR c.task_id = sqlc.narg('task_id')::uuid)
  AND (sqlc.narg('project_id')::uuid IS NULL OR c.project_id = sqlc.narg('project_id')::uuid)
  AND (sqlc.narg('client_id')::uuid IS NULL OR c.client_id = sqlc.narg('client_id')::uuid)
  AND (sqlc.narg('kind')::text[] IS NULL OR c.kind = ANY(sqlc.narg('kind')::text[]::comment_kind[]))
  AND (sqlc.narg('author_id')::uuid IS NULL OR c.author_id = sqlc.narg('author_id')::uuid)
  AND (sqlc.narg('author_kind')::text IS NULL OR c.author_kind = sqlc.narg('author_kind')::text::author_kind)
  AND (sqlc.narg('reply_to_id')::uuid IS NULL OR c.reply_to_id = sqlc.narg('reply_to_id')::uuid)
  AND (sqlc.narg('thread_id')::uuid IS NULL OR c.thread_id = sqlc.narg('thread_id')::uuid)
  AND (sqlc.narg('mentions')::uuid IS NULL OR c.mentioned_ids @> ARRAY[sqlc.narg('mentions')::uuid])
  AND (sqlc.narg('created_from')::date IS NULL OR c.created_at >= sqlc.narg('created_from')::date::timestamp AT TIME ZONE 'UTC')
  AND (sqlc.narg('created_to')::date IS NULL OR c.created_at < (sqlc.narg('created_to')::date + 1)::timestamp AT TIME ZONE 'UTC')
ORDER BY c.created_at, c.id
LIMIT @row_limit OFFSET @row_offset;

-- name: CommentListReplies :many
-- The replies to several comments, at most row_limit to each, oldest first.
-- What they reply to has been read: whoever sees that sees these.
SELECT sqlc.embed(c),
    (SELECT count(*) FROM comments r WHERE r.reply_to_id = c.id AND r.deleted_at IS NULL)::bigint AS reply_count
FROM unnest(@ids::uuid[]) AS of (id)
CROSS JOIN LATERAL (
    SELECT s.id FROM comments s WHERE s.reply_to_id = of.id AND s.deleted_at IS NULL
    ORDER BY s.created_at, s.id LIMIT @row_limit) related
JOIN comments c ON c.id = related.id
ORDER BY c.reply_to_id, c.created_at, c.id;

-- name: CommentFind :one
-- Deleted or not; visibility is checked by the statement that then reads what it is about.
SELECT c.* FROM comments c WHERE c.id = @id;

-- name: CommentGetForUpdate :one
-- After CommentFind, for one that is visible.
SELECT c.* FROM comments c WHERE c.id = @id FOR NO KEY UPDATE OF c;

-- name: CommentGetShared :one
-- For a reply or a judgement: what was looked at stays so until the commit.
SELECT c.* FROM comments c WHERE c.id = @id AND c.deleted_at IS NULL FOR SHARE OF c;

-- name: CommentUpdate :one
UPDATE comments SET
    kind = @kind, body = @body, edited_at = CASE WHEN body = @body THEN edited_at ELSE now() END,
    mentioned_ids = @mentioned_ids, listed_ids = @listed_ids,
    ai_provider = @ai_provider, ai_model = @ai_model, ai_prompt_version = @ai_prompt_version,
    ai_run_id = @ai_run_id, ai_confidence = @ai_confidence, ai_sources = @ai_sources,
    assisted_by_provider = @assisted_by_provider, assisted_by_model = @assisted_by_model,
    version = version + 1, updated_at = now(), updated_by = sqlc.narg(actor_id)::uuid
WHERE id = @id AND version = @version AND deleted_at IS NULL
RETURNING *;

-- name: CommentDelete :one
UPDATE comments SET deleted_at = now(), deleted_by = sqlc.narg(actor_id)::uuid, deletion_id = @deletion_id::uuid,
    version = version + 1, updated_at = now(), updated_by = sqlc.narg(actor_id)::uuid
WHERE id = @id AND deleted_at IS NULL
RETURNING *;

-- name: CommentRestore :one
UPDATE comments SET deleted_at = NULL, deleted_by = NULL, deletion_id = NULL,
    version = version + 1, updated_at = now(), updated_by = sqlc.narg(actor_id)::uuid
WHERE id = @id AND deleted_at IS NOT NULL
RETURNING *;

-- name: CommentTaskTarget :one
SELECT p.id AS project_id, p.manager_id FROM tasks t JOIN projects p ON p.id = t.project_id
WHERE t.id = @id AND t.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (
      SELECT 1 FROM seen_projects m WHERE m.project_id = t.project_id AND m.viewer_id = @viewer_id::uuid));

-- name: CommentProjectTarget :one
SELECT p.id AS project_id, p.manager_id FROM projects p
WHERE p.id = @id AND p.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (
      SELECT 1 FROM seen_projects m WHERE m.project_id = p.id AND m.viewer_id = @viewer_id::uuid));

-- name: CommentClientTarget :one
SELECT o.id FROM clients o
WHERE o.id = @id AND o.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (
      SELECT 1 FROM seen_clients m WHERE m.client_id = o.id AND m.viewer_id = @viewer_id::uuid));

-- name: CommentAuthorKind :one
SELECT kind FROM users WHERE id = @id AND deleted_at IS NULL;

-- name: CommentAudience :many
-- Of the people listed and named, those who see what the comment is about and
-- whom its author sees: a mention tells nobody that somebody is there.
SELECT u.id, u.email FROM users u
WHERE u.deleted_at IS NULL
  AND (u.id = ANY(@ids::uuid[]) OR lower(u.email) = ANY(SELECT lower(named.email) FROM unnest(@emails::text[]) AS named (email)))
  AND (u.role IN ('manager', 'admin') OR EXISTS (
      SELECT 1 FROM project_members m JOIN projects p ON p.id = m.project_id
      WHERE m.user_id = u.id AND p.deleted_at IS NULL
        AND (p.id = sqlc.narg('project_id')::uuid OR p.client_id = sqlc.narg('client_id')::uuid)))
  AND (@sees_all::boolean OR EXISTS (SELECT 1 FROM seen_people s WHERE s.viewer_id = @viewer_id::uuid AND s.user_id = u.id))
ORDER BY u.id;

-- name: CommentPeople :many
-- The names of those whom the actor sees.
SELECT u.id, u.name FROM users u
WHERE u.id = ANY(@ids::uuid[]) AND u.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (SELECT 1 FROM seen_people s WHERE s.viewer_id = @viewer_id::uuid AND s.user_id = u.id));

-- name: CommentFeedbackGet :one
SELECT * FROM comment_feedback WHERE comment_id = @comment_id AND user_id = @user_id;

-- name: CommentFeedbackExists :one
SELECT EXISTS (SELECT 1 FROM comment_feedback WHERE comment_id = @comment_id);

-- name: CommentFeedbackUpsert :one
INSERT INTO comment_feedback (comment_id, user_id, verdict, reason, correction)
VALUES (@comment_id, @user_id, @verdict, @reason, @correction)
ON CONFLICT ON CONSTRAINT comment_feedback_pkey DO UPDATE SET
    verdict = excluded.verdict, reason = excluded.reason, correction = excluded.correction, updated_at = now()
RETURNING *;

-- name: CommentFeedbackDelete :one
DELETE FROM comment_feedback WHERE comment_id = @comment_id AND user_id = @user_id
RETURNING *;

-- name: CommentFeedbackList :many
-- Run through dbx.List; see ClientList.
SELECT f.* FROM comment_feedback f
WHERE f.comment_id = @comment_id
ORDER BY f.created_at, f.user_id
LIMIT @row_limit OFFSET @row_offset;

-- name: CommentQualityAgent :one
-- The agent, or person, as far as the actor sees it.
SELECT u.id, u.kind FROM users u
WHERE u.id = @id AND u.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (SELECT 1 FROM seen_people s WHERE s.viewer_id = @viewer_id::uuid AND s.user_id = u.id));

-- name: CommentQuality :many
-- Everything the statistic is made of, in one statement and thus from one
-- moment: the agent's comments that the actor sees with what was said of them,
-- counted by all that it is broken down by. A comment that nobody judged has
-- no verdict, one without a stated confidence bucket 0.
WITH said AS (
    SELECT c.id, c.kind, c.ai_provider, c.ai_model, c.ai_confidence FROM comments c
    WHERE c.author_id = @author_id::uuid AND c.author_kind = 'agent' AND c.deleted_at IS NULL
      AND (sqlc.narg('from')::date IS NULL OR c.created_at >= sqlc.narg('from')::date::timestamp AT TIME ZONE 'UTC')
      AND (sqlc.narg('to')::date IS NULL OR c.created_at < (sqlc.narg('to')::date + 1)::timestamp AT TIME ZONE 'UTC')
      AND CASE WHEN c.task_id IS NOT NULL THEN EXISTS (SELECT 1 FROM tasks t WHERE t.id = c.task_id AND t.deleted_at IS NULL OFFSET 0)
          WHEN c.project_id IS NOT NULL THEN EXISTS (SELECT 1 FROM projects p WHERE p.id = c.project_id AND p.deleted_at IS NULL OFFSET 0)
          ELSE EXISTS (SELECT 1 FROM clients o WHERE o.id = c.client_id AND o.deleted_at IS NULL OFFSET 0) END
      AND (@sees_all::boolean OR CASE
          WHEN c.task_id IS NOT NULL THEN EXISTS (SELECT 1 FROM tasks t WHERE t.id = c.task_id AND EXISTS (SELECT 1 FROM seen_projects m WHERE m.project_id = t.project_id AND m.viewer_id = @viewer_id::uuid OFFSET 0) OFFSET 0)
          WHEN c.project_id IS NOT NULL THEN EXISTS (SELECT 1 FROM seen_projects m WHERE m.project_id = c.project_id AND m.viewer_id = @viewer_id::uuid OFFSET 0)
          ELSE EXISTS (SELECT 1 FROM seen_clients m WHERE m.client_id = c.client_id AND m.viewer_id = @viewer_id::uuid OFFSET 0) END)
)
SELECT s.kind, s.ai_provider::text AS provider, s.ai_model::text AS model, f.verdict,
    -- 1 to 10, where a confidence of exactly 1 belongs to the last; 0 without one.
    (CASE WHEN s.ai_confidence IS NULL THEN 0 ELSE least(width_bucket(s.ai_confidence, 0, 1, 10), 10) END)::integer AS bucket,
    count(*)::bigint AS judgements,
    coalesce(sum(s.ai_confidence), 0)::double precision AS confidence,
    coalesce(sum((s.ai_confidence - CASE WHEN f.verdict = 'accepted' THEN 1 ELSE 0 END) ^ 2), 0)::double precision AS squared_error,
    (SELECT count(*) FROM said)::bigint AS comments,
    (SELECT count(*) FROM said j WHERE EXISTS (SELECT 1 FROM comment_feedback x WHERE x.comment_id = j.id))::bigint AS judged_comments
FROM said s LEFT JOIN comment_feedback f ON f.comment_id = s.id
GROUP BY s.kind, s.ai_provider, s.ai_model, f.verdict, 5
ORDER BY s.ai_provider, s.ai_model, s.kind, f.verdict, 5;
