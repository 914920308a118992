-- name: UserInsert :one
INSERT INTO users (id, kind, owner_id, email, name, role, title, skills, password_hash, email_verified_at, created_by, updated_by)
VALUES (@id, @kind, sqlc.narg('owner_id'), @email, @name, @role, @title, coalesce(sqlc.narg('skills')::text[], '{}'), @password_hash, @email_verified_at, @created_by, @created_by)
RETURNING *;

-- name: UserGetByEmail :one
SELECT * FROM users WHERE lower(email) = lower(@email) AND deleted_at IS NULL;

-- name: UserExistsAdmin :one
-- Tells a first start from a later one; deleted users count.
SELECT EXISTS (SELECT 1 FROM users WHERE role = 'admin');

-- name: UserGetRole :one
-- Held until the end of the transaction, so that the role that was checked is
-- still the role when the reference to the user is written.
SELECT role FROM users WHERE id = @id AND deleted_at IS NULL FOR SHARE;

-- name: UserLockSeen :one
-- UserGetRole for whoever is named by a caller that sees all, or else sees them.
SELECT u.id, u.role FROM users u
WHERE u.id = @id AND u.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (SELECT 1 FROM seen_people s WHERE s.viewer_id = @viewer_id::uuid AND s.user_id = u.id))
FOR SHARE OF u;

-- name: UserLockPerson :one
-- For whatever is about to name somebody: a person, and no agent, whom the caller
-- sees and who is not deleted meanwhile.
SELECT u.id FROM users u
WHERE u.id = @id AND u.kind = 'human' AND u.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (SELECT 1 FROM seen_people s WHERE s.viewer_id = @viewer_id::uuid AND s.user_id = u.id))
FOR SHARE OF u;

-- name: UserGet :one
-- Managers and admins see everybody, users those of seen_people.
SELECT u.* FROM users u
WHERE u.id = @id AND u.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (SELECT 1 FROM seen_people s WHERE s.viewer_id = @viewer_id::uuid AND s.user_id = u.id));

-- name: UserListSeen :many
-- Those of the people whom the viewer sees, for who does not see everybody.
SELECT s.user_id FROM seen_people s WHERE s.viewer_id = @viewer_id::uuid AND s.user_id = ANY(@ids::uuid[]);

-- name: UserList :many
-- Run through dbx.List; see ClientList. The people that the caller sees are
-- few and found once, so the filter is a set and not a question for each row.
SELECT u.* FROM users u
WHERE true
  AND (@include_deleted::boolean OR u.deleted_at IS NULL)
  AND (@sees_all::boolean OR u.id IN (SELECT s.user_id FROM seen_people s WHERE s.viewer_id = @viewer_id::uuid))
  AND (sqlc.narg('role')::text[] IS NULL OR u.role = ANY(sqlc.narg('role')::text[]::role[]))
  AND (sqlc.narg('kind')::text[] IS NULL OR u.kind = ANY(sqlc.narg('kind')::text[]::principal_kind[]))
  AND (sqlc.narg('skill')::text[] IS NULL OR u.skills && sqlc.narg('skill')::text[])
  AND (sqlc.narg('q')::text IS NULL OR u.name ILIKE sqlc.narg('q')::text OR u.email ILIKE sqlc.narg('q')::text)
ORDER BY u.created_at DESC, u.id DESC
LIMIT @row_limit OFFSET @row_offset;

-- name: UserListNames :many
-- What a log of changes calls those who acted, as far as the caller sees them.
SELECT u.id, u.kind, u.name FROM users u
WHERE u.id = ANY(@ids::uuid[]) AND u.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (SELECT 1 FROM seen_people s WHERE s.viewer_id = @viewer_id::uuid AND s.user_id = u.id))
ORDER BY u.id;

-- name: UserListVisible :many
-- Those of the users whom the caller sees, to go along with other records.
SELECT u.* FROM users u
WHERE u.id = ANY(@ids::uuid[]) AND u.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (SELECT 1 FROM seen_people s WHERE s.viewer_id = @viewer_id::uuid AND s.user_id = u.id));

-- name: UserLock :one
SELECT u.* FROM users u WHERE u.id = @id AND u.deleted_at IS NULL FOR NO KEY UPDATE OF u;

-- name: UserLockWithAdmins :many
-- The user and every person who is an admin, always in the order of their ids:
-- two admins who remove each other wait here, and the second finds itself the
-- last. Agents do not count: one without an owner to answer for it does nothing.
SELECT u.* FROM users u
WHERE u.deleted_at IS NULL AND (u.id = @id OR (u.role = 'admin' AND u.kind = 'human'))
ORDER BY u.id
FOR NO KEY UPDATE OF u;

