-- name: ClientInsert :one
INSERT INTO clients (
    id, name, legal_name, email, phone, website, address, industry, segment, status, owner_id,
    annual_value_minor, annual_value_currency, payment_terms, tags, notes,
    custom_fields, external_references, external_source, external_id, created_by, updated_by)
VALUES (
    @id, @name, @legal_name, @email, @phone, @website, @address, @industry, @segment, @status, @owner_id,
    @annual_value_minor, @annual_value_currency, @payment_terms, coalesce(sqlc.narg('tags')::text[], '{}'), @notes,
    coalesce(sqlc.narg('custom_fields')::jsonb, '{}'), coalesce(sqlc.narg('external_references')::jsonb, '{}'),
    @external_source, @external_id, sqlc.narg(actor_id)::uuid, sqlc.narg(actor_id)::uuid)
RETURNING *;

-- name: ClientGet :one
SELECT c.* FROM clients c
WHERE c.id = @id AND c.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (
      SELECT 1 FROM seen_clients m WHERE m.client_id = c.id AND m.viewer_id = @viewer_id::uuid));

-- name: ClientGetForUpdate :one
SELECT c.* FROM clients c
WHERE c.id = @id AND c.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (
      SELECT 1 FROM seen_clients m WHERE m.client_id = c.id AND m.viewer_id = @viewer_id::uuid))
FOR UPDATE OF c;

-- name: ClientList :many
-- Run through dbx.List, which drops the filters that are not asked for, puts
-- the requested order in place of the default one and counts the matches.
SELECT c.*
FROM clients c
WHERE true
  AND (@include_deleted::boolean OR c.deleted_at IS NULL)
  AND (@sees_all::boolean OR EXISTS (SELECT 1 FROM seen_clients m WHERE m.client_id = c.id AND m.viewer_id = @viewer_id::uuid))
  AND (sqlc.narg('status')::text[] IS NULL OR c.status = ANY(sqlc.narg('status')::text[]::client_status[]))
  AND (sqlc.narg('industry')::text IS NULL OR lower(c.industry) = lower(sqlc.narg('industry')::text))
  AND (sqlc.narg('segment')::text IS NULL OR lower(c.segment) = lower(sqlc.narg('segment')::text))
  AND (sqlc.narg('owner_id')::uuid IS NULL OR c.owner_id = sqlc.narg('owner_id')::uuid)
  AND (sqlc.narg('tag')::text[] IS NULL OR c.tags && sqlc.narg('tag')::text[])
  AND (sqlc.narg('created_from')::timestamptz IS NULL OR c.created_at >= sqlc.narg('created_from')::timestamptz)
  AND (sqlc.narg('created_to')::timestamptz IS NULL OR c.created_at <= sqlc.narg('created_to')::timestamptz)
  AND (sqlc.narg('q')::text IS NULL OR c.name ILIKE sqlc.narg('q')::text)
ORDER BY c.created_at DESC, c.id DESC
LIMIT @row_limit OFFSET @row_offset;

-- name: ClientSearch :many
-- Served by clients_search_idx. Ranking reads each match whole, so that only
-- the first 500 that the caller can see are ranked; MATERIALIZED keeps the
-- planner from ranking before it has cut them off.
WITH query AS MATERIALIZED (
    SELECT to_tsquery('simple', @query) AS terms
), matching AS MATERIALIZED (
    SELECT c.id, clients_search(c.name, c.legal_name, c.industry, c.segment, c.email, c.notes, c.address) AS document
    FROM clients c
    WHERE c.deleted_at IS NULL
      AND clients_search(c.name, c.legal_name, c.industry, c.segment, c.email, c.notes, c.address) @@ (SELECT terms FROM query)
      AND (@sees_all::boolean OR EXISTS (
          SELECT 1 FROM seen_clients m WHERE m.client_id = c.id AND m.viewer_id = @viewer_id::uuid))
    LIMIT 500
), ranked AS (
    -- 1 | 32: a long text does not win by its length, and the score lies between 0 and 1.
    SELECT m.id, ts_rank(m.document, query.terms, 33) AS score, count(*) OVER () AS total
    FROM matching m, query
    ORDER BY score DESC, m.id DESC
    LIMIT @row_limit OFFSET @row_offset
)
SELECT sqlc.embed(c), ranked.score::real AS score, ranked.total::bigint AS total
FROM ranked JOIN clients c ON c.id = ranked.id
ORDER BY ranked.score DESC, ranked.id DESC;

