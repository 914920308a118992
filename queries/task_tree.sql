-- name: TaskGetDepth :one
-- On which level a task stands: 1 for one without a parent.
WITH RECURSIVE above AS (
    SELECT t.id, t.parent_id FROM tasks t WHERE t.id = @id
    UNION ALL
    SELECT t.id, t.parent_id FROM above a JOIN tasks t ON t.id = a.parent_id
)
SELECT count(*) FROM above;

-- name: TaskGetHeight :one
-- How many levels a task and what is below it take up. Deleted subtasks count,
-- because they can be restored.
WITH RECURSIVE below AS (
    SELECT t.id, 1 AS level FROM tasks t WHERE t.id = @id
    UNION ALL
    SELECT t.id, b.level + 1 FROM below b JOIN tasks t ON t.parent_id = b.id
)
SELECT coalesce(max(b.level), 0)::bigint FROM below b;

-- name: TaskListUnmetPrerequisites :many
SELECT pre.id, pre.status, (pre.deleted_at IS NOT NULL)::boolean AS is_deleted
FROM task_dependencies d JOIN tasks pre ON pre.id = d.prerequisite_id
WHERE d.task_id = @task_id AND (pre.status <> 'done' OR pre.deleted_at IS NOT NULL)
ORDER BY pre.id;

-- name: TaskGetSurroundings :one
-- What around a task may keep it from being started.
SELECT p.status AS project_status, parent.status AS parent_status
FROM tasks t
JOIN projects p ON p.id = t.project_id
LEFT JOIN tasks parent ON parent.id = t.parent_id
WHERE t.id = @id;
