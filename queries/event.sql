-- name: EventInsert :exec
INSERT INTO events (actor_id, credential, request_id, entity_type, entity_id, project_id, action, changes, version)
VALUES (@actor_id, @credential, @request_id, @entity_type, @entity_id, @project_id, @action, @changes, @version);

-- name: EventInsertForMany :exec
-- The same action on many entities at once, as a cascade causes it.
INSERT INTO events (actor_id, credential, request_id, entity_type, entity_id, project_id, action, changes, version)
SELECT sqlc.narg('actor_id')::uuid, @credential::text, sqlc.narg('request_id')::text, @entity_type::text, e.id, e.project_id, @action::text, @changes::jsonb, e.version
FROM (SELECT unnest(@ids::uuid[]) AS id, unnest(@project_ids::uuid[]) AS project_id, unnest(@versions::bigint[]) AS version) e;

-- name: EventInsertEach :exec
-- Many events of one actor, each with what changed; the nil id stands for no
-- project and version 0 for none.
INSERT INTO events (actor_id, credential, request_id, entity_type, entity_id, project_id, action, changes, version)
SELECT sqlc.narg('actor_id')::uuid, @credential::text, sqlc.narg('request_id')::text, e.entity_type, e.entity_id,
    nullif(e.project_id, '00000000-0000-0000-0000-000000000000'::uuid), e.action, e.changes::jsonb, nullif(e.version, 0)
FROM (SELECT unnest(@entity_types::text[]) AS entity_type, unnest(@entity_ids::uuid[]) AS entity_id, unnest(@project_ids::uuid[]) AS project_id,
    unnest(@actions::text[]) AS action, unnest(@changes::text[]) AS changes, unnest(@versions::bigint[]) AS version) e;

-- name: EventListByEntity :many
-- Run through dbx.List; see ClientList. Served by events_entity_idx. Of a user
-- everybody reads what its record became; how it signs in is its own business
-- and that of admins, whatever may be recorded of it.
SELECT e.* FROM events e
WHERE e.entity_type = @entity_type::text AND e.entity_id = @entity_id::uuid
  AND (@sees_private::boolean OR e.entity_type <> 'user' OR e.action IN ('user.created', 'user.updated', 'user.deleted', 'user.restored'))
ORDER BY e.id DESC
LIMIT @row_limit OFFSET @row_offset;

-- name: EventList :many
-- The audit log. Run through dbx.List; see ClientList. Each filter has an
-- index that ends in the id (schema 00011). A range of time is one of ids as
-- well, give or take how long transactions last, which is less than a day: the
-- walk in the order of the ids begins at its end, and not at that of the log.
SELECT e.* FROM events e
WHERE true
  AND (sqlc.narg('actor_id')::uuid IS NULL OR e.actor_id = sqlc.narg('actor_id')::uuid)
  AND (sqlc.narg('entity_type')::text IS NULL OR e.entity_type = sqlc.narg('entity_type')::text)
  AND (sqlc.narg('entity_id')::uuid IS NULL OR e.entity_id = sqlc.narg('entity_id')::uuid)
  AND (sqlc.narg('project_id')::uuid IS NULL OR e.project_id = sqlc.narg('project_id')::uuid)
  AND (sqlc.narg('action')::text[] IS NULL OR e.action = ANY(sqlc.narg('action')::text[]))
  AND (sqlc.narg('request_id')::text IS NULL OR e.request_id = sqlc.narg('request_id')::text)
  AND (sqlc.narg('occurred_from')::timestamptz IS NULL OR e.occurred_at >= sqlc.narg('occurred_from')::timestamptz)
  AND (sqlc.narg('occurred_to')::timestamptz IS NULL OR e.occurred_at < sqlc.narg('occurred_to')::timestamptz)
  AND (sqlc.narg('occurred_from')::timestamptz IS NULL OR e.id > coalesce((SELECT x.id FROM events x WHERE x.occurred_at < sqlc.narg('occurred_from')::timestamptz - interval '1 day' ORDER BY x.occurred_at DESC, x.id DESC LIMIT 1), 0))
  AND (sqlc.narg('occurred_to')::timestamptz IS NULL OR e.id < coalesce((SELECT x.id FROM events x WHERE x.occurred_at >= sqlc.narg('occurred_to')::timestamptz + interval '1 day' ORDER BY x.occurred_at, x.id LIMIT 1), 9223372036854775807))