-- name: ClientSearchCount :one
-- How many a search finds, for a page behind the last one, which has no row to say it.
SELECT count(*) FROM (
    SELECT 1 FROM clients c
    WHERE c.deleted_at IS NULL
      AND clients_search(c.name, c.legal_name, c.industry, c.segment, c.email, c.notes, c.address) @@ to_tsquery('simple', @query)
      AND (@sees_all::boolean OR EXISTS (
          SELECT 1 FROM seen_clients m WHERE m.client_id = c.id AND m.viewer_id = @viewer_id::uuid))
    LIMIT 500) AS matching;

-- name: ClientProjectsPerClient :many
-- The newest hundred projects of each of the clients, as far as the actor sees
-- them, for what a list of clients includes.
SELECT p.* FROM projects p
WHERE p.id IN (
    SELECT newest.id FROM unnest(@client_ids::uuid[]) AS wanted(client_id)
    CROSS JOIN LATERAL (
        SELECT x.id FROM projects x
        WHERE x.client_id = wanted.client_id AND x.deleted_at IS NULL
          AND (@sees_all::boolean OR EXISTS (
              SELECT 1 FROM seen_projects m WHERE m.project_id = x.id AND m.viewer_id = @viewer_id::uuid))
        ORDER BY x.created_at DESC, x.id DESC
        LIMIT 100) AS newest)
ORDER BY p.created_at DESC, p.id DESC;

-- name: ClientUpdate :one
-- Custom fields and external references are merged, or replaced as a whole
-- where do_replace says so; the keys in removed go in either case.
UPDATE clients SET
    name = coalesce(sqlc.narg('name'), name),
    tags = coalesce(sqlc.narg('tags')::text[], tags),
    legal_name = CASE WHEN @legal_name_do_update::boolean THEN sqlc.narg('legal_name') ELSE legal_name END,
    email = CASE WHEN @email_do_update::boolean THEN sqlc.narg('email') ELSE email END,
    phone = CASE WHEN @phone_do_update::boolean THEN sqlc.narg('phone') ELSE phone END,
    website = CASE WHEN @website_do_update::boolean THEN sqlc.narg('website') ELSE website END,
    address = CASE WHEN @address_do_update::boolean THEN sqlc.narg('address') ELSE address END,
    industry = CASE WHEN @industry_do_update::boolean THEN sqlc.narg('industry') ELSE industry END,
    segment = CASE WHEN @segment_do_update::boolean THEN sqlc.narg('segment') ELSE segment END,
    owner_id = CASE WHEN @owner_id_do_update::boolean THEN sqlc.narg('owner_id') ELSE owner_id END,
    annual_value_minor = CASE WHEN @annual_value_do_update::boolean THEN sqlc.narg('annual_value_minor') ELSE annual_value_minor END,
    annual_value_currency = CASE WHEN @annual_value_do_update::boolean THEN sqlc.narg('annual_value_currency') ELSE annual_value_currency END,
    payment_terms = CASE WHEN @payment_terms_do_update::boolean THEN sqlc.narg('payment_terms') ELSE payment_terms END,
    notes = CASE WHEN @notes_do_update::boolean THEN sqlc.narg('notes') ELSE notes END,
    custom_fields = (CASE WHEN @custom_fields_do_replace::boolean THEN '{}' ELSE custom_fields END
        || coalesce(sqlc.narg('custom_fields')::jsonb, '{}')) - coalesce(sqlc.narg('custom_fields_removed')::text[], '{}'),
    external_references = (CASE WHEN @external_references_do_replace::boolean THEN '{}' ELSE external_references END
        || coalesce(sqlc.narg('external_references')::jsonb, '{}')) - coalesce(sqlc.narg('external_references_removed')::text[], '{}'),
    external_source = CASE WHEN @external_source_do_update::boolean THEN sqlc.narg('external_source') ELSE external_source END,
    external_id = CASE WHEN @external_id_do_update::boolean THEN sqlc.narg('external_id') ELSE external_id END,
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
-- For a project that is about to name the client, which the caller sees: keeps
-- it from being deleted meanwhile.
SELECT c.id FROM clients c
WHERE c.id = @id AND c.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (SELECT 1 FROM seen_clients m WHERE m.client_id = c.id AND m.viewer_id = @viewer_id::uuid))
FOR SHARE OF c;
