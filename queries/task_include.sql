-- name: TaskListSubtasks :many
-- The subtasks of several tasks, at most row_limit of each, as the project
-- orders them. The parents have been read: whoever sees them sees these.
SELECT of.id::uuid AS of_id, sqlc.embed(t),
    EXISTS (
        SELECT 1 FROM task_dependencies d JOIN tasks pre ON pre.id = d.prerequisite_id
        WHERE d.task_id = t.id AND (pre.status <> 'done' OR pre.deleted_at IS NOT NULL))::boolean AS is_blocked,
    ARRAY(SELECT d.prerequisite_id FROM task_dependencies d WHERE d.task_id = t.id ORDER BY d.prerequisite_id)::uuid[] AS prerequisite_ids
FROM unnest(@ids::uuid[]) AS of (id)
CROSS JOIN LATERAL (
    SELECT s.id FROM tasks s WHERE s.parent_id = of.id AND s.deleted_at IS NULL
    ORDER BY s.position, s.id LIMIT @row_limit) related
JOIN tasks t ON t.id = related.id
ORDER BY of.id, t.position, t.id;

-- name: TaskListPrerequisites :many
SELECT of.id::uuid AS of_id, sqlc.embed(t),
    EXISTS (
        SELECT 1 FROM task_dependencies d JOIN tasks pre ON pre.id = d.prerequisite_id
        WHERE d.task_id = t.id AND (pre.status <> 'done' OR pre.deleted_at IS NOT NULL))::boolean AS is_blocked,
    ARRAY(SELECT d.prerequisite_id FROM task_dependencies d WHERE d.task_id = t.id ORDER BY d.prerequisite_id)::uuid[] AS prerequisite_ids
FROM unnest(@ids::uuid[]) AS of (id)
CROSS JOIN LATERAL (
    SELECT s.id FROM task_dependencies r JOIN tasks s ON s.id = r.prerequisite_id
    WHERE r.task_id = of.id AND s.deleted_at IS NULL
    ORDER BY s.position, s.id LIMIT @row_limit) related
JOIN tasks t ON t.id = related.id
ORDER BY of.id, t.position, t.id;

-- name: TaskListDependents :many
SELECT of.id::uuid AS of_id, sqlc.embed(t),
    EXISTS (
        SELECT 1 FROM task_dependencies d JOIN tasks pre ON pre.id = d.prerequisite_id
        WHERE d.task_id = t.id AND (pre.status <> 'done' OR pre.deleted_at IS NOT NULL))::boolean AS is_blocked,
    ARRAY(SELECT d.prerequisite_id FROM task_dependencies d WHERE d.task_id = t.id ORDER BY d.prerequisite_id)::uuid[] AS prerequisite_ids
FROM unnest(@ids::uuid[]) AS of (id)
CROSS JOIN LATERAL (
    SELECT s.id FROM task_dependencies r JOIN tasks s ON s.id = r.task_id
    WHERE r.prerequisite_id = of.id AND s.deleted_at IS NULL
    ORDER BY s.position, s.id LIMIT @row_limit) related
JOIN tasks t ON t.id = related.id
ORDER BY of.id, t.position, t.id;

-- name: TaskListProjects :many
SELECT p.* FROM projects p
WHERE p.id = ANY(@ids::uuid[]) AND p.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (
      SELECT 1 FROM seen_projects m WHERE m.project_id = p.id AND m.viewer_id = @viewer_id::uuid));
