-- The open tasks of a priority that is looked for, in the order of their due
-- dates, and how many tasks stand how.
--
-- No index holds the status, which would end HOT updates: a list of one status
-- goes through open tasks until its page is full, and where it has few rows
-- through all of them. Those of one priority are a fifth. An index for each, and
-- not one that begins with the priority, because PostgreSQL takes that one for
-- scattered all over the table and does not use it. A priority seldom changes.
--
-- Status and priority are not independent of whether a task is open, and often not
-- of each other: without knowing them together, PostgreSQL expects a third of the
-- rows that there are, and totals are told by what it expects.

-- +goose NO TRANSACTION
-- +goose Up
DROP INDEX CONCURRENTLY IF EXISTS tasks_open_urgent_idx;
CREATE INDEX CONCURRENTLY tasks_open_urgent_idx ON tasks ((coalesce(due_date, 'infinity')), id)
    WHERE priority = 'urgent' AND is_open AND deleted_at IS NULL;
DROP INDEX CONCURRENTLY IF EXISTS tasks_open_high_idx;
CREATE INDEX CONCURRENTLY tasks_open_high_idx ON tasks ((coalesce(due_date, 'infinity')), id)
    WHERE priority = 'high' AND is_open AND deleted_at IS NULL;
CREATE STATISTICS IF NOT EXISTS tasks_standing_stats (mcv) ON status, priority, is_open FROM tasks;
ANALYZE tasks;

-- +goose Down
DROP STATISTICS IF EXISTS tasks_standing_stats;
DROP INDEX CONCURRENTLY IF EXISTS tasks_open_high_idx;
DROP INDEX CONCURRENTLY IF EXISTS tasks_open_urgent_idx;
