-- name: TimeEntryInsert :one
INSERT INTO time_entries (id, project_id, task_id, user_id, spent_on, minutes, note, billable,
    billing_rate_minor, billing_rate_currency, cost_rate_minor, cost_rate_currency,
    external_source, external_id, created_by, updated_by)
VALUES (@id, @project_id, @task_id, @user_id, @spent_on, @minutes, @note, @billable,
    @billing_rate_minor, @billing_rate_currency, @cost_rate_minor, @cost_rate_currency,
    @external_source, @external_id, sqlc.narg(actor_id)::uuid, sqlc.narg(actor_id)::uuid)
RETURNING *;

-- name: TimeEntryGet :one
-- Seen with its project. The task may be deleted: time that was worked stays worked.
SELECT e.* FROM time_entries e
WHERE e.id = @id
  AND EXISTS (SELECT 1 FROM projects p WHERE p.id = e.project_id AND p.deleted_at IS NULL)
  AND (@sees_all::boolean OR EXISTS (
      SELECT 1 FROM seen_projects m WHERE m.project_id = e.project_id AND m.viewer_id = @viewer_id::uuid));

-- name: TimeEntryGetProject :one
-- Finds the project to lock before the entry is; see TaskGetProject.
SELECT e.project_id FROM time_entries e WHERE e.id = @id;

-- name: TimeEntryGetForUpdate :one
SELECT e.* FROM time_entries e WHERE e.id = @id FOR NO KEY UPDATE OF e;

-- name: TimeEntryList :many
-- Run through dbx.List; see ClientList. Whichever of task, project and user is
-- asked for has an index that ends with (spent_on, id). It gives one user's
-- entries in the order of the list, and those of several not: where they are few
-- all of theirs are found first, because going through everybody's until a page
-- is full takes long where they have logged little.
SELECT e.*
FROM time_entries e
WHERE EXISTS (SELECT 1 FROM projects p WHERE p.id = e.project_id AND p.deleted_at IS NULL)
  AND (@sees_all::boolean OR EXISTS (SELECT 1 FROM seen_projects m WHERE m.project_id = e.project_id AND m.viewer_id = @viewer_id::uuid))
  AND (sqlc.narg('task_id')::uuid IS NULL OR e.task_id = sqlc.narg('task_id')::uuid)
  AND (sqlc.narg('project_id')::uuid IS NULL OR e.project_id = sqlc.narg('project_id')::uuid)
  AND (sqlc.narg('client_id')::uuid IS NULL OR e.project_id IN (SELECT p.id FROM projects p WHERE p.client_id = sqlc.narg('client_id')::uuid))
  AND (sqlc.narg('user_ids')::uuid[] IS NULL OR e.user_id = ANY(sqlc.narg('user_ids')::uuid[]))
  AND (sqlc.narg('few_user_ids')::uuid[] IS NULL OR e.id = ANY(ARRAY(SELECT x.id FROM time_entries x WHERE x.user_id = ANY(sqlc.narg('few_user_ids')::uuid[]))))
  AND (sqlc.narg('spent_from')::date IS NULL OR e.spent_on >= sqlc.narg('spent_from')::date)
  AND (sqlc.narg('spent_to')::date IS NULL OR e.spent_on <= sqlc.narg('spent_to')::date)
  AND (sqlc.narg('billable')::boolean IS NULL OR e.billable = sqlc.narg('billable')::boolean)
ORDER BY e.spent_on DESC, e.id DESC
LIMIT @row_limit OFFSET @row_offset;

-- name: TimeEntryListTasks :many
-- The tasks of entries that have been read: whoever sees those sees these.
SELECT sqlc.embed(t),
    EXISTS (
        SELECT 1 FROM task_dependencies d JOIN tasks pre ON pre.id = d.prerequisite_id
        WHERE d.task_id = t.id AND (pre.status <> 'done' OR pre.deleted_at IS NOT NULL))::boolean AS is_blocked,
    ARRAY(SELECT d.prerequisite_id FROM task_dependencies d WHERE d.task_id = t.id ORDER BY d.prerequisite_id)::uuid[] AS prerequisite_ids
FROM tasks t
WHERE t.id = ANY(@ids::uuid[]) AND t.deleted_at IS NULL;

-- name: TimeEntryUpdate :one
UPDATE time_entries SET
    spent_on = @spent_on, minutes = @minutes, note = @note, billable = @billable,
    billing_rate_minor = @billing_rate_minor, billing_rate_currency = @billing_rate_currency,
    external_source = @external_source, external_id = @external_id,
    version = version + 1, updated_at = now(), updated_by = sqlc.narg(actor_id)::uuid
WHERE id = @id AND version = @version
RETURNING *;

-- name: TimeEntryDelete :exec
DELETE FROM time_entries WHERE id = @id;

-- name: TimeEntryGetUser :one
-- Whose time it is, with what an hour costs now. Held until the end of the
-- transaction, so that the role that was checked is still the role.
SELECT role, cost_rate_minor, cost_rate_currency FROM users WHERE id = @id AND deleted_at IS NULL FOR SHARE;

-- name: TimerInsert :one
-- Inserts nothing where one runs: the primary key is what keeps two starts at
-- once from both succeeding.
INSERT INTO timers (user_id, project_id, task_id, note, billable, started_at)
VALUES (@user_id, @project_id, @task_id, @note, @billable, @started_at)
ON CONFLICT (user_id) DO NOTHING
RETURNING *;

-- name: TimerGet :one
-- Somebody's own timer is there whatever became of its task. A key that is
-- limited to some projects, and thereby another viewer, has it in these alone.
SELECT t.* FROM timers t
WHERE t.user_id = @user_id
  AND (@user_id = @viewer_id::uuid OR EXISTS (
      SELECT 1 FROM seen_projects m WHERE m.project_id = t.project_id AND m.viewer_id = @viewer_id::uuid));

-- name: TimerDelete :one
-- Of two that stop the same timer one gets the row; started_at tells it from
-- a timer that was started meanwhile.
DELETE FROM timers WHERE user_id = @user_id AND started_at = @started_at RETURNING *;
