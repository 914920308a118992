-- name: TaskInsert :one
INSERT INTO tasks (id, project_id, parent_id, title, description, status, priority, assignee_id, estimate_minutes, remaining_minutes, due_date, tags, external_source, external_id, position, progress, given_progress, created_by, updated_by)
VALUES (@id, @project_id, @parent_id, @title, @description, @status, @priority, @assignee_id, @estimate_minutes, @remaining_minutes, @due_date, coalesce(sqlc.narg('tags')::text[], '{}'), @external_source, @external_id, @position, @progress, @progress, sqlc.narg(actor_id)::uuid, sqlc.narg(actor_id)::uuid)
RETURNING *;

-- name: TaskGet :one
-- A deleted or cancelled prerequisite still holds its task up and is still
-- named, so that it can be removed.
SELECT sqlc.embed(t),
    EXISTS (
        SELECT 1 FROM task_dependencies d JOIN tasks pre ON pre.id = d.prerequisite_id
        WHERE d.task_id = t.id AND (pre.status <> 'done' OR pre.deleted_at IS NOT NULL))::boolean AS is_blocked,
    ARRAY(SELECT d.prerequisite_id FROM task_dependencies d WHERE d.task_id = t.id ORDER BY d.prerequisite_id)::uuid[] AS prerequisite_ids
FROM tasks t
WHERE t.id = @id AND t.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (
      SELECT 1 FROM seen_projects m WHERE m.project_id = t.project_id AND m.viewer_id = @viewer_id::uuid));

-- name: TaskGetRelated :one
-- TaskGet with the task's project and whom it is assigned to, in one statement.
-- Whoever sees a task sees its project; the assignee is null where there is none,
-- it is deleted or the actor does not see it. Its columns stand one by one, because
-- a whole record cannot be null here; the assignee's password, settings and
-- deletion are no one's to read along.
SELECT sqlc.embed(t),
    EXISTS (
        SELECT 1 FROM task_dependencies d JOIN tasks pre ON pre.id = d.prerequisite_id
        WHERE d.task_id = t.id AND (pre.status <> 'done' OR pre.deleted_at IS NOT NULL))::boolean AS is_blocked,
    ARRAY(SELECT d.prerequisite_id FROM task_dependencies d WHERE d.task_id = t.id ORDER BY d.prerequisite_id)::uuid[] AS prerequisite_ids,
    sqlc.embed(p),
    u.id AS assignee_id,
    coalesce(u.kind, 'human')::principal_kind AS assignee_kind, coalesce(u.email, '')::text AS assignee_email,
    coalesce(u.name, '')::text AS assignee_name, coalesce(u.role, 'user')::role AS assignee_role,
    u.title AS assignee_title, coalesce(u.skills, '{}')::text[] AS assignee_skills,
    coalesce(u.weekly_capacity_minutes, 0)::integer AS assignee_weekly_capacity_minutes,
    u.cost_rate_minor AS assignee_cost_rate_minor, u.cost_rate_currency AS assignee_cost_rate_currency,
    coalesce(u.time_zone, '')::text AS assignee_time_zone, coalesce(u.locale, '')::text AS assignee_locale,
    u.email_verified_at AS assignee_email_verified_at, u.owner_id AS assignee_owner_id,
    coalesce(u.version, 0)::bigint AS assignee_version,
    coalesce(u.created_at, 'epoch')::timestamptz AS assignee_created_at, u.created_by AS assignee_created_by,
    coalesce(u.updated_at, 'epoch')::timestamptz AS assignee_updated_at, u.updated_by AS assignee_updated_by
FROM tasks t
JOIN projects p ON p.id = t.project_id
LEFT JOIN users u ON u.id = t.assignee_id AND u.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (SELECT 1 FROM seen_people s WHERE s.viewer_id = @viewer_id::uuid AND s.user_id = u.id))
WHERE t.id = @id AND t.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (
      SELECT 1 FROM seen_projects m WHERE m.project_id = t.project_id AND m.viewer_id = @viewer_id::uuid));

