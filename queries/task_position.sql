-- name: TaskGetLastPosition :one
-- Served by tasks_position_idx, like the two below. Deleted tasks count, so
-- that nobody takes the place they come back to.
SELECT t.position FROM tasks t
WHERE t.project_id = @project_id AND t.id <> @but_for
ORDER BY t.position DESC, t.id DESC
LIMIT 1;

-- name: TaskGetPositionAfter :one
SELECT t.position FROM tasks t
WHERE t.project_id = @project_id AND (t.position, t.id) > (@position::text, @id::uuid) AND t.id <> @but_for
ORDER BY t.position, t.id
LIMIT 1;

-- name: TaskGetPositionBefore :one
SELECT t.position FROM tasks t
WHERE t.project_id = @project_id AND (t.position, t.id) < (@position::text, @id::uuid) AND t.id <> @but_for
ORDER BY t.position DESC, t.id DESC
LIMIT 1;

-- name: TaskGetPositionInProject :one
SELECT t.position FROM tasks t WHERE t.id = @id AND t.project_id = @project_id AND t.deleted_at IS NULL;

-- name: TaskUpdatePosition :one
UPDATE tasks t SET position = @position,
    version = t.version + 1, updated_at = now(), updated_by = sqlc.narg(actor_id)::uuid
WHERE t.id = @id AND t.version = @version AND t.deleted_at IS NULL
RETURNING sqlc.embed(t),
    EXISTS (
        SELECT 1 FROM task_dependencies d JOIN tasks pre ON pre.id = d.prerequisite_id
        WHERE d.task_id = t.id AND (pre.status <> 'done' OR pre.deleted_at IS NOT NULL))::boolean AS is_blocked,
    ARRAY(SELECT d.prerequisite_id FROM task_dependencies d WHERE d.task_id = t.id ORDER BY d.prerequisite_id)::uuid[] AS prerequisite_ids;

-- name: TaskNumberPositions :exec
-- Gives the tasks of a project short positions again, in the order they have.
-- Versions stay: nothing that a caller can change has changed.
UPDATE tasks t SET position = tasks_nth_position(numbered.n)
FROM (
    SELECT o.id, row_number() OVER (ORDER BY o.position, o.id) AS n
    FROM tasks o WHERE o.project_id = @project_id) numbered
WHERE numbered.id = t.id AND t.project_id = @project_id;
