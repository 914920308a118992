-- name: SignInAttemptsLock :one
-- Makes the counter where there is none and holds it until the end of the
-- transaction, so that those who try at once are counted one after another.
INSERT INTO sign_in_attempts AS a (subject, user_id, failures, expires_at)
VALUES (@subject, sqlc.narg('user_id')::uuid, 0, @expires_at)
ON CONFLICT (subject) DO UPDATE SET failures = a.failures
RETURNING a.failures, a.blocked_until, a.expires_at;

-- name: SignInAttemptsUpdate :exec
UPDATE sign_in_attempts SET failures = @failures, blocked_until = sqlc.narg('blocked_until'), expires_at = @expires_at
WHERE subject = @subject;

-- name: SignInAttemptsForget :exec
DELETE FROM sign_in_attempts WHERE subject = @subject;

-- name: SignInAttemptsTakeBack :exec
-- An attempt that succeeded, or was not made after all, was no failure, and
-- what it blocked is not blocked for it.
UPDATE sign_in_attempts SET failures = failures - 1, blocked_until = NULL WHERE subject = @subject AND failures > 0;

-- name: SignInAttemptsForgetUser :execrows
-- The counter of the account's address and those of its devices. The rows are
-- few and locked in no particular order: whoever counts locks one of a user.
DELETE FROM sign_in_attempts
WHERE expires_at > @now::timestamptz AND failures > 0 AND (subject = @subject OR user_id = @user_id::uuid);

-- name: SignInAttemptsPurge :exec
-- A few of those that have ended, with each attempt that is counted, so that
-- the table does not grow with every address that was ever typed.
DELETE FROM sign_in_attempts WHERE subject IN (
    SELECT a.subject FROM sign_in_attempts a WHERE a.expires_at < @now::timestamptz
    ORDER BY a.expires_at LIMIT 10 FOR UPDATE SKIP LOCKED);

-- name: UserRehashPassword :execrows
-- The same password under other settings: only while the hash is still the one
-- that was verified, so that of many sign-ins at once one does it, and none
-- brings back a password that was changed meanwhile.
UPDATE users SET password_hash = @new_hash::text
WHERE id = @id AND password_hash = @old_hash::text AND deleted_at IS NULL;

-- name: UserGetPassword :one
SELECT password_hash FROM users WHERE id = @id AND deleted_at IS NULL;

-- name: UserGetForPassword :one
-- Whose password it is; the rules of passwords look at both.
SELECT name, email FROM users WHERE id = @id AND deleted_at IS NULL;

-- name: UserHoldPassword :one
-- Held until the session is there: whoever changes the password waits for that
-- and then ends the session.
SELECT id FROM users
WHERE id = @id AND password_hash = @password_hash::text AND deleted_at IS NULL FOR SHARE;

-- name: UserUpdatePassword :execrows
-- The version stays: nothing that is read of the user has changed.
UPDATE users SET password_hash = @new_hash::text
WHERE id = @id AND password_hash = @old_hash::text AND deleted_at IS NULL;

-- name: UserListTakenEmails :many
-- Those of the addresses, as they are written, that have an account already.
SELECT e::text AS email FROM unnest(@emails::text[]) e
WHERE EXISTS (SELECT 1 FROM users u WHERE lower(u.email) = lower(e) AND u.deleted_at IS NULL);

-- name: UserImport :many
INSERT INTO users (id, kind, email, name, role, password_hash, created_at, updated_at)
SELECT i.id, i.kind::principal_kind, i.email, i.name, i.role::role, nullif(i.password_hash, ''), i.created_at, i.created_at
FROM (SELECT unnest(@ids::uuid[]) AS id, unnest(@kinds::text[]) AS kind, unnest(@emails::text[]) AS email,
    unnest(@names::text[]) AS name, unnest(@roles::text[]) AS role, unnest(@password_hashes::text[]) AS password_hash,
    unnest(@created_ats::timestamptz[]) AS created_at) i
RETURNING *;