-- name: TaskGetForUpdate :one
SELECT t.* FROM tasks t
WHERE t.id = @id AND t.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (
      SELECT 1 FROM seen_projects m WHERE m.project_id = t.project_id AND m.viewer_id = @viewer_id::uuid))
FOR NO KEY UPDATE OF t;

-- name: TaskLock :one
-- TaskGetForUpdate behind the lock of the project, which keeps its team as it is:
-- with the actor's role on that.
SELECT sqlc.embed(t),
    coalesce((SELECT m.role::text FROM project_members m WHERE m.project_id = t.project_id AND m.user_id = @actor_id::uuid), '')::text AS actor_role
FROM tasks t
WHERE t.id = @id AND t.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (
      SELECT 1 FROM seen_projects m WHERE m.project_id = t.project_id AND m.viewer_id = @viewer_id::uuid))
FOR NO KEY UPDATE OF t;

-- name: TaskLockProject :one
-- ProjectGetForUpdate by one of the tasks. A task stays in its project, so that
-- it can be looked for before the lock.
SELECT p.* FROM projects p
WHERE p.id = (SELECT t.project_id FROM tasks t WHERE t.id = @id AND t.deleted_at IS NULL) AND p.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (
      SELECT 1 FROM seen_projects m WHERE m.project_id = p.id AND m.viewer_id = @viewer_id::uuid))
FOR NO KEY UPDATE OF p;

-- name: TaskShareProject :one
-- ProjectGetShared by one of the tasks; see TaskLockProject.
SELECT p.* FROM projects p
WHERE p.id = (SELECT t.project_id FROM tasks t WHERE t.id = @id AND t.deleted_at IS NULL) AND p.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (
      SELECT 1 FROM seen_projects m WHERE m.project_id = p.id AND m.viewer_id = @viewer_id::uuid))
FOR SHARE OF p;

-- name: TaskGetPlace :one
-- What a new task needs of its project besides the project, which is locked
-- before: the actor's role on the team, and the last position, served by
-- tasks_position_idx. Deleted tasks count, so that nobody takes the place they
-- come back to.
SELECT
    coalesce((SELECT m.role::text FROM project_members m WHERE m.project_id = @project_id::uuid AND m.user_id = @actor_id::uuid), '')::text AS actor_role,
    coalesce((SELECT t.position FROM tasks t WHERE t.project_id = @project_id::uuid ORDER BY t.position DESC, t.id DESC LIMIT 1), '')::text AS last_position;

-- name: TaskLockAssignee :one
-- Whom a task of the project is to be assigned to, if the actor sees that person:
-- held until the end of the transaction, so that the role that was checked is
-- still the role when the reference is written. The project is locked before,
-- which keeps its team as it is.
SELECT u.role,
    coalesce((SELECT m.role::text FROM project_members m WHERE m.project_id = @project_id::uuid AND m.user_id = u.id), '')::text AS member_role
FROM users u
WHERE u.id = @id AND u.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (SELECT 1 FROM seen_people s WHERE s.viewer_id = @viewer_id::uuid AND s.user_id = u.id))
FOR SHARE OF u;

-- name: TaskGetProject :one
-- Finds the project to lock before anything of the task is; visibility is
-- checked by the statement that then reads the task.
SELECT t.project_id FROM tasks t WHERE t.id = @id AND t.deleted_at IS NULL;

-- name: TaskExistsInProject :one
SELECT EXISTS (
    SELECT 1 FROM tasks t WHERE t.id = @id AND t.project_id = @project_id AND t.deleted_at IS NULL);

-- name: TaskGetInProjectForUpdate :one
-- For a parent, whose status must not change before the commit.
SELECT t.* FROM tasks t
WHERE t.id = @id AND t.project_id = @project_id AND t.deleted_at IS NULL
FOR NO KEY UPDATE OF t;

