-- name: WebhookCursorIsBehind :one
-- Whether there are events to look through. One look into an index.
SELECT EXISTS (
    SELECT 1 FROM events e, webhook_cursor c
    WHERE (e.transaction_id, e.id) > (c.transaction_id, c.event_id)
      AND e.transaction_id < pg_snapshot_xmin(pg_current_snapshot()));

-- name: WebhookCursorTryLock :one
-- Held until the transaction ends: one reader at a time. No other lock has
-- this number.
SELECT pg_try_advisory_xact_lock(7020118151205::bigint)::boolean AS locked;

-- name: WebhookCursorNext :one
-- Where the cursor is, where it is after at most so many events, and how many
-- these are. What is before the oldest running transaction does not change.
SELECT c.transaction_id::text AS from_transaction, c.event_id AS from_event,
    coalesce(n.transaction_id, c.transaction_id)::text AS to_transaction, coalesce(n.id, c.event_id)::bigint AS to_event,
    coalesce(n.events, 0)::bigint AS events
FROM webhook_cursor c
LEFT JOIN LATERAL (
    SELECT s.transaction_id, s.id, count(*) OVER () AS events
    FROM (
        SELECT e.transaction_id, e.id FROM events e
        WHERE (e.transaction_id, e.id) > (c.transaction_id, c.event_id)
          AND e.transaction_id < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY e.transaction_id, e.id
        LIMIT @row_limit) s
    ORDER BY s.transaction_id DESC, s.id DESC
    LIMIT 1) n ON true;

-- name: WebhookCursorSet :exec
UPDATE webhook_cursor SET transaction_id = CAST(sqlc.arg('transaction_id')::text AS xid8), event_id = @event_id;

-- name: WebhookMatches :many
-- Which of the events could be for which endpoint: of everything, or of a
-- project that is there, and not there yet when it was enabled. The names of the events
-- and what may leave at all are for event and for the endpoint's patterns.
SELECT e.id AS event_id, e.action, e.entity_type, e.entity_id, w.id AS webhook_id, (w.project_id IS NOT NULL)::boolean AS of_project, w.event_types
FROM events e
JOIN webhooks w ON w.status = 'enabled' AND (w.project_id IS NULL OR w.project_id = e.project_id)
    AND NOT pg_visible_in_snapshot(e.transaction_id, CAST(w.starts_after AS pg_snapshot))
LEFT JOIN projects p ON p.id = w.project_id
WHERE (e.transaction_id, e.id) > (CAST(sqlc.arg('from_transaction')::text AS xid8), @from_event::bigint)
  AND (e.transaction_id, e.id) <= (CAST(sqlc.arg('to_transaction')::text AS xid8), @to_event::bigint)
  AND (w.project_id IS NULL OR p.deleted_at IS NULL)
ORDER BY e.transaction_id, e.id, w.id;

-- name: WebhookDeliveryInsertMany :exec
-- In the order given, which is that of their positions. An endpoint that is
-- deleted at this moment has none.
INSERT INTO webhook_deliveries (id, webhook_id, event_id, event_type, entity_type, entity_id, created_at, next_attempt_at)
SELECT d.id, d.webhook_id, d.event_id, d.event_type, d.entity_type, d.entity_id, @now::timestamptz, @now::timestamptz
FROM (SELECT unnest(@ids::uuid[]) AS id, unnest(@webhook_ids::uuid[]) AS webhook_id, unnest(@event_ids::bigint[]) AS event_id,
    unnest(@event_types::text[]) AS event_type, unnest(@entity_types::text[]) AS entity_type, unnest(@entity_ids::uuid[]) AS entity_id,
    generate_subscripts(@ids::uuid[], 1) AS place) d
WHERE d.webhook_id = ANY(@live_ids::uuid[])
ORDER BY d.place;

-- name: WebhookLockLive :many
-- Those of the endpoints that are still there and enabled, and stay so until
-- the commit.
SELECT w.id FROM webhooks w WHERE w.id = ANY(@ids::uuid[]) AND w.status = 'enabled' ORDER BY w.id FOR SHARE OF w;

-- name: WebhookDeliveryInsertTest :one
INSERT INTO webhook_deliveries (id, webhook_id, event_type, entity_type, entity_id, created_at, next_attempt_at)
VALUES (@id, @webhook_id, @event_type, 'webhook', @webhook_id, @now::timestamptz, @now::timestamptz)
RETURNING *;

-- name: WebhookDeliveryList :many
-- Run through dbx.List; see ClientList.
SELECT d.* FROM webhook_deliveries d
WHERE d.webhook_id = @webhook_id::uuid
  AND (sqlc.narg('state')::text IS NULL OR d.state = sqlc.narg('state')::text)
  AND (sqlc.narg('event_type')::text IS NULL OR d.event_type = sqlc.narg('event_type')::text)
ORDER BY d.position DESC
LIMIT @row_limit OFFSET @row_offset;

-- name: WebhookDeliveryGet :one
SELECT d.* FROM webhook_deliveries d WHERE d.id = @id AND d.webhook_id = @webhook_id;

-- name: WebhookDeliveryRequeue :one
-- Not while it is pending: it is on its way then.
UPDATE webhook_deliveries SET state = 'pending', failing_since = NULL, next_attempt_at = @now::timestamptz, delivered_at = NULL, error = NULL
WHERE id = @id AND webhook_id = @webhook_id AND state <> 'pending'
RETURNING *;

-- name: WebhookQueueUnpause :exec
UPDATE webhook_queues SET paused_until = NULL WHERE webhook_id = @webhook_id;

