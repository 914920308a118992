-- name: ProjectInsert :one
-- The amounts have one currency, which the service has seen to; a project with
-- neither has none.
INSERT INTO projects (id, client_id, manager_id, name, description, priority, starts_on, ends_on,
    billing_kind, budget_minor, hourly_rate_minor, currency, tags, external_source, external_id, created_by, updated_by)
VALUES (@id, @client_id, @manager_id, @name, @description, @priority, @starts_on, @ends_on,
    coalesce(sqlc.narg('billing_kind')::billing_kind, 'time_and_materials'), @budget_minor, @hourly_rate_minor,
    coalesce(sqlc.narg('budget_currency')::text, sqlc.narg('hourly_rate_currency')::text),
    coalesce(@tags::text[], '{}'), @external_source, @external_id, sqlc.narg(actor_id)::uuid, sqlc.narg(actor_id)::uuid)
RETURNING *;

-- name: ProjectGet :one
SELECT p.* FROM projects p
WHERE p.id = @id AND p.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (
      SELECT 1 FROM seen_projects m WHERE m.project_id = p.id AND m.viewer_id = @viewer_id::uuid));

-- name: ProjectGetForUpdate :one
-- The lock also orders the changes of the project's graph of tasks: whoever
-- adds a dependency or moves a subtask holds it, so that two of them cannot
-- close a cycle together. It does not stand in the way of inserts of tasks,
-- whose foreign key takes no more than FOR KEY SHARE.
SELECT p.* FROM projects p
WHERE p.id = @id AND p.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (
      SELECT 1 FROM seen_projects m WHERE m.project_id = p.id AND m.viewer_id = @viewer_id::uuid))
FOR NO KEY UPDATE OF p;

-- name: ProjectGetShared :one
-- For whoever adds or reopens a task: keeps the project from being completed
-- or deleted meanwhile.
SELECT p.* FROM projects p
WHERE p.id = @id AND p.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (
      SELECT 1 FROM seen_projects m WHERE m.project_id = p.id AND m.viewer_id = @viewer_id::uuid))
FOR SHARE OF p;

-- name: ProjectList :many
-- Run through dbx.List; see ClientList.
SELECT p.*
FROM projects p
WHERE TRUE
  AND (@include_deleted::boolean OR p.deleted_at IS NULL)
  AND (@sees_all::boolean OR EXISTS (SELECT 1 FROM seen_projects m WHERE m.project_id = p.id AND m.viewer_id = @viewer_id::uuid))
  AND (sqlc.narg('client_id')::uuid IS NULL OR p.client_id = sqlc.narg('client_id')::uuid)
  AND (sqlc.narg('manager_id')::uuid IS NULL OR p.manager_id = sqlc.narg('manager_id')::uuid)
  AND (sqlc.narg('member_id')::uuid IS NULL OR EXISTS (SELECT 1 FROM project_members m WHERE m.project_id = p.id AND m.user_id = sqlc.narg('member_id')::uuid))
  AND (sqlc.narg('status')::text[] IS NULL OR p.status = ANY(sqlc.narg('status')::text[]::project_status[]))
  AND (sqlc.narg('priority')::text[] IS NULL OR p.priority = ANY(sqlc.narg('priority')::text[]::priority[]))
  AND (sqlc.narg('overdue')::boolean IS NULL OR coalesce(p.ends_on < @today::date AND p.status IN ('planning', 'active', 'on_hold'), false) = sqlc.narg('overdue')::boolean)
  AND (sqlc.narg('starts_from')::date IS NULL OR p.starts_on >= sqlc.narg('starts_from')::date)
  AND (sqlc.narg('starts_to')::date IS NULL OR p.starts_on <= sqlc.narg('starts_to')::date)
  AND (sqlc.narg('ends_from')::date IS NULL OR p.ends_on >= sqlc.narg('ends_from')::date)
  AND (sqlc.narg('ends_to')::date IS NULL OR p.ends_on <= sqlc.narg('ends_to')::date)
  AND (sqlc.narg('tag')::text[] IS NULL OR p.tags && sqlc.narg('tag')::text[])
  AND (sqlc.narg('q')::text IS NULL OR p.name ILIKE sqlc.narg('q')::text)
ORDER BY p.created_at DESC, p.id DESC
LIMIT @row_limit OFFSET @row_offset;

-- name: ProjectIncludedClients :many
-- The clients of a page of projects. Who sees a project sees its client.
SELECT c.* FROM clients c
WHERE c.id = ANY(@ids::uuid[]) AND c.deleted_at IS NULL
ORDER BY c.id;

-- name: ProjectIncludedTeam :many
-- The first of each team of a page of projects, through the primary key.
SELECT m.*
FROM unnest(@ids::uuid[]) AS asked (id)
CROSS JOIN LATERAL (
    SELECT f.* FROM project_members f WHERE f.project_id = asked.id ORDER BY f.created_at, f.user_id LIMIT @row_limit) m
ORDER BY m.project_id, m.created_at, m.user_id;

