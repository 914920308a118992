-- When the open tasks of each project are due, kept beside how they stand (see
-- schema 00013): who sees everything was told how many are overdue by reading all
-- that are open, 54 ms of processor at a million tasks.
--
-- Each statement is a transaction of its own, and can be repeated: the days are
-- read while the service answers, and only once every change of one is noted.

-- +goose NO TRANSACTION
-- +goose Up
-- In order, so that width_bucket tells how many are due by a day, whichever.
-- Null where they have not been read.
ALTER TABLE project_task_counts ADD COLUMN IF NOT EXISTS due_dates date[];

CREATE OR REPLACE TRIGGER tasks_updated AFTER UPDATE ON tasks
    FOR EACH ROW WHEN ((OLD.project_id, OLD.status, OLD.due_date, OLD.deleted_at IS NULL) IS DISTINCT FROM (NEW.project_id, NEW.status, NEW.due_date, NEW.deleted_at IS NULL))
    EXECUTE FUNCTION tasks_note_project();

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION projects_count(most bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    held uuid[] := ARRAY(
        SELECT p.id FROM projects p
        WHERE p.id = ANY(ARRAY(SELECT DISTINCT n.project_id FROM projects_to_count n LIMIT most))
        FOR NO KEY UPDATE OF p SKIP LOCKED);
BEGIN
    INSERT INTO project_task_counts (project_id, backlog, todo, in_progress, in_review, blocked, done, cancelled, ready, held_up, due_dates)
    SELECT h.id, c.*
    FROM unnest(held) AS h (id)
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE t.status = 'backlog'), count(*) FILTER (WHERE t.status = 'todo'),
            count(*) FILTER (WHERE t.status = 'in_progress'), count(*) FILTER (WHERE t.status = 'in_review'),
            count(*) FILTER (WHERE t.status = 'blocked'), count(*) FILTER (WHERE t.status = 'done'),
            count(*) FILTER (WHERE t.status = 'cancelled'),
            count(*) FILTER (WHERE t.status = 'todo' AND NOT t.waits),
            count(*) FILTER (WHERE t.is_open AND (t.waits OR t.status = 'blocked')),
            coalesce(array_agg(t.due_date ORDER BY t.due_date) FILTER (WHERE t.is_open AND t.due_date IS NOT NULL), '{}')
        FROM (
            SELECT s.status, s.is_open, s.due_date, s.is_open AND EXISTS (
                SELECT FROM task_dependencies d JOIN tasks pre ON pre.id = d.prerequisite_id
                WHERE d.task_id = s.id AND (pre.status <> 'done' OR pre.deleted_at IS NOT NULL) OFFSET 0) AS waits
            FROM tasks s
            WHERE s.project_id = h.id AND s.deleted_at IS NULL) t) c
    ON CONFLICT (project_id) DO UPDATE SET
        backlog = excluded.backlog, todo = excluded.todo, in_progress = excluded.in_progress, in_review = excluded.in_review,
        blocked = excluded.blocked, done = excluded.done, cancelled = excluded.cancelled, ready = excluded.ready, held_up = excluded.held_up,
        due_dates = excluded.due_dates;
    DELETE FROM projects_to_count n WHERE n.project_id = ANY(held);
    RETURN cardinality(held);
END $$;
-- +goose StatementEnd

-- What is counted meanwhile has its days already, and they are newer.
UPDATE project_task_counts c SET due_dates = ARRAY(
    SELECT t.due_date FROM tasks t
    WHERE t.project_id = c.project_id AND t.is_open AND t.deleted_at IS NULL AND t.due_date IS NOT NULL
    ORDER BY t.due_date)
WHERE c.due_dates IS NULL;

-- +goose Down
CREATE OR REPLACE TRIGGER tasks_updated AFTER UPDATE ON tasks
    FOR EACH ROW WHEN ((OLD.project_id, OLD.status, OLD.deleted_at IS NULL) IS DISTINCT FROM (NEW.project_id, NEW.status, NEW.deleted_at IS NULL))
    EXECUTE FUNCTION tasks_note_project();

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION projects_count(most bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    held uuid[] := ARRAY(
        SELECT p.id FROM projects p
        WHERE p.id = ANY(ARRAY(SELECT DISTINCT n.project_id FROM projects_to_count n LIMIT most))
        FOR NO KEY UPDATE OF p SKIP LOCKED);
BEGIN
    INSERT INTO project_task_counts
    SELECT h.id, c.*
    FROM unnest(held) AS h (id)
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE t.status = 'backlog'), count(*) FILTER (WHERE t.status = 'todo'),
            count(*) FILTER (WHERE t.status = 'in_progress'), count(*) FILTER (WHERE t.status = 'in_review'),
            count(*) FILTER (WHERE t.status = 'blocked'), count(*) FILTER (WHERE t.status = 'done'),
            count(*) FILTER (WHERE t.status = 'cancelled'),
            count(*) FILTER (WHERE t.status = 'todo' AND NOT t.waits),
            count(*) FILTER (WHERE t.is_open AND (t.waits OR t.status = 'blocked'))
        FROM (
            SELECT s.status, s.is_open, s.is_open AND EXISTS (
                SELECT FROM task_dependencies d JOIN tasks pre ON pre.id = d.prerequisite_id
                WHERE d.task_id = s.id AND (pre.status <> 'done' OR pre.deleted_at IS NOT NULL) OFFSET 0) AS waits
            FROM tasks s
            WHERE s.project_id = h.id AND s.deleted_at IS NULL) t) c
    ON CONFLICT (project_id) DO UPDATE SET
        backlog = excluded.backlog, todo = excluded.todo, in_progress = excluded.in_progress, in_review = excluded.in_review,
        blocked = excluded.blocked, done = excluded.done, cancelled = excluded.cancelled, ready = excluded.ready, held_up = excluded.held_up;
    DELETE FROM projects_to_count n WHERE n.project_id = ANY(held);
    RETURN cardinality(held);
END $$;
-- +goose StatementEnd

ALTER TABLE project_task_counts DROP COLUMN IF EXISTS due_dates;
