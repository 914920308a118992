-- How far a task is, where it stands among its neighbours, and how it is found.

-- +goose Up
ALTER TABLE tasks
    ADD COLUMN tags text[] NOT NULL DEFAULT '{}',
    -- A fractional index: between two of them there is always room for a third.
    ADD COLUMN position text COLLATE "C" NOT NULL DEFAULT 'a0',
    -- Percent: what was given by hand on a leaf, derived from its subtasks on a
    -- parent, and 100 on what is done. Kept up to date by whoever changes what it
    -- follows from; see internal/progress.
    ADD COLUMN progress smallint NOT NULL DEFAULT 0,
    -- What was last given by hand, for when the task is a leaf and open again.
    ADD COLUMN given_progress smallint NOT NULL DEFAULT 0,
    -- What is still to do, where somebody has said so.
    ADD COLUMN remaining_minutes integer,
    -- When work on it first began.
    ADD COLUMN started_at timestamptz,
    ADD COLUMN external_source text,
    ADD COLUMN external_id text,
    -- Indexes name this column in place of status: a transition between two
    -- open statuses leaves its value as it is, and so stays a heap-only (HOT)
    -- update.
    ADD COLUMN is_open boolean NOT NULL GENERATED ALWAYS AS (status NOT IN ('done', 'cancelled')) STORED,
    ADD CONSTRAINT tasks_progress_is_percent CHECK (progress BETWEEN 0 AND 100),
    ADD CONSTRAINT tasks_given_progress_is_percent CHECK (given_progress BETWEEN 0 AND 100),
    ADD CONSTRAINT tasks_remaining_minutes_not_negative CHECK (remaining_minutes >= 0),
    ADD CONSTRAINT tasks_external_id_has_source CHECK ((external_id IS NULL) = (external_source IS NULL));

-- The positions of tasks that are numbered anew, 0 ≤ n < 62^5: whole numbers
-- in the form of task.Position, with room before, between and after them.
CREATE FUNCTION tasks_nth_position(n bigint)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT 'e' || string_agg(substr('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', (n / power)::integer % 62 + 1, 1), '' ORDER BY power DESC)
    FROM (VALUES (14776336), (238328), (3844), (62), (1)) AS digits (power));

UPDATE tasks t SET position = tasks_nth_position(numbered.n)
FROM (SELECT id, row_number() OVER (PARTITION BY project_id ORDER BY created_at, id) AS n FROM tasks) numbered
WHERE numbered.id = t.id;

-- What is done stands at 100, and a parent where its subtasks do, from the
-- deepest upwards; the rule is that of internal/progress.
-- +goose StatementBegin
DO $$
DECLARE deepest int;
BEGIN
    CREATE TEMPORARY TABLE standing ON COMMIT DROP AS
    WITH RECURSIVE tree AS (
        SELECT t.id, 0 AS depth FROM tasks t WHERE t.parent_id IS NULL
        UNION ALL
        SELECT t.id, b.depth + 1 FROM tree b JOIN tasks t ON t.parent_id = b.id
    )
    SELECT t.id, t.parent_id, b.depth, t.status = 'done' AS done, t.status <> 'cancelled' AND t.deleted_at IS NULL AS counts,
        CASE WHEN t.status = 'done' THEN 100 ELSE 0 END AS percent, t.estimate_minutes::numeric AS weight
    FROM tree b JOIN tasks t ON t.id = b.id;
    SELECT max(s.depth) INTO deepest FROM standing s;
    FOR below IN REVERSE coalesce(deepest, 0)..1 LOOP
        UPDATE standing p SET
            percent = CASE WHEN p.done THEN 100 ELSE c.percent END,
            weight = coalesce(p.weight, c.weight)
        FROM (
            SELECT s.parent_id, floor(sum(s.weighs * s.percent) / sum(s.weighs)) AS percent,
                CASE WHEN count(s.weight) > 0 THEN sum(s.weighs) END AS weight
            FROM (
                SELECT k.parent_id, k.percent, k.weight,
                    coalesce(k.weight, round(avg(k.weight) OVER (PARTITION BY k.parent_id)), 1) AS weighs
                FROM standing k WHERE k.counts AND k.depth = below) s
            GROUP BY s.parent_id) c
        WHERE p.id = c.parent_id;
    END LOOP;
    UPDATE tasks t SET progress = s.percent FROM standing s WHERE s.id = t.id AND s.percent <> 0;
END $$;
-- +goose StatementEnd

CREATE UNIQUE INDEX tasks_external_id_key ON tasks (external_source, external_id) WHERE deleted_at IS NULL;
-- Deleted tasks are in it: they keep their place for when they are restored.
CREATE INDEX tasks_position_idx ON tasks (project_id, position, id);
-- Deleted tasks are few, and lists can show them.
DROP INDEX tasks_created_at_idx;
CREATE INDEX tasks_created_at_idx ON tasks (created_at, id);
-- Lists sort by what stands in for a null, which is last in either direction.
DROP INDEX tasks_due_date_idx;
CREATE INDEX tasks_due_date_idx ON tasks ((coalesce(due_date, 'infinity')), id) WHERE deleted_at IS NULL;
CREATE INDEX tasks_due_date_descending_idx ON tasks ((coalesce(due_date, '-infinity')), id) WHERE deleted_at IS NULL;
CREATE INDEX tasks_open_due_date_idx ON tasks ((coalesce(due_date, 'infinity')), id) WHERE is_open AND deleted_at IS NULL;
CREATE INDEX tasks_open_created_at_idx ON tasks (created_at, id) WHERE is_open AND deleted_at IS NULL;
CREATE INDEX tasks_completed_at_idx ON tasks (project_id, completed_at) WHERE completed_at IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX tasks_tags_idx ON tasks USING gin (tags) WITH (fastupdate = off);
CREATE INDEX tasks_title_trigram_idx ON tasks USING gin (title gin_trgm_ops) WITH (fastupdate = off);
-- What a search looks through. The index is over the function and not over a
-- column, so that no read of a task carries it.
CREATE FUNCTION tasks_search(title text, description text)
RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN setweight(to_tsvector('simple', search_words(title)), 'A') || setweight(to_tsvector('simple', search_words(coalesce(description, ''))), 'B');

CREATE INDEX tasks_search_idx ON tasks USING gin (tasks_search(title, description)) WITH (fastupdate = off);

-- +goose Down
DROP INDEX tasks_search_idx;
DROP FUNCTION tasks_search;
DROP INDEX tasks_title_trigram_idx;
DROP INDEX tasks_tags_idx;
DROP INDEX tasks_completed_at_idx;
DROP INDEX tasks_created_at_idx;
CREATE INDEX tasks_created_at_idx ON tasks (created_at, id) WHERE deleted_at IS NULL;
DROP INDEX tasks_open_created_at_idx;
DROP INDEX tasks_open_due_date_idx;
DROP INDEX tasks_due_date_descending_idx;
DROP INDEX tasks_due_date_idx;
CREATE INDEX tasks_due_date_idx ON tasks (due_date, id) WHERE deleted_at IS NULL;
DROP INDEX tasks_position_idx;
DROP INDEX tasks_external_id_key;
DROP FUNCTION tasks_nth_position;
ALTER TABLE tasks
    DROP COLUMN is_open, DROP COLUMN external_id, DROP COLUMN external_source,
    DROP COLUMN started_at, DROP COLUMN remaining_minutes, DROP COLUMN given_progress, DROP COLUMN progress, DROP COLUMN position, DROP COLUMN tags;