-- name: TaskList :many
-- Run through dbx.List; see ClientList. OFFSET 0 makes PostgreSQL look into
-- is_blocked row by row, through the primary keys. Without it, it reckons with
-- every row that matches and not with those of the page, and hashes the
-- prerequisites of all tasks there are to show twenty. One project and one
-- assignee have filters of their own: an index gives one value's tasks in the
-- order of the list, and those of several values not. A filter and its opposite
-- are apart, and open goes with those that open tasks alone pass, because the
-- indexes of open tasks then serve them. Who sees few projects says so by
-- seen_by, which adds nothing to visibility but that the index of the projects
-- serves it; and q and tag go through what is in them, out of reach of the
-- indexes over all titles and tags, which take longer to find common ones.
SELECT sqlc.embed(t),
    EXISTS (
        SELECT 1 FROM task_dependencies d JOIN tasks pre ON pre.id = d.prerequisite_id
        WHERE d.task_id = t.id AND (pre.status <> 'done' OR pre.deleted_at IS NOT NULL) OFFSET 0)::boolean AS is_blocked,
    ARRAY(SELECT d.prerequisite_id FROM task_dependencies d WHERE d.task_id = t.id ORDER BY d.prerequisite_id)::uuid[] AS prerequisite_ids
FROM tasks t
WHERE true
  AND (@include_deleted::boolean OR t.deleted_at IS NULL)
  AND (@sees_all::boolean OR EXISTS (SELECT 1 FROM seen_projects m WHERE m.project_id = t.project_id AND m.viewer_id = @viewer_id::uuid))
  AND (sqlc.narg('seen_by')::uuid IS NULL OR t.project_id = ANY(ARRAY(SELECT m.project_id FROM seen_projects m WHERE m.viewer_id = sqlc.narg('seen_by')::uuid)))
  AND (sqlc.narg('project_id')::uuid IS NULL OR t.project_id = sqlc.narg('project_id')::uuid)
  AND (sqlc.narg('project_ids')::uuid[] IS NULL OR t.project_id = ANY(sqlc.narg('project_ids')::uuid[]))
  AND (sqlc.narg('client_id')::uuid IS NULL OR t.project_id IN (SELECT p.id FROM projects p WHERE p.client_id = sqlc.narg('client_id')::uuid))
  AND (sqlc.narg('assignee_id')::uuid IS NULL OR t.assignee_id = sqlc.narg('assignee_id')::uuid)
  AND (sqlc.narg('assignee_ids')::uuid[] IS NULL OR t.assignee_id = ANY(sqlc.narg('assignee_ids')::uuid[]))
  AND (sqlc.narg('parent_id')::uuid IS NULL OR t.parent_id = sqlc.narg('parent_id')::uuid)
  AND (sqlc.narg('created_by')::uuid IS NULL OR t.created_by = sqlc.narg('created_by')::uuid)
  AND (sqlc.narg('open')::boolean IS NULL OR t.is_open)
  AND (sqlc.narg('status')::text[] IS NULL OR t.status = ANY(sqlc.narg('status')::text[]::task_status[]))
  AND (sqlc.narg('priority')::text[] IS NULL OR t.priority = ANY(sqlc.narg('priority')::text[]::priority[]))
  AND (sqlc.narg('tag')::text[] IS NULL OR t.tags && sqlc.narg('tag')::text[])
  AND (sqlc.narg('tag_within')::text[] IS NULL OR (t.tags || '{}') && sqlc.narg('tag_within')::text[])
  AND (sqlc.narg('unassigned')::boolean IS NULL OR (t.assignee_id IS NULL) = sqlc.narg('unassigned')::boolean)
  AND (sqlc.narg('due_from')::date IS NULL OR t.due_date IS NOT NULL AND coalesce(t.due_date, 'infinity') >= sqlc.narg('due_from')::date)
  AND (sqlc.narg('due_to')::date IS NULL OR coalesce(t.due_date, 'infinity') <= sqlc.narg('due_to')::date)
  AND (sqlc.narg('overdue_on')::date IS NULL OR (t.is_open AND coalesce(t.due_date, 'infinity') < sqlc.narg('overdue_on')::date))
  AND (sqlc.narg('not_overdue_on')::date IS NULL OR NOT (t.is_open AND coalesce(t.due_date, 'infinity') < sqlc.narg('not_overdue_on')::date))
  AND (sqlc.narg('updated_since')::timestamptz IS NULL OR t.updated_at >= sqlc.narg('updated_since')::timestamptz)
  AND (sqlc.narg('ready')::boolean IS NULL OR t.status = 'todo' AND NOT EXISTS (SELECT 1 FROM task_dependencies d JOIN tasks pre ON pre.id = d.prerequisite_id WHERE d.task_id = t.id AND (pre.status <> 'done' OR pre.deleted_at IS NOT NULL) OFFSET 0))
  AND (sqlc.narg('not_ready')::boolean IS NULL OR NOT (t.status = 'todo' AND NOT EXISTS (SELECT 1 FROM task_dependencies d JOIN tasks pre ON pre.id = d.prerequisite_id WHERE d.task_id = t.id AND (pre.status <> 'done' OR pre.deleted_at IS NOT NULL) OFFSET 0)))
  AND (sqlc.narg('blocked')::boolean IS NULL OR t.status = 'blocked' OR EXISTS (SELECT 1 FROM task_dependencies d JOIN tasks pre ON pre.id = d.prerequisite_id WHERE d.task_id = t.id AND (pre.status <> 'done' OR pre.deleted_at IS NOT NULL) OFFSET 0))
  AND (sqlc.narg('not_blocked')::boolean IS NULL OR NOT (t.is_open AND (t.status = 'blocked' OR EXISTS (SELECT 1 FROM task_dependencies d JOIN tasks pre ON pre.id = d.prerequisite_id WHERE d.task_id = t.id AND (pre.status <> 'done' OR pre.deleted_at IS NOT NULL) OFFSET 0))))
  AND (sqlc.narg('q')::text IS NULL OR t.title ILIKE sqlc.narg('q')::text)
  AND (sqlc.narg('q_within')::text IS NULL OR (t.title || '') ILIKE sqlc.narg('q_within')::text)
