-- Webhooks: where changes are sent to, what is to be sent, and how far it is.

-- +goose Up
CREATE TABLE webhooks (
    id uuid NOT NULL,
    -- Whose events it gets; null for those of everything. What a project's
    -- endpoint was sent goes with the project.
    project_id uuid,
    name text NOT NULL,
    url text NOT NULL,
    -- Patterns of actions: task.updated, task.*, or * for all.
    event_types text[] NOT NULL,
    status text NOT NULL DEFAULT 'enabled',
    disabled_at timestamptz,
    disabled_reason text,
    -- What messages are signed with, sealed under the secret key for this
    -- endpoint; the one before signs too until its time is over.
    secret bytea NOT NULL,
    previous_secret bytea,
    previous_secret_expires_at timestamptz,
    -- The snapshot (pg_snapshot) in which it was last enabled. It gets the
    -- events that were not there yet in it.
    starts_after text NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    created_by uuid,
    updated_at timestamptz NOT NULL,
    updated_by uuid,
    CONSTRAINT webhooks_pkey PRIMARY KEY (id),
    CONSTRAINT webhooks_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE,
    CONSTRAINT webhooks_created_by_fkey FOREIGN KEY (created_by) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT webhooks_updated_by_fkey FOREIGN KEY (updated_by) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT webhooks_name_length CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT webhooks_url_length CHECK (char_length(url) BETWEEN 1 AND 2048),
    CONSTRAINT webhooks_has_event_types CHECK (cardinality(event_types) BETWEEN 1 AND 50),
    CONSTRAINT webhooks_status_known CHECK (status IN ('enabled', 'disabled')),
    CONSTRAINT webhooks_disabled_for_a_reason CHECK ((status = 'disabled') = (disabled_at IS NOT NULL)
        AND (disabled_at IS NULL) = (disabled_reason IS NULL) AND disabled_reason IN ('by_hand', 'gone', 'failing')),
    CONSTRAINT webhooks_previous_secret_expires CHECK ((previous_secret IS NULL) = (previous_secret_expires_at IS NULL)),
    CONSTRAINT webhooks_version_positive CHECK (version > 0)
);

CREATE INDEX webhooks_project_id_idx ON webhooks (project_id) WHERE project_id IS NOT NULL;
CREATE INDEX webhooks_created_at_idx ON webhooks (created_at, id);
CREATE INDEX webhooks_name_idx ON webhooks (name, id);

-- How the deliveries to an endpoint go: apart from it, because this changes all
-- the time and is nobody's version.
CREATE TABLE webhook_queues (
    webhook_id uuid NOT NULL,
    -- Whoever has the lease delivers, and nobody else until it is over.
    lease uuid,
    leased_until timestamptz,
    -- Nothing is tried before: it could not be reached, or asked for it.
    paused_until timestamptz,
    -- When it first failed since it last took something, and how often it could
    -- not be reached one after the other.
    failing_since timestamptz,
    failures integer NOT NULL DEFAULT 0,
    last_delivered_at timestamptz,
    CONSTRAINT webhook_queues_pkey PRIMARY KEY (webhook_id),
    CONSTRAINT webhook_queues_webhook_id_fkey FOREIGN KEY (webhook_id) REFERENCES webhooks (id) ON DELETE CASCADE
);

CREATE TABLE webhook_deliveries (
    id uuid NOT NULL,
    -- The order in which the events came about.
    position bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    webhook_id uuid NOT NULL,
    -- Null for a test. No foreign key: what was sent is known without the event.
    event_id bigint,
    event_type text NOT NULL,
    entity_type text NOT NULL,
    entity_id uuid NOT NULL,
    state text NOT NULL DEFAULT 'pending',
    attempts integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    next_attempt_at timestamptz,
    -- When it first failed, from when on it is tried for some time.
    failing_since timestamptz,
    last_attempt_at timestamptz,
    delivered_at timestamptz,
    response_status integer,
    latency_milliseconds integer,
    error text,
    response_excerpt text,
    CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (id),
    CONSTRAINT webhook_deliveries_webhook_id_fkey FOREIGN KEY (webhook_id) REFERENCES webhooks (id) ON DELETE CASCADE,
    CONSTRAINT webhook_deliveries_event_once UNIQUE (webhook_id, event_id),
    CONSTRAINT webhook_deliveries_state_known CHECK (state IN ('pending', 'delivered', 'failed')),
    CONSTRAINT webhook_deliveries_pending_is_due CHECK ((state = 'pending') = (next_attempt_at IS NOT NULL)),
    CONSTRAINT webhook_deliveries_delivered_at_a_time CHECK ((state = 'delivered') = (delivered_at IS NOT NULL)),
    CONSTRAINT webhook_deliveries_excerpt_bounded CHECK (octet_length(response_excerpt) <= 4096)
);

CREATE INDEX webhook_deliveries_list_idx ON webhook_deliveries (webhook_id, position);
CREATE INDEX webhook_deliveries_state_idx ON webhook_deliveries (webhook_id, state, position);
CREATE INDEX webhook_deliveries_event_type_idx ON webhook_deliveries (webhook_id, event_type, position);
CREATE INDEX webhook_deliveries_due_idx ON webhook_deliveries (webhook_id, next_attempt_at) WHERE state = 'pending';
-- Whether something earlier of the same entity is still to be delivered.
CREATE INDEX webhook_deliveries_entity_idx ON webhook_deliveries (webhook_id, entity_id, position) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_done_idx ON webhook_deliveries (created_at) WHERE state <> 'pending';

-- How far the log of changes has been looked through, in its order: one row.
CREATE TABLE webhook_cursor (
    is_only boolean NOT NULL DEFAULT true,
    transaction_id xid8 NOT NULL,
    event_id bigint NOT NULL,
    CONSTRAINT webhook_cursor_pkey PRIMARY KEY (is_only),
    CONSTRAINT webhook_cursor_is_one_row CHECK (is_only)
);

INSERT INTO webhook_cursor (transaction_id, event_id) VALUES (pg_snapshot_xmin(pg_current_snapshot()), 0);

-- +goose Down
DROP TABLE webhook_cursor;
DROP TABLE webhook_deliveries;
DROP TABLE webhook_queues;
DROP TABLE webhooks;
