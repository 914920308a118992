-- name: WebhookList :many
-- Run through dbx.List; see ClientList. Those of the projects that the caller
-- manages; for admins those of all that they see, and without a limit all.
SELECT sqlc.embed(w), sqlc.embed(u)
FROM webhooks w
JOIN webhook_queues u ON u.webhook_id = w.id
WHERE true
  AND (@has_all::boolean OR EXISTS (SELECT 1 FROM projects p WHERE p.id = w.project_id AND p.deleted_at IS NULL AND (@is_admin::boolean OR p.manager_id = @actor_id::uuid) AND (@sees_all::boolean OR EXISTS (SELECT 1 FROM seen_projects m WHERE m.project_id = p.id AND m.viewer_id = @viewer_id::uuid))))
  AND (sqlc.narg('project_id')::uuid IS NULL OR w.project_id = sqlc.narg('project_id')::uuid)
  AND (sqlc.narg('status')::text IS NULL OR w.status = sqlc.narg('status')::text)
ORDER BY w.created_at DESC, w.id DESC
LIMIT @row_limit OFFSET @row_offset;

-- name: WebhookGet :one
-- As far as the caller has it; see WebhookList.
SELECT sqlc.embed(w), sqlc.embed(u)
FROM webhooks w
JOIN webhook_queues u ON u.webhook_id = w.id
WHERE w.id = @id
  AND (@has_all::boolean OR EXISTS (
      SELECT 1 FROM projects p
      WHERE p.id = w.project_id AND p.deleted_at IS NULL AND (@is_admin::boolean OR p.manager_id = @actor_id::uuid)
        AND (@sees_all::boolean OR EXISTS (SELECT 1 FROM seen_projects m WHERE m.project_id = p.id AND m.viewer_id = @viewer_id::uuid))));

-- name: WebhookLock :one
SELECT w.id FROM webhooks w WHERE w.id = @id FOR NO KEY UPDATE OF w;

-- name: WebhookLockProject :one
-- Endpoints of a project are counted one after the other.
SELECT p.id, p.manager_id FROM projects p
WHERE p.id = @id AND p.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (
      SELECT 1 FROM seen_projects m WHERE m.project_id = p.id AND m.viewer_id = @viewer_id::uuid))
FOR NO KEY UPDATE OF p;

-- name: WebhookCount :one
-- How many a project has, or there are for everything.
SELECT count(*) FROM webhooks w WHERE w.project_id IS NOT DISTINCT FROM sqlc.narg('project_id')::uuid;

-- name: WebhookInsert :exec
INSERT INTO webhooks (id, project_id, name, url, event_types, secret, starts_after, created_at, created_by, updated_at, updated_by)
VALUES (@id, sqlc.narg('project_id')::uuid, @name, @url, @event_types::text[], @secret, pg_current_snapshot()::text, @now::timestamptz, sqlc.narg('actor_id')::uuid,
    @now::timestamptz, sqlc.narg('actor_id')::uuid);

-- name: WebhookQueueInsert :exec
INSERT INTO webhook_queues (webhook_id) VALUES (@webhook_id);

-- name: WebhookUpdate :exec
UPDATE webhooks SET name = @name, url = @url, event_types = @event_types::text[], version = version + 1,
    updated_at = @now::timestamptz, updated_by = sqlc.narg('actor_id')::uuid
WHERE id = @id;

-- name: WebhookSetSecret :exec
UPDATE webhooks SET secret = @secret, previous_secret = sqlc.narg('previous_secret')::bytea,
    previous_secret_expires_at = sqlc.narg('previous_secret_expires_at')::timestamptz, version = version + 1,
    updated_at = @now::timestamptz, updated_by = sqlc.narg('actor_id')::uuid
WHERE id = @id;

-- name: WebhookEnable :exec
-- What happened while it was disabled is not sent afterwards.
UPDATE webhooks SET status = 'enabled', disabled_at = NULL, disabled_reason = NULL, starts_after = pg_current_snapshot()::text, version = version + 1,
    updated_at = @now::timestamptz, updated_by = sqlc.narg('actor_id')::uuid
WHERE id = @id;

-- name: WebhookDisable :execrows
UPDATE webhooks SET status = 'disabled', disabled_at = @now::timestamptz, disabled_reason = @reason::text, version = version + 1,
    updated_at = @now::timestamptz, updated_by = sqlc.narg('actor_id')::uuid
WHERE id = @id AND status = 'enabled';

-- name: WebhookDelete :exec
DELETE FROM webhooks WHERE id = @id;

-- name: WebhookQueueReset :exec
-- Begins anew: nothing of how it went before counts.
UPDATE webhook_queues SET paused_until = NULL, failing_since = NULL, failures = 0 WHERE webhook_id = @webhook_id;
