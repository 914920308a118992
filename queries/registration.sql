-- name: RegistrationLockAddress :exec
-- Whoever registers an address, or makes its account, does so one after another.
SELECT pg_advisory_xact_lock(hashtextextended('registration:' || lower(@email::text), 0));

-- name: RegistrationPurge :exec
-- A few of those that nobody counts any more, with each that is made.
DELETE FROM registrations WHERE token_hash IN (
    SELECT r.token_hash FROM registrations r WHERE r.created_at < @before::timestamptz
    ORDER BY r.created_at LIMIT 10 FOR UPDATE SKIP LOCKED);

-- name: RegistrationCountRecent :one
SELECT count(*) FROM registrations WHERE lower(email) = lower(@email::text) AND created_at > @since::timestamptz;

-- name: RegistrationInsert :exec
INSERT INTO registrations (token_hash, email, name, password_hash, created_at, expires_at)
VALUES (@token_hash, @email, @name, @password_hash, @created_at, @expires_at);

-- name: RegistrationGet :one
-- As long as its token opens an account.
SELECT * FROM registrations
WHERE token_hash = @token_hash AND password_hash IS NOT NULL AND expires_at > @now::timestamptz;

-- name: RegistrationEndAll :exec
-- The address has its account.
UPDATE registrations SET password_hash = NULL WHERE lower(email) = lower(@email::text) AND password_hash IS NOT NULL;
