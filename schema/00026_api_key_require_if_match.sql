-- A key can be one whose changes need If-Match, such as that of an agent that
-- works beside people.

-- +goose Up
ALTER TABLE api_keys ADD COLUMN require_if_match boolean NOT NULL DEFAULT false;

-- +goose Down
ALTER TABLE api_keys DROP COLUMN require_if_match;
