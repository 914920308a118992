-- Clients, their projects and the teams on them.

-- +goose Up
CREATE TYPE client_status AS ENUM ('lead', 'prospect', 'active', 'inactive', 'churned');
CREATE TYPE project_status AS ENUM ('planning', 'active', 'on_hold', 'completed', 'cancelled', 'archived');
CREATE TYPE priority AS ENUM ('low', 'medium', 'high', 'urgent');
CREATE TYPE project_member_role AS ENUM ('lead', 'contributor', 'viewer');

CREATE TABLE clients (
    id uuid NOT NULL,
    name text NOT NULL,
    email text,
    phone text,
    website text,
    industry text,
    status client_status NOT NULL DEFAULT 'lead',
    status_reason text,
    notes text,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_at timestamptz NOT NULL DEFAULT now(),
    updated_by uuid,
    deleted_at timestamptz,
    deleted_by uuid,
    deletion_id uuid,
    CONSTRAINT clients_pkey PRIMARY KEY (id),
    CONSTRAINT clients_created_by_fkey FOREIGN KEY (created_by) REFERENCES users (id),
    CONSTRAINT clients_updated_by_fkey FOREIGN KEY (updated_by) REFERENCES users (id),
    CONSTRAINT clients_deleted_by_fkey FOREIGN KEY (deleted_by) REFERENCES users (id),
    CONSTRAINT clients_name_length CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT clients_version_positive CHECK (version > 0),
    CONSTRAINT clients_deletion_complete CHECK ((deleted_at IS NULL) = (deletion_id IS NULL))
);

CREATE INDEX clients_created_at_idx ON clients (created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX clients_name_idx ON clients (name, id) WHERE deleted_at IS NULL;
CREATE INDEX clients_deletion_id_idx ON clients (deletion_id) WHERE deletion_id IS NOT NULL;

CREATE TABLE projects (
    id uuid NOT NULL,
    client_id uuid,
    -- The one who answers for the project: a manager or an admin.
    manager_id uuid,
    name text NOT NULL,
    description text,
    status project_status NOT NULL DEFAULT 'planning',
    status_reason text,
    priority priority NOT NULL DEFAULT 'medium',
    starts_on date,
    ends_on date,
    completed_at timestamptz,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_at timestamptz NOT NULL DEFAULT now(),
    updated_by uuid,
    deleted_at timestamptz,
    deleted_by uuid,
    deletion_id uuid,
    CONSTRAINT projects_pkey PRIMARY KEY (id),
    CONSTRAINT projects_client_id_fkey FOREIGN KEY (client_id) REFERENCES clients (id),
    CONSTRAINT projects_manager_id_fkey FOREIGN KEY (manager_id) REFERENCES users (id),
    CONSTRAINT projects_created_by_fkey FOREIGN KEY (created_by) REFERENCES users (id),
    CONSTRAINT projects_updated_by_fkey FOREIGN KEY (updated_by) REFERENCES users (id),
    CONSTRAINT projects_deleted_by_fkey FOREIGN KEY (deleted_by) REFERENCES users (id),
    CONSTRAINT projects_name_length CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT projects_ends_on_not_before_starts_on CHECK (ends_on >= starts_on),
    CONSTRAINT projects_completed_has_completed_at CHECK (status <> 'completed' OR completed_at IS NOT NULL),
    CONSTRAINT projects_version_positive CHECK (version > 0),
    CONSTRAINT projects_deletion_complete CHECK ((deleted_at IS NULL) = (deletion_id IS NULL))
);

CREATE INDEX projects_created_at_idx ON projects (created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX projects_name_idx ON projects (name, id) WHERE deleted_at IS NULL;
CREATE INDEX projects_client_id_idx ON projects (client_id, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX projects_manager_id_idx ON projects (manager_id, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX projects_deletion_id_idx ON projects (deletion_id) WHERE deletion_id IS NOT NULL;

CREATE TABLE project_members (
    project_id uuid NOT NULL,
    user_id uuid NOT NULL,
    role project_member_role NOT NULL DEFAULT 'contributor',
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    CONSTRAINT project_members_pkey PRIMARY KEY (project_id, user_id),
    CONSTRAINT project_members_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE,
    CONSTRAINT project_members_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT project_members_created_by_fkey FOREIGN KEY (created_by) REFERENCES users (id)
);

-- "The projects I am on the team of" is in the visibility of every read.
CREATE INDEX project_members_user_id_idx ON project_members (user_id, project_id);

-- +goose Down
DROP TABLE project_members;
DROP TABLE projects;
DROP TABLE clients;
DROP TYPE project_member_role;
DROP TYPE priority;
DROP TYPE project_status;
DROP TYPE client_status;
