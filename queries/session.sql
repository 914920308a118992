-- name: SessionInsert :one
INSERT INTO sessions (id, user_id, created_at, last_used_at, expires_at, ends_at, ip, user_agent, second_factor_at)
VALUES (@id, @user_id, @created_at, @created_at, @expires_at, @ends_at, @ip, @user_agent, @second_factor_at)
RETURNING *;

-- name: SessionGetActor :one
-- One lookup for all requests of a second: revoking a session, deleting its user,
-- changing its role or its second factor, and dropping the key that signed the
-- token, takes effect with the next request on the replica that did it, and
-- within that second on the others. Whatever changes what this returns has to
-- write an event that package auth takes for such a change.
SELECT u.id, u.role, s.expires_at,
    (f.confirmed_at IS NOT NULL)::boolean AS has_second_factor,
    (s.second_factor_at IS NOT NULL)::boolean AS passed_second_factor,
    (NOT EXISTS (SELECT 1 FROM project_members m WHERE m.user_id = u.id OFFSET @few_projects::bigint))::boolean AS sees_few_projects
FROM sessions s
JOIN users u ON u.id = s.user_id
LEFT JOIN second_factors f ON f.user_id = u.id
WHERE s.id = @id
  AND s.user_id = @user_id
  AND s.revoked_at IS NULL
  AND s.expires_at > @now::timestamptz
  AND u.deleted_at IS NULL
  AND EXISTS (SELECT 1 FROM signing_keys k WHERE k.kid = @kid AND k.dropped_at IS NULL);

-- name: SessionGetByRefreshToken :one
SELECT s.id, s.user_id, s.expires_at, s.ends_at, s.revoked_at, t.used_at, u.deleted_at AS user_deleted_at
FROM refresh_tokens t
JOIN sessions s ON s.id = t.session_id
JOIN users u ON u.id = s.user_id
WHERE t.token_hash = @token_hash;

-- name: SessionGetByRefreshTokenForUpdate :one
-- Locks the session, so that rotations of one token happen one after another.
SELECT s.id, s.user_id, s.expires_at, s.ends_at, s.revoked_at, t.used_at, u.deleted_at AS user_deleted_at
FROM refresh_tokens t
JOIN sessions s ON s.id = t.session_id
JOIN users u ON u.id = s.user_id
WHERE t.token_hash = @token_hash
FOR UPDATE OF s, t;

-- name: SessionTouch :exec
UPDATE sessions SET last_used_at = @now::timestamptz, expires_at = @expires_at WHERE id = @id;

-- name: SessionRevoke :execrows
UPDATE sessions SET revoked_at = @now::timestamptz, revoked_reason = @reason::text
WHERE id = @id AND revoked_at IS NULL;

-- name: SessionRevokeByUser :many
-- Ends whatever sessions the user has.
UPDATE sessions SET revoked_at = now(), revoked_reason = @reason::text
WHERE user_id = @user_id AND revoked_at IS NULL
RETURNING id;

-- name: SessionList :many
-- Run through dbx.List; see ClientList. Those that are over are left out.
SELECT s.* FROM sessions s
WHERE s.user_id = @user_id
  AND s.revoked_at IS NULL
  AND s.expires_at > @now::timestamptz
ORDER BY s.created_at DESC, s.id DESC
LIMIT @row_limit OFFSET @row_offset;

-- name: SessionRevokeLive :many
-- Ends the sessions of the user that are not over: one of them, or all but one.
UPDATE sessions SET revoked_at = @now::timestamptz, revoked_reason = @reason::text
WHERE user_id = @user_id AND revoked_at IS NULL AND expires_at > @now::timestamptz
  AND (sqlc.narg('only')::uuid IS NULL OR id = sqlc.narg('only')::uuid)
  AND id IS DISTINCT FROM sqlc.narg('except')::uuid
RETURNING id;

-- name: RefreshTokenInsert :exec
INSERT INTO refresh_tokens (token_hash, session_id, issued_at) VALUES (@token_hash, @session_id, @issued_at);

-- name: RefreshTokenMarkUsed :exec
UPDATE refresh_tokens SET used_at = @now::timestamptz WHERE token_hash = @token_hash;

-- name: SessionListActing :many
-- As SessionGetActor, of many at once: those of the sessions, each with the key its
-- token was signed with, that would still be let in.
SELECT a.n, u.role,
    (f.confirmed_at IS NOT NULL)::boolean AS has_second_factor,
    (s.second_factor_at IS NOT NULL)::boolean AS passed_second_factor
FROM (SELECT unnest(@ids::uuid[]) AS id, unnest(@kids::text[]) AS kid, generate_subscripts(@ids::uuid[], 1)::bigint AS n) a
JOIN sessions s ON s.id = a.id
JOIN users u ON u.id = s.user_id
LEFT JOIN second_factors f ON f.user_id = u.id
WHERE s.revoked_at IS NULL
  AND s.expires_at > @now::timestamptz
  AND u.deleted_at IS NULL
  AND EXISTS (SELECT 1 FROM signing_keys k WHERE k.kid = a.kid AND k.dropped_at IS NULL);
