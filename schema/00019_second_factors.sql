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

-- When the session has passed the second factor; null for one that has not.
ALTER TABLE sessions ADD COLUMN second_factor_at timestamptz;

-- +goose Down
ALTER TABLE sessions DROP COLUMN second_factor_at;
DROP TABLE recovery_codes;
DROP TABLE second_factors;
