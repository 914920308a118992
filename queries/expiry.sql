-- name: ExpireSessions :execrows
-- With their refresh tokens. One that is over tells its user nothing any more,
-- and where it was from is nobody's business.
DELETE FROM sessions s WHERE s.id IN (
    SELECT o.id FROM sessions o WHERE o.expires_at < @before::timestamptz OR o.revoked_at < @before::timestamptz LIMIT @row_limit);

-- name: ExpireRefreshTokens :execrows
-- Of sessions that go on: a successor was taken long ago, and the token is
-- refused whether it is known or not. The one before the last stays, by which
-- theft is noticed.
DELETE FROM refresh_tokens r WHERE r.token_hash IN (
    SELECT t.token_hash FROM refresh_tokens t
    WHERE t.used_at < @before::timestamptz
      AND EXISTS (SELECT 1 FROM refresh_tokens n WHERE n.session_id = t.session_id AND n.issued_at > t.issued_at AND n.used_at IS NOT NULL)
    LIMIT @row_limit);

-- name: ExpireRegistrations :execrows
DELETE FROM registrations r WHERE r.token_hash IN (
    SELECT o.token_hash FROM registrations o WHERE o.created_at < @before::timestamptz LIMIT @row_limit);

-- name: ExpireInvitations :execrows
DELETE FROM invitations i WHERE i.id IN (
    SELECT o.id FROM invitations o WHERE o.expires_at < @before::timestamptz LIMIT @row_limit);

-- name: ExpireSignInAttempts :execrows
DELETE FROM sign_in_attempts a WHERE a.subject IN (
    SELECT o.subject FROM sign_in_attempts o WHERE o.expires_at < @before::timestamptz LIMIT @row_limit FOR UPDATE SKIP LOCKED);

-- name: ExpireOneTimeTokens :execrows
-- Those that nobody can use any more, nor counts.
DELETE FROM one_time_tokens o WHERE o.token_hash IN (
    SELECT t.token_hash FROM one_time_tokens t WHERE t.expires_at < @before::timestamptz LIMIT @row_limit);

-- name: ExpireKeptAnswers :execrows
-- Answers to requests with an Idempotency-Key that are too old to be repeated.
DELETE FROM idempotency_records i WHERE i.id IN (
    SELECT r.id FROM idempotency_records r WHERE r.created_at <= @before::timestamptz LIMIT @row_limit);
