-- name: EventHorizon :one
-- How far the log can be read: everything of transactions before the oldest one
-- that still runs is there for good. next_* is the row that ends a window of so many
-- rows after the place, empty where fewer follow.
WITH n AS (
    SELECT e.transaction_id, e.id FROM events e
    WHERE (e.transaction_id, e.id) > (CAST(sqlc.arg('transaction_id')::text AS xid8), @event_id::bigint)
      AND e.transaction_id < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY e.transaction_id, e.id
    LIMIT 1 OFFSET @skipped::bigint
)
SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS oldest,
    coalesce((SELECT n.transaction_id::text FROM n), '')::text AS next_transaction_id, coalesce((SELECT n.id FROM n), 0)::bigint AS next_id;

-- name: EventIsPending :one
-- Whether something was committed that a transaction which still runs holds up.
SELECT EXISTS (SELECT 1 FROM events e WHERE e.transaction_id >= pg_snapshot_xmin(pg_current_snapshot()));

-- name: EventFirstAfter :one
-- When the first change after the place happened.
SELECT e.occurred_at FROM events e
WHERE (e.transaction_id, e.id) > (CAST(sqlc.arg('transaction_id')::text AS xid8), @event_id::bigint)
ORDER BY e.transaction_id, e.id
LIMIT 1;

