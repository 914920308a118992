-- name: OneTimeTokenReplace :exec
-- An earlier one for the same purpose is worth nothing from here on.
UPDATE one_time_tokens SET replaced_at = @now::timestamptz
WHERE user_id = @user_id AND purpose = @purpose AND used_at IS NULL AND replaced_at IS NULL;

-- name: OneTimeTokenCountRecent :one
-- By the address, so that no account that comes to have it begins anew.
SELECT count(*) FROM one_time_tokens
WHERE lower(email) = lower(@email::text) AND purpose = @purpose AND created_at > @since::timestamptz;

-- name: OneTimeTokenDeleteOld :exec
-- Nobody counts them any more.
DELETE FROM one_time_tokens WHERE user_id = @user_id AND created_at < @before::timestamptz;

-- name: OneTimeTokenInsert :exec
INSERT INTO one_time_tokens (token_hash, purpose, user_id, email, created_at, expires_at)
VALUES (@token_hash, @purpose, @user_id, @email, @created_at, @expires_at);

-- name: OneTimeTokenGetUser :one
-- Whose the token is, as long as it can be used.
SELECT t.user_id FROM one_time_tokens t
JOIN users u ON u.id = t.user_id
WHERE t.token_hash = @token_hash AND t.purpose = @purpose AND t.used_at IS NULL AND t.replaced_at IS NULL
  AND t.expires_at > @now::timestamptz AND lower(t.email) = lower(u.email) AND u.deleted_at IS NULL;

-- name: OneTimeTokenUse :execrows
-- Once: whoever comes second finds it used.
UPDATE one_time_tokens t SET used_at = @now::timestamptz
FROM users u
WHERE u.id = t.user_id
  AND t.token_hash = @token_hash AND t.purpose = @purpose AND t.used_at IS NULL AND t.replaced_at IS NULL
  AND t.expires_at > @now::timestamptz AND lower(t.email) = lower(u.email) AND u.deleted_at IS NULL;

-- name: UserVerifyEmail :one
UPDATE users SET email_verified_at = @now::timestamptz, version = version + 1, updated_at = now(), updated_by = id
WHERE id = @id
RETURNING *;

-- name: UserResetPassword :one
-- The token came by mail, so it verifies the address as well.
UPDATE users SET password_hash = @password_hash::text, email_verified_at = coalesce(email_verified_at, @now::timestamptz),
    version = version + 1, updated_at = now(), updated_by = id
WHERE id = @id
RETURNING *;
