-- One row for every change, written in the transaction of the change.

-- +goose Up
CREATE TABLE events (
    id bigint GENERATED ALWAYS AS IDENTITY,
    -- The writing transaction. Identity values are handed out before the
    -- commit, so a reader that follows the log orders by (transaction_id, id)
    -- and stops below pg_snapshot_xmin(pg_current_snapshot()): what it has
    -- read then never gains an earlier row.
    transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
    occurred_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Who; null for the system itself. No foreign key: the log outlives what it tells of.
    actor_id uuid,
    -- Through which credential: 'session:<id>', 'system' or 'anonymous'.
    credential text NOT NULL,
    request_id text,
    entity_type text NOT NULL,
    entity_id uuid NOT NULL,
    project_id uuid,
    action text NOT NULL,
    -- {"field": {"old": …, "new": …}}
    changes jsonb NOT NULL,
    -- The entity's version after the change; null where it has none.
    version bigint,
    CONSTRAINT events_pkey PRIMARY KEY (id),
    CONSTRAINT events_action_names_its_entity CHECK (starts_with(action, entity_type || '.')),
    CONSTRAINT events_changes_is_object CHECK (jsonb_typeof(changes) = 'object')
);

CREATE INDEX events_order_idx ON events (transaction_id, id);
CREATE INDEX events_entity_idx ON events (entity_type, entity_id, id);

-- +goose StatementBegin
CREATE FUNCTION events_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are append-only' USING ERRCODE = 'restrict_violation';
END
$$;
-- +goose StatementEnd

CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION events_refuse_change();

-- +goose Down
DROP TABLE events;
DROP FUNCTION events_refuse_change();
