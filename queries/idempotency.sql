-- name: IdempotencyTryLock :one
-- Held until the transaction ends, by whoever answers a request with a key. False
-- when somebody else does.
SELECT pg_try_advisory_xact_lock(@lock_id::bigint)::boolean AS locked;

-- name: IdempotencyGet :one
SELECT r.fingerprint, r.status, r.sealed FROM idempotency_records r
WHERE r.id = @id AND r.created_at > @since::timestamptz;

-- name: IdempotencyPut :exec
-- In place of one that is too old to be repeated.
INSERT INTO idempotency_records (id, fingerprint, status, sealed, created_at)
VALUES (@id, @fingerprint, @status, @sealed, @created_at)
ON CONFLICT (id) DO UPDATE SET fingerprint = EXCLUDED.fingerprint, status = EXCLUDED.status, sealed = EXCLUDED.sealed, created_at = EXCLUDED.created_at;
