-- What requests with an Idempotency-Key were answered, for those that repeat them.

-- +goose Up
CREATE TABLE idempotency_records (
    -- The HMAC of the viewer, the operation and the key.
    id bytea NOT NULL,
    -- The HMAC of the request, by which another one with the same key is told.
    fingerprint bytea NOT NULL,
    status integer NOT NULL,
    -- The headers and the body of the answer, sealed: they may hold tokens and keys.
    sealed bytea NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT idempotency_records_pkey PRIMARY KEY (id),
    CONSTRAINT idempotency_records_id_is_sha256 CHECK (octet_length(id) = 32),
    CONSTRAINT idempotency_records_fingerprint_is_sha256 CHECK (octet_length(fingerprint) = 32),
    CONSTRAINT idempotency_records_status_is_kept CHECK (status BETWEEN 200 AND 499 AND status NOT IN (401, 429))
);

CREATE INDEX idempotency_records_created_at_idx ON idempotency_records (created_at);

-- +goose Down
DROP TABLE idempotency_records;
