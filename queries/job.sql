-- name: JobRunnerShow :exec
-- A runner is there, by the database's clock; those are forgotten that have
-- not been for long.
WITH forgotten AS (
    DELETE FROM job_runners r WHERE r.seen_at < now() - make_interval(secs => @forgotten::float8) AND r.id <> @id
)
INSERT INTO job_runners (id, seen_at) VALUES (@id, now())
ON CONFLICT (id) DO UPDATE SET seen_at = now();
