-- What a principal is like to work with: where and when, with what skills, at
-- what cost.

-- +goose Up
ALTER TABLE users
    ADD COLUMN title text,
    ADD COLUMN skills text[] NOT NULL DEFAULT '{}',
    ADD COLUMN weekly_capacity_minutes integer NOT NULL DEFAULT 2400,
    -- What an hour of the principal costs the agency, in the currency's minor unit.
    ADD COLUMN cost_rate_minor bigint,
    ADD COLUMN cost_rate_currency text,
    -- An IANA name, by which the principal's days begin and end.
    ADD COLUMN time_zone text NOT NULL DEFAULT 'UTC',
    -- A BCP 47 tag.
    ADD COLUMN locale text NOT NULL DEFAULT 'en',
    -- {"monday": [{"from": "09:00", "to": "17:00"}], …}
    ADD COLUMN working_hours jsonb NOT NULL DEFAULT '{}',
    -- {"email": {"mentioned": true, …}, …}
    ADD COLUMN notifications jsonb NOT NULL DEFAULT '{}',
    ADD CONSTRAINT users_title_length CHECK (char_length(title) BETWEEN 1 AND 200),
    ADD CONSTRAINT users_weekly_capacity_within_a_week CHECK (weekly_capacity_minutes BETWEEN 0 AND 10080),
    ADD CONSTRAINT users_cost_rate_has_currency CHECK ((cost_rate_minor IS NULL) = (cost_rate_currency IS NULL)),
    ADD CONSTRAINT users_cost_rate_not_negative CHECK (cost_rate_minor >= 0),
    ADD CONSTRAINT users_cost_rate_currency_is_iso_4217 CHECK (cost_rate_currency ~ '^[A-Z]{3}$'),
    ADD CONSTRAINT users_working_hours_is_object CHECK (jsonb_typeof(working_hours) = 'object'),
    ADD CONSTRAINT users_notifications_is_object CHECK (jsonb_typeof(notifications) = 'object');

CREATE INDEX users_created_at_idx ON users (created_at, id);
CREATE INDEX users_name_idx ON users (name, id);
CREATE INDEX users_skills_idx ON users USING gin (skills);
CREATE INDEX users_deletion_id_idx ON users (deletion_id) WHERE deletion_id IS NOT NULL;

-- Whom somebody sees who does not see everybody: itself, who shares a team with
-- it, and who manages a project of its team. PostgreSQL takes the conditions of
-- a query into each part, so that either of the ids leads by index to the other.
CREATE VIEW seen_people AS
SELECT mine.user_id AS viewer_id, theirs.user_id AS user_id
FROM project_members mine
JOIN projects p ON p.id = mine.project_id
JOIN project_members theirs ON theirs.project_id = p.id
WHERE p.deleted_at IS NULL
UNION ALL
SELECT mine.user_id AS viewer_id, p.manager_id AS user_id
FROM project_members mine
JOIN projects p ON p.id = mine.project_id
WHERE p.deleted_at IS NULL AND p.manager_id IS NOT NULL
UNION ALL
SELECT u.id AS viewer_id, u.id AS user_id
FROM users u;

ALTER TABLE sessions
    DROP CONSTRAINT sessions_revoked_reason_known,
    ADD CONSTRAINT sessions_revoked_reason_known CHECK (revoked_reason IN ('logout', 'refresh_token_reused', 'account_deactivated'));

-- +goose Down
DROP VIEW seen_people;
DELETE FROM sessions WHERE revoked_reason = 'account_deactivated';
ALTER TABLE sessions
    DROP CONSTRAINT sessions_revoked_reason_known,
    ADD CONSTRAINT sessions_revoked_reason_known CHECK (revoked_reason IN ('logout', 'refresh_token_reused'));
DROP INDEX users_deletion_id_idx;
DROP INDEX users_skills_idx;
DROP INDEX users_name_idx;
DROP INDEX users_created_at_idx;
ALTER TABLE users
    DROP COLUMN title, DROP COLUMN skills, DROP COLUMN weekly_capacity_minutes,
    DROP COLUMN cost_rate_minor, DROP COLUMN cost_rate_currency,
    DROP COLUMN time_zone, DROP COLUMN locale, DROP COLUMN working_hours, DROP COLUMN notifications;
