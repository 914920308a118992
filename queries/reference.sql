-- What the lines of a file refer to: a record by the pair of a source and its
-- id there, or, where it comes from this service, by its own id.

-- name: ReferenceClients :many
SELECT asked.source::text AS source, asked.external_id::text AS external_id, c.id, FALSE AS is_own
FROM (SELECT unnest(@sources::text[]) AS source, unnest(@external_ids::text[]) AS external_id) asked
JOIN clients c ON c.external_source = asked.source AND c.external_id = asked.external_id AND c.deleted_at IS NULL
UNION ALL
SELECT 'coordinator', c.id::text, c.id, TRUE FROM clients c WHERE c.id = ANY(@own_ids::uuid[]) AND c.deleted_at IS NULL;

-- name: ReferenceProjects :many
SELECT asked.source::text AS source, asked.external_id::text AS external_id, p.id, FALSE AS is_own
FROM (SELECT unnest(@sources::text[]) AS source, unnest(@external_ids::text[]) AS external_id) asked
JOIN projects p ON p.external_source = asked.source AND p.external_id = asked.external_id AND p.deleted_at IS NULL
UNION ALL
SELECT 'coordinator', p.id::text, p.id, TRUE FROM projects p WHERE p.id = ANY(@own_ids::uuid[]) AND p.deleted_at IS NULL;

-- name: ReferenceTasks :many
SELECT asked.source::text AS source, asked.external_id::text AS external_id, t.id, FALSE AS is_own
FROM (SELECT unnest(@sources::text[]) AS source, unnest(@external_ids::text[]) AS external_id) asked
JOIN tasks t ON t.external_source = asked.source AND t.external_id = asked.external_id AND t.deleted_at IS NULL
UNION ALL
SELECT 'coordinator', t.id::text, t.id, TRUE FROM tasks t WHERE t.id = ANY(@own_ids::uuid[]) AND t.deleted_at IS NULL;

-- name: ReferenceTimeEntries :many
SELECT asked.source::text AS source, asked.external_id::text AS external_id, e.id, FALSE AS is_own
FROM (SELECT unnest(@sources::text[]) AS source, unnest(@external_ids::text[]) AS external_id) asked
JOIN time_entries e ON e.external_source = asked.source AND e.external_id = asked.external_id
UNION ALL
SELECT 'coordinator', e.id::text, e.id, TRUE FROM time_entries e WHERE e.id = ANY(@own_ids::uuid[]);

-- name: ReferencePeople :many
-- Deleted people are among them: a record that names one already goes on doing
-- so. The people stay as they are until the end of the transaction.
SELECT u.id, lower(u.email)::text AS email, u.kind, u.role, (u.deleted_at IS NOT NULL)::boolean AS is_deleted
FROM users u
WHERE lower(u.email) = ANY(@emails::text[])
ORDER BY u.id
FOR SHARE OF u;
