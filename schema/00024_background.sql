-- What background work keeps for itself: which processes do it, and what of the
-- deleted has been removed for good.

-- +goose Up
-- A process that does background work says every few seconds that it is there.
-- The jobs of one that has not are taken over.
CREATE TABLE job_runners (
    id text NOT NULL,
    seen_at timestamptz NOT NULL,
    CONSTRAINT job_runners_pkey PRIMARY KEY (id)
);

-- A deletion, with all that was deleted together, that cannot be taken back any
-- more. It has finished once there is nothing left of it but tombstones, and is
-- forgotten when there are none.
CREATE TABLE purges (
    deletion_id uuid NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    CONSTRAINT purges_pkey PRIMARY KEY (deletion_id)
);

-- A row that something else refers to that stays, such as time that was worked:
-- it was emptied in place of being removed.
CREATE TABLE tombstones (
    entity_id uuid NOT NULL,
    entity_type text NOT NULL,
    deletion_id uuid NOT NULL,
    purged_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT tombstones_pkey PRIMARY KEY (entity_id),
    CONSTRAINT tombstones_deletion_id_fkey FOREIGN KEY (deletion_id) REFERENCES purges (deletion_id)
);

CREATE INDEX tombstones_deletion_id_idx ON tombstones (deletion_id);

-- +goose Down
DROP TABLE tombstones;
DROP TABLE purges;
DROP TABLE job_runners;
