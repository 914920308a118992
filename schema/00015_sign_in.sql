-- Failed sign-ins are counted, so that passwords cannot be tried out.

-- +goose Up
CREATE TABLE sign_in_attempts (
    -- HMAC-SHA256, under the secret key, of what is counted: an account's address,
    -- a client's address, a device, or the changes of somebody's password. The
    -- table tells nobody which accounts are under attack, and from where.
    subject bytea NOT NULL,
    -- Whose device or password it is, so that an unlocking finds it; null for
    -- addresses, which need not belong to an account.
    user_id uuid,
    failures integer NOT NULL,
    -- Until when nothing is tried any more.
    blocked_until timestamptz,
    -- The end of the window: from then on the failures do not count.
    expires_at timestamptz NOT NULL,
    CONSTRAINT sign_in_attempts_pkey PRIMARY KEY (subject),
    CONSTRAINT sign_in_attempts_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT sign_in_attempts_subject_is_hmac CHECK (octet_length(subject) = 32),
    CONSTRAINT sign_in_attempts_failures_not_negative CHECK (failures >= 0)
);

CREATE INDEX sign_in_attempts_expires_at_idx ON sign_in_attempts (expires_at);
CREATE INDEX sign_in_attempts_user_id_idx ON sign_in_attempts (user_id) WHERE user_id IS NOT NULL;

-- +goose Down
DROP TABLE sign_in_attempts;
