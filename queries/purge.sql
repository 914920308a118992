-- name: PurgeLockShared :exec
-- For a restore: nothing of the deletion begins to be purged before the commit.
SELECT pg_advisory_xact_lock_shared(hashtextextended('purge:' || (@deletion_id::uuid)::text, 0));

-- name: PurgeHasBegun :one
SELECT EXISTS (SELECT 1 FROM purges WHERE deletion_id = @deletion_id);

-- name: PurgeDue :many
-- Deletions of before the moment that are not purged yet, the oldest first:
-- what hangs on something was deleted before it, or together with it. Served by
-- the indexes of what is deleted.
SELECT d.deletion_id::uuid AS deletion_id
FROM (SELECT u.deletion_id, u.deleted_at FROM users u WHERE u.deletion_id IS NOT NULL AND u.deleted_at < @before::timestamptz
    UNION ALL SELECT c.deletion_id, c.deleted_at FROM clients c WHERE c.deletion_id IS NOT NULL AND c.deleted_at < @before::timestamptz
    UNION ALL SELECT p.deletion_id, p.deleted_at FROM projects p WHERE p.deletion_id IS NOT NULL AND p.deleted_at < @before::timestamptz
    UNION ALL SELECT t.deletion_id, t.deleted_at FROM tasks t WHERE t.deletion_id IS NOT NULL AND t.deleted_at < @before::timestamptz
    UNION ALL SELECT o.deletion_id, o.deleted_at FROM comments o WHERE o.deletion_id IS NOT NULL AND o.deleted_at < @before::timestamptz) d
WHERE NOT EXISTS (SELECT 1 FROM purges b WHERE b.deletion_id = d.deletion_id AND b.finished_at IS NOT NULL)
GROUP BY d.deletion_id
ORDER BY max(d.deleted_at), d.deletion_id
LIMIT @row_limit;

-- name: PurgeLock :exec
SELECT pg_advisory_xact_lock(hashtextextended('purge:' || (@deletion_id::uuid)::text, 0));

-- name: PurgeBegin :exec
-- Under the lock: what was restored meanwhile is not purged.
INSERT INTO purges (deletion_id)
SELECT @deletion_id::uuid
WHERE EXISTS (SELECT 1 FROM users u WHERE u.deletion_id = @deletion_id::uuid)
   OR EXISTS (SELECT 1 FROM clients c WHERE c.deletion_id = @deletion_id::uuid)
   OR EXISTS (SELECT 1 FROM projects p WHERE p.deletion_id = @deletion_id::uuid)
   OR EXISTS (SELECT 1 FROM tasks t WHERE t.deletion_id = @deletion_id::uuid)
   OR EXISTS (SELECT 1 FROM comments o WHERE o.deletion_id = @deletion_id::uuid)
ON CONFLICT (deletion_id) DO NOTHING;

-- name: PurgeFinish :exec
UPDATE purges SET finished_at = now() WHERE deletion_id = @deletion_id;

-- name: PurgeForget :exec
-- Of what has left nothing behind nothing can be restored anyway.
DELETE FROM purges b
WHERE b.finished_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM tombstones s WHERE s.deletion_id = b.deletion_id);

-- name: PurgeComments :many
-- A batch of the comments about what the deletion took, those that nothing
-- replies to: nobody can read them any more, whether they were deleted or not.
WITH gone AS (
    DELETE FROM comments o WHERE o.id IN (
        SELECT c.id FROM comments c
        WHERE (c.task_id IN (SELECT t.id FROM tasks t WHERE t.deletion_id = @deletion_id::uuid)
            OR c.project_id IN (SELECT p.id FROM projects p WHERE p.deletion_id = @deletion_id::uuid)
            OR c.client_id IN (SELECT n.id FROM clients n WHERE n.deletion_id = @deletion_id::uuid))
          AND NOT EXISTS (SELECT 1 FROM comments r WHERE r.reply_to_id = c.id)
        LIMIT @row_limit)
    RETURNING o.id, o.task_id, o.project_id, o.version
), forgotten AS (
    DELETE FROM tombstones s WHERE s.entity_id IN (SELECT g.id FROM gone g)
)
SELECT g.id, coalesce(g.project_id, t.project_id, '00000000-0000-0000-0000-000000000000'::uuid)::uuid AS project_id, g.version
FROM gone g LEFT JOIN tasks t ON t.id = g.task_id;

