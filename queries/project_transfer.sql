-- name: ProjectExport :many
-- Run through dbx.Each; see ClientExport. The team is a list of address:role.
SELECT sqlc.embed(p),
    coalesce(c.external_source, CASE WHEN c.id IS NOT NULL THEN 'coordinator' END, '')::text AS client_source,
    coalesce(c.external_id, c.id::text, '')::text AS client_external_id,
    coalesce(CASE WHEN @sees_all::boolean OR o.deleted_at IS NULL AND o.id IN (SELECT s.user_id FROM seen_people s WHERE s.viewer_id = @viewer_id::uuid) THEN o.email END, '')::text AS manager,
    ARRAY(
        SELECT u.email || ':' || m.role FROM project_members m JOIN users u ON u.id = m.user_id
        WHERE m.project_id = p.id AND (@sees_all::boolean OR u.deleted_at IS NULL)
        ORDER BY u.email COLLATE "C")::text[] AS team
FROM projects p
LEFT JOIN clients c ON c.id = p.client_id
LEFT JOIN users o ON o.id = p.manager_id
WHERE p.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (SELECT 1 FROM seen_projects m WHERE m.project_id = p.id AND m.viewer_id = @viewer_id::uuid))
  AND (sqlc.narg('client_id')::uuid IS NULL OR p.client_id = sqlc.narg('client_id')::uuid)
ORDER BY p.created_at, p.id
LIMIT @row_limit OFFSET @row_offset;

-- name: ProjectImportLock :many
SELECT p.* FROM projects p WHERE p.id = ANY(@ids::uuid[]) AND p.deleted_at IS NULL ORDER BY p.id FOR NO KEY UPDATE OF p;

-- name: ProjectImportLockClients :many
-- Those that are named: none is deleted before the commit.
SELECT c.id FROM clients c WHERE c.id = ANY(@ids::uuid[]) ORDER BY c.id FOR SHARE OF c;

-- name: ProjectImport :exec
-- See ClientImport.
INSERT INTO projects (id, client_id, manager_id, name, description, status, status_reason, priority, starts_on, ends_on, completed_at,
    billing_kind, budget_minor, hourly_rate_minor, currency, tags, external_source, external_id, created_by, updated_by)
SELECT (r->>'id')::uuid, (r->>'client_id')::uuid, (r->>'manager_id')::uuid, r->>'name', r->>'description',
    (r->>'status')::project_status, r->>'status_reason', (r->>'priority')::priority,
    (r->>'starts_on')::date, (r->>'ends_on')::date, (r->>'completed_at')::timestamptz,
    (r->>'billing_kind')::billing_kind, (r->>'budget_minor')::bigint, (r->>'hourly_rate_minor')::bigint, r->>'currency',
    ARRAY(SELECT jsonb_array_elements_text(r->'tags')), r->>'external_source', r->>'external_id',
    sqlc.narg(actor_id)::uuid, sqlc.narg(actor_id)::uuid
FROM jsonb_array_elements(@rows::jsonb) AS given (r)
ON CONFLICT (id) DO UPDATE SET
    client_id = EXCLUDED.client_id, manager_id = EXCLUDED.manager_id, name = EXCLUDED.name, description = EXCLUDED.description,
    status = EXCLUDED.status, status_reason = EXCLUDED.status_reason, priority = EXCLUDED.priority,
    starts_on = EXCLUDED.starts_on, ends_on = EXCLUDED.ends_on, completed_at = EXCLUDED.completed_at,
    billing_kind = EXCLUDED.billing_kind, budget_minor = EXCLUDED.budget_minor, hourly_rate_minor = EXCLUDED.hourly_rate_minor,
    currency = EXCLUDED.currency, tags = EXCLUDED.tags,
    version = projects.version + 1, updated_at = now(), updated_by = EXCLUDED.updated_by;

-- name: ProjectImportTeams :many
-- Who is on the teams now.
SELECT m.project_id, m.user_id, m.role FROM project_members m WHERE m.project_id = ANY(@ids::uuid[]) ORDER BY m.project_id, m.user_id;

-- name: ProjectImportMembers :exec
INSERT INTO project_members (project_id, user_id, role, created_by)
SELECT given.project_id, given.user_id, given.role::project_member_role, sqlc.narg(actor_id)::uuid
FROM (SELECT unnest(@project_ids::uuid[]) AS project_id, unnest(@user_ids::uuid[]) AS user_id, unnest(@roles::text[]) AS role) given
ON CONFLICT (project_id, user_id) DO UPDATE SET role = EXCLUDED.role;

-- name: ProjectImportDeleteMembers :exec
DELETE FROM project_members m
USING (SELECT unnest(@project_ids::uuid[]) AS project_id, unnest(@user_ids::uuid[]) AS user_id) gone
WHERE m.project_id = gone.project_id AND m.user_id = gone.user_id;
