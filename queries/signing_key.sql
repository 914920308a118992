-- name: SigningKeyLock :exec
-- Whoever makes or changes keys does so alone, also when there is none to lock.
SELECT pg_advisory_xact_lock(hashtextextended('signing_keys', 0));

-- name: SigningKeyListLive :many
-- The one that signs first, and the one that verifies besides.
SELECT * FROM signing_keys WHERE dropped_at IS NULL ORDER BY retired_at NULLS FIRST;

-- name: SigningKeyList :many
SELECT * FROM signing_keys ORDER BY created_at DESC, id DESC;

-- name: SigningKeyInsert :one
INSERT INTO signing_keys (id, kid, public_jwk, sealed_jwk, token_seconds, created_at)
VALUES (@id, @kid, @public_jwk, @sealed_jwk, @token_seconds, @created_at)
RETURNING *;

-- name: SigningKeyProlong :exec
UPDATE signing_keys SET token_seconds = greatest(token_seconds, @token_seconds::integer) WHERE id = @id;

-- name: SigningKeyRetire :exec
UPDATE signing_keys SET retired_at = @now::timestamptz, sealed_jwk = @sealed_jwk WHERE id = @id;

-- name: SigningKeyDrop :exec
UPDATE signing_keys SET retired_at = coalesce(retired_at, @now::timestamptz), dropped_at = @now::timestamptz, sealed_jwk = NULL
WHERE id = @id;
