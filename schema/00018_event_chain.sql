-- What makes a change to the log of changes show: each event's place in the
-- log and the hash of the log up to it, under a secret that is not in here.

-- +goose Up
CREATE TABLE event_chain (
    -- 1 and on, without gaps; 0 is where the chain begins, which is no event.
    position bigint NOT NULL,
    -- No foreign key: what is removed has to be named. The next three columns
    -- repeat the event for the same reason, and the first of them is where the
    -- sealer goes on.
    event_id bigint,
    transaction_id xid8 NOT NULL,
    occurred_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    action text NOT NULL,
    -- HMAC-SHA256 over the hash before and everything that the event says.
    hash bytea NOT NULL,
    CONSTRAINT event_chain_pkey PRIMARY KEY (position),
    CONSTRAINT event_chain_event_id_key UNIQUE (event_id),
    CONSTRAINT event_chain_position_not_negative CHECK (position >= 0),
    CONSTRAINT event_chain_begins_without_event CHECK ((position = 0) = (event_id IS NULL)),
    CONSTRAINT event_chain_hash_has_32_bytes CHECK (octet_length(hash) = 32)
);

-- +goose StatementBegin
CREATE FUNCTION event_chain_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'event_chain is append-only' USING ERRCODE = 'restrict_violation';
END
$$;
-- +goose StatementEnd

CREATE TRIGGER event_chain_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event_chain
    FOR EACH STATEMENT EXECUTE FUNCTION event_chain_refuse_change();

-- +goose Down
DROP TABLE event_chain;
DROP FUNCTION event_chain_refuse_change();