ORDER BY t.created_at DESC, t.id DESC
LIMIT @row_limit OFFSET @row_offset;

-- name: TaskUpdate :one
UPDATE tasks t SET
    title = coalesce(sqlc.narg('title'), title),
    priority = coalesce(sqlc.narg('priority'), priority),
    remaining_minutes = CASE WHEN @remaining_minutes_do_update::boolean THEN sqlc.narg('remaining_minutes') ELSE remaining_minutes END,
    external_source = CASE WHEN @external_source_do_update::boolean THEN sqlc.narg('external_source') ELSE external_source END,
    external_id = CASE WHEN @external_id_do_update::boolean THEN sqlc.narg('external_id') ELSE external_id END,
    tags = CASE WHEN @tags_do_update::boolean THEN coalesce(sqlc.narg('tags')::text[], '{}') ELSE tags END,
    parent_id = CASE WHEN @parent_id_do_update::boolean THEN sqlc.narg('parent_id') ELSE parent_id END,
    description = CASE WHEN @description_do_update::boolean THEN sqlc.narg('description') ELSE description END,
    estimate_minutes = CASE WHEN @estimate_minutes_do_update::boolean THEN sqlc.narg('estimate_minutes') ELSE estimate_minutes END,
    due_date = CASE WHEN @due_date_do_update::boolean THEN sqlc.narg('due_date') ELSE due_date END,
    progress = CASE WHEN @progress_do_update::boolean THEN coalesce(sqlc.narg('progress'), 0) ELSE progress END,
    given_progress = CASE WHEN @progress_do_update::boolean THEN coalesce(sqlc.narg('progress'), 0) ELSE given_progress END,
    version = t.version + 1, updated_at = now(), updated_by = sqlc.narg(actor_id)::uuid
WHERE t.id = @id AND t.version = @version AND t.deleted_at IS NULL
RETURNING sqlc.embed(t),
    EXISTS (
        SELECT 1 FROM task_dependencies d JOIN tasks pre ON pre.id = d.prerequisite_id
        WHERE d.task_id = t.id AND (pre.status <> 'done' OR pre.deleted_at IS NOT NULL))::boolean AS is_blocked,
    ARRAY(SELECT d.prerequisite_id FROM task_dependencies d WHERE d.task_id = t.id ORDER BY d.prerequisite_id)::uuid[] AS prerequisite_ids;

-- name: TaskUpdateAssignee :one
UPDATE tasks t SET assignee_id = @assignee_id,
    version = t.version + 1, updated_at = now(), updated_by = sqlc.narg(actor_id)::uuid
