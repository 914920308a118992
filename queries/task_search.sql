-- name: TaskSearch :many
-- Run through dbx.Narrowed, which drops the filters that are not asked for and
-- has it planned for the words: a project's tasks are read rather than all that
-- match. Who sees some projects has them looked up once, as a list; asking task
-- by task goes through every match there is. Served by tasks_search_idx. Ranking
-- reads every document it ranks, so that at most 500 matches are ranked;
-- MATERIALIZED keeps PostgreSQL from walking another index in the order of the
-- result instead. The flags 1 and 32 of ts_rank take the length into account and
-- bring the score below 1.
WITH matching AS MATERIALIZED (
    SELECT t.id, ts_rank(tasks_search(t.title, t.description), to_tsquery('simple', @query), 33) AS score
    FROM tasks t
    WHERE tasks_search(t.title, t.description) @@ to_tsquery('simple', @query) AND t.deleted_at IS NULL
      AND (@sees_all::boolean OR t.project_id = ANY(ARRAY(SELECT m.project_id FROM seen_projects m WHERE m.viewer_id = @viewer_id::uuid)))
      AND (sqlc.narg('project_id')::uuid IS NULL OR t.project_id = sqlc.narg('project_id')::uuid)
    LIMIT @most
), counted AS (
    SELECT count(*) AS total FROM matching
), found AS (
    SELECT m.id, m.score FROM matching m
    ORDER BY m.score DESC, m.id DESC
    LIMIT @row_limit OFFSET @row_offset
)
SELECT sqlc.embed(t),
    EXISTS (
        SELECT 1 FROM task_dependencies d JOIN tasks pre ON pre.id = d.prerequisite_id
        WHERE d.task_id = t.id AND (pre.status <> 'done' OR pre.deleted_at IS NOT NULL))::boolean AS is_blocked,
    ARRAY(SELECT d.prerequisite_id FROM task_dependencies d WHERE d.task_id = t.id ORDER BY d.prerequisite_id)::uuid[] AS prerequisite_ids,
    f.score::double precision AS score, c.total
FROM counted c CROSS JOIN found f JOIN tasks t ON t.id = f.id
ORDER BY f.score DESC, t.id DESC;

-- name: TaskSearchCount :one
-- How many a search finds, for a page behind the last one, which has no row to say it.
SELECT count(*) FROM (
    SELECT 1 FROM tasks t
    WHERE tasks_search(t.title, t.description) @@ to_tsquery('simple', @query) AND t.deleted_at IS NULL
      AND (@sees_all::boolean OR t.project_id = ANY(ARRAY(SELECT m.project_id FROM seen_projects m WHERE m.viewer_id = @viewer_id::uuid)))
      AND (sqlc.narg('project_id')::uuid IS NULL OR t.project_id = sqlc.narg('project_id')::uuid)
    LIMIT @most) AS matching;
