-- Statements over many tasks at once, for a batch of them. The caller holds
-- their projects exclusively.

-- name: TaskListProjectIDs :many
-- Finds the projects to lock; visibility is checked as they are locked.
SELECT t.id, t.project_id FROM tasks t WHERE t.id = ANY(@ids::uuid[]) AND t.deleted_at IS NULL ORDER BY t.id;

-- name: ProjectListForUpdate :many
-- In the order of the ids, so that two batches over the same projects do not
-- deadlock.
SELECT p.* FROM projects p
WHERE p.id = ANY(@ids::uuid[]) AND p.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (
      SELECT 1 FROM seen_projects m WHERE m.project_id = p.id AND m.viewer_id = @viewer_id::uuid))
ORDER BY p.id
FOR NO KEY UPDATE OF p;

-- name: TaskListReferenced :many
SELECT t.id, t.project_id, t.status FROM tasks t WHERE t.id = ANY(@ids::uuid[]) AND t.deleted_at IS NULL ORDER BY t.id;

-- name: UserListRoles :many
-- UserGetRole for many.
SELECT u.id, u.role FROM users u WHERE u.id = ANY(@ids::uuid[]) AND u.deleted_at IS NULL ORDER BY u.id FOR SHARE;

-- name: ProjectMemberListRoles :many
SELECT m.project_id, m.user_id, m.role
FROM project_members m
WHERE m.project_id = ANY(@project_ids::uuid[]) AND m.user_id = ANY(@user_ids::uuid[])
ORDER BY m.project_id, m.user_id;

-- name: TaskListWaitsOfMany :many
-- TaskListWaits from many tasks at once.
WITH RECURSIVE reached (id) AS (
    SELECT unnest(@from_ids::uuid[])
    UNION
    SELECT w.id FROM reached r CROSS JOIN LATERAL (
        SELECT d.prerequisite_id AS id FROM task_dependencies d WHERE d.task_id = r.id
        UNION ALL
        SELECT s.id FROM tasks s WHERE s.parent_id = r.id
    ) w
)
SELECT d.task_id AS waiting_id, d.prerequisite_id AS awaited_id
FROM reached r JOIN task_dependencies d ON d.task_id = r.id
UNION ALL
SELECT s.parent_id::uuid, s.id
FROM reached r JOIN tasks s ON s.parent_id = r.id
ORDER BY 1, 2;

-- name: TaskInsertMany :exec
-- Parents may be among them: the foreign keys are checked when all are there.
INSERT INTO tasks (id, project_id, parent_id, title, description, status, priority, assignee_id, estimate_minutes, remaining_minutes, due_date, progress, given_progress, tags, external_source, external_id, position, created_by, updated_by)
SELECT t.id, t.project_id, t.parent_id, t.title, t.description, t.status, t.priority, t.assignee_id, t.estimate_minutes, t.remaining_minutes, t.due_date, t.progress, t.given_progress, t.tags, t.external_source, t.external_id, t.position, t.created_by, t.updated_by
FROM jsonb_populate_recordset(NULL::tasks, @tasks::jsonb) t;

-- name: TaskDependencyInsertMany :exec
INSERT INTO task_dependencies (project_id, task_id, prerequisite_id, created_by)
SELECT d.project_id, d.task_id, d.prerequisite_id, sqlc.narg(actor_id)::uuid
FROM (SELECT unnest(@project_ids::uuid[]) AS project_id, unnest(@task_ids::uuid[]) AS task_id, unnest(@prerequisite_ids::uuid[]) AS prerequisite_id) d;

-- name: TaskListByIDs :many
-- TaskGet for many, whose visibility has been checked.
SELECT sqlc.embed(t),
    EXISTS (
        SELECT 1 FROM task_dependencies d JOIN tasks pre ON pre.id = d.prerequisite_id
        WHERE d.task_id = t.id AND (pre.status <> 'done' OR pre.deleted_at IS NOT NULL) OFFSET 0)::boolean AS is_blocked,
    ARRAY(SELECT d.prerequisite_id FROM task_dependencies d WHERE d.task_id = t.id ORDER BY d.prerequisite_id)::uuid[] AS prerequisite_ids
FROM tasks t
WHERE t.id = ANY(@ids::uuid[]) AND t.deleted_at IS NULL
ORDER BY t.id;

-- name: TaskListDepths :many
-- TaskGetDepth for many.
WITH RECURSIVE above AS (
    SELECT t.id AS of_id, t.parent_id FROM tasks t WHERE t.id = ANY(@ids::uuid[])
    UNION ALL
    SELECT a.of_id, t.parent_id FROM above a JOIN tasks t ON t.id = a.parent_id
)
SELECT a.of_id::uuid AS id, count(*) AS depth FROM above a GROUP BY a.of_id ORDER BY a.of_id;

-- name: TaskListExternal :many
-- Which of the external references are taken. Served by tasks_external_id_key.
SELECT t.external_source::text AS external_source, t.external_id::text AS external_id
FROM tasks t JOIN (SELECT unnest(@sources::text[]) AS source, unnest(@external_ids::text[]) AS id) e
  ON t.external_source = e.source AND t.external_id = e.id
WHERE t.deleted_at IS NULL
ORDER BY 1, 2;