ORDER BY e.id DESC
LIMIT @row_limit OFFSET @row_offset;

-- name: EventListByActor :many
-- What somebody did, as far as the caller sees what it was done to. Run
-- through dbx.List; see ClientList. Served by events_actor_id_idx. Types that
-- the first line does not name, sessions before all, are their owner's and the
-- admins' business, and so is what the second does not; with the third, an entity that is gone or was never to be
-- seen takes its events along. OFFSET 0 makes PostgreSQL look into each by its
-- primary key, and not hash everything that the caller sees to show twenty.
SELECT e.* FROM events e
WHERE e.actor_id = @user_id::uuid
  AND (@sees_private::boolean OR e.entity_type IN ('client', 'client_contact', 'contact', 'project', 'task', 'comment', 'time_entry', 'timer', 'user'))
  AND (@sees_private::boolean OR e.entity_type <> 'user' OR e.action IN ('user.created', 'user.updated', 'user.deleted', 'user.restored'))
  AND (@sees_all::boolean OR CASE e.entity_type WHEN 'project' THEN EXISTS (SELECT 1 FROM projects p WHERE p.id = e.entity_id AND p.deleted_at IS NULL AND EXISTS (SELECT 1 FROM seen_projects m WHERE m.project_id = p.id AND m.viewer_id = @viewer_id::uuid OFFSET 0) OFFSET 0) WHEN 'task' THEN EXISTS (SELECT 1 FROM tasks t WHERE t.id = e.entity_id AND t.deleted_at IS NULL AND EXISTS (SELECT 1 FROM seen_projects m WHERE m.project_id = t.project_id AND m.viewer_id = @viewer_id::uuid OFFSET 0) OFFSET 0) WHEN 'client' THEN EXISTS (SELECT 1 FROM clients c WHERE c.id = e.entity_id AND c.deleted_at IS NULL AND EXISTS (SELECT 1 FROM seen_clients m WHERE m.client_id = c.id AND m.viewer_id = @viewer_id::uuid OFFSET 0) OFFSET 0) WHEN 'user' THEN EXISTS (SELECT 1 FROM users u JOIN seen_people s ON s.user_id = u.id WHERE u.id = e.entity_id AND u.deleted_at IS NULL AND s.viewer_id = @viewer_id::uuid OFFSET 0) WHEN 'comment' THEN EXISTS (SELECT 1 FROM comments k LEFT JOIN tasks t ON t.id = k.task_id WHERE k.id = e.entity_id AND k.deleted_at IS NULL AND t.deleted_at IS NULL AND CASE WHEN k.client_id IS NOT NULL THEN EXISTS (SELECT 1 FROM seen_clients m WHERE m.client_id = k.client_id AND m.viewer_id = @viewer_id::uuid OFFSET 0) ELSE EXISTS (SELECT 1 FROM seen_projects m JOIN projects p ON p.id = m.project_id WHERE m.project_id = coalesce(k.project_id, t.project_id) AND p.deleted_at IS NULL AND m.viewer_id = @viewer_id::uuid OFFSET 0) END OFFSET 0) WHEN 'time_entry' THEN EXISTS (SELECT 1 FROM time_entries x WHERE x.id = e.entity_id AND x.user_id = @actor_id::uuid AND EXISTS (SELECT 1 FROM seen_projects m WHERE m.project_id = x.project_id AND m.viewer_id = @viewer_id::uuid OFFSET 0) OFFSET 0) ELSE e.actor_id = @actor_id::uuid AND (e.project_id IS NULL AND @viewer_id::uuid = @actor_id::uuid OR EXISTS (SELECT 1 FROM projects p WHERE p.id = e.project_id AND p.deleted_at IS NULL AND EXISTS (SELECT 1 FROM seen_projects m WHERE m.project_id = p.id AND m.viewer_id = @viewer_id::uuid OFFSET 0) OFFSET 0)) END)
  AND (sqlc.narg('entity_type')::text IS NULL OR e.entity_type = sqlc.narg('entity_type')::text)
  AND (sqlc.narg('action')::text[] IS NULL OR e.action = ANY(sqlc.narg('action')::text[]))
  AND (sqlc.narg('occurred_from')::timestamptz IS NULL OR e.occurred_at >= sqlc.narg('occurred_from')::timestamptz)
  AND (sqlc.narg('occurred_to')::timestamptz IS NULL OR e.occurred_at < sqlc.narg('occurred_to')::timestamptz)
