-- name: ProgressLockTask :one
SELECT t.parent_id, t.status, t.estimate_minutes, t.progress, t.given_progress
FROM tasks t
WHERE t.id = @id
FOR NO KEY UPDATE OF t;

-- name: ProgressListSubtasks :many
-- The subtasks that count towards a task, and below those without an estimate
-- of their own the ones that their weight is made of. Served by
-- tasks_parent_id_idx.
WITH RECURSIVE below AS (
    SELECT s.id, s.parent_id, s.estimate_minutes, s.progress
    FROM tasks s
    WHERE s.parent_id = @id::uuid AND s.deleted_at IS NULL AND s.status <> 'cancelled'
    UNION ALL
    SELECT s.id, s.parent_id, s.estimate_minutes, s.progress
    FROM below b JOIN tasks s ON s.parent_id = b.id
    WHERE b.estimate_minutes IS NULL AND s.deleted_at IS NULL AND s.status <> 'cancelled'
)
SELECT b.id, b.parent_id::uuid AS parent_id, b.estimate_minutes, b.progress
FROM below b
ORDER BY b.id;

-- name: ProgressHasSubtasks :one
-- Whether a task's progress is derived.
SELECT EXISTS (
    SELECT 1 FROM tasks s WHERE s.parent_id = @id::uuid AND s.deleted_at IS NULL AND s.status <> 'cancelled');

-- name: ProgressUpdate :exec
-- No new version and no event: like is_blocked, the progress of a parent is
-- derived from its neighbours.
UPDATE tasks SET progress = @progress WHERE id = @id;
