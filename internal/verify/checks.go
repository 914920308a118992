package verify

// countsOf is how the figures of a project are counted, as projects_count does.
const countsOf = `
	SELECT count(*) FILTER (WHERE t.status = 'backlog') AS backlog, count(*) FILTER (WHERE t.status = 'todo') AS todo,
		count(*) FILTER (WHERE t.status = 'in_progress') AS in_progress, count(*) FILTER (WHERE t.status = 'in_review') AS in_review,
		count(*) FILTER (WHERE t.status = 'blocked') AS blocked, count(*) FILTER (WHERE t.status = 'done') AS done,
		count(*) FILTER (WHERE t.status = 'cancelled') AS cancelled,
		count(*) FILTER (WHERE t.status = 'todo' AND NOT t.waits) AS ready,
		count(*) FILTER (WHERE t.is_open AND (t.waits OR t.status = 'blocked')) AS held_up
	FROM (SELECT s.status, s.is_open, s.is_open AND EXISTS (
			SELECT FROM task_dependencies d JOIN tasks pre ON pre.id = d.prerequisite_id
			WHERE d.task_id = s.id AND (pre.status <> 'done' OR pre.deleted_at IS NOT NULL) OFFSET 0) AS waits
		FROM tasks s WHERE s.project_id = c.project_id AND s.deleted_at IS NULL) t`

// versioned are the entities that count their changes.
const versioned = `
	SELECT 'user' AS entity_type, id, version FROM users
	UNION ALL SELECT 'client', id, version FROM clients
	UNION ALL SELECT 'client_contact', id, version FROM client_contacts
	UNION ALL SELECT 'project', id, version FROM projects
	UNION ALL SELECT 'task', id, version FROM tasks
	UNION ALL SELECT 'time_entry', id, version FROM time_entries
	UNION ALL SELECT 'comment', id, version FROM comments
	UNION ALL SELECT 'api_key', id, version FROM api_keys
	UNION ALL SELECT 'webhook', id, version FROM webhooks`

var checks = []Check{
	{
		Name: "no task waits for itself, directly or through others",
		broken: `WITH RECURSIVE reach (start, at) AS (
				SELECT d.task_id, d.prerequisite_id FROM task_dependencies d
				UNION SELECT r.start, d.prerequisite_id FROM reach r JOIN task_dependencies d ON d.task_id = r.at)
			SELECT 'task ' || r.start FROM reach r WHERE r.start = r.at`,
	},
	{
		Name: "no task is below itself",
		broken: `WITH RECURSIVE above (start, at) AS (
				SELECT t.id, t.parent_id FROM tasks t WHERE t.parent_id IS NOT NULL
				UNION SELECT a.start, t.parent_id FROM above a JOIN tasks t ON t.id = a.at WHERE t.parent_id IS NOT NULL)
			SELECT 'task ' || a.start FROM above a WHERE a.start = a.at`,
	},
	{
		Name: "nothing that lives belongs to something deleted",
		broken: `SELECT 'project ' || p.id FROM projects p JOIN clients c ON c.id = p.client_id WHERE p.deleted_at IS NULL AND c.deleted_at IS NOT NULL
			UNION ALL SELECT 'task ' || t.id FROM tasks t JOIN projects p ON p.id = t.project_id WHERE t.deleted_at IS NULL AND p.deleted_at IS NOT NULL
			UNION ALL SELECT 'task ' || t.id FROM tasks t JOIN tasks p ON p.id = t.parent_id WHERE t.deleted_at IS NULL AND p.deleted_at IS NOT NULL`,
	},
	{
		Name: "the figures of every project are those of its tasks",
		broken: `SELECT 'project ' || c.project_id FROM project_task_counts c CROSS JOIN LATERAL (` + countsOf + `) now
			WHERE NOT EXISTS (SELECT FROM projects_to_count n WHERE n.project_id = c.project_id)
				AND (c.backlog, c.todo, c.in_progress, c.in_review, c.blocked, c.done, c.cancelled, c.ready, c.held_up)
					IS DISTINCT FROM (now.backlog, now.todo, now.in_progress, now.in_review, now.blocked, now.done, now.cancelled, now.ready, now.held_up)`,
	},
	{
		Name: "every project with tasks is counted, or noted to be",
		broken: `SELECT 'project ' || p.id FROM projects p
			WHERE EXISTS (SELECT FROM tasks t WHERE t.project_id = p.id AND t.deleted_at IS NULL)
				AND NOT EXISTS (SELECT FROM project_task_counts c WHERE c.project_id = p.id)
				AND NOT EXISTS (SELECT FROM projects_to_count n WHERE n.project_id = p.id)`,
	},
	{
		Name: "the words of every task are kept as they are",
		broken: `SELECT 'task ' || t.id FROM tasks t LEFT JOIN task_texts x ON x.task_id = t.id
			WHERE x.search IS DISTINCT FROM tasks_search(t.title, t.description)`,
	},
	{
		Name: "a viewer sees exactly the projects of its teams, or of its key",
		broken: `WITH defined AS (
				SELECT m.user_id AS viewer_id, m.project_id FROM project_members m
				UNION SELECT l.viewer_id, l.project_id FROM limited_key_projects l)
			SELECT 'viewer ' || coalesce(d.viewer_id, s.viewer_id) || ' and project ' || coalesce(d.project_id, s.project_id)
			FROM defined d FULL JOIN seen_projects s ON s.viewer_id = d.viewer_id AND s.project_id = d.project_id
			WHERE d.viewer_id IS NULL OR s.viewer_id IS NULL`,
	},
	{
		Name: "the last event of everything tells its version",
		broken: `SELECT r.entity_type || ' ' || r.id FROM (` + versioned + `) r
			LEFT JOIN (SELECT e.entity_type, e.entity_id, max(e.version) AS version FROM events e GROUP BY 1, 2) last
				ON last.entity_type = r.entity_type AND last.entity_id = r.id
			WHERE last.version IS DISTINCT FROM r.version`,
	},
	{
		// What was deleted may have been removed for good since.
		Name: "whatever the log has last seen alive is there",
		broken: `SELECT e.entity_type || ' ' || e.entity_id
			FROM (SELECT DISTINCT ON (l.entity_type, l.entity_id) l.entity_type, l.entity_id, l.action FROM events l
				WHERE l.entity_type IN ('user', 'client', 'client_contact', 'project', 'task', 'time_entry', 'comment', 'api_key', 'webhook')
				ORDER BY l.entity_type, l.entity_id, l.id DESC) e
			WHERE split_part(e.action, '.', 2) NOT IN ('deleted', 'purged', 'removed')
				AND NOT EXISTS (SELECT FROM (` + versioned + `) r WHERE r.entity_type = e.entity_type AND r.id = e.entity_id)`,
	},
	{
		Name:   "every constraint was checked against every row",
		broken: `SELECT c.conrelid::regclass || '.' || c.conname FROM pg_constraint c WHERE c.contype IN ('f', 'c') AND NOT c.convalidated`,
	},
}