-- name: WebhookQueueLease :many
-- Gives out the endpoints that have something to deliver now and that nobody
-- delivers to.
UPDATE webhook_queues SET lease = gen_random_uuid(), leased_until = @leased_until::timestamptz
WHERE webhook_id IN (
    SELECT u.webhook_id FROM webhook_queues u
    JOIN webhooks w ON w.id = u.webhook_id
    WHERE w.status = 'enabled'
      AND (u.leased_until IS NULL OR u.leased_until <= @now::timestamptz)
      AND (u.paused_until IS NULL OR u.paused_until <= @now::timestamptz)
      AND EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.webhook_id = u.webhook_id AND d.state = 'pending' AND d.next_attempt_at <= @now::timestamptz)
    ORDER BY u.webhook_id
    LIMIT @row_limit
    FOR NO KEY UPDATE OF u SKIP LOCKED)
RETURNING webhook_id, lease::uuid AS lease, (failing_since IS NOT NULL)::boolean AS is_failing;

-- name: WebhookQueueRenew :execrows
-- Goes on with the work of who has the lease; none when somebody else has it by now.
UPDATE webhook_queues SET leased_until = @leased_until::timestamptz WHERE webhook_id = @webhook_id AND lease = @lease::uuid;

-- name: WebhookQueueRelease :exec
UPDATE webhook_queues SET lease = NULL, leased_until = NULL WHERE webhook_id = @webhook_id AND lease = @lease::uuid;

-- name: WebhookQueueGet :one
-- What whoever delivers has to know. It is not open while the endpoint is
-- disabled, its project deleted, or it is left alone for a while.
SELECT sqlc.embed(w), sqlc.embed(u),
    (w.status = 'enabled' AND (w.project_id IS NULL OR p.deleted_at IS NULL))::boolean AS is_live
FROM webhooks w
JOIN webhook_queues u ON u.webhook_id = w.id
LEFT JOIN projects p ON p.id = w.project_id
WHERE w.id = @id;

-- name: WebhookDeliveryDue :many
-- What can be tried now, the oldest first, and of each entity the first that is
-- not done alone. The event is null for a test.
SELECT sqlc.embed(d), e.id AS found_id, e.occurred_at, e.actor_id, e.project_id, e.version, e.changes
FROM webhook_deliveries d
LEFT JOIN events e ON e.id = d.event_id
WHERE d.webhook_id = @webhook_id AND d.state = 'pending' AND d.next_attempt_at <= @now::timestamptz
  AND (@ungated::boolean OR NOT EXISTS (
      SELECT 1 FROM webhook_deliveries b
      WHERE b.webhook_id = d.webhook_id AND b.entity_id = d.entity_id AND b.state = 'pending' AND b.position < d.position))
ORDER BY d.position
LIMIT @row_limit;

-- name: WebhookDeliveryDefer :exec
-- What waits for an earlier one of its entity is due no sooner than that, so
-- that nobody comes for it in vain.
UPDATE webhook_deliveries SET next_attempt_at = h.next_attempt_at
FROM (
    SELECT d.id, (
        SELECT b.next_attempt_at FROM webhook_deliveries b
        WHERE b.webhook_id = d.webhook_id AND b.entity_id = d.entity_id AND b.state = 'pending' AND b.position < d.position
        ORDER BY b.position
        LIMIT 1) AS next_attempt_at
    FROM webhook_deliveries d
    WHERE d.webhook_id = @webhook_id::uuid AND d.state = 'pending' AND d.next_attempt_at <= @now::timestamptz) h
WHERE webhook_deliveries.id = h.id AND h.next_attempt_at > @now::timestamptz;

-- name: WebhookDeliveryDelivered :exec
UPDATE webhook_deliveries SET state = 'delivered', attempts = attempts + 1, next_attempt_at = NULL, last_attempt_at = @now::timestamptz, delivered_at = @now::timestamptz,
    response_status = @response_status, latency_milliseconds = @latency_milliseconds, error = NULL, response_excerpt = @response_excerpt
WHERE id = @id AND state = 'pending';

-- name: WebhookDeliveryTried :exec
-- An attempt that failed; without a next one the delivery has.
UPDATE webhook_deliveries SET state = CASE WHEN sqlc.narg('next_attempt_at')::timestamptz IS NULL THEN 'failed' ELSE 'pending' END,
    attempts = attempts + 1, failing_since = coalesce(failing_since, @now::timestamptz),
    next_attempt_at = sqlc.narg('next_attempt_at')::timestamptz, last_attempt_at = @now::timestamptz,
    response_status = @response_status, latency_milliseconds = @latency_milliseconds, error = @error, response_excerpt = @response_excerpt
WHERE id = @id AND state = 'pending';

-- name: WebhookDeliveryGiveUp :execrows
-- Fails all that is pending of an endpoint.
UPDATE webhook_deliveries SET state = 'failed', next_attempt_at = NULL, error = @error::text
WHERE webhook_id = @webhook_id AND state = 'pending';

-- name: WebhookQueueSucceeded :exec
UPDATE webhook_queues SET failing_since = NULL, failures = 0, paused_until = NULL, last_delivered_at = @now::timestamptz WHERE webhook_id = @webhook_id;

-- name: WebhookQueueFailed :exec
UPDATE webhook_queues SET failing_since = coalesce(failing_since, @now::timestamptz), failures = @failures,
    paused_until = sqlc.narg('paused_until')::timestamptz
WHERE webhook_id = @webhook_id;

-- name: WebhookDeliveryDeleteOld :execrows
DELETE FROM webhook_deliveries
WHERE id IN (
    SELECT d.id FROM webhook_deliveries d WHERE d.state <> 'pending' AND d.created_at < @before::timestamptz ORDER BY d.created_at LIMIT @row_limit);
