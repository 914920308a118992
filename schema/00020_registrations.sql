-- Who asks for an account where registration is open gets it once mail to the
-- address has come back: an account that could be there before, unverified,
-- would tell who has one, and would keep the address from its owner.

-- +goose Up
CREATE TABLE registrations (
    -- SHA-256 of the token that is mailed. It has 256 random bits, so a fast
    -- hash is enough: there is nothing to guess.
    token_hash bytea NOT NULL,
    email text NOT NULL,
    name text NOT NULL,
    -- Null once the address has an account, from which on the token opens none.
    password_hash text,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    CONSTRAINT registrations_pkey PRIMARY KEY (token_hash),
    CONSTRAINT registrations_hash_is_sha256 CHECK (octet_length(token_hash) = 32),
    CONSTRAINT registrations_email_length CHECK (char_length(email) BETWEEN 3 AND 254),
    CONSTRAINT registrations_expires_after_created CHECK (expires_at > created_at)
);

CREATE INDEX registrations_email_idx ON registrations (lower(email), created_at);
CREATE INDEX registrations_created_at_idx ON registrations (created_at);

-- +goose Down
DROP TABLE registrations;
