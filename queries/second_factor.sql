-- name: SecondFactorGet :one
SELECT f.user_id, f.secret, f.confirmed_at, f.last_used_step, f.created_at,
    (SELECT count(*) FROM recovery_codes c WHERE c.user_id = f.user_id AND c.used_at IS NULL)::bigint AS recovery_codes_left
FROM second_factors f WHERE f.user_id = @user_id;

-- name: SecondFactorBegin :execrows
-- Takes the place of one that waits to be confirmed, and not of an active one.
INSERT INTO second_factors AS f (user_id, secret, created_at) VALUES (@user_id, @secret, @created_at)
ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, created_at = excluded.created_at
WHERE f.confirmed_at IS NULL;

-- name: SecondFactorConfirm :execrows
-- The secret is compared, so that a code of one that has been replaced
-- meanwhile confirms nothing.
UPDATE second_factors SET confirmed_at = @now::timestamptz, last_used_step = @step::bigint
WHERE user_id = @user_id AND secret = @secret AND confirmed_at IS NULL;

-- name: SecondFactorUseStep :execrows
-- Of those who send the same code at once, one gets a row: the others wait for
-- its lock and find the step used.
UPDATE second_factors SET last_used_step = @step::bigint
WHERE user_id = @user_id AND secret = @secret AND confirmed_at IS NOT NULL AND last_used_step < @step::bigint;

-- name: SecondFactorDelete :execrows
-- The recovery codes go along. Who deletes an active one at the same moment as
-- somebody else finds it gone.
DELETE FROM second_factors WHERE user_id = @user_id;

-- name: RecoveryCodeInsert :exec
INSERT INTO recovery_codes (user_id, code_hash, created_at)
SELECT @user_id::uuid, unnest(@code_hashes::bytea[]), @created_at::timestamptz;

-- name: RecoveryCodeDelete :exec
DELETE FROM recovery_codes WHERE user_id = @user_id;

-- name: RecoveryCodeUse :execrows
UPDATE recovery_codes SET used_at = @now::timestamptz
WHERE user_id = @user_id AND code_hash = @code_hash AND used_at IS NULL;

-- name: SessionPassSecondFactor :exec
UPDATE sessions SET second_factor_at = @now::timestamptz WHERE id = @id;

-- name: SessionForgetSecondFactor :exec
-- None of them has passed a factor that is there no more.
UPDATE sessions SET second_factor_at = NULL WHERE user_id = @user_id AND second_factor_at IS NOT NULL;

