-- name: ReplicaHolds :one
-- Whether a replica that has replayed every transaction before one holds all
-- that a caller must see: what it has changed itself and, where what it sees
-- depends on teams or a key's lists, every change of these. Served by
-- events_actor_transaction_idx and events_visibility_idx, whose condition is
-- repeated word for word.
SELECT (NOT EXISTS (
        SELECT FROM events e
        WHERE e.actor_id = @actor_id::uuid AND e.transaction_id >= CAST(sqlc.arg('before')::text AS xid8)
    ) AND (@sees_all::boolean OR NOT EXISTS (
        SELECT FROM events e
        WHERE e.entity_type IN ('project', 'client', 'user', 'api_key') AND e.action <> 'api_key.used'
          AND e.transaction_id >= CAST(sqlc.arg('before')::text AS xid8)
    )))::boolean AS holds;
