-- Everything an agency knows of a client, and the people to talk to there.

-- +goose Up
-- Finds parts of words in names and titles without reading every row.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

ALTER TABLE clients
    ADD COLUMN legal_name text,
    ADD COLUMN address text,
    ADD COLUMN segment text,
    -- Who looks after the client.
    ADD COLUMN owner_id uuid,
    -- What the client is worth a year, in the currency's minor unit.
    ADD COLUMN annual_value_minor bigint,
    ADD COLUMN annual_value_currency text,
    ADD COLUMN payment_terms text,
    ADD COLUMN tags text[] NOT NULL DEFAULT '{}',
    -- A flat object of the agency's own making.
    ADD COLUMN custom_fields jsonb NOT NULL DEFAULT '{}',
    -- The client's ids in other systems: {"hubspot": "4711"}.
    ADD COLUMN external_references jsonb NOT NULL DEFAULT '{}',
    -- The record that this one was imported from, by which the next import finds it again.
    ADD COLUMN external_source text,
    ADD COLUMN external_id text,
    ADD CONSTRAINT clients_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users (id),
    ADD CONSTRAINT clients_annual_value_has_currency CHECK ((annual_value_minor IS NULL) = (annual_value_currency IS NULL)),
    ADD CONSTRAINT clients_annual_value_not_negative CHECK (annual_value_minor >= 0),
    ADD CONSTRAINT clients_annual_value_currency_is_iso_4217 CHECK (annual_value_currency ~ '^[A-Z]{3}$'),
    ADD CONSTRAINT clients_custom_fields_is_object CHECK (jsonb_typeof(custom_fields) = 'object'),
    ADD CONSTRAINT clients_external_references_is_object CHECK (jsonb_typeof(external_references) = 'object'),
    ADD CONSTRAINT clients_external_id_has_source CHECK ((external_id IS NULL) = (external_source IS NULL));

CREATE UNIQUE INDEX clients_external_id_key ON clients (external_source, external_id) WHERE deleted_at IS NULL;
CREATE INDEX clients_owner_id_idx ON clients (owner_id, created_at, id);
CREATE INDEX clients_tags_idx ON clients USING gin (tags);
CREATE INDEX clients_name_trigram_idx ON clients USING gin (name gin_trgm_ops) WITH (fastupdate = off);
-- The words of a text as package search parts them: at all that is neither
-- letter nor digit. PostgreSQL would take an address or a file's name for one
-- word, which none of its parts finds.
CREATE FUNCTION search_words(value text)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN translate(value, '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', repeat(' ', 32));

-- What a search looks through. The index is over the function and not over a
-- column, so that no read of a client carries it.
CREATE FUNCTION clients_search(name text, legal_name text, industry text, segment text, email text, notes text, address text)
RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN setweight(to_tsvector('simple', search_words(name || ' ' || coalesce(legal_name, ''))), 'A')
    || setweight(to_tsvector('simple', search_words(coalesce(industry, '') || ' ' || coalesce(segment, '') || ' ' || coalesce(email, ''))), 'B')
    || setweight(to_tsvector('simple', search_words(coalesce(notes, '') || ' ' || coalesce(address, ''))), 'C');

CREATE INDEX clients_search_idx ON clients
    USING gin (clients_search(name, legal_name, industry, segment, email, notes, address)) WITH (fastupdate = off);

CREATE TABLE client_contacts (
    id uuid NOT NULL,
    client_id uuid NOT NULL,
    name text NOT NULL,
    -- What the person does at the client's: "Head of Marketing".
    position text,
    email text,
    phone text,
    is_primary boolean NOT NULL DEFAULT false,
    notes text,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_at timestamptz NOT NULL DEFAULT now(),
    updated_by uuid,
    CONSTRAINT client_contacts_pkey PRIMARY KEY (id),
    CONSTRAINT client_contacts_client_id_fkey FOREIGN KEY (client_id) REFERENCES clients (id) ON DELETE CASCADE,
    CONSTRAINT client_contacts_created_by_fkey FOREIGN KEY (created_by) REFERENCES users (id),
    CONSTRAINT client_contacts_updated_by_fkey FOREIGN KEY (updated_by) REFERENCES users (id),
    CONSTRAINT client_contacts_name_length CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT client_contacts_version_positive CHECK (version > 0)
);

CREATE INDEX client_contacts_client_id_idx ON client_contacts (client_id, created_at, id);
CREATE UNIQUE INDEX client_contacts_one_primary_key ON client_contacts (client_id) WHERE is_primary;

-- +goose Down
DROP TABLE client_contacts;
DROP INDEX clients_search_idx;
DROP FUNCTION clients_search;
DROP FUNCTION search_words;
DROP INDEX clients_name_trigram_idx;
DROP INDEX clients_tags_idx;
DROP INDEX clients_owner_id_idx;
DROP INDEX clients_external_id_key;
ALTER TABLE clients
    DROP COLUMN external_id, DROP COLUMN external_source, DROP COLUMN external_references,
    DROP COLUMN custom_fields, DROP COLUMN tags, DROP COLUMN payment_terms,
    DROP COLUMN annual_value_currency, DROP COLUMN annual_value_minor,
    DROP COLUMN owner_id, DROP COLUMN segment, DROP COLUMN address, DROP COLUMN legal_name;
DROP EXTENSION pg_trgm;