-- name: PurgeDeletedComments :many
-- The comment that was deleted by itself, where nothing replies to it.
WITH gone AS (
    DELETE FROM comments o
    WHERE o.deletion_id = @deletion_id::uuid AND NOT EXISTS (SELECT 1 FROM comments r WHERE r.reply_to_id = o.id)
    RETURNING o.id, o.task_id, o.project_id, o.version
)
SELECT g.id, coalesce(g.project_id, t.project_id, '00000000-0000-0000-0000-000000000000'::uuid)::uuid AS project_id, g.version
FROM gone g LEFT JOIN tasks t ON t.id = g.task_id;

-- name: PurgeEmptyComments :many
-- One that something replies to stays, and says nothing any more.
WITH kept AS (
    INSERT INTO tombstones (entity_id, entity_type, deletion_id)
    SELECT o.id, 'comment', o.deletion_id FROM comments o WHERE o.deletion_id = @deletion_id::uuid
    ON CONFLICT (entity_id) DO NOTHING
    RETURNING entity_id
), judged AS (
    DELETE FROM comment_feedback f WHERE f.comment_id IN (SELECT k.entity_id FROM kept k)
), emptied AS (
    UPDATE comments o SET body = '(removed)', mentioned_ids = '{}', listed_ids = '{}', ai_sources = NULL, ai_prompt_version = NULL, ai_run_id = NULL,
        version = o.version + 1, updated_at = now(), updated_by = NULL
    FROM kept k WHERE o.id = k.entity_id
    RETURNING o.id, o.task_id, o.project_id, o.version
)
SELECT e.id, coalesce(e.project_id, t.project_id, '00000000-0000-0000-0000-000000000000'::uuid)::uuid AS project_id, e.version
FROM emptied e LEFT JOIN tasks t ON t.id = e.task_id;

-- name: PurgeTasks :many
-- A batch of the deletion's tasks, subtasks first, that nothing refers to which
-- stays: time that was worked on them, or a task that waits for them.
DELETE FROM tasks g WHERE g.id IN (
    SELECT t.id FROM tasks t
    WHERE t.deletion_id = @deletion_id::uuid
      AND NOT EXISTS (SELECT 1 FROM tasks s WHERE s.project_id = t.project_id AND s.parent_id = t.id)
      AND NOT EXISTS (SELECT 1 FROM time_entries e WHERE e.project_id = t.project_id AND e.task_id = t.id)
      AND NOT EXISTS (SELECT 1 FROM task_dependencies d JOIN tasks w ON w.id = d.task_id
          WHERE d.prerequisite_id = t.id AND w.deleted_at IS NULL)
    LIMIT @row_limit)
RETURNING g.id, g.project_id, g.version;

-- name: PurgeEmptyTasks :many
-- After PurgeTasks: a batch of those that stay. They keep their title, which
-- says what the time was worked on.
WITH kept AS (
    INSERT INTO tombstones (entity_id, entity_type, deletion_id)
    SELECT t.id, 'task', t.deletion_id FROM tasks t
    WHERE t.deletion_id = @deletion_id::uuid AND NOT EXISTS (SELECT 1 FROM tombstones s WHERE s.entity_id = t.id)
    LIMIT @row_limit
    ON CONFLICT (entity_id) DO NOTHING
    RETURNING entity_id
)
UPDATE tasks t SET description = NULL, status_reason = CASE WHEN t.status = 'blocked' THEN '(removed)' END, tags = '{}',
    external_source = NULL, external_id = NULL, version = t.version + 1, updated_at = now(), updated_by = NULL
FROM kept k WHERE t.id = k.entity_id
RETURNING t.id, t.project_id, t.version;

-- name: PurgeWebhooks :many
-- The endpoints of the deletion's projects, those that stay as tombstones too,
-- with all that they were sent.
DELETE FROM webhooks w WHERE w.project_id IN (SELECT p.id FROM projects p WHERE p.deletion_id = @deletion_id::uuid)
RETURNING w.id, w.project_id::uuid AS project_id, w.version;

-- name: PurgeProjects :many
DELETE FROM projects g
WHERE g.deletion_id = @deletion_id::uuid AND NOT EXISTS (SELECT 1 FROM tasks t WHERE t.project_id = g.id)
RETURNING g.id, g.version;

