-- API keys, the agents that act with them, and what a key that is limited to
-- some projects and clients sees.

-- +goose Up
-- Whom an agent belongs to. Those that are there already get whoever made them,
-- or else the administrator who was there first.
ALTER TABLE users
    ADD COLUMN owner_id uuid,
    ADD CONSTRAINT users_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users (id),
    ADD CONSTRAINT users_owner_is_of_an_agent CHECK (owner_id IS NULL OR kind = 'agent');

UPDATE users a SET password_hash = NULL, owner_id = coalesce(
    (SELECT u.id FROM users u WHERE u.id = a.created_by AND u.kind = 'human' AND u.deleted_at IS NULL),
    (SELECT u.id FROM users u WHERE u.role = 'admin' AND u.kind = 'human' AND u.deleted_at IS NULL ORDER BY u.id LIMIT 1))
WHERE a.kind = 'agent';

-- An agent acts with API keys alone.
ALTER TABLE users ADD CONSTRAINT users_agent_has_no_password CHECK (kind = 'human' OR password_hash IS NULL);
DELETE FROM sessions s USING users u WHERE u.id = s.user_id AND u.kind = 'agent';

CREATE INDEX users_owner_id_idx ON users (owner_id) WHERE owner_id IS NOT NULL;

CREATE TABLE api_keys (
    id uuid NOT NULL,
    -- Who acts with the key.
    principal_id uuid NOT NULL,
    -- The public part of the key, by which its row is found.
    public_id text NOT NULL,
    name text NOT NULL,
    -- SHA-256 of the key as a whole, which has 256 random bits: there is nothing
    -- to guess, so a fast hash is enough.
    secret_hash bytea NOT NULL,
    scopes text[] NOT NULL,
    -- A limited key sees what stands in api_key_projects and api_key_clients,
    -- and nothing when that is gone.
    limited boolean NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_by uuid NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    last_used_at timestamptz,
    last_used_ip text,
    -- When the last event told that the key was used.
    use_recorded_at timestamptz,
    revoked_at timestamptz,
    revoked_by uuid,
    CONSTRAINT api_keys_pkey PRIMARY KEY (id),
    CONSTRAINT api_keys_principal_id_fkey FOREIGN KEY (principal_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT api_keys_created_by_fkey FOREIGN KEY (created_by) REFERENCES users (id),
    CONSTRAINT api_keys_revoked_by_fkey FOREIGN KEY (revoked_by) REFERENCES users (id),
    CONSTRAINT api_keys_public_id_form CHECK (public_id ~ '^[0-9A-Za-z]{12}$'),
    CONSTRAINT api_keys_name_length CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT api_keys_hash_is_sha256 CHECK (octet_length(secret_hash) = 32),
    CONSTRAINT api_keys_has_scopes CHECK (cardinality(scopes) BETWEEN 1 AND 100),
    CONSTRAINT api_keys_version_positive CHECK (version > 0),
    CONSTRAINT api_keys_expires_within_a_year CHECK (expires_at > created_at AND expires_at <= created_at + interval '8784 hours'),
    CONSTRAINT api_keys_revoked_by_somebody CHECK (revoked_by IS NULL OR revoked_at IS NOT NULL)
);

CREATE UNIQUE INDEX api_keys_public_id_key ON api_keys (public_id);
CREATE INDEX api_keys_principal_id_idx ON api_keys (principal_id);
CREATE INDEX api_keys_created_at_idx ON api_keys (created_at, id);

CREATE TABLE api_key_projects (
    api_key_id uuid NOT NULL,
    project_id uuid NOT NULL,
    CONSTRAINT api_key_projects_pkey PRIMARY KEY (api_key_id, project_id),
    CONSTRAINT api_key_projects_api_key_id_fkey FOREIGN KEY (api_key_id) REFERENCES api_keys (id) ON DELETE CASCADE,
    CONSTRAINT api_key_projects_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE
);

CREATE INDEX api_key_projects_project_id_idx ON api_key_projects (project_id);

CREATE TABLE api_key_clients (
    api_key_id uuid NOT NULL,
    client_id uuid NOT NULL,
    CONSTRAINT api_key_clients_pkey PRIMARY KEY (api_key_id, client_id),
    CONSTRAINT api_key_clients_api_key_id_fkey FOREIGN KEY (api_key_id) REFERENCES api_keys (id) ON DELETE CASCADE,
    CONSTRAINT api_key_clients_client_id_fkey FOREIGN KEY (client_id) REFERENCES clients (id) ON DELETE CASCADE
);

CREATE INDEX api_key_clients_client_id_idx ON api_key_clients (client_id);

-- What a limited key is for, with whether its principal sees everything now: the
-- lesser role of an agent and its owner decides.
CREATE VIEW limited_keys AS
SELECT k.id AS viewer_id, k.principal_id, (LEAST(u.role, o.role) >= 'manager')::boolean AS sees_all
FROM api_keys k
JOIN users u ON u.id = k.principal_id
LEFT JOIN users o ON o.id = u.owner_id
WHERE k.limited;

-- The projects of a limited key: those of its lists that its principal sees, each once.
CREATE VIEW limited_key_projects AS
SELECT k.viewer_id AS viewer_id, l.project_id AS project_id
FROM limited_keys k
JOIN api_key_projects l ON l.api_key_id = k.viewer_id
WHERE k.sees_all OR EXISTS (SELECT FROM project_members m WHERE m.project_id = l.project_id AND m.user_id = k.principal_id)
UNION ALL
SELECT k.viewer_id AS viewer_id, p.id AS project_id
FROM limited_keys k
JOIN api_key_clients l ON l.api_key_id = k.viewer_id
JOIN projects p ON p.client_id = l.client_id
WHERE (k.sees_all OR EXISTS (SELECT FROM project_members m WHERE m.project_id = p.id AND m.user_id = k.principal_id))
  AND NOT EXISTS (SELECT FROM api_key_projects d WHERE d.api_key_id = k.viewer_id AND d.project_id = p.id);

-- Which projects a viewer sees that does not see all: a user those on whose team
-- it is, a limited key its own. PostgreSQL takes the conditions of a query into
-- each part, so that what is for keys costs users one look for a key that is not
-- there. The views below repeat the parts for users in place of asking this one,
-- because a condition on what it is joined with would not be taken into it.
CREATE VIEW seen_projects AS
SELECT m.user_id AS viewer_id, m.project_id AS project_id
FROM project_members m
UNION ALL
SELECT k.viewer_id AS viewer_id, k.project_id AS project_id
FROM limited_key_projects k;

-- Which clients: those of the projects that are seen, and for a limited key
-- those of its list that its principal sees without a project.
CREATE VIEW seen_clients AS
SELECT m.user_id AS viewer_id, p.client_id AS client_id
FROM project_members m
JOIN projects p ON p.id = m.project_id
WHERE p.deleted_at IS NULL AND p.client_id IS NOT NULL
UNION ALL
SELECT k.viewer_id AS viewer_id, p.client_id AS client_id
FROM limited_key_projects k
JOIN projects p ON p.id = k.project_id
WHERE p.deleted_at IS NULL AND p.client_id IS NOT NULL
UNION ALL
SELECT k.viewer_id AS viewer_id, l.client_id AS client_id
FROM limited_keys k
JOIN api_key_clients l ON l.api_key_id = k.viewer_id
WHERE k.sees_all;

-- Which people: itself, who shares a team with it, who manages a project of its
-- team, and agents and their owners each other. A limited key sees its principal
-- and the people of its projects.
CREATE OR REPLACE VIEW seen_people AS
SELECT mine.user_id AS viewer_id, theirs.user_id AS user_id
FROM project_members mine
JOIN projects p ON p.id = mine.project_id
JOIN project_members theirs ON theirs.project_id = p.id
WHERE p.deleted_at IS NULL
UNION ALL
SELECT mine.user_id AS viewer_id, p.manager_id AS user_id
FROM project_members mine
JOIN projects p ON p.id = mine.project_id
WHERE p.deleted_at IS NULL AND p.manager_id IS NOT NULL
UNION ALL
SELECT u.id AS viewer_id, u.id AS user_id
FROM users u
UNION ALL
SELECT a.owner_id AS viewer_id, a.id AS user_id
FROM users a
WHERE a.owner_id IS NOT NULL
UNION ALL
SELECT a.id AS viewer_id, a.owner_id AS user_id
FROM users a
WHERE a.owner_id IS NOT NULL
UNION ALL
SELECT k.viewer_id AS viewer_id, k.principal_id AS user_id
FROM limited_keys k
UNION ALL
SELECT k.viewer_id AS viewer_id, m.user_id AS user_id
FROM limited_key_projects k
JOIN projects p ON p.id = k.project_id
JOIN project_members m ON m.project_id = p.id
WHERE p.deleted_at IS NULL
UNION ALL
SELECT k.viewer_id AS viewer_id, p.manager_id AS user_id
FROM limited_key_projects k
JOIN projects p ON p.id = k.project_id
WHERE p.deleted_at IS NULL AND p.manager_id IS NOT NULL;

-- +goose Down
CREATE OR REPLACE VIEW seen_people AS
SELECT mine.user_id AS viewer_id, theirs.user_id AS user_id
FROM project_members mine
JOIN projects p ON p.id = mine.project_id
JOIN project_members theirs ON theirs.project_id = p.id
WHERE p.deleted_at IS NULL
UNION ALL
SELECT mine.user_id AS viewer_id, p.manager_id AS user_id
FROM project_members mine
JOIN projects p ON p.id = mine.project_id
WHERE p.deleted_at IS NULL AND p.manager_id IS NOT NULL
UNION ALL
SELECT u.id AS viewer_id, u.id AS user_id
FROM users u;
DROP VIEW seen_clients;
DROP VIEW seen_projects;
DROP VIEW limited_key_projects;
DROP VIEW limited_keys;
DROP TABLE api_key_clients;
DROP TABLE api_key_projects;
DROP TABLE api_keys;
DROP INDEX users_owner_id_idx;
ALTER TABLE users DROP CONSTRAINT users_agent_has_no_password, DROP CONSTRAINT users_owner_is_of_an_agent, DROP CONSTRAINT users_owner_id_fkey, DROP COLUMN owner_id;
