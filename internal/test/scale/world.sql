-- A big agency, made in the database: a project for every 100 tasks, a client
-- and a user for every 500. Tasks come in day by day over a year, each project's
-- scattered among the others', as they would be.
SET session_replication_role = replica; -- what is inserted is consistent by its making
SET maintenance_work_mem = '512MB';
SET max_parallel_maintenance_workers = 0;

CREATE TEMPORARY TABLE size AS SELECT $tasks$ AS tasks, greatest($tasks$ / 100, 20) AS projects, greatest($tasks$ / 500, 20) AS people;

CREATE FUNCTION pg_temp.id(kind int, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE
RETURN (lpad(to_hex(kind), 8, '0') || '-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid;

CREATE FUNCTION pg_temp.word(n bigint) RETURNS text LANGUAGE sql IMMUTABLE
RETURN (ARRAY['draft', 'review', 'homepage', 'campaign', 'invoice', 'contract', 'layout', 'photo', 'newsletter', 'landing',
    'budget', 'report', 'translation', 'survey', 'logo', 'brochure', 'video', 'script', 'banner', 'audit'])[n % 20 + 1];

-- The name that a client's tasks mention, which is that of few others.
CREATE FUNCTION pg_temp.brand(n bigint) RETURNS text LANGUAGE sql IMMUTABLE
RETURN (ARRAY['North', 'Blue', 'Silver', 'Oak', 'River', 'Stone', 'Sun', 'Iron', 'Fox', 'Cedar', 'Harbour', 'Maple', 'Red', 'Winter', 'Gold', 'Elm', 'Sea', 'Wolf', 'Ash', 'Moon',
    'Glass', 'Copper', 'Bright', 'Hill', 'Amber', 'West', 'Hawk', 'Lake', 'Pine', 'Cloud', 'East', 'Fern', 'Swift', 'Thorn', 'Vale', 'Wind', 'Clear', 'Crow', 'Dale', 'Ember'])[n % 40 + 1]
    || (ARRAY['field', 'gate', 'bridge', 'works', 'wood', 'port', 'line', 'mark', 'well', 'side', 'ford', 'haven', 'ridge', 'crest', 'brook', 'land', 'point', 'stead', 'mill', 'view',
    'grove', 'moor', 'shore', 'path', 'light', 'burn', 'cross', 'hurst', 'leigh', 'wick', 'combe', 'mere', 'croft', 'dene', 'holm', 'keep', 'lock', 'march', 'nest', 'oaks',
    'park', 'quay', 'rise', 'stone', 'thorpe', 'vista', 'ward', 'yard', 'yates', 'zone'])[n / 40 % 50 + 1];

-- Indexes are made once, when the rows are in.
CREATE TEMPORARY TABLE dropped AS
SELECT i.schemaname, i.indexname, i.indexdef FROM pg_indexes i
WHERE i.tablename IN ('tasks', 'task_dependencies', 'time_entries', 'comments', 'events')
  AND i.schemaname = 'public' AND i.indexname NOT IN (SELECT conname FROM pg_constraint);
DO $$ DECLARE d record; BEGIN
    FOR d IN SELECT * FROM dropped LOOP EXECUTE format('DROP INDEX %I.%I', d.schemaname, d.indexname); END LOOP;
END $$;

INSERT INTO users (id, kind, email, name, role, weekly_capacity_minutes, skills, cost_rate_minor, cost_rate_currency, created_at)
SELECT pg_temp.id(1, n), CASE WHEN n % 20 = 19 THEN 'agent' ELSE 'human' END::principal_kind,
    'person' || n || '@agency.example', initcap(pg_temp.word(n)) || ' Person ' || n,
    CASE WHEN n < 2 THEN 'admin' WHEN n % 20 = 2 THEN 'manager' ELSE 'user' END::role, 2400, ARRAY[pg_temp.word(n / 3)],
    4000, 'EUR', timestamptz '2025-01-01' + n * interval '1 hour'
FROM size s, generate_series(0, s.people - 1) n;

INSERT INTO clients (id, name, industry, segment, status, owner_id, annual_value_minor, annual_value_currency, tags, notes, created_at)
SELECT pg_temp.id(2, n), initcap(pg_temp.word(n)) || ' ' || initcap(pg_temp.word(n / 20)) || ' ' || n, pg_temp.word(n / 7), pg_temp.word(n / 11),
    (ARRAY['lead', 'prospect', 'active', 'active', 'active', 'inactive', 'churned']::client_status[])[n % 7 + 1],
    pg_temp.id(1, n % s.people), n * 1000, (ARRAY['EUR', 'USD'])[n % 2 + 1], ARRAY[pg_temp.word(n / 5)],
    'Wants a ' || pg_temp.word(n / 3) || ' and a ' || pg_temp.word(n / 9), timestamptz '2025-01-01' + n * interval '1 hour'
FROM size s, generate_series(0, s.people - 1) n;

INSERT INTO client_contacts (id, client_id, name, created_at)
SELECT pg_temp.id(3, n), pg_temp.id(2, n % s.people), 'Contact ' || n, timestamptz '2025-01-01' + n * interval '1 hour'
FROM size s, generate_series(0, s.people * 2 - 1) n;

INSERT INTO projects (id, client_id, manager_id, name, status, priority, starts_on, ends_on, budget_minor, hourly_rate_minor, currency, billing_kind, tags, completed_at, created_at)
SELECT pg_temp.id(4, n), pg_temp.id(2, n % s.people), pg_temp.id(1, (n * 20 + 2) % s.people), initcap(pg_temp.word(n)) || ' Project ' || n, p.status,
    (ARRAY['low', 'medium', 'high', 'urgent']::priority[])[n % 4 + 1], date '2025-01-01', date '2026-03-01' + (n % 200)::int,
    1000000, 12000, (ARRAY['EUR', 'USD'])[n % 2 + 1], (ARRAY['fixed', 'time_and_materials', 'retainer', 'internal']::billing_kind[])[n % 4 + 1],
    ARRAY[pg_temp.word(n / 4)], CASE WHEN p.status = 'completed' THEN timestamptz '2025-12-01' END, timestamptz '2025-01-01' + n * interval '10 minutes'
FROM size s, generate_series(0, s.projects - 1) n
CROSS JOIN LATERAL (SELECT (ARRAY['planning', 'active', 'active', 'active', 'on_hold', 'completed']::project_status[])[n % 6 + 1] AS status) p;

INSERT INTO project_members (project_id, user_id, role)
SELECT pg_temp.id(4, n), pg_temp.id(1, (n + k * 331) % s.people), (ARRAY['lead', 'contributor', 'contributor', 'contributor', 'viewer']::project_member_role[])[k + 1]
FROM size s, generate_series(0, s.projects - 1) n, generate_series(0, 4) k
ON CONFLICT DO NOTHING;

INSERT INTO tasks (id, project_id, parent_id, title, description, status, status_reason, priority, assignee_id, estimate_minutes, due_date, tags, position, progress,
    started_at, completed_at, created_by, created_at, updated_at)
SELECT pg_temp.id(5, n), pg_temp.id(4, n % s.projects), CASE WHEN n % 8 = 7 AND n >= s.projects THEN pg_temp.id(5, n - s.projects) END,
    initcap(pg_temp.word(n)) || ' ' || pg_temp.word(n / 20) || ' ' || n,
    'The ' || pg_temp.word(n / 7) || ' needs a ' || pg_temp.word(n / 11) || ' before the ' || pg_temp.word(n / 13) || ' for ' || pg_temp.word(n / 17) || ' of ' || pg_temp.brand(n % s.projects % s.people),
    t.status, CASE WHEN t.status = 'blocked' THEN 'Waits for the client.' END,
    (ARRAY['low', 'medium', 'medium', 'high', 'urgent']::priority[])[(n + n / 60) % 5 + 1],
    CASE WHEN n % 10 > 0 THEN pg_temp.id(1, (n % s.projects + n / 10 % 4 * 331) % s.people) END,
    30 + n % 16 * 30, CASE WHEN n % 6 > 0 THEN (t.created_at + n / 7 % 60 * interval '1 day')::date END, ARRAY[pg_temp.word(n / 3)],
    'h' || lpad((n / s.projects)::text, 8, '0') || '1', CASE t.status WHEN 'in_progress' THEN 40 WHEN 'done' THEN 100 ELSE 0 END,
    CASE WHEN t.status IN ('in_progress', 'in_review', 'done') THEN t.created_at + interval '1 day' END,
    CASE WHEN t.status = 'done' THEN t.created_at + (2 + n % 20) * interval '1 day' END,
    pg_temp.id(1, n % s.people), t.created_at, t.created_at + (n % 30) * interval '1 day'
FROM size s, generate_series(0, s.tasks - 1) n
CROSS JOIN LATERAL (SELECT
    (ARRAY['done', 'done', 'done', 'done', 'done', 'done', 'done', 'done', 'done', 'done', 'done', 'done',
        'cancelled', 'todo', 'todo', 'backlog', 'backlog', 'in_progress', 'in_review', 'blocked']::task_status[])[n / 3 % 20 + 1] AS status,
    timestamptz '2025-01-01' + n * (interval '350 days' / s.tasks) AS created_at) t;

INSERT INTO task_dependencies (project_id, task_id, prerequisite_id)
SELECT pg_temp.id(4, n % s.projects), pg_temp.id(5, n), pg_temp.id(5, n - 2 * s.projects)
FROM size s, generate_series(2 * s.projects, s.tasks - 1, 3) n;

INSERT INTO time_entries (id, project_id, task_id, user_id, spent_on, minutes, billable, billing_rate_minor, billing_rate_currency, cost_rate_minor, cost_rate_currency, created_at)
SELECT pg_temp.id(6, n), pg_temp.id(4, n * 2 % s.projects), pg_temp.id(5, n * 2), pg_temp.id(1, (n * 2 % s.projects + n % 4 * 331) % s.people),
    date '2025-01-01' + (n * 350 / (s.tasks / 2))::int, 15 + n % 20 * 15, n % 4 > 0, 12000, (ARRAY['EUR', 'USD'])[n * 2 % s.projects % 2 + 1], 4000, 'EUR',
    timestamptz '2025-01-01' + n * (interval '700 days' / s.tasks)
FROM size s, generate_series(0, s.tasks / 2 - 1) n;

-- Person 19 is an agent. One in twenty comments is a reply, and one in ten stands on a project or client.
INSERT INTO comments (id, task_id, project_id, client_id, thread_id, reply_to_id, depth, kind, body, author_id, author_kind, mentioned_ids, listed_ids,
    ai_provider, ai_model, ai_confidence, ai_sources, created_at)
SELECT pg_temp.id(7, n), CASE WHEN n % 20 < 18 THEN pg_temp.id(5, n / 20 * 60 + 3) END,
    CASE WHEN n % 20 = 18 THEN pg_temp.id(4, n / 20 % s.projects) END, CASE WHEN n % 20 = 19 THEN pg_temp.id(2, n / 20 % s.people) END,
    pg_temp.id(7, n - c.reply), CASE WHEN c.reply = 1 THEN pg_temp.id(7, n - 1) END, c.reply,
    (ARRAY['comment', 'comment', 'comment', 'question', 'proposal', 'summary', 'handoff', 'decision']::comment_kind[])[n % 8 + 1],
    'About the ' || pg_temp.word(n), c.author_id, c.author_kind, ARRAY[pg_temp.id(1, n / 7 % s.people)], ARRAY[pg_temp.id(1, n / 7 % s.people)],
    CASE c.author_kind WHEN 'agent' THEN 'provider' END, CASE c.author_kind WHEN 'agent' THEN 'model ' || n / 20 % 3 END,
    CASE c.author_kind WHEN 'agent' THEN n / 20 % 101 / 100.0 END, CASE c.author_kind WHEN 'agent' THEN '[]'::jsonb END,
    timestamptz '2025-01-02' + n * (interval '1050 days' / s.tasks)
FROM size s, generate_series(0, s.tasks / 3 - 1) n
CROSS JOIN LATERAL (SELECT CASE WHEN n % 20 = 7 THEN 1 ELSE 0 END AS reply, pg_temp.id(1, n / 2 % 20) AS author_id,
    CASE WHEN n / 2 % 20 = 19 THEN 'agent' ELSE 'human' END::author_kind AS author_kind) c;

INSERT INTO comment_feedback (comment_id, user_id, verdict, correction)
SELECT c.id, pg_temp.id(1, 3), v.verdict, CASE v.verdict WHEN 'edited' THEN 'Otherwise' END
FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM comments WHERE author_kind = 'agent') c
CROSS JOIN LATERAL (SELECT (ARRAY['accepted', 'accepted', 'edited', 'rejected', 'flagged']::feedback_verdict[])[c.n % 5 + 1] AS verdict) v
WHERE c.n % 3 > 0;

INSERT INTO events (occurred_at, actor_id, credential, entity_type, entity_id, project_id, action, changes, version)
SELECT timestamptz '2025-01-01' + n * (interval '350 days' / s.tasks), pg_temp.id(1, n % s.people), 'system', 'task', pg_temp.id(5, n), pg_temp.id(4, n % s.projects),
    'task.created', '{"title": {"old": null, "new": "A task"}}', 1
FROM size s, generate_series(0, s.tasks - 1) n;

DO $$ DECLARE d record; BEGIN
    FOR d IN SELECT * FROM dropped LOOP EXECUTE d.indexdef; END LOOP;
END $$;
-- A few keys for each of the people, of which some have run out.
INSERT INTO api_keys (id, principal_id, public_id, name, secret_hash, scopes, limited, created_by, created_at, expires_at)
SELECT pg_temp.id(11, n * 10 + k), pg_temp.id(1, n), lpad((n * 10 + k)::text, 12, '0'), 'Key', sha256('key'), '{tasks:read}', false, pg_temp.id(1, n),
    timestamptz '2025-01-01' + (n * 10 + k) * interval '1 minute', timestamptz '2025-01-01' + (n * 10 + k) * interval '1 minute' + interval '340 days' + k * interval '6 days'
FROM size s, generate_series(0, s.people - 1) n, generate_series(0, 4) k;

-- An endpoint of each project, of which one in fifty is disabled, and what was sent to the third.
INSERT INTO webhooks (id, project_id, name, url, event_types, status, disabled_at, disabled_reason, secret, starts_after, created_at, updated_at)
SELECT pg_temp.id(12, n), pg_temp.id(4, n), 'Endpoint ' || n, 'https://hooks.example.com/' || n, '{task.*}', CASE WHEN n % 50 = 7 THEN 'disabled' ELSE 'enabled' END,
    CASE WHEN n % 50 = 7 THEN timestamptz '2025-12-01' END, CASE WHEN n % 50 = 7 THEN 'failing' END, 'secret', '1:1:',
    timestamptz '2025-01-01' + n * interval '1 minute', timestamptz '2025-01-01' + n * interval '1 minute'
FROM size s, generate_series(0, s.projects - 1) n;

INSERT INTO webhook_queues (webhook_id) SELECT id FROM webhooks;

INSERT INTO webhook_deliveries (id, webhook_id, event_id, event_type, entity_type, entity_id, state, attempts, created_at, delivered_at)
SELECT pg_temp.id(13, n), pg_temp.id(12, 3), n, CASE WHEN n % 5 = 0 THEN 'task.updated' ELSE 'task.created' END, 'task', pg_temp.id(5, n),
    CASE WHEN n % 100 = 0 THEN 'failed' ELSE 'delivered' END, 1, timestamptz '2025-12-01' + n * interval '1 second',
    CASE WHEN n % 100 > 0 THEN timestamptz '2025-12-01' + n * interval '1 second' END
FROM size s, generate_series(0, s.tasks / 10 - 1) n;

INSERT INTO seen_projects (viewer_id, project_id) SELECT user_id, project_id FROM project_members;

RESET session_replication_role;
