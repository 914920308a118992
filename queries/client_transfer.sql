-- name: ClientExport :many
-- Run through dbx.Each, in the order of clients_created_at_idx. Whom the caller
-- does not see is not named; deleted people are to those who see all.
SELECT sqlc.embed(c),
    coalesce(CASE WHEN @sees_all::boolean OR o.deleted_at IS NULL AND o.id IN (SELECT s.user_id FROM seen_people s WHERE s.viewer_id = @viewer_id::uuid) THEN o.email END, '')::text AS owner
FROM clients c
LEFT JOIN users o ON o.id = c.owner_id
WHERE c.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (SELECT 1 FROM seen_clients m WHERE m.client_id = c.id AND m.viewer_id = @viewer_id::uuid))
ORDER BY c.created_at, c.id
LIMIT @row_limit OFFSET @row_offset;

-- name: ClientImportLock :many
SELECT c.* FROM clients c WHERE c.id = ANY(@ids::uuid[]) AND c.deleted_at IS NULL ORDER BY c.id FOR NO KEY UPDATE OF c;

-- name: ClientImport :exec
-- Rows as they are to be, as JSON: those that are there are changed.
INSERT INTO clients (id, name, legal_name, status, status_reason, email, phone, website, address, industry, segment, owner_id,
    annual_value_minor, annual_value_currency, payment_terms, tags, notes, custom_fields, external_references,
    external_source, external_id, created_by, updated_by)
SELECT (r->>'id')::uuid, r->>'name', r->>'legal_name', (r->>'status')::client_status, r->>'status_reason', r->>'email', r->>'phone',
    r->>'website', r->>'address', r->>'industry', r->>'segment', (r->>'owner_id')::uuid,
    (r->>'annual_value_minor')::bigint, r->>'annual_value_currency', r->>'payment_terms',
    ARRAY(SELECT jsonb_array_elements_text(r->'tags')), r->>'notes', r->'custom_fields', r->'external_references',
    r->>'external_source', r->>'external_id', sqlc.narg(actor_id)::uuid, sqlc.narg(actor_id)::uuid
FROM jsonb_array_elements(@rows::jsonb) AS given (r)
ON CONFLICT (id) DO UPDATE SET
    name = EXCLUDED.name, legal_name = EXCLUDED.legal_name, status = EXCLUDED.status, status_reason = EXCLUDED.status_reason,
    email = EXCLUDED.email, phone = EXCLUDED.phone, website = EXCLUDED.website, address = EXCLUDED.address,
    industry = EXCLUDED.industry, segment = EXCLUDED.segment, owner_id = EXCLUDED.owner_id,
    annual_value_minor = EXCLUDED.annual_value_minor, annual_value_currency = EXCLUDED.annual_value_currency,
    payment_terms = EXCLUDED.payment_terms, tags = EXCLUDED.tags, notes = EXCLUDED.notes,
    custom_fields = EXCLUDED.custom_fields, external_references = EXCLUDED.external_references,
    version = clients.version + 1, updated_at = now(), updated_by = EXCLUDED.updated_by;