-- name: UserUpdate :one
UPDATE users SET
    name = coalesce(sqlc.narg('name'), name),
    email = coalesce(sqlc.narg('email'), email),
    -- Another address has yet to be shown to be the user's.
    email_verified_at = CASE WHEN lower(sqlc.narg('email')) <> lower(email) THEN NULL ELSE email_verified_at END,
    role = coalesce(sqlc.narg('role'), role),
    title = CASE WHEN @title_do_update::boolean THEN sqlc.narg('title') ELSE title END,
    skills = coalesce(sqlc.narg('skills')::text[], skills),
    weekly_capacity_minutes = coalesce(sqlc.narg('weekly_capacity_minutes'), weekly_capacity_minutes),
    cost_rate_minor = CASE WHEN @cost_rate_do_update::boolean THEN sqlc.narg('cost_rate_minor') ELSE cost_rate_minor END,
    cost_rate_currency = CASE WHEN @cost_rate_do_update::boolean THEN sqlc.narg('cost_rate_currency') ELSE cost_rate_currency END,
    time_zone = coalesce(sqlc.narg('time_zone'), time_zone),
    locale = coalesce(sqlc.narg('locale'), locale),
    working_hours = coalesce(sqlc.narg('working_hours'), working_hours),
    notifications = coalesce(sqlc.narg('notifications'), notifications),
    version = version + 1, updated_at = now(), updated_by = sqlc.narg(actor_id)::uuid
WHERE id = @id AND version = @version AND deleted_at IS NULL
RETURNING *;

-- name: UserDelete :one
UPDATE users SET deleted_at = now(), deleted_by = sqlc.narg(actor_id)::uuid, deletion_id = @deletion_id::uuid,
    version = version + 1, updated_at = now(), updated_by = sqlc.narg(actor_id)::uuid
WHERE id = @id AND version = @version AND deleted_at IS NULL
RETURNING *;

-- name: UserGetDeletedForUpdate :one
SELECT u.* FROM users u WHERE u.id = @id AND u.deleted_at IS NOT NULL FOR NO KEY UPDATE OF u;

-- name: UserRestore :one
UPDATE users SET deleted_at = NULL, deleted_by = NULL, deletion_id = NULL,
    version = version + 1, updated_at = now(), updated_by = sqlc.narg(actor_id)::uuid
WHERE id = @id AND deleted_at IS NOT NULL
RETURNING *;

-- name: UserListOpenTaskProjects :many
-- The projects in which the user has open tasks; with unless_member, those in
-- which it has no place from which it could have them.
SELECT DISTINCT t.project_id FROM tasks t
WHERE t.assignee_id = @user_id::uuid AND t.deleted_at IS NULL AND t.is_open
  AND (NOT @unless_member::boolean OR NOT EXISTS (
      SELECT 1 FROM project_members m
      WHERE m.project_id = t.project_id AND m.user_id = @user_id::uuid AND m.role IN ('lead', 'contributor')))
ORDER BY t.project_id;

-- name: ProjectLockMany :many
-- Exclusive against every write of their tasks, in the order of their ids.
SELECT p.id FROM projects p WHERE p.id = ANY(@ids::uuid[]) ORDER BY p.id FOR NO KEY UPDATE OF p;

-- name: TaskUnassignByProjects :many
UPDATE tasks SET assignee_id = NULL,
    version = version + 1, updated_at = now(), updated_by = sqlc.narg(actor_id)::uuid
WHERE project_id = ANY(@project_ids::uuid[]) AND assignee_id = @user_id::uuid AND deleted_at IS NULL AND is_open
RETURNING id, project_id, version;

-- name: UserListCommitments :many
-- What is left to do of the open tasks that the user has and the caller sees,
-- a row for each due date. A task with subtasks is counted through them. OFFSET
-- 0 makes PostgreSQL look for the subtasks of each of them, and not walk along
-- those of all tasks there are.
SELECT t.due_date,
    count(*)::bigint AS tasks,
    count(*) FILTER (WHERE t.remaining_minutes IS NULL AND t.estimate_minutes IS NULL)::bigint AS unestimated_tasks,
    coalesce(sum(coalesce(t.remaining_minutes, ceil(t.estimate_minutes * (100 - t.progress) / 100.0), 0)), 0)::bigint AS minutes
FROM tasks t
WHERE t.assignee_id = @user_id::uuid AND t.deleted_at IS NULL AND t.is_open
  AND NOT EXISTS (SELECT 1 FROM tasks s WHERE s.parent_id = t.id AND s.deleted_at IS NULL OFFSET 0)
  AND (@sees_all::boolean OR EXISTS (
      SELECT 1 FROM seen_projects m WHERE m.project_id = t.project_id AND m.viewer_id = @viewer_id::uuid))
GROUP BY t.due_date
ORDER BY t.due_date;
