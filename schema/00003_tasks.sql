-- Tasks and what they wait for.

-- +goose Up
CREATE TYPE task_status AS ENUM ('backlog', 'todo', 'in_progress', 'in_review', 'blocked', 'done', 'cancelled');

CREATE TABLE tasks (
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    parent_id uuid,
    title text NOT NULL,
    description text,
    status task_status NOT NULL DEFAULT 'todo',
    -- Why the task came into its status, where the change needed or gave a reason.
    status_reason text,
    priority priority NOT NULL DEFAULT 'medium',
    assignee_id uuid,
    estimate_minutes integer,
    due_date date,
    completed_at timestamptz,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_at timestamptz NOT NULL DEFAULT now(),
    updated_by uuid,
    deleted_at timestamptz,
    deleted_by uuid,
    deletion_id uuid,
    CONSTRAINT tasks_pkey PRIMARY KEY (id),
    -- Lets parents and dependencies be tied to the same project by foreign key.
    CONSTRAINT tasks_project_id_id_key UNIQUE (project_id, id),
    CONSTRAINT tasks_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects (id),
    CONSTRAINT tasks_parent_id_fkey FOREIGN KEY (project_id, parent_id) REFERENCES tasks (project_id, id),
    CONSTRAINT tasks_assignee_id_fkey FOREIGN KEY (assignee_id) REFERENCES users (id),
    CONSTRAINT tasks_created_by_fkey FOREIGN KEY (created_by) REFERENCES users (id),
    CONSTRAINT tasks_updated_by_fkey FOREIGN KEY (updated_by) REFERENCES users (id),
    CONSTRAINT tasks_deleted_by_fkey FOREIGN KEY (deleted_by) REFERENCES users (id),
    CONSTRAINT tasks_title_length CHECK (char_length(title) BETWEEN 1 AND 300),
    CONSTRAINT tasks_estimate_minutes_positive CHECK (estimate_minutes > 0),
    CONSTRAINT tasks_parent_is_another CHECK (parent_id <> id),
    CONSTRAINT tasks_done_has_completed_at CHECK ((status = 'done') = (completed_at IS NOT NULL)),
    CONSTRAINT tasks_blocked_has_reason CHECK (status <> 'blocked' OR status_reason IS NOT NULL),
    CONSTRAINT tasks_version_positive CHECK (version > 0),
    CONSTRAINT tasks_deletion_complete CHECK ((deleted_at IS NULL) = (deletion_id IS NULL))
) WITH (fillfactor = 85);

-- No index below holds status or updated_at, not even in a predicate, so that
-- a status transition stays a heap-only (HOT) update.
CREATE INDEX tasks_created_at_idx ON tasks (created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX tasks_project_id_idx ON tasks (project_id, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX tasks_assignee_id_idx ON tasks (assignee_id, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX tasks_parent_id_idx ON tasks (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX tasks_due_date_idx ON tasks (due_date, id) WHERE deleted_at IS NULL;
CREATE INDEX tasks_deletion_id_idx ON tasks (deletion_id) WHERE deletion_id IS NOT NULL;

CREATE TABLE task_dependencies (
    project_id uuid NOT NULL,
    task_id uuid NOT NULL,
    -- The task that must be done before task_id may start.
    prerequisite_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    CONSTRAINT task_dependencies_pkey PRIMARY KEY (task_id, prerequisite_id),
    CONSTRAINT task_dependencies_task_id_fkey FOREIGN KEY (project_id, task_id) REFERENCES tasks (project_id, id) ON DELETE CASCADE,
    CONSTRAINT task_dependencies_prerequisite_id_fkey FOREIGN KEY (project_id, prerequisite_id) REFERENCES tasks (project_id, id) ON DELETE CASCADE,
    CONSTRAINT task_dependencies_created_by_fkey FOREIGN KEY (created_by) REFERENCES users (id),
    CONSTRAINT task_dependencies_not_on_itself CHECK (task_id <> prerequisite_id)
);

CREATE INDEX task_dependencies_prerequisite_id_idx ON task_dependencies (prerequisite_id, task_id);

-- +goose Down
DROP TABLE task_dependencies;
DROP TABLE tasks;
DROP TYPE task_status;
