-- Time worked on tasks, and the timers that measure it.

-- +goose Up
CREATE TABLE time_entries (
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    task_id uuid NOT NULL,
    user_id uuid NOT NULL,
    spent_on date NOT NULL,
    minutes integer NOT NULL,
    note text,
    billable boolean NOT NULL,
    -- What an hour is billed at and what it costs, as they were when the entry
    -- was written: a later change of a rate changes no history.
    billing_rate_minor bigint,
    billing_rate_currency text,
    cost_rate_minor bigint,
    cost_rate_currency text,
    external_source text,
    external_id text,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_at timestamptz NOT NULL DEFAULT now(),
    updated_by uuid,
    CONSTRAINT time_entries_pkey PRIMARY KEY (id),
    CONSTRAINT time_entries_task_id_fkey FOREIGN KEY (project_id, task_id) REFERENCES tasks (project_id, id),
    CONSTRAINT time_entries_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT time_entries_created_by_fkey FOREIGN KEY (created_by) REFERENCES users (id),
    CONSTRAINT time_entries_updated_by_fkey FOREIGN KEY (updated_by) REFERENCES users (id),
    CONSTRAINT time_entries_minutes_within_a_day CHECK (minutes BETWEEN 1 AND 1440),
    CONSTRAINT time_entries_billing_rate_has_currency CHECK ((billing_rate_minor IS NULL) = (billing_rate_currency IS NULL)),
    CONSTRAINT time_entries_cost_rate_has_currency CHECK ((cost_rate_minor IS NULL) = (cost_rate_currency IS NULL)),
    CONSTRAINT time_entries_external_id_has_source CHECK ((external_id IS NULL) = (external_source IS NULL)),
    CONSTRAINT time_entries_version_positive CHECK (version > 0)
);

CREATE UNIQUE INDEX time_entries_external_id_key ON time_entries (external_source, external_id);
CREATE INDEX time_entries_spent_on_idx ON time_entries (spent_on, id);
CREATE INDEX time_entries_created_at_idx ON time_entries (created_at, id);
CREATE INDEX time_entries_minutes_idx ON time_entries (minutes, id);
CREATE INDEX time_entries_project_id_idx ON time_entries (project_id, spent_on, id);
CREATE INDEX time_entries_task_id_idx ON time_entries (task_id, spent_on, id);
CREATE INDEX time_entries_user_id_idx ON time_entries (user_id, spent_on, id);

-- A principal has at most one timer running.
CREATE TABLE timers (
    user_id uuid NOT NULL,
    project_id uuid NOT NULL,
    task_id uuid NOT NULL,
    note text,
    billable boolean NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT timers_pkey PRIMARY KEY (user_id),
    CONSTRAINT timers_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT timers_task_id_fkey FOREIGN KEY (project_id, task_id) REFERENCES tasks (project_id, id) ON DELETE CASCADE
);

CREATE INDEX timers_task_id_idx ON timers (task_id);

-- +goose Down
DROP TABLE timers;
DROP TABLE time_entries;
