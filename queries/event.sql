-- name: EventInsert :exec
INSERT INTO events (actor_id, credential, request_id, entity_type, entity_id, project_id, action, changes, version)
VALUES (@actor_id, @credential, @request_id, @entity_type, @entity_id, @project_id, @action, @changes, @version);

-- name: EventInsertForMany :exec
-- The same action on many entities at once, as a cascade causes it.
INSERT INTO events (actor_id, credential, request_id, entity_type, entity_id, project_id, action, changes, version)
SELECT sqlc.narg('actor_id')::uuid, @credential::text, sqlc.narg('request_id')::text, @entity_type::text, e.id, e.project_id, @action::text, @changes::jsonb, e.version
FROM (SELECT unnest(@ids::uuid[]) AS id, unnest(@project_ids::uuid[]) AS project_id, unnest(@versions::bigint[]) AS version) e;

-- name: EventInsertMany :exec
-- The same action on many entities at once, each with changes of its own.
INSERT INTO events (actor_id, credential, request_id, entity_type, entity_id, project_id, action, changes, version)
SELECT sqlc.narg('actor_id')::uuid, @credential::text, sqlc.narg('request_id')::text, @entity_type::text, e.entity_id, e.project_id, @action::text, e.changes, e.version
FROM jsonb_populate_recordset(NULL::events, @events::jsonb) e;