WHERE t.id = @id AND t.version = @version AND t.deleted_at IS NULL
RETURNING sqlc.embed(t),
    EXISTS (
        SELECT 1 FROM task_dependencies d JOIN tasks pre ON pre.id = d.prerequisite_id
        WHERE d.task_id = t.id AND (pre.status <> 'done' OR pre.deleted_at IS NOT NULL))::boolean AS is_blocked,
    ARRAY(SELECT d.prerequisite_id FROM task_dependencies d WHERE d.task_id = t.id ORDER BY d.prerequisite_id)::uuid[] AS prerequisite_ids;

-- name: TaskUpdateStatus :one
UPDATE tasks t SET
    started_at = coalesce(started_at, sqlc.narg('started_at')),
    status = @status::task_status, status_reason = @status_reason, completed_at = @completed_at,
    assignee_id = CASE WHEN @unassign::boolean THEN NULL ELSE assignee_id END,
    progress = CASE WHEN @status::task_status = 'done' THEN 100 ELSE coalesce(sqlc.narg('progress'), progress) END,
    version = t.version + 1, updated_at = now(), updated_by = sqlc.narg(actor_id)::uuid
WHERE t.id = @id AND t.version = @version AND t.deleted_at IS NULL
RETURNING sqlc.embed(t),
    EXISTS (
        SELECT 1 FROM task_dependencies d JOIN tasks pre ON pre.id = d.prerequisite_id
        WHERE d.task_id = t.id AND (pre.status <> 'done' OR pre.deleted_at IS NOT NULL))::boolean AS is_blocked,
    ARRAY(SELECT d.prerequisite_id FROM task_dependencies d WHERE d.task_id = t.id ORDER BY d.prerequisite_id)::uuid[] AS prerequisite_ids;

-- name: TaskTouch :one
-- A change of a task's prerequisites is a change of the task.
UPDATE tasks SET version = version + 1, updated_at = now(), updated_by = sqlc.narg(actor_id)::uuid
WHERE id = @id AND deleted_at IS NULL
RETURNING version;

-- name: TaskListOpenByProject :many
-- Named in the conflict that refuses to complete the project; the caller
-- passes the most it wants to name.
SELECT t.id FROM tasks t
WHERE t.project_id = @project_id AND t.deleted_at IS NULL AND t.is_open
ORDER BY t.id
LIMIT @row_limit;

-- name: TaskListOpenSubtasks :many
SELECT t.id FROM tasks t
WHERE t.parent_id = @parent_id::uuid AND t.deleted_at IS NULL AND t.is_open
ORDER BY t.id
LIMIT @row_limit;

-- name: TaskListOpenPrerequisites :many
SELECT d.prerequisite_id
FROM task_dependencies d JOIN tasks pre ON pre.id = d.prerequisite_id
WHERE d.task_id = @task_id AND (pre.status <> 'done' OR pre.deleted_at IS NOT NULL)
ORDER BY d.prerequisite_id
LIMIT @row_limit;

-- name: TaskDeleteWithSubtasks :many
WITH RECURSIVE below AS (
    SELECT t.id FROM tasks t WHERE t.id = @id
    UNION
    SELECT t.id FROM tasks t JOIN below b ON t.parent_id = b.id
)
UPDATE tasks SET deleted_at = now(), deleted_by = sqlc.narg(actor_id)::uuid, deletion_id = @deletion_id::uuid,
    version = version + 1, updated_at = now(), updated_by = sqlc.narg(actor_id)::uuid
WHERE id IN (SELECT b.id FROM below b) AND deleted_at IS NULL
RETURNING id, project_id, version;

-- name: TaskDeleteByProject :many
UPDATE tasks SET deleted_at = now(), deleted_by = sqlc.narg(actor_id)::uuid, deletion_id = @deletion_id::uuid,
    version = version + 1, updated_at = now(), updated_by = sqlc.narg(actor_id)::uuid
WHERE project_id = ANY(@project_ids::uuid[]) AND deleted_at IS NULL
RETURNING id, project_id, version;

