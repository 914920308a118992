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

-- The projects of a limited key: those of its lists that its principal sees.
CREATE VIEW limited_key_projects AS
SELECT k.viewer_id AS viewer_id, l.project_id AS project_id
FROM limited_keys k
JOIN api_key_projects l ON l.api_key_id = k.viewer_id
WHERE k.sees_all OR EXISTS (SELECT FROM project_members m WHERE m.project_id = l.project_id AND m.user_id = k.principal_id)
UNION
SELECT k.viewer_id AS viewer_id, p.id AS project_id
FROM limited_keys k
JOIN api_key_clients l ON l.api_key_id = k.viewer_id
JOIN projects p ON p.client_id = l.client_id
WHERE k.sees_all OR EXISTS (SELECT FROM project_members m WHERE m.project_id = p.id AND m.user_id = k.principal_id);

-- Which projects a viewer sees that does not see all: a user those on whose team
-- it is, a limited key those of limited_key_projects. It is derived from what
-- stands in other tables and kept by the triggers below. As a view over both it
-- made lists of users ten times slower: PostgreSQL does not take the condition of
-- a join into a part that is a join itself.
CREATE TABLE seen_projects (
    viewer_id uuid NOT NULL,
    project_id uuid NOT NULL,
    CONSTRAINT seen_projects_pkey PRIMARY KEY (project_id, viewer_id),
    CONSTRAINT seen_projects_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE
);

CREATE INDEX seen_projects_viewer_id_idx ON seen_projects (viewer_id, project_id);

INSERT INTO seen_projects (viewer_id, project_id) SELECT m.user_id, m.project_id FROM project_members m;

