-- What a project may cost and how its work is billed.

-- +goose Up
CREATE TYPE billing_kind AS ENUM ('fixed', 'time_and_materials', 'retainer', 'internal');

ALTER TABLE projects
    ADD COLUMN billing_kind billing_kind NOT NULL DEFAULT 'time_and_materials',
    -- Both amounts are in the minor unit of the one currency of the project.
    ADD COLUMN budget_minor bigint,
    ADD COLUMN hourly_rate_minor bigint,
    ADD COLUMN currency text,
    ADD COLUMN tags text[] NOT NULL DEFAULT '{}',
    ADD COLUMN external_source text,
    ADD COLUMN external_id text,
    ADD CONSTRAINT projects_money_has_currency CHECK ((currency IS NULL) = (budget_minor IS NULL AND hourly_rate_minor IS NULL)),
    ADD CONSTRAINT projects_budget_not_negative CHECK (budget_minor >= 0),
    ADD CONSTRAINT projects_hourly_rate_not_negative CHECK (hourly_rate_minor >= 0),
    ADD CONSTRAINT projects_currency_is_iso_4217 CHECK (currency ~ '^[A-Z]{3}$'),
    ADD CONSTRAINT projects_external_id_has_source CHECK ((external_id IS NULL) = (external_source IS NULL));

CREATE UNIQUE INDEX projects_external_id_key ON projects (external_source, external_id) WHERE deleted_at IS NULL;
CREATE INDEX projects_tags_idx ON projects USING gin (tags);
CREATE INDEX projects_name_trigram_idx ON projects USING gin (name gin_trgm_ops) WITH (fastupdate = off);

-- +goose Down
DROP INDEX projects_name_trigram_idx;
DROP INDEX projects_tags_idx;
DROP INDEX projects_external_id_key;
ALTER TABLE projects
    DROP COLUMN external_id, DROP COLUMN external_source, DROP COLUMN tags, DROP COLUMN currency,
    DROP COLUMN hourly_rate_minor, DROP COLUMN budget_minor, DROP COLUMN billing_kind;
DROP TYPE billing_kind;
