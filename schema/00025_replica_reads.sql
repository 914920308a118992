-- Whether a replica holds what a caller must see, asked before a list is read
-- from it (internal/dbx/replica.go): the caller's own changes, and those of what
-- somebody sees. Both indexes are read from a transaction that the replica has
-- replayed to the end of the log, which is a few rows.
--
-- The log is written to all the time, so they are built beside that. An index
-- whose building was broken off stays behind, invalid, and is made anew.

-- +goose NO TRANSACTION
-- +goose Up
DROP INDEX CONCURRENTLY IF EXISTS events_actor_transaction_idx;
CREATE INDEX CONCURRENTLY events_actor_transaction_idx ON events (actor_id, transaction_id);
DROP INDEX CONCURRENTLY IF EXISTS events_visibility_idx;
CREATE INDEX CONCURRENTLY events_visibility_idx ON events (transaction_id)
    WHERE entity_type IN ('project', 'client', 'user', 'api_key') AND action <> 'api_key.used';

-- +goose Down
DROP INDEX CONCURRENTLY IF EXISTS events_visibility_idx;
DROP INDEX CONCURRENTLY IF EXISTS events_actor_transaction_idx;