-- Brings seen_projects up to date for the keys. Whoever changes what a key
-- depends on comes by here; of two at the same time the second waits at the key,
-- and then looks at what both have changed. A key that is just being made is not
-- there yet for others: whoever makes one therefore locks its principal, the
-- principal's owner and the clients exclusively, and the triggers share them.
-- +goose StatementBegin
CREATE FUNCTION limited_keys_refresh(keys uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF cardinality(keys) = 0 THEN
        RETURN;
    END IF;
    PERFORM FROM api_keys k WHERE k.id = ANY(keys) ORDER BY k.id FOR NO KEY UPDATE;
    DELETE FROM seen_projects s
    WHERE s.viewer_id = ANY(keys)
      AND NOT EXISTS (SELECT FROM limited_key_projects l WHERE l.viewer_id = s.viewer_id AND l.project_id = s.project_id);
    INSERT INTO seen_projects (viewer_id, project_id)
    SELECT l.viewer_id, l.project_id FROM limited_key_projects l WHERE l.viewer_id = ANY(keys)
    ON CONFLICT DO NOTHING;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION members_are_seeing() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    people uuid[] := ARRAY(SELECT DISTINCT r.user_id FROM changed_rows r ORDER BY 1);
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO seen_projects (viewer_id, project_id) SELECT r.user_id, r.project_id FROM changed_rows r;
    ELSE
        DELETE FROM seen_projects s USING changed_rows r WHERE s.viewer_id = r.user_id AND s.project_id = r.project_id;
    END IF;
    PERFORM FROM users u WHERE u.id = ANY(people) ORDER BY u.id FOR SHARE;
    PERFORM limited_keys_refresh(ARRAY(SELECT k.id FROM api_keys k WHERE k.limited AND k.principal_id = ANY(people)));
    RETURN NULL;
END $$;
-- +goose StatementEnd

CREATE TRIGGER project_members_inserted AFTER INSERT ON project_members
    REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION members_are_seeing();
CREATE TRIGGER project_members_deleted AFTER DELETE ON project_members
    REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION members_are_seeing();

-- +goose StatementBegin
CREATE FUNCTION users_are_seeing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Who changes the owner at this moment does not find the keys of an agent
    -- that is only just becoming its own.
    IF OLD.owner_id IS DISTINCT FROM NEW.owner_id THEN
        PERFORM FROM users o WHERE o.id = NEW.owner_id FOR SHARE;
    END IF;
    PERFORM limited_keys_refresh(ARRAY(
        SELECT k.id FROM api_keys k JOIN users u ON u.id = k.principal_id
        WHERE k.limited AND (u.id = NEW.id OR u.owner_id = NEW.id)));
    RETURN NULL;
END $$;
-- +goose StatementEnd

CREATE TRIGGER users_updated AFTER UPDATE ON users
    FOR EACH ROW WHEN ((OLD.role, OLD.owner_id) IS DISTINCT FROM (NEW.role, NEW.owner_id)) EXECUTE FUNCTION users_are_seeing();

-- +goose StatementBegin
CREATE FUNCTION projects_are_seen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    clients uuid[] := ARRAY[NEW.client_id];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        clients := clients || OLD.client_id;
    END IF;
    PERFORM FROM clients c WHERE c.id = ANY(clients) ORDER BY c.id FOR SHARE;
    PERFORM limited_keys_refresh(ARRAY(SELECT l.api_key_id FROM api_key_clients l WHERE l.client_id = ANY(clients)));
    RETURN NULL;
END $$;
-- +goose StatementEnd

CREATE TRIGGER projects_inserted AFTER INSERT ON projects
    FOR EACH ROW WHEN (NEW.client_id IS NOT NULL) EXECUTE FUNCTION projects_are_seen();
CREATE TRIGGER projects_updated AFTER UPDATE ON projects
    FOR EACH ROW WHEN (OLD.client_id IS DISTINCT FROM NEW.client_id) EXECUTE FUNCTION projects_are_seen();

-- +goose StatementBegin
CREATE FUNCTION key_lists_are_seen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM limited_keys_refresh(ARRAY(SELECT DISTINCT r.api_key_id FROM changed_rows r));
    RETURN NULL;
END $$;
-- +goose StatementEnd

CREATE TRIGGER api_key_projects_inserted AFTER INSERT ON api_key_projects
    REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION key_lists_are_seen();
CREATE TRIGGER api_key_projects_deleted AFTER DELETE ON api_key_projects
    REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION key_lists_are_seen();
CREATE TRIGGER api_key_clients_inserted AFTER INSERT ON api_key_clients
    REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION key_lists_are_seen();
CREATE TRIGGER api_key_clients_deleted AFTER DELETE ON api_key_clients
    REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION key_lists_are_seen();

-- Which clients: those of the projects that are seen, and for a limited key
-- those of its list that its principal sees without a project.
CREATE VIEW seen_clients AS
SELECT m.viewer_id AS viewer_id, p.client_id AS client_id
FROM seen_projects m
JOIN projects p ON p.id = m.project_id
WHERE p.deleted_at IS NULL AND p.client_id IS NOT NULL
UNION ALL
SELECT k.viewer_id AS viewer_id, l.client_id AS client_id
FROM limited_keys k
JOIN api_key_clients l ON l.api_key_id = k.viewer_id
WHERE k.sees_all;

-- Which people: itself, who shares a team with it, who manages a project of its
-- team, and its agents. A key sees its principal and the people of its projects.
CREATE OR REPLACE VIEW seen_people AS
SELECT mine.viewer_id AS viewer_id, theirs.user_id AS user_id
FROM seen_projects mine
JOIN projects p ON p.id = mine.project_id
JOIN project_members theirs ON theirs.project_id = p.id
WHERE p.deleted_at IS NULL
UNION ALL
SELECT mine.viewer_id AS viewer_id, p.manager_id AS user_id
FROM seen_projects mine
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
SELECT k.id AS viewer_id, k.principal_id AS user_id
FROM api_keys k;

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
DROP TRIGGER projects_updated ON projects;
DROP TRIGGER projects_inserted ON projects;
DROP TRIGGER users_updated ON users;
DROP TRIGGER project_members_deleted ON project_members;
DROP TRIGGER project_members_inserted ON project_members;
DROP TABLE seen_projects;
DROP VIEW limited_key_projects;
DROP VIEW limited_keys;
DROP TABLE api_key_clients;
DROP TABLE api_key_projects;
DROP FUNCTION key_lists_are_seen;
DROP FUNCTION projects_are_seen;
DROP FUNCTION users_are_seeing;
DROP FUNCTION members_are_seeing;
DROP FUNCTION limited_keys_refresh;
DROP TABLE api_keys;
DROP INDEX users_owner_id_idx;
ALTER TABLE users DROP CONSTRAINT users_agent_has_no_password, DROP CONSTRAINT users_owner_is_of_an_agent, DROP CONSTRAINT users_owner_id_fkey, DROP COLUMN owner_id;
