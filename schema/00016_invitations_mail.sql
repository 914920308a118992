-- How people come to have an account, show that an address is theirs, and get
-- back in without their password.

-- +goose Up
ALTER TABLE users
    -- When somebody showed that mail to the address reaches the user.
    ADD COLUMN email_verified_at timestamptz;

CREATE TABLE invitations (
    id uuid NOT NULL,
    email text NOT NULL,
    role role NOT NULL,
    -- SHA-256 of the token. The token has 256 random bits, so a fast hash is
    -- enough: there is nothing to guess.
    token_hash bytea NOT NULL,
    -- Whether the token went out by mail and was shown to nobody else, so that
    -- whoever has it reads the mail of the address.
    is_mailed boolean NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    -- Who invites. The invitation is worth what this user may do when it is accepted.
    created_by uuid NOT NULL,
    expires_at timestamptz NOT NULL,
    accepted_at timestamptz,
    accepted_by uuid,
    revoked_at timestamptz,
    revoked_by uuid,
    CONSTRAINT invitations_pkey PRIMARY KEY (id),
    CONSTRAINT invitations_token_hash_key UNIQUE (token_hash),
    CONSTRAINT invitations_created_by_fkey FOREIGN KEY (created_by) REFERENCES users (id),
    CONSTRAINT invitations_accepted_by_fkey FOREIGN KEY (accepted_by) REFERENCES users (id),
    CONSTRAINT invitations_revoked_by_fkey FOREIGN KEY (revoked_by) REFERENCES users (id),
    CONSTRAINT invitations_email_length CHECK (char_length(email) BETWEEN 3 AND 254),
    CONSTRAINT invitations_token_hash_is_sha256 CHECK (octet_length(token_hash) = 32),
    CONSTRAINT invitations_expires_after_created CHECK (expires_at > created_at),
    CONSTRAINT invitations_accepted_by_somebody CHECK ((accepted_at IS NULL) = (accepted_by IS NULL)),
    CONSTRAINT invitations_end_once CHECK (accepted_at IS NULL OR revoked_at IS NULL)
);

-- Of the invitations of an address only the last one can be accepted.
CREATE UNIQUE INDEX invitations_open_email_key ON invitations (lower(email)) WHERE accepted_at IS NULL AND revoked_at IS NULL;
CREATE INDEX invitations_email_idx ON invitations (lower(email), created_at);
CREATE INDEX invitations_created_at_idx ON invitations (created_at, id);
CREATE INDEX invitations_created_by_idx ON invitations (created_by, created_at, id);

CREATE TYPE token_purpose AS ENUM ('email_verification', 'password_reset');

-- What is mailed to a user to be sent back once.
CREATE TABLE one_time_tokens (
    -- SHA-256 of the token, as for invitations.
    token_hash bytea NOT NULL,
    purpose token_purpose NOT NULL,
    user_id uuid NOT NULL,
    -- The address that it was sent to: it says nothing about another one that
    -- the user has by now.
    email text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    -- When a later one for the same purpose took its place.
    replaced_at timestamptz,
    CONSTRAINT one_time_tokens_pkey PRIMARY KEY (token_hash),
    CONSTRAINT one_time_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT one_time_tokens_hash_is_sha256 CHECK (octet_length(token_hash) = 32),
    CONSTRAINT one_time_tokens_expires_after_created CHECK (expires_at > created_at),
    CONSTRAINT one_time_tokens_end_once CHECK (used_at IS NULL OR replaced_at IS NULL)
);

CREATE INDEX one_time_tokens_user_id_idx ON one_time_tokens (user_id, purpose, created_at);
CREATE INDEX one_time_tokens_email_idx ON one_time_tokens (lower(email), purpose, created_at);

-- +goose Down
DROP TABLE one_time_tokens;
DROP TYPE token_purpose;
DROP TABLE invitations;
ALTER TABLE users DROP COLUMN email_verified_at;
