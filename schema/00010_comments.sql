-- What people and agents say about tasks, projects and clients, and what
-- people think of what agents said.

-- +goose Up
CREATE TYPE author_kind AS ENUM ('human', 'agent', 'system');
CREATE TYPE comment_kind AS ENUM ('comment', 'question', 'proposal', 'summary', 'handoff', 'decision');
CREATE TYPE feedback_verdict AS ENUM ('accepted', 'rejected', 'edited', 'flagged');

CREATE TABLE comments (
    id uuid NOT NULL,
    -- Exactly one of the three is what the comment is about.
    task_id uuid,
    project_id uuid,
    client_id uuid,
    reply_to_id uuid,
    -- The comment that the thread began with; its own id where it began one.
    thread_id uuid NOT NULL,
    -- How many comments it stands below.
    depth smallint NOT NULL DEFAULT 0,
    kind comment_kind NOT NULL DEFAULT 'comment',
    body text NOT NULL,
    -- Null for the system itself.
    author_id uuid,
    author_kind author_kind NOT NULL,
    -- Everybody it mentions: whom the author listed, and whom the body names.
    mentioned_ids uuid[] NOT NULL DEFAULT '{}',
    -- Whom the author listed, who stay mentioned when the body changes.
    listed_ids uuid[] NOT NULL DEFAULT '{}',
    -- How an agent came to say it.
    ai_provider text,
    ai_model text,
    ai_prompt_version text,
    ai_run_id text,
    ai_confidence double precision,
    -- [{"title": …, "url": …}]
    ai_sources jsonb,
    -- What a person declares to have been helped by.
    assisted_by_provider text,
    assisted_by_model text,
    -- When the body was last changed.
    edited_at timestamptz,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_at timestamptz NOT NULL DEFAULT now(),
    updated_by uuid,
    deleted_at timestamptz,
    deleted_by uuid,
    deletion_id uuid,
    CONSTRAINT comments_pkey PRIMARY KEY (id),
    CONSTRAINT comments_task_id_fkey FOREIGN KEY (task_id) REFERENCES tasks (id) ON DELETE CASCADE,
    CONSTRAINT comments_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE,
    CONSTRAINT comments_client_id_fkey FOREIGN KEY (client_id) REFERENCES clients (id) ON DELETE CASCADE,
    CONSTRAINT comments_reply_to_id_fkey FOREIGN KEY (reply_to_id) REFERENCES comments (id) ON DELETE CASCADE,
    CONSTRAINT comments_author_id_fkey FOREIGN KEY (author_id) REFERENCES users (id),
    CONSTRAINT comments_created_by_fkey FOREIGN KEY (created_by) REFERENCES users (id),
    CONSTRAINT comments_updated_by_fkey FOREIGN KEY (updated_by) REFERENCES users (id),
    CONSTRAINT comments_deleted_by_fkey FOREIGN KEY (deleted_by) REFERENCES users (id),
    CONSTRAINT comments_thread_id_fkey FOREIGN KEY (thread_id) REFERENCES comments (id) ON DELETE CASCADE,
    CONSTRAINT comments_about_one_thing CHECK (num_nonnulls(task_id, project_id, client_id) = 1),
    CONSTRAINT comments_body_length CHECK (char_length(body) BETWEEN 1 AND 20000),
    CONSTRAINT comments_thread_has_one_beginning CHECK (
        (reply_to_id IS NULL) = (thread_id = id) AND (reply_to_id IS NULL) = (depth = 0) AND depth BETWEEN 0 AND 50),
    CONSTRAINT comments_mentions_whom_it_lists CHECK (mentioned_ids @> listed_ids),
    CONSTRAINT comments_author_unless_system CHECK ((author_kind = 'system') = (author_id IS NULL)),
    CONSTRAINT comments_ai_of_agents_alone CHECK (
        (author_kind = 'agent') = (ai_provider IS NOT NULL)
        AND (ai_provider IS NULL) = (ai_model IS NULL)
        AND (author_kind = 'agent' OR num_nonnulls(ai_prompt_version, ai_run_id, ai_confidence, ai_sources) = 0)),
    CONSTRAINT comments_ai_confidence_is_probability CHECK (ai_confidence BETWEEN 0 AND 1),
    CONSTRAINT comments_ai_sources_is_array CHECK (jsonb_typeof(ai_sources) = 'array'),
    CONSTRAINT comments_assisted_by_of_humans_alone CHECK (author_kind = 'human' OR num_nonnulls(assisted_by_provider, assisted_by_model) = 0),
    CONSTRAINT comments_assisted_by_complete CHECK ((assisted_by_provider IS NULL) = (assisted_by_model IS NULL)),
    CONSTRAINT comments_version_positive CHECK (version > 0),
    CONSTRAINT comments_deletion_complete CHECK ((deleted_at IS NULL) = (deletion_id IS NULL))
);

CREATE INDEX comments_created_at_idx ON comments (created_at, id);
CREATE INDEX comments_kind_idx ON comments (kind, created_at, id);
CREATE INDEX comments_task_id_idx ON comments (task_id, created_at, id) WHERE task_id IS NOT NULL;
CREATE INDEX comments_project_id_idx ON comments (project_id, created_at, id) WHERE project_id IS NOT NULL;
CREATE INDEX comments_client_id_idx ON comments (client_id, created_at, id) WHERE client_id IS NOT NULL;
CREATE INDEX comments_reply_to_id_idx ON comments (reply_to_id, created_at, id) WHERE reply_to_id IS NOT NULL;
CREATE INDEX comments_thread_id_idx ON comments (thread_id, created_at, id);
CREATE INDEX comments_mentioned_ids_idx ON comments USING gin (mentioned_ids) WITH (fastupdate = off);
CREATE INDEX comments_author_id_idx ON comments (author_id, created_at, id);
CREATE INDEX comments_deletion_id_idx ON comments (deletion_id) WHERE deletion_id IS NOT NULL;

CREATE TABLE comment_feedback (
    comment_id uuid NOT NULL,
    user_id uuid NOT NULL,
    verdict feedback_verdict NOT NULL,
    reason text,
    -- What the comment should have said.
    correction text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT comment_feedback_pkey PRIMARY KEY (comment_id, user_id),
    CONSTRAINT comment_feedback_comment_id_fkey FOREIGN KEY (comment_id) REFERENCES comments (id) ON DELETE CASCADE,
    CONSTRAINT comment_feedback_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT comment_feedback_reason_length CHECK (char_length(reason) BETWEEN 1 AND 2000),
    CONSTRAINT comment_feedback_correction_length CHECK (char_length(correction) BETWEEN 1 AND 20000),
    CONSTRAINT comment_feedback_correction_of_what_was_edited CHECK (
        CASE verdict WHEN 'edited' THEN correction IS NOT NULL WHEN 'accepted' THEN correction IS NULL ELSE true END)
);

CREATE INDEX comment_feedback_user_id_idx ON comment_feedback (user_id);

-- +goose Down
DROP TABLE comment_feedback;
DROP TABLE comments;
DROP TYPE feedback_verdict;
DROP TYPE comment_kind;
DROP TYPE author_kind;
