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