-- name: ProjectIncludedTasks :many
-- The first tasks of each project of a page: tasks_position_idx has them in
-- their order, so that no more are read than are shown. The columns are those
-- of TaskGet.
SELECT sqlc.embed(t),
    EXISTS (
        SELECT 1 FROM task_dependencies d JOIN tasks pre ON pre.id = d.prerequisite_id
        WHERE d.task_id = t.id AND (pre.status <> 'done' OR pre.deleted_at IS NOT NULL) OFFSET 0)::boolean AS is_blocked,
    ARRAY(SELECT d.prerequisite_id FROM task_dependencies d WHERE d.task_id = t.id ORDER BY d.prerequisite_id)::uuid[] AS prerequisite_ids
FROM unnest(@ids::uuid[]) AS asked (id)
CROSS JOIN LATERAL (
    SELECT f.id FROM tasks f WHERE f.project_id = asked.id AND f.deleted_at IS NULL ORDER BY f.position, f.id LIMIT @row_limit) first
JOIN tasks t ON t.id = first.id
ORDER BY t.project_id, t.position, t.id;

-- name: ProjectTasksOutside :many
-- The open tasks that are due before the first day or after the last, with how
-- many there are on that side; the earliest due first.
(SELECT t.id, TRUE AS is_before, count(*) OVER () AS total
FROM tasks t
WHERE t.project_id = @project_id AND t.is_open AND t.deleted_at IS NULL AND t.due_date < sqlc.narg('starts_on')::date
ORDER BY t.due_date, t.id
LIMIT @row_limit)
UNION ALL
(SELECT t.id, FALSE, count(*) OVER ()
FROM tasks t
WHERE t.project_id = @project_id AND t.is_open AND t.deleted_at IS NULL AND t.due_date > sqlc.narg('ends_on')::date
ORDER BY t.due_date, t.id
LIMIT @row_limit);

-- name: ProjectUpdate :one
-- The amounts have one currency, which the service has seen to: where one of
-- them brings a currency along, it is the project's.
UPDATE projects SET
    name = coalesce(sqlc.narg('name'), name),
    priority = coalesce(sqlc.narg('priority'), priority),
    client_id = CASE WHEN @client_id_do_update::boolean THEN sqlc.narg('client_id') ELSE client_id END,
    manager_id = CASE WHEN @manager_id_do_update::boolean THEN sqlc.narg('manager_id') ELSE manager_id END,
    description = CASE WHEN @description_do_update::boolean THEN sqlc.narg('description') ELSE description END,
    starts_on = CASE WHEN @starts_on_do_update::boolean THEN sqlc.narg('starts_on') ELSE starts_on END,
    ends_on = CASE WHEN @ends_on_do_update::boolean THEN sqlc.narg('ends_on') ELSE ends_on END,
    billing_kind = coalesce(sqlc.narg('billing_kind'), billing_kind),
    budget_minor = CASE WHEN @budget_do_update::boolean THEN sqlc.narg('budget_minor') ELSE budget_minor END,
    hourly_rate_minor = CASE WHEN @hourly_rate_do_update::boolean THEN sqlc.narg('hourly_rate_minor') ELSE hourly_rate_minor END,
    currency = CASE
        WHEN (@budget_do_update::boolean AND sqlc.narg('budget_minor') IS NULL OR NOT @budget_do_update::boolean AND budget_minor IS NULL)
            AND (@hourly_rate_do_update::boolean AND sqlc.narg('hourly_rate_minor') IS NULL OR NOT @hourly_rate_do_update::boolean AND hourly_rate_minor IS NULL)
        THEN NULL ELSE coalesce(sqlc.narg('budget_currency')::text, sqlc.narg('hourly_rate_currency')::text, currency) END,
    tags = CASE WHEN @tags_do_update::boolean THEN coalesce(@tags::text[], '{}') ELSE tags END,
    external_source = CASE WHEN @external_source_do_update::boolean THEN sqlc.narg('external_source') ELSE external_source END,
    external_id = CASE WHEN @external_id_do_update::boolean THEN sqlc.narg('external_id') ELSE external_id END,
    version = version + 1, updated_at = now(), updated_by = sqlc.narg(actor_id)::uuid
WHERE id = @id AND version = @version AND deleted_at IS NULL
RETURNING *;

-- name: ProjectUpdateStatus :one
UPDATE projects SET
    status = @status, status_reason = @status_reason, completed_at = @completed_at,
    version = version + 1, updated_at = now(), updated_by = sqlc.narg(actor_id)::uuid
WHERE id = @id AND version = @version AND deleted_at IS NULL
RETURNING *;

-- name: ProjectDelete :exec
UPDATE projects SET deleted_at = now(), deleted_by = sqlc.narg(actor_id)::uuid, deletion_id = @deletion_id::uuid,
    version = version + 1, updated_at = now(), updated_by = sqlc.narg(actor_id)::uuid
WHERE id = @id AND deleted_at IS NULL;

