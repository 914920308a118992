-- name: TaskExport :many
-- Run through dbx.Each; see ClientExport. A project has its own index in this
-- order.
SELECT sqlc.embed(t),
    coalesce(p.external_source, 'coordinator')::text AS project_source,
    coalesce(p.external_id, p.id::text)::text AS project_external_id,
    coalesce(up.external_source, CASE WHEN up.id IS NOT NULL THEN 'coordinator' END, '')::text AS parent_source,
    coalesce(up.external_id, up.id::text, '')::text AS parent_external_id,
    coalesce(CASE WHEN @sees_all::boolean OR a.deleted_at IS NULL AND a.id IN (SELECT s.user_id FROM seen_people s WHERE s.viewer_id = @viewer_id::uuid) THEN a.email END, '')::text AS assignee,
    ARRAY(
        SELECT w.ref FROM (
            SELECT coalesce(pre.external_source, 'coordinator') || ':' || coalesce(pre.external_id, pre.id::text) AS ref
            FROM task_dependencies d JOIN tasks pre ON pre.id = d.prerequisite_id
            WHERE d.task_id = t.id AND pre.deleted_at IS NULL) w
        ORDER BY w.ref COLLATE "C")::text[] AS prerequisites
FROM tasks t
JOIN projects p ON p.id = t.project_id
LEFT JOIN tasks up ON up.id = t.parent_id
LEFT JOIN users a ON a.id = t.assignee_id
WHERE t.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (SELECT 1 FROM seen_projects m WHERE m.project_id = t.project_id AND m.viewer_id = @viewer_id::uuid))
  AND (sqlc.narg('project_id')::uuid IS NULL OR t.project_id = sqlc.narg('project_id')::uuid)
  AND (sqlc.narg('client_id')::uuid IS NULL OR p.client_id = sqlc.narg('client_id')::uuid)
ORDER BY t.created_at, t.id
LIMIT @row_limit OFFSET @row_offset;

-- name: TaskImportProjects :many
SELECT DISTINCT t.project_id FROM tasks t WHERE t.id = ANY(@ids::uuid[]);

-- name: TaskImportTeams :many
SELECT m.project_id, m.user_id, m.role FROM project_members m WHERE m.project_id = ANY(@project_ids::uuid[]) ORDER BY m.project_id, m.user_id;

-- name: TaskImportLockProjects :many
SELECT p.id FROM projects p WHERE p.id = ANY(@ids::uuid[]) AND p.deleted_at IS NULL ORDER BY p.id FOR NO KEY UPDATE OF p;

-- name: TaskImportLock :many
SELECT t.* FROM tasks t WHERE t.id = ANY(@ids::uuid[]) AND t.deleted_at IS NULL ORDER BY t.id FOR NO KEY UPDATE OF t;

-- name: TaskImportNeighbours :many
-- Every task of the projects, deleted ones as well, because they can be
-- restored: what cycles, levels and progress follow from.
SELECT t.id, t.project_id, t.parent_id, t.status, t.estimate_minutes, t.progress, t.given_progress, t.position,
    (t.deleted_at IS NOT NULL)::boolean AS is_deleted
FROM tasks t
WHERE t.project_id = ANY(@project_ids::uuid[])
ORDER BY t.id;

-- name: TaskImportDependencies :many
SELECT d.project_id, d.task_id, d.prerequisite_id FROM task_dependencies d
WHERE d.project_id = ANY(@project_ids::uuid[])
ORDER BY d.task_id, d.prerequisite_id;

-- name: TaskImport :exec
-- See ClientImport. A parent comes before its subtasks or with them.
INSERT INTO tasks (id, project_id, parent_id, title, description, status, status_reason, priority, assignee_id, estimate_minutes,
    remaining_minutes, progress, given_progress, due_date, started_at, completed_at, position, tags, external_source, external_id, created_by, updated_by)
SELECT (r->>'id')::uuid, (r->>'project_id')::uuid, (r->>'parent_id')::uuid, r->>'title', r->>'description',
    (r->>'status')::task_status, r->>'status_reason', (r->>'priority')::priority, (r->>'assignee_id')::uuid,
    (r->>'estimate_minutes')::integer, (r->>'remaining_minutes')::integer, (r->>'progress')::smallint, (r->>'given_progress')::smallint,
    (r->>'due_date')::date, (r->>'started_at')::timestamptz, (r->>'completed_at')::timestamptz, r->>'position',
    ARRAY(SELECT jsonb_array_elements_text(r->'tags')), r->>'external_source', r->>'external_id',
    sqlc.narg(actor_id)::uuid, sqlc.narg(actor_id)::uuid
FROM jsonb_array_elements(@rows::jsonb) AS given (r)
ON CONFLICT (id) DO UPDATE SET
    parent_id = EXCLUDED.parent_id, title = EXCLUDED.title, description = EXCLUDED.description,
    status = EXCLUDED.status, status_reason = EXCLUDED.status_reason, priority = EXCLUDED.priority, assignee_id = EXCLUDED.assignee_id,
    estimate_minutes = EXCLUDED.estimate_minutes, remaining_minutes = EXCLUDED.remaining_minutes,
    progress = EXCLUDED.progress, given_progress = EXCLUDED.given_progress, due_date = EXCLUDED.due_date,
    started_at = EXCLUDED.started_at, completed_at = EXCLUDED.completed_at, position = EXCLUDED.position, tags = EXCLUDED.tags,
    version = tasks.version + 1, updated_at = now(), updated_by = EXCLUDED.updated_by;

-- name: TaskImportAddDependencies :exec
INSERT INTO task_dependencies (project_id, task_id, prerequisite_id, created_by)
SELECT given.project_id, given.task_id, given.prerequisite_id, sqlc.narg(actor_id)::uuid
FROM (SELECT unnest(@project_ids::uuid[]) AS project_id, unnest(@task_ids::uuid[]) AS task_id, unnest(@prerequisite_ids::uuid[]) AS prerequisite_id) given;

-- name: TaskImportDeleteDependencies :exec
DELETE FROM task_dependencies d
USING (SELECT unnest(@task_ids::uuid[]) AS task_id, unnest(@prerequisite_ids::uuid[]) AS prerequisite_id) gone
WHERE d.task_id = gone.task_id AND d.prerequisite_id = gone.prerequisite_id;

-- name: TaskImportProgress :exec
-- What follows for tasks that the file does not have; see ProgressUpdate.
UPDATE tasks t SET progress = given.progress::smallint
FROM (SELECT unnest(@ids::uuid[]) AS id, unnest(@progress::integer[]) AS progress) given
WHERE t.id = given.id;
