-- The keys that sign access tokens, and when a session ends at the latest.

-- +goose Up
CREATE TABLE signing_keys (
    id uuid NOT NULL,
    -- The RFC 7638 thumbprint of the public key, which tokens name it by.
    kid text NOT NULL,
    -- For people to read. What verifies tokens is what was sealed, so that who
    -- writes to the database cannot add a key.
    public_jwk jsonb NOT NULL,
    -- Sealed under the secret key: the private key while it signs, the public
    -- one when it only verifies. Null when the key is dropped.
    sealed_jwk bytea,
    -- The longest life of a token that any replica signs with it.
    token_seconds integer NOT NULL,
    created_at timestamptz NOT NULL,
    -- Since when it signs no more, and since when it verifies no more.
    retired_at timestamptz,
    dropped_at timestamptz,
    CONSTRAINT signing_keys_pkey PRIMARY KEY (id),
    CONSTRAINT signing_keys_kid_key UNIQUE (kid),
    CONSTRAINT signing_keys_kid_is_thumbprint CHECK (char_length(kid) = 43),
    CONSTRAINT signing_keys_token_seconds_positive CHECK (token_seconds > 0),
    CONSTRAINT signing_keys_dropped_is_retired CHECK (dropped_at IS NULL OR retired_at IS NOT NULL),
    CONSTRAINT signing_keys_dropped_is_forgotten CHECK ((dropped_at IS NULL) = (sealed_jwk IS NOT NULL))
);

-- One signs, and at most one more verifies.
CREATE UNIQUE INDEX signing_keys_signing_key ON signing_keys ((true)) WHERE retired_at IS NULL;
CREATE UNIQUE INDEX signing_keys_verifying_key ON signing_keys ((true)) WHERE retired_at IS NOT NULL AND dropped_at IS NULL;

-- However often it is refreshed.
ALTER TABLE sessions ADD COLUMN ends_at timestamptz;
UPDATE sessions SET ends_at = greatest(expires_at, created_at + interval '90 days');
ALTER TABLE sessions
    ALTER COLUMN ends_at SET NOT NULL,
    ADD CONSTRAINT sessions_expires_before_end CHECK (expires_at <= ends_at),
    DROP CONSTRAINT sessions_revoked_reason_known,
    ADD CONSTRAINT sessions_revoked_reason_known CHECK (revoked_reason IN (
        'logout', 'refresh_token_reused', 'account_deactivated', 'revoked', 'password_changed', 'password_reset',
        'revoked_by_admin', 'second_factor_changed'));

-- Lists the sessions of a user that are not revoked, newest first.
DROP INDEX sessions_user_id_idx;
CREATE INDEX sessions_user_id_idx ON sessions (user_id, created_at DESC, id DESC) WHERE revoked_at IS NULL;

-- +goose Down
DROP INDEX sessions_user_id_idx;
CREATE INDEX sessions_user_id_idx ON sessions (user_id);
UPDATE sessions SET revoked_reason = 'logout'
WHERE revoked_reason NOT IN ('logout', 'refresh_token_reused', 'account_deactivated');
ALTER TABLE sessions
    DROP CONSTRAINT sessions_revoked_reason_known,
    ADD CONSTRAINT sessions_revoked_reason_known CHECK (revoked_reason IN ('logout', 'refresh_token_reused', 'account_deactivated')),
    DROP COLUMN ends_at;
DROP TABLE signing_keys;
