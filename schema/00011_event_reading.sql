-- The log of changes read by entity, by actor, by project and by time.

-- +goose Up
CREATE INDEX events_actor_id_idx ON events (actor_id, id);
CREATE INDEX events_project_id_idx ON events (project_id, id);
CREATE INDEX events_action_idx ON events (action, id);
CREATE INDEX events_occurred_at_idx ON events (occurred_at, id);
-- Everything that one request has changed.
CREATE INDEX events_request_id_idx ON events (request_id, id) WHERE request_id IS NOT NULL;

-- +goose Down
DROP INDEX events_request_id_idx;
DROP INDEX events_occurred_at_idx;
DROP INDEX events_action_idx;
DROP INDEX events_project_id_idx;
DROP INDEX events_actor_id_idx;