-- name: ProjectDeleteByClient :many
UPDATE projects SET deleted_at = now(), deleted_by = sqlc.narg(actor_id)::uuid, deletion_id = @deletion_id::uuid,
    version = version + 1, updated_at = now(), updated_by = sqlc.narg(actor_id)::uuid
WHERE client_id = @client_id::uuid AND deleted_at IS NULL
RETURNING id, version;

-- name: ProjectGetDeletedForUpdate :one
SELECT p.* FROM projects p WHERE p.id = @id AND p.deleted_at IS NOT NULL FOR NO KEY UPDATE OF p;

-- name: ProjectRestoreByDeletion :many
-- Served by projects_deletion_id_idx: exactly what one deletion took.
UPDATE projects SET deleted_at = NULL, deleted_by = NULL, deletion_id = NULL,
    version = version + 1, updated_at = now(), updated_by = sqlc.narg(actor_id)::uuid
WHERE deletion_id = @deletion_id::uuid
RETURNING id, version;

-- name: ProjectMemberList :many
-- Run through dbx.List; see ClientList.
SELECT m.* FROM project_members m
WHERE m.project_id = @project_id
ORDER BY m.created_at, m.user_id
LIMIT @row_limit OFFSET @row_offset;

-- name: ProjectMemberUpdateRole :one
UPDATE project_members SET role = @role WHERE project_id = @project_id AND user_id = @user_id
RETURNING *;

-- name: ProjectMemberInsert :one
INSERT INTO project_members (project_id, user_id, role, created_by)
VALUES (@project_id, @user_id, @role, sqlc.narg(actor_id)::uuid)
RETURNING *;

-- name: ProjectMemberGet :one
SELECT * FROM project_members WHERE project_id = @project_id AND user_id = @user_id;

-- name: ProjectMemberDelete :execrows
DELETE FROM project_members WHERE project_id = @project_id AND user_id = @user_id;

-- name: ProjectCloneTasks :many
-- What there is to copy of a project's tasks: cancelled ones are read as well,
-- because their subtasks move up. The ids are in the order in which tasks of
-- one position stand.
SELECT t.id, t.parent_id, t.status, t.due_date, t.assignee_id FROM tasks t
WHERE t.project_id = @project_id AND t.deleted_at IS NULL
ORDER BY t.id;

-- name: ProjectCloneTeam :many
-- Who has been deleted does not join again.
INSERT INTO project_members (project_id, user_id, role, created_by)
SELECT @project_id::uuid, m.user_id, m.role, sqlc.narg(actor_id)::uuid
FROM project_members m JOIN users u ON u.id = m.user_id
WHERE m.project_id = @source_id::uuid AND u.deleted_at IS NULL
ORDER BY m.user_id
RETURNING *;

-- name: ProjectLockAssignable :many
-- Those of the users who can be given tasks of the project (see
-- access.CanBeAssigned), held as they are until the end of the transaction.
SELECT u.id FROM users u LEFT JOIN project_members m ON m.project_id = @project_id AND m.user_id = u.id
WHERE u.id = ANY(@ids::uuid[]) AND u.deleted_at IS NULL
  AND (u.role IN ('manager', 'admin') OR m.role IN ('lead', 'contributor'))
ORDER BY u.id
FOR SHARE OF u;

-- name: ProjectCloneTaskRows :many
-- One statement copies every task; the three arrays say which becomes which,
-- below which parent, the nil id standing for none. Foreign keys are checked
-- at its end, so that a subtask may come before its parent.
INSERT INTO tasks (id, project_id, parent_id, title, description, status, priority, assignee_id, estimate_minutes, due_date, tags, position, created_by, updated_by)
SELECT copied.id, @project_id::uuid, nullif(copied.parent_id, '00000000-0000-0000-0000-000000000000'::uuid), t.title, t.description,
    CASE t.status WHEN 'backlog' THEN t.status ELSE 'todo' END, t.priority,
    CASE WHEN t.assignee_id = ANY(@assignable_ids::uuid[]) THEN t.assignee_id END,
    t.estimate_minutes, t.due_date + @days::integer, t.tags, t.position, sqlc.narg(actor_id)::uuid, sqlc.narg(actor_id)::uuid
FROM (SELECT unnest(@source_ids::uuid[]) AS source_id, unnest(@ids::uuid[]) AS id, unnest(@parent_ids::uuid[]) AS parent_id) copied
JOIN tasks t ON t.id = copied.source_id
ORDER BY copied.id
RETURNING *;

-- name: ProjectCloneDependencies :exec
-- A dependency is copied when both of its tasks are.
INSERT INTO task_dependencies (project_id, task_id, prerequisite_id, created_by)
SELECT @project_id::uuid, waiting.id, awaited.id, sqlc.narg(actor_id)::uuid
FROM (SELECT unnest(@source_ids::uuid[]) AS source_id, unnest(@ids::uuid[]) AS id) waiting
JOIN task_dependencies d ON d.task_id = waiting.source_id
JOIN (SELECT unnest(@source_ids::uuid[]) AS source_id, unnest(@ids::uuid[]) AS id) awaited ON awaited.source_id = d.prerequisite_id;