-- name: PurgeEmptyProjects :many
WITH kept AS (
    INSERT INTO tombstones (entity_id, entity_type, deletion_id)
    SELECT p.id, 'project', p.deletion_id FROM projects p WHERE p.deletion_id = @deletion_id::uuid
    ON CONFLICT (entity_id) DO NOTHING
    RETURNING entity_id
)
UPDATE projects p SET description = NULL, status_reason = NULL, tags = '{}', external_source = NULL, external_id = NULL,
    version = p.version + 1, updated_at = now(), updated_by = NULL
FROM kept k WHERE p.id = k.entity_id
RETURNING p.id, p.version;

-- name: PurgeContacts :many
-- A batch of the people of the deletion's clients, those that stay as tombstones too.
DELETE FROM client_contacts t WHERE t.id IN (
    SELECT k.id FROM client_contacts k JOIN clients c ON c.id = k.client_id WHERE c.deletion_id = @deletion_id::uuid
    LIMIT @row_limit)
RETURNING t.id, t.version;

-- name: PurgeClients :many
DELETE FROM clients g
WHERE g.deletion_id = @deletion_id::uuid AND NOT EXISTS (SELECT 1 FROM projects p WHERE p.client_id = g.id)
RETURNING g.id, g.version;

-- name: PurgeEmptyClients :many
-- Its name stays, which says for whom the time was worked.
WITH kept AS (
    INSERT INTO tombstones (entity_id, entity_type, deletion_id)
    SELECT c.id, 'client', c.deletion_id FROM clients c WHERE c.deletion_id = @deletion_id::uuid
    ON CONFLICT (entity_id) DO NOTHING
    RETURNING entity_id
)
UPDATE clients c SET email = NULL, phone = NULL, website = NULL, address = NULL, notes = NULL, status_reason = NULL, payment_terms = NULL,
    tags = '{}', custom_fields = '{}', external_references = '{}', external_source = NULL, external_id = NULL,
    version = c.version + 1, updated_at = now(), updated_by = NULL
FROM kept k WHERE c.id = k.entity_id
RETURNING c.id, c.version;

-- name: PurgeUserIDs :many
SELECT u.id FROM users u
WHERE u.deletion_id = @deletion_id::uuid AND NOT EXISTS (SELECT 1 FROM tombstones s WHERE s.entity_id = u.id);

-- name: PurgeAPIKeys :many
-- Whether its user goes or stays as a tombstone.
DELETE FROM api_keys y
WHERE y.principal_id = @user_id AND EXISTS (SELECT 1 FROM users u WHERE u.id = y.principal_id AND u.deleted_at IS NOT NULL)
RETURNING y.id, y.version;

-- name: PurgeUser :many
-- Unless it has judged comments, which counts for what these are worth. What
-- else refers to it keeps it by its foreign key.
DELETE FROM users u
WHERE u.id = @id AND u.deleted_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM comment_feedback f WHERE f.user_id = u.id)
RETURNING u.id, u.version;

-- name: PurgeEmptyUser :many
-- Somebody has done, said or worked something, and is nobody any more.
WITH kept AS (
    INSERT INTO tombstones (entity_id, entity_type, deletion_id)
    SELECT u.id, 'user', u.deletion_id FROM users u WHERE u.id = @id AND u.deletion_id IS NOT NULL
    ON CONFLICT (entity_id) DO NOTHING
    RETURNING entity_id
), signed_in AS (
    DELETE FROM sessions s WHERE s.user_id IN (SELECT k.entity_id FROM kept k)
), factors AS (
    DELETE FROM second_factors f WHERE f.user_id IN (SELECT k.entity_id FROM kept k)
), mailed AS (
    DELETE FROM one_time_tokens o WHERE o.user_id IN (SELECT k.entity_id FROM kept k)
), attempted AS (
    DELETE FROM sign_in_attempts a WHERE a.user_id IN (SELECT k.entity_id FROM kept k)
), places AS (
    DELETE FROM project_members m WHERE m.user_id IN (SELECT k.entity_id FROM kept k)
)
UPDATE users u SET name = 'Deleted user', email = 'deleted-' || u.id || '@deleted.invalid', email_verified_at = NULL, password_hash = NULL,
    title = NULL, skills = '{}', weekly_capacity_minutes = 2400, cost_rate_minor = NULL, cost_rate_currency = NULL, time_zone = 'UTC', locale = 'en',
    working_hours = '{}', notifications = '{}', version = u.version + 1, updated_at = now(), updated_by = NULL
FROM kept k WHERE u.id = k.entity_id
RETURNING u.id, u.version;
