-- name: APIKeyGetActor :one
-- One read for all requests of a second: revoking a key, or changing, deleting or
-- restricting who acts with it or owns that agent takes effect as it does for
-- SessionGetActor.
SELECT k.id, k.secret_hash, k.scopes, k.limited, k.require_if_match, k.last_used_at, k.expires_at,
    u.id AS principal_id, (u.kind = 'agent')::boolean AS is_agent, LEAST(u.role, o.role)::role AS role,
    (NOT EXISTS (
        SELECT 1 FROM seen_projects s
        WHERE s.viewer_id = CASE WHEN k.limited THEN k.id ELSE u.id END OFFSET @few_projects::bigint))::boolean AS sees_few_projects
FROM api_keys k
JOIN users u ON u.id = k.principal_id
LEFT JOIN users o ON o.id = u.owner_id
WHERE k.public_id = @public_id
  AND k.revoked_at IS NULL
  AND k.expires_at > @now::timestamptz
  AND u.deleted_at IS NULL
  AND (u.kind = 'human' OR (o.id IS NOT NULL AND o.deleted_at IS NULL));

-- name: APIKeyTouch :many
-- Notes that the key is used, unless somebody has within the minute or is about
-- to. It returns the key when an event has to tell it, which is once an hour.
UPDATE api_keys SET last_used_at = @now::timestamptz, last_used_ip = sqlc.narg('ip'),
    use_recorded_at = CASE WHEN used.tells THEN @now::timestamptz ELSE use_recorded_at END
FROM (
    SELECT k.id AS api_key_id, (k.use_recorded_at IS NULL OR k.use_recorded_at <= @hour_ago::timestamptz) AS tells
    FROM api_keys k
    WHERE k.id = @id AND (k.last_used_at IS NULL OR k.last_used_at <= @minute_ago::timestamptz)
    FOR NO KEY UPDATE OF k SKIP LOCKED) used
WHERE api_keys.id = used.api_key_id
RETURNING used.tells::boolean AS tells;

-- name: APIKeyInsert :one
INSERT INTO api_keys (id, principal_id, public_id, name, secret_hash, scopes, limited, require_if_match, created_by, created_at, expires_at)
VALUES (@id, @principal_id, @public_id, @name, @secret_hash, @scopes::text[], @limited, @require_if_match, @created_by, @created_at, @expires_at)
RETURNING *;

-- name: APIKeyProjectInsertMany :exec
INSERT INTO api_key_projects (api_key_id, project_id) SELECT @api_key_id::uuid, unnest(@project_ids::uuid[]);

-- name: APIKeyClientInsertMany :exec
INSERT INTO api_key_clients (api_key_id, client_id) SELECT @api_key_id::uuid, unnest(@client_ids::uuid[]);

-- name: APIKeyLockPrincipal :many
-- Who is to act with a key, and whoever makes it, who may be its owner. Held until
-- the key is written, so that keys are counted one after another and nobody's
-- role changes before the key is there for that change to see.
SELECT u.id, u.kind, u.owner_id FROM users u
WHERE u.id IN (@id::uuid, @maker_id::uuid) AND u.deleted_at IS NULL
ORDER BY u.id
FOR NO KEY UPDATE OF u;

-- name: APIKeyCountLive :one
SELECT count(*) FROM api_keys k WHERE k.principal_id = @principal_id AND k.revoked_at IS NULL AND k.expires_at > @now::timestamptz;

-- name: APIKeyListSeenProjects :many
-- Those of the projects that the caller sees.
SELECT p.id FROM projects p
WHERE p.id = ANY(@ids::uuid[]) AND p.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (SELECT 1 FROM seen_projects s WHERE s.project_id = p.id AND s.viewer_id = @viewer_id::uuid))
FOR KEY SHARE OF p;

-- name: APIKeyListSeenClients :many
-- Those of the clients that the caller sees. No project becomes or stops being
-- theirs until the key is there for that change to see.
SELECT c.id FROM clients c
WHERE c.id = ANY(@ids::uuid[]) AND c.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (SELECT 1 FROM seen_clients s WHERE s.client_id = c.id AND s.viewer_id = @viewer_id::uuid))
ORDER BY c.id
FOR NO KEY UPDATE OF c;

-- name: APIKeyGet :one
-- Everybody has its own keys and those of its agents; administrators all.
SELECT k.* FROM api_keys k JOIN users u ON u.id = k.principal_id
WHERE k.id = @id AND (@sees_all::boolean OR k.principal_id = @actor_id::uuid OR u.owner_id = @actor_id::uuid);

-- name: APIKeyLock :one
SELECT k.* FROM api_keys k WHERE k.id = @id FOR NO KEY UPDATE OF k;

-- name: APIKeyListLimits :many
-- What the keys are limited to.
SELECT l.api_key_id, l.project_id AS limit_id, true AS is_project FROM api_key_projects l WHERE l.api_key_id = ANY(@ids::uuid[])
UNION ALL
SELECT l.api_key_id, l.client_id AS limit_id, false AS is_project FROM api_key_clients l WHERE l.api_key_id = ANY(@ids::uuid[])
ORDER BY api_key_id, limit_id;

-- name: APIKeyList :many
-- Run through dbx.List; see ClientList.
SELECT k.* FROM api_keys k
WHERE true
  AND (@sees_all::boolean OR k.principal_id = ANY(ARRAY(SELECT u.id FROM users u WHERE u.id = @actor_id::uuid OR u.owner_id = @actor_id::uuid)))
  AND (sqlc.narg('principal_id')::uuid IS NULL OR k.principal_id = sqlc.narg('principal_id')::uuid)
  AND (sqlc.narg('state')::text[] IS NULL OR CASE WHEN k.revoked_at IS NOT NULL THEN 'revoked' WHEN k.expires_at <= @now::timestamptz THEN 'expired' ELSE 'active' END = ANY(sqlc.narg('state')::text[]))
ORDER BY k.created_at DESC, k.id DESC
LIMIT @row_limit OFFSET @row_offset;

-- name: APIKeyRename :one
UPDATE api_keys SET name = @name, version = version + 1 WHERE id = @id RETURNING *;

-- name: APIKeyRevoke :one
UPDATE api_keys SET revoked_at = @now::timestamptz, revoked_by = sqlc.narg('actor_id')::uuid, version = version + 1
WHERE id = @id AND revoked_at IS NULL
RETURNING *;

-- name: APIKeyRevokeByPrincipal :many
-- Ends whatever keys the principal has.
UPDATE api_keys SET revoked_at = now(), revoked_by = sqlc.narg('actor_id')::uuid, version = version + 1
WHERE principal_id = @principal_id AND revoked_at IS NULL
RETURNING id, version, revoked_at;

-- name: APIKeyListActing :many
-- As APIKeyGetActor, of many at once: those of the keys that would still be let in.
SELECT k.id, k.scopes, k.limited, LEAST(u.role, o.role)::role AS role
FROM api_keys k
JOIN users u ON u.id = k.principal_id
LEFT JOIN users o ON o.id = u.owner_id
WHERE k.id = ANY(@ids::uuid[])
  AND k.revoked_at IS NULL
  AND k.expires_at > @now::timestamptz
  AND u.deleted_at IS NULL
  AND (u.kind = 'human' OR (o.id IS NOT NULL AND o.deleted_at IS NULL));
