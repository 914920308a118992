-- name: InvitationLockAddress :exec
-- Two who invite the same address do so one after another.
SELECT pg_advisory_xact_lock(hashtextextended('invitation:' || lower(@email::text), 0));

-- name: InvitationCountRecent :one
SELECT count(*) FROM invitations WHERE lower(email) = lower(@email::text) AND created_at > @since::timestamptz;

-- name: InvitationReplace :many
-- Takes back whatever invitation the address has, for another to take its place.
UPDATE invitations SET revoked_at = @now::timestamptz, revoked_by = @actor_id::uuid
WHERE lower(email) = lower(@email::text) AND accepted_at IS NULL AND revoked_at IS NULL
RETURNING *;

-- name: InvitationInsert :one
INSERT INTO invitations (id, email, role, token_hash, is_mailed, created_at, created_by, expires_at)
VALUES (@id, @email, @role, @token_hash, @is_mailed, @created_at, @created_by, @expires_at)
RETURNING *;

-- name: InvitationList :many
-- Run through dbx.List; see ClientList. Admins see all, managers their own.
SELECT i.* FROM invitations i
WHERE true
  AND (@sees_all::boolean OR i.created_by = @actor_id::uuid)
  AND (sqlc.narg('state')::text[] IS NULL OR (CASE WHEN i.accepted_at IS NOT NULL THEN 'accepted' WHEN i.revoked_at IS NOT NULL THEN 'revoked' WHEN i.expires_at <= @now::timestamptz THEN 'expired' ELSE 'pending' END) = ANY(sqlc.narg('state')::text[]))
ORDER BY i.created_at DESC, i.id DESC
LIMIT @row_limit OFFSET @row_offset;

-- name: InvitationGetForUpdate :one
SELECT i.* FROM invitations i
WHERE i.id = @id AND (@sees_all::boolean OR i.created_by = @actor_id::uuid)
FOR UPDATE OF i;

-- name: InvitationRevoke :one
UPDATE invitations SET revoked_at = @now::timestamptz, revoked_by = @actor_id::uuid WHERE id = @id
RETURNING *;

-- name: InvitationGetByToken :one
SELECT i.* FROM invitations i WHERE i.token_hash = @token_hash;

-- name: InvitationGetByTokenForUpdate :one
-- Locked, so that of many who accept it at once the first one does.
SELECT i.* FROM invitations i WHERE i.token_hash = @token_hash FOR UPDATE OF i;

-- name: InvitationAccept :one
UPDATE invitations SET accepted_at = @now::timestamptz, accepted_by = @user_id::uuid WHERE id = @id
RETURNING *;
