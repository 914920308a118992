-- What statistics are counted from without reading every task.

-- +goose Up
-- Open tasks by project and due date. Whether a task is open changes only when
-- it is finished or reopened, so that a transition between two open statuses
-- stays a heap-only (HOT) update.
CREATE INDEX tasks_open_project_id_idx ON tasks (project_id, due_date) WHERE is_open AND deleted_at IS NULL;
-- What was completed when, over all projects.
CREATE INDEX tasks_completed_idx ON tasks (completed_at) INCLUDE (estimate_minutes) WHERE completed_at IS NOT NULL AND deleted_at IS NULL;
-- The last thing that somebody did in each project, whatever it did elsewhere.
CREATE INDEX events_actor_id_project_id_idx ON events (actor_id, project_id, id);

-- What some minutes cost at a rate an hour, in the currency's minor unit and
-- rounded half up. Amounts are rounded entry by entry and then added up, so
-- that a total is the sum of the amounts that one sees.
CREATE FUNCTION amount_of(minutes integer, rate_minor bigint)
RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN div(minutes::numeric * rate_minor::numeric + 30, 60);

-- +goose Down
DROP FUNCTION amount_of;
DROP INDEX events_actor_id_project_id_idx;
DROP INDEX tasks_completed_idx;
DROP INDEX tasks_open_project_id_idx;