-- name: TaskGetDeletedForUpdate :one
SELECT t.* FROM tasks t WHERE t.id = @id AND t.deleted_at IS NOT NULL FOR NO KEY UPDATE OF t;

-- name: TaskDeletionHasOpen :one
-- Whether a deletion took open tasks along.
SELECT EXISTS (SELECT 1 FROM tasks t WHERE t.deletion_id = @deletion_id::uuid AND t.is_open);

-- name: TaskGetDeletedProject :one
-- TaskGetProject for a deleted task.
SELECT t.project_id FROM tasks t WHERE t.id = @id AND t.deleted_at IS NOT NULL;

-- name: TaskRestoreByDeletion :many
-- Served by tasks_deletion_id_idx: exactly what one deletion took. Who could
-- not be assigned to an open task any more has been taken off the others
-- meanwhile, and is taken off these. The people are locked, so that this still
-- holds at the commit.
WITH people AS (
    SELECT u.id, u.role FROM users u
    WHERE u.deleted_at IS NULL AND u.id IN (SELECT o.assignee_id FROM tasks o WHERE o.deletion_id = @deletion_id::uuid AND o.is_open)
    ORDER BY u.id
    FOR SHARE OF u
)
UPDATE tasks t SET deleted_at = NULL, deleted_by = NULL, deletion_id = NULL,
    assignee_id = CASE WHEN r.keeps_assignee THEN t.assignee_id END,
    version = t.version + 1, updated_at = now(), updated_by = sqlc.narg(actor_id)::uuid
FROM (
    SELECT s.id, s.assignee_id, NOT s.is_open OR EXISTS (
        SELECT 1 FROM people p
        WHERE p.id = s.assignee_id AND (p.role IN ('manager', 'admin') OR EXISTS (
            SELECT 1 FROM project_members m
            WHERE m.project_id = s.project_id AND m.user_id = p.id AND m.role IN ('lead', 'contributor')))) AS keeps_assignee
    FROM tasks s WHERE s.deletion_id = @deletion_id::uuid) r
WHERE t.id = r.id AND t.deletion_id = @deletion_id::uuid
RETURNING t.id, t.project_id, t.version, r.assignee_id AS assignee_before, t.assignee_id;

-- name: TaskUnassignByMember :many
-- Who leaves the team leaves its open tasks; finished ones keep their name.
UPDATE tasks SET assignee_id = NULL,
    version = version + 1, updated_at = now(), updated_by = sqlc.narg(actor_id)::uuid
WHERE project_id = @project_id AND assignee_id = @user_id::uuid AND deleted_at IS NULL AND is_open
RETURNING id, version;

-- name: TaskDependencyInsert :one
INSERT INTO task_dependencies (project_id, task_id, prerequisite_id, created_by)
VALUES (@project_id, @task_id, @prerequisite_id, sqlc.narg(actor_id)::uuid)
RETURNING *;

-- name: TaskCountOtherPrerequisites :one
SELECT count(*) FROM task_dependencies d WHERE d.task_id = @task_id AND d.prerequisite_id <> @prerequisite_id;

-- name: TaskDependencyDelete :execrows
DELETE FROM task_dependencies WHERE task_id = @task_id AND prerequisite_id = @prerequisite_id;


-- name: TaskListWaits :many
-- What a task waits for, and what that waits for, as far as it goes: a task
-- waits for its prerequisites in order to start and for its subtasks in order
-- to be done. UNION enters every task once, so the walk is linear in the edges
-- it finds. Deleted tasks are walked through, because they can be restored.
WITH RECURSIVE reached (id) AS (
    SELECT @from_id::uuid
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

-- name: TaskUpdateEffort :one
-- What logging time says of the task as well.
UPDATE tasks SET
    remaining_minutes = coalesce(sqlc.narg('remaining_minutes'), remaining_minutes),
    progress = coalesce(sqlc.narg('progress'), progress),
    given_progress = coalesce(sqlc.narg('progress'), given_progress),
    version = version + 1, updated_at = now(), updated_by = sqlc.narg(actor_id)::uuid
WHERE id = @id AND version = @version AND deleted_at IS NULL
RETURNING *;
