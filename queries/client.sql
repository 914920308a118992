-- name: ClientInsert :one
INSERT INTO clients (id, name, email, phone, website, industry, status, notes, created_by, updated_by)
VALUES (@id, @name, @email, @phone, @website, @industry, @status, @notes, sqlc.narg(actor_id)::uuid, sqlc.narg(actor_id)::uuid)
RETURNING *;

-- name: ClientGet :one
SELECT c.* FROM clients c
WHERE c.id = @id AND c.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (
      SELECT 1 FROM projects p JOIN project_members m ON m.project_id = p.id
      WHERE p.client_id = c.id AND p.deleted_at IS NULL AND m.user_id = @actor_id::uuid));

-- name: ClientGetForUpdate :one
SELECT c.* FROM clients c
WHERE c.id = @id AND c.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (
      SELECT 1 FROM projects p JOIN project_members m ON m.project_id = p.id
      WHERE p.client_id = c.id AND p.deleted_at IS NULL AND m.user_id = @actor_id::uuid))
FOR UPDATE OF c;

-- name: ClientList :many
-- Run through dbx.List, which drops the filters that are not asked for, puts
-- the requested order in place of the default one and counts the matches.
SELECT c.* FROM clients c
WHERE c.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (SELECT 1 FROM projects p JOIN project_members m ON m.project_id = p.id WHERE p.client_id = c.id AND p.deleted_at IS NULL AND m.user_id = @actor_id::uuid))
  AND (sqlc.narg('status')::text[] IS NULL OR c.status = ANY(sqlc.narg('status')::text[]::client_status[]))
  AND (sqlc.narg('q')::text IS NULL OR c.name ILIKE sqlc.narg('q')::text)
ORDER BY c.created_at DESC, c.id DESC
LIMIT @row_limit OFFSET @row_offset;

-- name: ClientUpdate :one
UPDATE clients SET
    name = coalesce(sqlc.narg('name'), name),
    email = CASE WHEN @email_do_update::boolean THEN sqlc.narg('email') ELSE email END,
    phone = CASE WHEN @phone_do_update::boolean THEN sqlc.narg('phone') ELSE phone END,
    website = CASE WHEN @website_do_update::boolean THEN sqlc.narg('website') ELSE website END,
    industry = CASE WHEN @industry_do_update::boolean THEN sqlc.narg('industry') ELSE industry END,
    notes = CASE WHEN @notes_do_update::boolean THEN sqlc.narg('notes') ELSE notes END,
    version = version + 1, updated_at = now(), updated_by = sqlc.narg(actor_id)::uuid
WHERE id = @id AND version = @version AND deleted_at IS NULL
RETURNING *;

-- name: ClientUpdateStatus :one
UPDATE clients SET status = @status, status_reason = @status_reason,
    version = version + 1, updated_at = now(), updated_by = sqlc.narg(actor_id)::uuid
WHERE id = @id AND version = @version AND deleted_at IS NULL
RETURNING *;

-- name: ClientDelete :exec
UPDATE clients SET deleted_at = now(), deleted_by = sqlc.narg(actor_id)::uuid, deletion_id = @deletion_id::uuid,
    version = version + 1, updated_at = now(), updated_by = sqlc.narg(actor_id)::uuid
WHERE id = @id AND deleted_at IS NULL;

-- name: ClientGetDeletedForUpdate :one
SELECT c.* FROM clients c WHERE c.id = @id AND c.deleted_at IS NOT NULL FOR UPDATE OF c;

-- name: ClientRestore :one
UPDATE clients SET deleted_at = NULL, deleted_by = NULL, deletion_id = NULL,
    version = version + 1, updated_at = now(), updated_by = sqlc.narg(actor_id)::uuid
WHERE id = @id AND deleted_at IS NOT NULL
RETURNING *;

-- name: ClientLockShared :one
-- For a project that is about to name the client: keeps it from being deleted meanwhile.
SELECT c.id FROM clients c WHERE c.id = @id AND c.deleted_at IS NULL FOR SHARE;
