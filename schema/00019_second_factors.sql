-- The second factor of signing in: an authenticator that shows codes by time
-- (TOTP, RFC 6238), and recovery codes for when it is lost.

-- +goose Up
-- One for each user; it counts once it is confirmed by a first code.
CREATE TABLE second_factors (
    user_id uuid NOT NULL,
    -- What the codes follow from, sealed under the secret key for this user.
    secret bytea NOT NULL,
    confirmed_at timestamptz,
    -- The latest step of 30 seconds whose code was taken. Neither its code nor
    -- that of an earlier one is taken again.
    last_used_step bigint,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT second_factors_pkey PRIMARY KEY (user_id),
    CONSTRAINT second_factors_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT second_factors_confirmed_by_a_code CHECK ((confirmed_at IS NULL) = (last_used_step IS NULL))
);

CREATE TABLE recovery_codes (
    user_id uuid NOT NULL,
    -- SHA-256 of the code. The code has 120 random bits, so a fast hash is
    -- enough: there is nothing to guess.
    code_hash bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    used_at timestamptz,
    CONSTRAINT recovery_codes_pkey PRIMARY KEY (user_id, code_hash),
    CONSTRAINT recovery_codes_user_id_fkey FOREIGN KEY (user_id) REFERENCES second_factors (user_id) ON DELETE CASCADE,
    CONSTRAINT recovery_codes_hash_is_sha256 CHECK (octet_length(code_hash) = 32)
);

-- How often a user who is signed in has tried a password or a code in vain
-- since the last one that was right.
CREATE TABLE second_factor_attempts (
    user_id uuid NOT NULL,
    attempts integer NOT NULL,
    last_at timestamptz NOT NULL,
    CONSTRAINT second_factor_attempts_pkey PRIMARY KEY (user_id),
    CONSTRAINT second_factor_attempts_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT second_factor_attempts_positive CHECK (attempts > 0)
);

-- When the session has passed the second factor; null for one that has not.
ALTER TABLE sessions ADD COLUMN second_factor_at timestamptz;

ALTER TABLE sessions
    DROP CONSTRAINT sessions_revoked_reason_known,
    ADD CONSTRAINT sessions_revoked_reason_known CHECK (revoked_reason IN (
        'logout', 'refresh_token_reused', 'account_deactivated', 'revoked', 'password_changed', 'password_reset',
        'revoked_by_admin', 'second_factor_changed'));

-- +goose Down
UPDATE sessions SET revoked_reason = 'logout' WHERE revoked_reason = 'second_factor_changed';
ALTER TABLE sessions DROP COLUMN second_factor_at;
DROP TABLE second_factor_attempts;
DROP TABLE recovery_codes;
DROP TABLE second_factors;
