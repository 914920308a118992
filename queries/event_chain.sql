-- name: EventChainTryLock :one
-- Held until the transaction ends: one sealer at a time. No other lock has
-- this number.
SELECT pg_try_advisory_xact_lock(7020118151204::bigint)::boolean AS locked;

-- name: EventChainHead :one
-- The last link: where the chain ends. The text is that of xid8, whose numbers
-- pgx reads as another type.
SELECT c.position, coalesce(c.event_id, 0)::bigint AS event_id, c.transaction_id::text AS transaction_id, c.occurred_at, c.action, c.hash
FROM event_chain c
ORDER BY c.position DESC
LIMIT 1;

-- name: EventChainStart :one
SELECT c.hash FROM event_chain c WHERE c.position = 0;

-- name: EventChainIsBehind :one
-- Whether there is something to seal, and whether the transactions of this
-- server are all older than what is sealed, which a dump that was restored
-- elsewhere brings about. Two looks into indexes.
SELECT EXISTS (
        SELECT 1 FROM events e
        WHERE (e.transaction_id, e.id) > (CAST(sqlc.arg('transaction_id')::text AS xid8), @event_id::bigint)
          AND e.transaction_id < pg_snapshot_xmin(pg_current_snapshot())
    ) AS behind,
    (pg_snapshot_xmax(pg_current_snapshot()) <= CAST(sqlc.arg('transaction_id')::text AS xid8))::boolean AS lost;

-- name: EventChainUnsealed :many
-- What follows the last sealed event, in the order of the log, up to the
-- oldest transaction that still runs.
SELECT e.id, e.transaction_id::text AS transaction_id, e.occurred_at, e.actor_id, e.credential, e.request_id, e.entity_type, e.entity_id,
    e.project_id, e.action, e.changes::text AS changes, e.version
FROM events e
WHERE (e.transaction_id, e.id) > (CAST(sqlc.arg('transaction_id')::text AS xid8), @event_id::bigint)
  AND e.transaction_id < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY e.transaction_id, e.id
LIMIT @row_limit;

-- name: EventChainBegin :exec
INSERT INTO event_chain (position, transaction_id, action, hash) VALUES (0, '0'::xid8, '', @hash);

-- name: EventChainAppend :exec
INSERT INTO event_chain (position, event_id, transaction_id, occurred_at, action, hash)
SELECT unnest(@positions::bigint[]), unnest(@event_ids::bigint[]), unnest(@transaction_ids::text[])::xid8,
    unnest(@occurred_ats::timestamptz[]), unnest(@actions::text[]), unnest(@hashes::bytea[]);

-- name: EventChainWalk :many
-- The links of some positions, each with its event; event_found is false where
-- that is not there any more.
SELECT c.position, coalesce(c.event_id, 0)::bigint AS event_id, c.transaction_id::text AS chain_transaction_id, c.occurred_at AS chain_occurred_at,
    c.action AS chain_action, c.hash, (e.id IS NOT NULL)::boolean AS event_found,
    coalesce(e.transaction_id::text, '0')::text AS transaction_id, coalesce(e.occurred_at, c.occurred_at)::timestamptz AS occurred_at, e.actor_id,
    coalesce(e.credential, '')::text AS credential, e.request_id, coalesce(e.entity_type, '')::text AS entity_type,
    e.entity_id, e.project_id, coalesce(e.action, '')::text AS action, coalesce(e.changes::text, '')::text AS changes, e.version
FROM event_chain c
LEFT JOIN events e ON e.id = c.event_id
WHERE c.position > @after::bigint AND c.position <= @up_to::bigint
ORDER BY c.position
LIMIT @row_limit;

-- name: EventChainFirstForeign :one
-- The first event between two places of the log that no link is about. OFFSET
-- 0 makes PostgreSQL look for each link by its key, and not read all of them.
SELECT e.id, e.transaction_id::text AS transaction_id, e.occurred_at, e.action
FROM events e
WHERE (e.transaction_id, e.id) > (CAST(sqlc.arg('after_transaction')::text AS xid8), @after_id::bigint)
  AND (e.transaction_id, e.id) < (CAST(sqlc.arg('before_transaction')::text AS xid8), @before_id::bigint)
  AND NOT EXISTS (SELECT 1 FROM event_chain c WHERE c.event_id = e.id OFFSET 0)
ORDER BY e.transaction_id, e.id
LIMIT 1;

-- name: EventChainCountUnsealed :one
SELECT count(*) FROM events e
WHERE (e.transaction_id, e.id) > (CAST(sqlc.arg('transaction_id')::text AS xid8), @event_id::bigint);