ORDER BY e.id DESC
LIMIT @row_limit OFFSET @row_offset;

-- name: EventSeesTask :one
-- Whether the caller may read a task's history: whoever sees it, and managers
-- and admins also when it is deleted. The next ones ask it of other types.
SELECT EXISTS (
    SELECT 1 FROM tasks t
    WHERE t.id = @id AND (@sees_all::boolean OR (t.deleted_at IS NULL AND EXISTS (
        SELECT 1 FROM seen_projects m WHERE m.project_id = t.project_id AND m.viewer_id = @viewer_id::uuid))));

-- name: EventSeesProject :one
SELECT EXISTS (
    SELECT 1 FROM projects p
    WHERE p.id = @id AND (@sees_all::boolean OR (p.deleted_at IS NULL AND EXISTS (
        SELECT 1 FROM seen_projects m WHERE m.project_id = p.id AND m.viewer_id = @viewer_id::uuid))));

-- name: EventSeesClient :one
SELECT EXISTS (
    SELECT 1 FROM clients c
    WHERE c.id = @id AND (@sees_all::boolean OR (c.deleted_at IS NULL AND EXISTS (
        SELECT 1 FROM seen_clients m WHERE m.client_id = c.id AND m.viewer_id = @viewer_id::uuid))));

-- name: EventSeesUser :one
SELECT EXISTS (
    SELECT 1 FROM users u
    WHERE u.id = @id AND (@sees_all::boolean OR (u.deleted_at IS NULL AND EXISTS (
        SELECT 1 FROM seen_people s WHERE s.viewer_id = @viewer_id::uuid AND s.user_id = u.id))));

-- name: EventSeesComment :one
SELECT EXISTS (
    SELECT 1 FROM comments c
    WHERE c.id = @id AND (@sees_all::boolean OR (c.deleted_at IS NULL AND CASE
        WHEN c.task_id IS NOT NULL THEN EXISTS (
            SELECT 1 FROM tasks t WHERE t.id = c.task_id AND t.deleted_at IS NULL AND EXISTS (SELECT 1 FROM seen_projects m WHERE m.project_id = t.project_id AND m.viewer_id = @viewer_id::uuid OFFSET 0))
        WHEN c.project_id IS NOT NULL THEN EXISTS (
            SELECT 1 FROM projects p WHERE p.id = c.project_id AND p.deleted_at IS NULL AND EXISTS (SELECT 1 FROM seen_projects m WHERE m.project_id = p.id AND m.viewer_id = @viewer_id::uuid OFFSET 0))
        ELSE EXISTS (
            SELECT 1 FROM clients o WHERE o.id = c.client_id AND o.deleted_at IS NULL AND EXISTS (SELECT 1 FROM seen_clients m WHERE m.client_id = o.id AND m.viewer_id = @viewer_id::uuid OFFSET 0)) END)));

-- name: EventSeesTimeEntry :one
-- A deleted entry is there no more; that it was is known from its events.
SELECT (EXISTS (
    SELECT 1 FROM time_entries x JOIN projects p ON p.id = x.project_id
    WHERE x.id = @id AND (@sees_all::boolean OR (p.deleted_at IS NULL AND EXISTS (
        SELECT 1 FROM seen_projects m WHERE m.project_id = p.id AND m.viewer_id = @viewer_id::uuid))))
    OR (@sees_all::boolean AND EXISTS (
        SELECT 1 FROM events e WHERE e.entity_type = 'time_entry' AND e.entity_id = @id)))::boolean;

-- name: EventSeesContact :one
-- As EventSeesTimeEntry; the last event of a deleted contact tells its client.
SELECT (EXISTS (
    SELECT 1 FROM client_contacts k JOIN clients c ON c.id = k.client_id
    WHERE k.id = @id AND k.client_id = @client_id AND (@sees_all::boolean OR (c.deleted_at IS NULL AND EXISTS (
        SELECT 1 FROM seen_clients m WHERE m.client_id = c.id AND m.viewer_id = @viewer_id::uuid))))
    OR (@sees_all::boolean AND EXISTS (
        SELECT 1 FROM events e
        WHERE e.entity_type = 'client_contact' AND e.entity_id = @id AND e.action = 'client_contact.deleted'
          AND e.changes -> 'client_id' ->> 'old' = @client_id::text)))::boolean;
