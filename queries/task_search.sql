-- name: TaskSearch :many
-- Run through dbx.Narrowed, which drops the filters that are not asked for and
-- has it planned for its values. Of what matches, the newest are ranked, @most of
-- them. They are found in one of three ways, of which PostgreSQL plans the one:
--
-- Where @walked is not 0, so many of the newest tasks are gone through until there
-- are enough, which a common word soon has. Served by task_texts_pkey. This is
-- the one way that may find fewer than there are: all are found if it finds enough.
--
-- With @reads, all that is in the projects is gone through.
--
-- Otherwise tasks_search_idx has what has the words of @key, the rarer ones of
-- @query. All there is of what begins with a word is collected from an index, so
-- that a common beginning is better looked for in what the other words have found.
-- MATERIALIZED keeps PostgreSQL from walking another index in the order of the
-- result instead.
--
-- Who sees some projects has them looked up once, as a list; asking task by task
-- goes through every match there is. The flags 1 and 32 of ts_rank take the length
-- into account and bring the score below 1.
WITH keyed AS MATERIALIZED (
    SELECT t.id FROM tasks t
    WHERE @walked::integer = 0 AND NOT @reads::boolean
      AND tasks_search(t.title, t.description) @@ to_tsquery('simple', @key) AND t.deleted_at IS NULL
      AND (@sees_all::boolean OR t.project_id = ANY(ARRAY(SELECT m.project_id FROM seen_projects m WHERE m.viewer_id = @viewer_id::uuid)))
      AND (sqlc.narg('project_id')::uuid IS NULL OR t.project_id = sqlc.narg('project_id')::uuid)
), matching AS MATERIALIZED (
    (SELECT k.id, x.search FROM keyed k JOIN task_texts x ON x.task_id = k.id
    WHERE @walked::integer = 0 AND NOT @reads::boolean AND x.search @@ to_tsquery('simple', @query)
    ORDER BY k.id DESC
    LIMIT @most)
    UNION ALL
    (SELECT t.id, x.search
    FROM (SELECT n.task_id, n.search FROM task_texts n ORDER BY n.task_id DESC LIMIT @walked) x
    JOIN tasks t ON t.id = x.task_id
    WHERE @walked::integer > 0 AND x.search @@ to_tsquery('simple', @query) AND t.deleted_at IS NULL
      AND (@sees_all::boolean OR t.project_id = ANY(ARRAY(SELECT m.project_id FROM seen_projects m WHERE m.viewer_id = @viewer_id::uuid)))
      AND (sqlc.narg('project_id')::uuid IS NULL OR t.project_id = sqlc.narg('project_id')::uuid)
    ORDER BY x.task_id DESC
    LIMIT @most)
    UNION ALL
    (SELECT t.id, x.search FROM tasks t JOIN task_texts x ON x.task_id = t.id
    WHERE @reads::boolean AND x.search @@ to_tsquery('simple', @query) AND t.deleted_at IS NULL
      AND (@sees_all::boolean OR t.project_id = ANY(ARRAY(SELECT m.project_id FROM seen_projects m WHERE m.viewer_id = @viewer_id::uuid)))
      AND (sqlc.narg('project_id')::uuid IS NULL OR t.project_id = sqlc.narg('project_id')::uuid)
    ORDER BY t.id DESC
    LIMIT @most)
), counted AS (
    SELECT count(*) AS total FROM matching
), found AS (
    SELECT m.id, ts_rank(m.search, to_tsquery('simple', @query), 33) AS score FROM matching m
    ORDER BY score DESC, m.id DESC
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

-- name: TaskSearchWords :one
-- The commonest words of tasks and what share of the tasks has each, as PostgreSQL
-- has found when it last gathered statistics, and how many tasks there were. The
-- shares end with two figures that are of no word. Nothing is common in a table
-- that has not been looked at.
SELECT greatest(c.reltuples, 0)::double precision AS tasks,
    coalesce(s.most_common_elems::text::text[], '{}')::text[] AS words, coalesce(s.most_common_elem_freqs, '{}')::real[] AS shares
FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_stats s ON s.schemaname = current_schema() AND s.tablename = 'task_texts' AND s.attname = 'search'
WHERE c.oid = 'task_texts'::regclass;
