-- name: TimeEntryExport :many
-- Run through dbx.Each; see ClientExport. What an hour costs is for those who
-- see all.
SELECT sqlc.embed(e),
    coalesce(t.external_source, 'coordinator')::text AS task_source,
    coalesce(t.external_id, t.id::text)::text AS task_external_id,
    coalesce(CASE WHEN @sees_all::boolean OR u.deleted_at IS NULL AND u.id IN (SELECT s.user_id FROM seen_people s WHERE s.viewer_id = @viewer_id::uuid) THEN u.email END, '')::text AS worker
FROM time_entries e
JOIN tasks t ON t.id = e.task_id
JOIN users u ON u.id = e.user_id
WHERE EXISTS (SELECT 1 FROM projects p WHERE p.id = e.project_id AND p.deleted_at IS NULL)
  AND (@sees_all::boolean OR EXISTS (SELECT 1 FROM seen_projects m WHERE m.project_id = e.project_id AND m.viewer_id = @viewer_id::uuid))
  AND (sqlc.narg('project_id')::uuid IS NULL OR e.project_id = sqlc.narg('project_id')::uuid)
  AND (sqlc.narg('client_id')::uuid IS NULL OR e.project_id IN (SELECT p.id FROM projects p WHERE p.client_id = sqlc.narg('client_id')::uuid))
  AND (sqlc.narg('spent_from')::date IS NULL OR e.spent_on >= sqlc.narg('spent_from')::date)
  AND (sqlc.narg('spent_to')::date IS NULL OR e.spent_on <= sqlc.narg('spent_to')::date)
ORDER BY e.created_at, e.id
LIMIT @row_limit OFFSET @row_offset;

-- name: TimeEntryImportLock :many
SELECT e.* FROM time_entries e WHERE e.id = ANY(@ids::uuid[]) ORDER BY e.id FOR NO KEY UPDATE OF e;

-- name: TimeEntryImportTasks :many
-- The projects of the tasks. Locking them keeps the tasks from being deleted.
SELECT t.id, t.project_id FROM tasks t JOIN projects p ON p.id = t.project_id
WHERE t.id = ANY(@ids::uuid[]) AND t.deleted_at IS NULL
ORDER BY p.id, t.id
FOR SHARE OF p;

-- name: TimeEntryImport :exec
-- See ClientImport.
INSERT INTO time_entries (id, project_id, task_id, user_id, spent_on, minutes, note, billable, billing_rate_minor, billing_rate_currency,
    cost_rate_minor, cost_rate_currency, external_source, external_id, created_by, updated_by)
SELECT (r->>'id')::uuid, (r->>'project_id')::uuid, (r->>'task_id')::uuid, (r->>'user_id')::uuid, (r->>'spent_on')::date, (r->>'minutes')::integer,
    r->>'note', (r->>'billable')::boolean, (r->>'billing_rate_minor')::bigint, r->>'billing_rate_currency',
    (r->>'cost_rate_minor')::bigint, r->>'cost_rate_currency', r->>'external_source', r->>'external_id',
    sqlc.narg(actor_id)::uuid, sqlc.narg(actor_id)::uuid
FROM jsonb_array_elements(@rows::jsonb) AS given (r)
ON CONFLICT (id) DO UPDATE SET
    spent_on = EXCLUDED.spent_on, minutes = EXCLUDED.minutes, note = EXCLUDED.note, billable = EXCLUDED.billable,
    billing_rate_minor = EXCLUDED.billing_rate_minor, billing_rate_currency = EXCLUDED.billing_rate_currency,
    cost_rate_minor = EXCLUDED.cost_rate_minor, cost_rate_currency = EXCLUDED.cost_rate_currency,
    version = time_entries.version + 1, updated_at = now(), updated_by = EXCLUDED.updated_by;
