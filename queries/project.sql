-- name: ProjectInsert :one
INSERT INTO projects (id, client_id, manager_id, name, description, priority, starts_on, ends_on, created_by, updated_by)
VALUES (@id, @client_id, @manager_id, @name, @description, @priority, @starts_on, @ends_on, sqlc.narg(actor_id)::uuid, sqlc.narg(actor_id)::uuid)
RETURNING *;

-- name: ProjectGet :one
SELECT p.* FROM projects p
WHERE p.id = @id AND p.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (
      SELECT 1 FROM project_members m WHERE m.project_id = p.id AND m.user_id = @actor_id::uuid));

-- name: ProjectGetForUpdate :one
-- The lock also orders the changes of the project's graph of tasks: whoever
-- adds a dependency or moves a subtask holds it, so that two of them cannot
-- close a cycle together. It does not stand in the way of inserts of tasks,
-- whose foreign key takes no more than FOR KEY SHARE.
SELECT p.* FROM projects p
WHERE p.id = @id AND p.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (
      SELECT 1 FROM project_members m WHERE m.project_id = p.id AND m.user_id = @actor_id::uuid))
FOR NO KEY UPDATE OF p;

-- name: ProjectGetShared :one
-- For whoever adds or reopens a task: keeps the project from being completed
-- or deleted meanwhile.
SELECT p.* FROM projects p
WHERE p.id = @id AND p.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (
      SELECT 1 FROM project_members m WHERE m.project_id = p.id AND m.user_id = @actor_id::uuid))
FOR SHARE OF p;

-- name: ProjectList :many
-- Run through dbx.List; see ClientList.
SELECT p.* FROM projects p
WHERE p.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (SELECT 1 FROM project_members m WHERE m.project_id = p.id AND m.user_id = @actor_id::uuid))
  AND (sqlc.narg('client_id')::uuid IS NULL OR p.client_id = sqlc.narg('client_id')::uuid)
  AND (sqlc.narg('manager_id')::uuid IS NULL OR p.manager_id = sqlc.narg('manager_id')::uuid)
  AND (sqlc.narg('member_id')::uuid IS NULL OR EXISTS (SELECT 1 FROM project_members m WHERE m.project_id = p.id AND m.user_id = sqlc.narg('member_id')::uuid))
  AND (sqlc.narg('status')::text[] IS NULL OR p.status = ANY(sqlc.narg('status')::text[]::project_status[]))
  AND (sqlc.narg('priority')::text[] IS NULL OR p.priority = ANY(sqlc.narg('priority')::text[]::priority[]))
  AND (sqlc.narg('overdue')::boolean IS NULL OR coalesce(p.ends_on < @today::date AND p.status IN ('planning', 'active', 'on_hold'), false) = sqlc.narg('overdue')::boolean)
  AND (sqlc.narg('q')::text IS NULL OR p.name ILIKE sqlc.narg('q')::text)
ORDER BY p.created_at DESC, p.id DESC
LIMIT @row_limit OFFSET @row_offset;

-- name: ProjectUpdate :one
UPDATE projects SET
    name = coalesce(sqlc.narg('name'), name),
    priority = coalesce(sqlc.narg('priority'), priority),
    client_id = CASE WHEN @client_id_do_update::boolean THEN sqlc.narg('client_id') ELSE client_id END,
    manager_id = CASE WHEN @manager_id_do_update::boolean THEN sqlc.narg('manager_id') ELSE manager_id END,
    description = CASE WHEN @description_do_update::boolean THEN sqlc.narg('description') ELSE description END,
    starts_on = CASE WHEN @starts_on_do_update::boolean THEN sqlc.narg('starts_on') ELSE starts_on END,
    ends_on = CASE WHEN @ends_on_do_update::boolean THEN sqlc.narg('ends_on') ELSE ends_on END,
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
