-- Principals and how they sign in.

-- +goose Up
CREATE TYPE principal_kind AS ENUM ('human', 'agent');
CREATE TYPE role AS ENUM ('user', 'manager', 'admin');

CREATE TABLE users (
    id uuid NOT NULL,
    kind principal_kind NOT NULL DEFAULT 'human',
    email text NOT NULL,
    name text NOT NULL,
    role role NOT NULL DEFAULT 'user',
    -- A PHC string; null for a principal that has no password to sign in with.
    password_hash text,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_at timestamptz NOT NULL DEFAULT now(),
    updated_by uuid,
    deleted_at timestamptz,
    deleted_by uuid,
    deletion_id uuid,
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_created_by_fkey FOREIGN KEY (created_by) REFERENCES users (id),
    CONSTRAINT users_updated_by_fkey FOREIGN KEY (updated_by) REFERENCES users (id),
    CONSTRAINT users_deleted_by_fkey FOREIGN KEY (deleted_by) REFERENCES users (id),
    CONSTRAINT users_email_length CHECK (char_length(email) BETWEEN 3 AND 254),
    CONSTRAINT users_name_length CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT users_version_positive CHECK (version > 0),
    CONSTRAINT users_deletion_complete CHECK ((deleted_at IS NULL) = (deletion_id IS NULL))
);

-- An address belongs to one live account, whatever its case. Deleted accounts
-- do not hold on to it.
CREATE UNIQUE INDEX users_email_key ON users (lower(email)) WHERE deleted_at IS NULL;

-- A session is one sign-in on one device; revoking it ends every token issued
-- under it.
CREATE TABLE sessions (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    revoked_reason text,
    ip text,
    user_agent text,
    CONSTRAINT sessions_pkey PRIMARY KEY (id),
    CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT sessions_expires_after_created CHECK (expires_at > created_at),
    CONSTRAINT sessions_revoked_has_reason CHECK ((revoked_at IS NULL) = (revoked_reason IS NULL)),
    CONSTRAINT sessions_revoked_reason_known CHECK (revoked_reason IN ('logout', 'refresh_token_reused'))
);

CREATE INDEX sessions_user_id_idx ON sessions (user_id);

-- Every refresh token ever issued under a session, so that the reuse of any
-- rotated one is noticed, not only of the last.
CREATE TABLE refresh_tokens (
    -- SHA-256 of the token. The token has 256 random bits, so a fast hash is
    -- enough: there is nothing to guess.
    token_hash bytea NOT NULL,
    session_id uuid NOT NULL,
    issued_at timestamptz NOT NULL DEFAULT now(),
    used_at timestamptz,
    CONSTRAINT refresh_tokens_pkey PRIMARY KEY (token_hash),
    CONSTRAINT refresh_tokens_session_id_fkey FOREIGN KEY (session_id) REFERENCES sessions (id) ON DELETE CASCADE,
    CONSTRAINT refresh_tokens_hash_is_sha256 CHECK (octet_length(token_hash) = 32)
);

CREATE INDEX refresh_tokens_session_id_idx ON refresh_tokens (session_id);

-- +goose Down
DROP TABLE refresh_tokens;
DROP TABLE sessions;
DROP TABLE users;
DROP TYPE role;
DROP TYPE principal_kind;