-- name: EventFollow :many
-- The changes between two places of the log, in its order, each with the numbers
-- of the viewers who see it now, from 1; run through dbx.Narrowed. This is the one place
-- where it stands who sees which change: whoever sees what was changed, as its
-- history has it. Types that the first line does not name, and how somebody else
-- signs in, are for admins, who get everything. What was deleted is
-- seen no more; that it was is told to who sees its project. OFFSET 0 makes
-- PostgreSQL look into each by its primary key.
SELECT e.*, coalesce(s.viewers, '{}')::bigint[] AS seen_by
FROM events e
CROSS JOIN LATERAL (
    SELECT array_agg(v.n) AS viewers
    FROM (SELECT unnest(@actor_ids::uuid[]) AS actor_id, unnest(@viewer_ids::uuid[]) AS viewer_id, unnest(@see_all::boolean[]) AS sees_all,
        generate_subscripts(@actor_ids::uuid[], 1)::bigint AS n) v
    WHERE e.entity_type IN ('client', 'client_contact', 'project', 'task', 'comment', 'time_entry', 'timer', 'user')
      AND (e.entity_type <> 'user' OR e.action IN ('user.created', 'user.updated', 'user.deleted', 'user.restored') OR e.entity_id = v.actor_id AND v.viewer_id = v.actor_id)
      AND (v.sees_all
        OR e.action IN ('project.deleted', 'task.deleted', 'comment.deleted', 'time_entry.deleted')
            AND EXISTS (SELECT 1 FROM seen_projects m WHERE m.project_id = e.project_id AND m.viewer_id = v.viewer_id OFFSET 0)
        OR CASE e.entity_type
            WHEN 'project' THEN EXISTS (
                SELECT 1 FROM projects p WHERE p.id = e.entity_id AND p.deleted_at IS NULL
                  AND EXISTS (SELECT 1 FROM seen_projects m WHERE m.project_id = p.id AND m.viewer_id = v.viewer_id OFFSET 0) OFFSET 0)
            WHEN 'task' THEN EXISTS (
                SELECT 1 FROM tasks t WHERE t.id = e.entity_id AND t.deleted_at IS NULL
                  AND EXISTS (SELECT 1 FROM seen_projects m WHERE m.project_id = t.project_id AND m.viewer_id = v.viewer_id OFFSET 0) OFFSET 0)
            WHEN 'client' THEN EXISTS (
                SELECT 1 FROM clients c WHERE c.id = e.entity_id AND c.deleted_at IS NULL
                  AND EXISTS (SELECT 1 FROM seen_clients m WHERE m.client_id = c.id AND m.viewer_id = v.viewer_id OFFSET 0) OFFSET 0)
            WHEN 'client_contact' THEN EXISTS (
                SELECT 1 FROM client_contacts k JOIN clients c ON c.id = k.client_id WHERE k.id = e.entity_id AND c.deleted_at IS NULL
                  AND EXISTS (SELECT 1 FROM seen_clients m WHERE m.client_id = c.id AND m.viewer_id = v.viewer_id OFFSET 0) OFFSET 0)
            WHEN 'user' THEN EXISTS (
                SELECT 1 FROM users u WHERE u.id = e.entity_id AND u.deleted_at IS NULL
                  AND EXISTS (SELECT 1 FROM seen_people m WHERE m.user_id = u.id AND m.viewer_id = v.viewer_id OFFSET 0) OFFSET 0)
            WHEN 'comment' THEN EXISTS (
                SELECT 1 FROM comments k LEFT JOIN tasks t ON t.id = k.task_id WHERE k.id = e.entity_id AND k.deleted_at IS NULL AND t.deleted_at IS NULL
                  AND CASE WHEN k.client_id IS NOT NULL
                    THEN EXISTS (SELECT 1 FROM clients c WHERE c.id = k.client_id AND c.deleted_at IS NULL AND EXISTS (SELECT 1 FROM seen_clients m WHERE m.client_id = c.id AND m.viewer_id = v.viewer_id OFFSET 0) OFFSET 0)
                    ELSE EXISTS (SELECT 1 FROM projects p WHERE p.id = coalesce(k.project_id, t.project_id) AND (k.task_id IS NOT NULL OR p.deleted_at IS NULL) AND EXISTS (SELECT 1 FROM seen_projects m WHERE m.project_id = p.id AND m.viewer_id = v.viewer_id OFFSET 0) OFFSET 0)
                  END OFFSET 0)
            WHEN 'time_entry' THEN EXISTS (
                SELECT 1 FROM time_entries x JOIN projects p ON p.id = x.project_id WHERE x.id = e.entity_id AND p.deleted_at IS NULL
                  AND EXISTS (SELECT 1 FROM seen_projects m WHERE m.project_id = p.id AND m.viewer_id = v.viewer_id OFFSET 0) OFFSET 0)
            ELSE e.actor_id = v.actor_id AND EXISTS (
                SELECT 1 FROM projects p WHERE p.id = e.project_id AND p.deleted_at IS NULL
                  AND EXISTS (SELECT 1 FROM seen_projects m WHERE m.project_id = p.id AND m.viewer_id = v.viewer_id OFFSET 0) OFFSET 0)
            END)
) s
WHERE (e.transaction_id, e.id) > (CAST(sqlc.arg('after_transaction_id')::text AS xid8), @after_id::bigint)
  AND (e.transaction_id, e.id) <= (CAST(sqlc.arg('to_transaction_id')::text AS xid8), @to_id::bigint)
  AND (sqlc.narg('entity_type')::text IS NULL OR e.entity_type = sqlc.narg('entity_type')::text)
  AND (sqlc.narg('entity_id')::uuid IS NULL OR e.entity_id = sqlc.narg('entity_id')::uuid)
  AND (sqlc.narg('project_id')::uuid IS NULL OR e.project_id = sqlc.narg('project_id')::uuid)
  AND (@any_type::boolean OR e.action = ANY(@actions::text[]) OR e.entity_type = ANY(@entity_types::text[]))
  AND (@everything::boolean OR s.viewers IS NOT NULL)
ORDER BY e.transaction_id, e.id
LIMIT @row_limit;

-- name: EventNamesSeenBy :many
-- What those who acted are called, each with the numbers of the viewers who see it.
SELECT u.id, u.kind, u.name, ARRAY(
    SELECT v.n FROM (SELECT unnest(@viewer_ids::uuid[]) AS viewer_id, generate_subscripts(@viewer_ids::uuid[], 1)::bigint AS n) v
    WHERE EXISTS (SELECT 1 FROM seen_people s WHERE s.viewer_id = v.viewer_id AND s.user_id = u.id OFFSET 0))::bigint[] AS seen_by
FROM users u
WHERE u.id = ANY(@ids::uuid[]) AND u.deleted_at IS NULL;

-- name: EventViewMarks :many
-- A number for what each of the viewers sees, which changes with it.
SELECT m.viewer_id, (count(*) # bit_xor(hashtextextended(m.project_id::text, 0)))::bigint AS mark
FROM seen_projects m
WHERE m.viewer_id = ANY(@viewer_ids::uuid[])
GROUP BY m.viewer_id;

-- name: EventWake :exec
-- Tells the readers of every replica that there is something to read. They look
-- by themselves as well, so that nothing depends on it.
SELECT pg_notify('coordinator_events', '');
