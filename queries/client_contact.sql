-- name: ClientContactInsert :one
INSERT INTO client_contacts (id, client_id, name, position, email, phone, is_primary, notes, created_by, updated_by)
VALUES (@id, @client_id, @name, @position, @email, @phone, @is_primary, @notes, sqlc.narg(actor_id)::uuid, sqlc.narg(actor_id)::uuid)
RETURNING *;

-- name: ClientContactGet :one
-- A contact is seen by whoever sees its client.
SELECT k.* FROM client_contacts k JOIN clients c ON c.id = k.client_id
WHERE k.id = @id AND k.client_id = @client_id AND c.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (
      SELECT 1 FROM seen_clients m WHERE m.client_id = c.id AND m.viewer_id = @viewer_id::uuid));

-- name: ClientContactGetForUpdate :one
SELECT k.* FROM client_contacts k WHERE k.id = @id AND k.client_id = @client_id FOR UPDATE OF k;

-- name: ClientContactList :many
-- Run through dbx.List; see ClientList. Whether the client is seen has been asked before.
SELECT k.*
FROM client_contacts k
WHERE k.client_id = @client_id
ORDER BY k.created_at, k.id
LIMIT @row_limit OFFSET @row_offset;

-- name: ClientContactsPerClient :many
-- The first hundred contacts of each of the clients, the primary one in front.
SELECT k.* FROM client_contacts k
WHERE k.id IN (
    SELECT first.id FROM unnest(@client_ids::uuid[]) AS wanted(client_id)
    CROSS JOIN LATERAL (
        SELECT x.id FROM client_contacts x
        WHERE x.client_id = wanted.client_id
        ORDER BY x.is_primary DESC, x.created_at, x.id
        LIMIT 100) AS first)
ORDER BY k.is_primary DESC, k.created_at, k.id;

-- name: ClientContactUpdate :one
UPDATE client_contacts SET
    name = coalesce(sqlc.narg('name'), name),
    is_primary = coalesce(sqlc.narg('is_primary'), is_primary),
    position = CASE WHEN @position_do_update::boolean THEN sqlc.narg('position') ELSE position END,
    email = CASE WHEN @email_do_update::boolean THEN sqlc.narg('email') ELSE email END,
    phone = CASE WHEN @phone_do_update::boolean THEN sqlc.narg('phone') ELSE phone END,
    notes = CASE WHEN @notes_do_update::boolean THEN sqlc.narg('notes') ELSE notes END,
    version = version + 1, updated_at = now(), updated_by = sqlc.narg(actor_id)::uuid
WHERE id = @id AND version = @version
RETURNING *;

-- name: ClientContactDemote :many
-- Takes the place of primary contact from whoever has it, for another one to get it.
UPDATE client_contacts SET is_primary = false,
    version = version + 1, updated_at = now(), updated_by = sqlc.narg(actor_id)::uuid
WHERE client_id = @client_id AND is_primary AND id <> @successor_id
RETURNING *;

-- name: ClientContactDelete :exec
DELETE FROM client_contacts WHERE id = @id;
