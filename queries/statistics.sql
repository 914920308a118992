-- The statements behind the statistics. Those of one answer are one, or run in
-- one snapshot. since and until are moments, the second excluded; from_date and
-- to_date are dates, both included.

-- name: StatisticsProject :one
-- A project that the actor sees and all that is counted over it, in one
-- statement: its tasks are read once, through an index of its own, its time
-- once, through time_entries_project_id_idx, and what its open tasks wait for
-- once; the parts below go through what was read. Lists come as arrays side by
-- side, in one order.
--
-- Time is that of the project's whole life and of deleted tasks too: it was
-- worked all the same. Of a task that another system has done it may be said
-- that it was completed before it was begun, or before it came here: such a one
-- took no time that is known. An aggregate over nothing is null, which the
-- counts beside it tell apart from 0.
WITH entry AS MATERIALIZED (
    SELECT e.task_id, e.user_id, e.spent_on, e.minutes, e.billable, e.billing_rate_minor, e.billing_rate_currency,
        e.spent_on BETWEEN @from_date::date AND @to_date::date AS in_period
    FROM time_entries e
    WHERE e.project_id = @project_id::uuid
), task AS MATERIALIZED (
    SELECT s.id, s.parent_id, s.status, s.priority, s.assignee_id, s.is_open, s.due_date, s.estimate_minutes, s.remaining_minutes,
        s.created_at, s.started_at, s.completed_at, l.minutes AS logged_minutes
    FROM tasks s
    LEFT JOIN (SELECT e.task_id, sum(e.minutes) AS minutes FROM entry e GROUP BY 1) l ON l.task_id = s.id
    WHERE s.project_id = @project_id::uuid AND s.deleted_at IS NULL
), wait AS MATERIALIZED (
    SELECT d.task_id, d.prerequisite_id, pre.is_open, pre.status IS DISTINCT FROM 'done' AS holds_up
    FROM task t JOIN task_dependencies d ON d.task_id = t.id LEFT JOIN task pre ON pre.id = d.prerequisite_id
    WHERE t.is_open
), counted AS (
    SELECT
        count(*)::bigint AS total,
        count(*) FILTER (WHERE t.status = 'backlog')::bigint AS backlog,
        count(*) FILTER (WHERE t.status = 'todo')::bigint AS todo,
        count(*) FILTER (WHERE t.status = 'in_progress')::bigint AS in_progress,
        count(*) FILTER (WHERE t.status = 'in_review')::bigint AS in_review,
        count(*) FILTER (WHERE t.status = 'blocked')::bigint AS blocked,
        count(*) FILTER (WHERE t.status = 'done')::bigint AS done,
        count(*) FILTER (WHERE t.status = 'cancelled')::bigint AS cancelled,
        count(*) FILTER (WHERE t.priority = 'low')::bigint AS low,
        count(*) FILTER (WHERE t.priority = 'medium')::bigint AS medium,
        count(*) FILTER (WHERE t.priority = 'high')::bigint AS high,
        count(*) FILTER (WHERE t.priority = 'urgent')::bigint AS urgent,
        count(*) FILTER (WHERE t.status = 'todo' AND w.task_id IS NULL)::bigint AS ready,
        count(*) FILTER (WHERE t.is_open AND (w.task_id IS NOT NULL OR t.status = 'blocked'))::bigint AS held_up,
        count(*) FILTER (WHERE t.is_open AND t.due_date < @today::date)::bigint AS overdue,
        coalesce(sum(t.estimate_minutes) FILTER (WHERE t.status <> 'cancelled'), 0)::bigint AS estimated_minutes,
        coalesce(sum(t.estimate_minutes) FILTER (WHERE t.status = 'done'), 0)::bigint AS done_minutes
    FROM task t LEFT JOIN (SELECT DISTINCT w.task_id FROM wait w WHERE w.holds_up) w ON w.task_id = t.id
), finished AS (
    SELECT
        count(f.cycle)::bigint AS cycle_tasks,
        coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY f.cycle), 0)::float8 AS cycle_p50,
        coalesce(percentile_cont(0.9) WITHIN GROUP (ORDER BY f.cycle), 0)::float8 AS cycle_p90,
        count(f.lead)::bigint AS lead_tasks,
        coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY f.lead), 0)::float8 AS lead_p50,
        coalesce(percentile_cont(0.9) WITHIN GROUP (ORDER BY f.lead), 0)::float8 AS lead_p90,
        count(f.ratio)::bigint AS ratio_tasks,
        coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY f.ratio), 0)::float8 AS ratio_median,
        coalesce(avg(f.ratio), 0)::float8 AS ratio_mean
    FROM (
        SELECT
            CASE WHEN t.completed_at >= t.started_at
                THEN (extract(epoch FROM t.completed_at - t.started_at) / 60)::float8 END AS cycle,
            CASE WHEN t.completed_at >= least(t.created_at, t.started_at)
                THEN (extract(epoch FROM t.completed_at - least(t.created_at, t.started_at)) / 60)::float8 END AS lead,
            t.logged_minutes::float8 / t.estimate_minutes AS ratio
        FROM task t
        WHERE t.completed_at >= @since::timestamptz AND t.completed_at < @until::timestamptz
    ) f
), completed AS (
    SELECT array_agg(d.completed_on ORDER BY d.completed_on) AS days, array_agg(d.tasks ORDER BY d.completed_on) AS tasks,
        array_agg(d.estimated_minutes ORDER BY d.completed_on) AS estimated_minutes
    FROM (
        SELECT (t.completed_at AT TIME ZONE 'UTC')::date AS completed_on, count(*) AS tasks, coalesce(sum(t.estimate_minutes), 0) AS estimated_minutes
        FROM task t WHERE t.completed_at IS NOT NULL GROUP BY 1
    ) d
), open AS (
    SELECT array_agg(t.id ORDER BY t.id) AS ids, array_agg(coalesce(t.parent_id, '00000000-0000-0000-0000-000000000000') ORDER BY t.id) AS parent_ids,
        array_agg(coalesce(t.remaining_minutes, greatest(t.estimate_minutes - coalesce(t.logged_minutes, 0), 0), 0) ORDER BY t.id) AS remaining_minutes
    FROM task t WHERE t.is_open
), waiting AS (
    SELECT array_agg(w.task_id ORDER BY w.task_id, w.prerequisite_id) AS ids, array_agg(w.prerequisite_id ORDER BY w.task_id, w.prerequisite_id) AS prerequisite_ids
    FROM wait w WHERE w.is_open
), logged AS (
    SELECT coalesce(sum(e.minutes), 0)::bigint AS minutes, coalesce(sum(e.minutes) FILTER (WHERE e.billable), 0)::bigint AS billable_minutes
    FROM entry e WHERE e.in_period
), spending AS (
    SELECT e.spent_on, e.billing_rate_currency AS currency, sum(amount_of(e.minutes, e.billing_rate_minor)) AS amount_minor
    FROM entry e WHERE e.billable AND e.billing_rate_minor IS NOT NULL
    GROUP BY 1, 2
), spent AS (
    SELECT array_agg(c.currency ORDER BY c.currency) AS currencies, array_agg(least(c.amount_minor, 9007199254740991) ORDER BY c.currency) AS amounts_minor
    FROM (SELECT s.currency, sum(s.amount_minor) AS amount_minor FROM spending s GROUP BY 1) c
), member AS (
    SELECT array_agg(m.user_id ORDER BY m.user_id) AS user_ids, array_agg(m.open_tasks ORDER BY m.user_id) AS open_tasks,
        array_agg(m.minutes ORDER BY m.user_id) AS minutes
    FROM (
        SELECT u.user_id, sum(u.open_tasks) AS open_tasks, sum(u.minutes) AS minutes
        FROM (
            SELECT m.user_id, 0 AS open_tasks, 0 AS minutes FROM project_members m WHERE m.project_id = @project_id::uuid
            UNION ALL
            SELECT t.assignee_id, 1, 0 FROM task t WHERE t.is_open AND t.assignee_id IS NOT NULL
            UNION ALL
            SELECT e.user_id, 0, e.minutes FROM entry e WHERE e.in_period
        ) u
        GROUP BY 1
    ) m
)
SELECT sqlc.embed(p),
    c.total, c.backlog, c.todo, c.in_progress, c.in_review, c.blocked, c.done, c.cancelled, c.low, c.medium, c.high, c.urgent,
    c.ready, c.held_up, c.overdue, c.estimated_minutes, c.done_minutes,
    f.cycle_tasks, f.cycle_p50, f.cycle_p90, f.lead_tasks, f.lead_p50, f.lead_p90, f.ratio_tasks, f.ratio_median, f.ratio_mean,
    coalesce(d.days, '{}')::date[] AS completed_on, coalesce(d.tasks, '{}')::bigint[] AS completed_tasks,
    coalesce(d.estimated_minutes, '{}')::bigint[] AS completed_minutes,
    coalesce(o.ids, '{}')::uuid[] AS open_ids, coalesce(o.parent_ids, '{}')::uuid[] AS open_parent_ids,
    coalesce(o.remaining_minutes, '{}')::bigint[] AS open_remaining_minutes,
    coalesce(w.ids, '{}')::uuid[] AS waiting_ids, coalesce(w.prerequisite_ids, '{}')::uuid[] AS awaited_ids,
    l.minutes, l.billable_minutes,
    coalesce(s.currencies, '{}')::text[] AS spent_currencies, coalesce(s.amounts_minor, '{}')::bigint[] AS spent_minor,
    coalesce((SELECT array_agg(y.spent_on ORDER BY y.spent_on) FROM spending y WHERE y.currency = p.currency), '{}')::date[] AS spent_on,
    coalesce((SELECT array_agg(least(y.amount_minor, 9007199254740991) ORDER BY y.spent_on) FROM spending y WHERE y.currency = p.currency), '{}')::bigint[] AS spent_on_minor,
    coalesce(m.user_ids, '{}')::uuid[] AS member_ids, coalesce(m.open_tasks, '{}')::bigint[] AS member_open_tasks,
    coalesce(m.minutes, '{}')::bigint[] AS member_minutes
FROM projects p
CROSS JOIN counted c CROSS JOIN finished f CROSS JOIN completed d CROSS JOIN open o CROSS JOIN waiting w
CROSS JOIN logged l CROSS JOIN spent s CROSS JOIN member m
WHERE p.id = @project_id::uuid AND p.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (
      SELECT 1 FROM seen_projects v WHERE v.project_id = p.id AND v.viewer_id = @viewer_id::uuid));

-- name: StatisticsUserVisible :one
-- Whether the actor can see the user: itself, who shares a team with it, the
-- managers of its projects, and everybody for managers and up.
SELECT EXISTS (
    SELECT 1 FROM users u
    WHERE u.id = @user_id AND u.deleted_at IS NULL
      AND (@sees_all::boolean OR EXISTS (SELECT 1 FROM seen_people s WHERE s.viewer_id = @viewer_id::uuid AND s.user_id = u.id)));

-- name: StatisticsUserTasks :one
-- Served by tasks_assignee_id_idx: one pass over the user's own tasks.
SELECT
    count(*) FILTER (WHERE t.is_open)::bigint AS assigned,
    count(*) FILTER (WHERE t.status = 'in_progress')::bigint AS in_progress,
    count(*) FILTER (WHERE t.is_open AND t.due_date < @today::date)::bigint AS overdue,
    count(*) FILTER (WHERE t.finished)::bigint AS completed,
    count(*) FILTER (WHERE t.finished AND t.due_date IS NOT NULL)::bigint AS completed_with_due_date,
    count(*) FILTER (WHERE t.finished AND (t.completed_at AT TIME ZONE 'UTC')::date <= t.due_date)::bigint AS completed_on_time,
    count(t.ratio)::bigint AS ratio_tasks,
    coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY t.ratio), 0)::float8 AS ratio_median,
    coalesce(avg(t.ratio), 0)::float8 AS ratio_mean
FROM (
    SELECT s.status, s.is_open, s.due_date, s.completed_at, f.finished,
        CASE WHEN f.finished THEN (
            SELECT sum(e.minutes) FROM time_entries e WHERE e.task_id = s.id)::float8 / s.estimate_minutes END AS ratio
    FROM tasks s
    CROSS JOIN LATERAL (SELECT coalesce(s.completed_at >= @since::timestamptz AND s.completed_at < @until::timestamptz, false) AS finished) f
    WHERE s.assignee_id = @user_id::uuid AND s.deleted_at IS NULL
      AND (@sees_all::boolean OR EXISTS (
          SELECT 1 FROM seen_projects m WHERE m.project_id = s.project_id AND m.viewer_id = @viewer_id::uuid))
) t;

-- name: StatisticsUserDays :many
-- The latest days first. Served by time_entries_user_id_idx.
SELECT e.spent_on, sum(e.minutes)::bigint AS minutes,
    coalesce(sum(e.minutes) FILTER (WHERE e.billable), 0)::bigint AS billable_minutes
FROM time_entries e JOIN projects p ON p.id = e.project_id
WHERE e.user_id = @user_id AND e.spent_on BETWEEN @from_date::date AND @to_date::date AND p.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (
      SELECT 1 FROM seen_projects m WHERE m.project_id = p.id AND m.viewer_id = @viewer_id::uuid))
GROUP BY 1
ORDER BY 1 DESC
LIMIT @row_limit;

-- name: StatisticsUserProjects :many
-- The totals beside each row are over all projects, also those beyond the limit.
SELECT e.project_id, p.name, sum(e.minutes)::bigint AS minutes,
    coalesce(sum(e.minutes) FILTER (WHERE e.billable), 0)::bigint AS billable_minutes,
    (sum(sum(e.minutes)) OVER ())::bigint AS total_minutes,
    (coalesce(sum(sum(e.minutes) FILTER (WHERE e.billable)) OVER (), 0))::bigint AS total_billable_minutes
FROM time_entries e JOIN projects p ON p.id = e.project_id
WHERE e.user_id = @user_id AND e.spent_on BETWEEN @from_date::date AND @to_date::date AND p.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (
      SELECT 1 FROM seen_projects m WHERE m.project_id = p.id AND m.viewer_id = @viewer_id::uuid))
GROUP BY 1, 2
ORDER BY 3 DESC, 1
LIMIT @row_limit;

-- name: StatisticsUserLastActivity :one
-- What the user last changed in any project; through events_actor_id_idx.
SELECT e.occurred_at
FROM events e JOIN projects p ON p.id = e.project_id
WHERE e.actor_id = @user_id::uuid AND p.deleted_at IS NULL
ORDER BY e.id DESC
LIMIT 1;

-- name: StatisticsUserLastActivityForMember :one
-- What the user last changed in a project that the actor is on the team of;
-- one look into events_actor_id_project_id_idx for each of them, so that what
-- the user does elsewhere costs nothing.
SELECT l.occurred_at
FROM seen_projects m JOIN projects p ON p.id = m.project_id
CROSS JOIN LATERAL (
    SELECT e.id, e.occurred_at FROM events e
    WHERE e.actor_id = @user_id::uuid AND e.project_id = p.id
    ORDER BY e.id DESC LIMIT 1) l
WHERE m.viewer_id = @viewer_id::uuid AND p.deleted_at IS NULL
ORDER BY l.id DESC
LIMIT 1;

-- name: StatisticsClientProjects :many
-- The client's projects that the actor sees, with how their tasks stand.
-- Served by projects_client_id_idx and tasks_project_id_idx.
SELECT p.id, p.name, p.status, p.billing_kind, p.budget_minor, p.currency,
    t.open_tasks, t.overdue_tasks, t.counted_tasks, t.estimated_minutes
FROM projects p
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE s.is_open)::bigint AS open_tasks,
        count(*) FILTER (WHERE s.is_open AND s.due_date < @today::date)::bigint AS overdue_tasks,
        count(*) FILTER (WHERE s.status <> 'cancelled')::bigint AS counted_tasks,
        coalesce(sum(s.estimate_minutes) FILTER (WHERE s.status <> 'cancelled'), 0)::bigint AS estimated_minutes
    FROM tasks s WHERE s.project_id = p.id AND s.deleted_at IS NULL) t
WHERE p.client_id = @client_id::uuid AND p.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (
      SELECT 1 FROM seen_projects m WHERE m.project_id = p.id AND m.viewer_id = @viewer_id::uuid))
ORDER BY p.created_at, p.id;

-- name: StatisticsClientCompleted :many
-- What was completed on which day in the projects, which the actor sees.
-- Served by tasks_completed_at_idx.
SELECT t.project_id, (t.completed_at AT TIME ZONE 'UTC')::date AS completed_on,
    count(*)::bigint AS tasks, coalesce(sum(t.estimate_minutes), 0)::bigint AS estimated_minutes
FROM tasks t
WHERE t.project_id = ANY(@project_ids::uuid[]) AND t.completed_at < @until::timestamptz AND t.deleted_at IS NULL
GROUP BY 1, 2
ORDER BY 1, 2;

-- name: StatisticsClientTime :many
-- The time logged in the projects, which the actor sees, by month and by the
-- currencies of its rates. Served by time_entries_project_id_idx.
SELECT e.project_id, date_trunc('month', e.spent_on::timestamp)::date AS month_starts_on,
    e.billing_rate_currency, e.cost_rate_currency,
    sum(e.minutes)::bigint AS minutes,
    coalesce(sum(e.minutes) FILTER (WHERE e.billable), 0)::bigint AS billable_minutes,
    least(coalesce(sum(amount_of(e.minutes, e.billing_rate_minor)) FILTER (WHERE e.billable), 0), 9007199254740991)::bigint AS billed_minor,
    least(coalesce(sum(amount_of(e.minutes, e.cost_rate_minor)), 0), 9007199254740991)::bigint AS cost_minor
FROM time_entries e
WHERE e.project_id = ANY(@project_ids::uuid[]) AND e.spent_on BETWEEN @from_date::date AND @to_date::date
GROUP BY 1, 2, 3, 4
ORDER BY 1, 2, 3, 4;

-- name: StatisticsClientActivity :one
-- The first and the last change of the client itself or in one of the
-- projects, which the actor sees. Each is one look into events_entity_idx or
-- events_project_id_idx.
SELECT min(a.first_at)::timestamptz AS first_activity_at, max(a.last_at)::timestamptz AS last_activity_at
FROM (
    SELECT
        (SELECT e.occurred_at FROM events e WHERE e.entity_type = 'client' AND e.entity_id = @client_id ORDER BY e.id LIMIT 1) AS first_at,
        (SELECT e.occurred_at FROM events e WHERE e.entity_type = 'client' AND e.entity_id = @client_id ORDER BY e.id DESC LIMIT 1) AS last_at
    UNION ALL
    SELECT
        (SELECT e.occurred_at FROM events e WHERE e.project_id = p.id ORDER BY e.id LIMIT 1),
        (SELECT e.occurred_at FROM events e WHERE e.project_id = p.id ORDER BY e.id DESC LIMIT 1)
    FROM unnest(@project_ids::uuid[]) AS p (id)
) a
HAVING count(a.first_at) > 0;

-- name: StatisticsOverviewProjects :many
SELECT p.status, count(*)::bigint AS projects
FROM projects p
WHERE p.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (
      SELECT 1 FROM seen_projects m WHERE m.project_id = p.id AND m.viewer_id = @viewer_id::uuid))
GROUP BY 1
ORDER BY 1;

-- name: StatisticsOverviewClients :many
SELECT c.status, count(*)::bigint AS clients
FROM clients c
WHERE c.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (
      SELECT 1 FROM seen_clients m WHERE m.client_id = c.id AND m.viewer_id = @viewer_id::uuid))
GROUP BY 1
ORDER BY 1;

-- name: StatisticsOverviewMemberProjects :many
-- The projects of whoever does not see all. The statements below take them as
-- an array, so that they are planned for a few projects and not for any number.
SELECT p.id FROM seen_projects m JOIN projects p ON p.id = m.project_id WHERE m.viewer_id = @viewer_id::uuid AND p.deleted_at IS NULL
ORDER BY p.id;

-- name: StatisticsOverviewTasks :one
-- Served by tasks_project_id_idx.
SELECT
    count(*) FILTER (WHERE t.status = 'backlog')::bigint AS backlog,
    count(*) FILTER (WHERE t.status = 'todo')::bigint AS todo,
    count(*) FILTER (WHERE t.status = 'in_progress')::bigint AS in_progress,
    count(*) FILTER (WHERE t.status = 'in_review')::bigint AS in_review,
    count(*) FILTER (WHERE t.status = 'blocked')::bigint AS blocked,
    count(*) FILTER (WHERE t.status = 'done')::bigint AS done,
    count(*) FILTER (WHERE t.status = 'cancelled')::bigint AS cancelled,
    count(*) FILTER (WHERE t.status = 'todo' AND NOT t.waits)::bigint AS ready,
    count(*) FILTER (WHERE t.is_open AND (t.waits OR t.status = 'blocked'))::bigint AS held_up
FROM (
    SELECT s.status, s.is_open,
        EXISTS (
            SELECT 1 FROM task_dependencies d JOIN tasks pre ON pre.id = d.prerequisite_id
            WHERE d.task_id = s.id AND (pre.status <> 'done' OR pre.deleted_at IS NOT NULL)) AS waits
    FROM tasks s
    WHERE s.project_id = ANY(@project_ids::uuid[]) AND s.deleted_at IS NULL
) t;

-- name: StatisticsOverviewTasksCounted :one
-- Of the projects whose figures hold; see schema 00013 and 00030. How many tasks
-- are due by a day is told by where it stands among the days in order.
SELECT coalesce(sum(c.backlog), 0)::bigint AS backlog, coalesce(sum(c.todo), 0)::bigint AS todo,
    coalesce(sum(c.in_progress), 0)::bigint AS in_progress, coalesce(sum(c.in_review), 0)::bigint AS in_review,
    coalesce(sum(c.blocked), 0)::bigint AS blocked, coalesce(sum(c.done), 0)::bigint AS done,
    coalesce(sum(c.cancelled), 0)::bigint AS cancelled, coalesce(sum(c.ready), 0)::bigint AS ready,
    coalesce(sum(c.held_up), 0)::bigint AS held_up,
    coalesce(sum(width_bucket(@yesterday::date, c.due_dates)), 0)::bigint AS overdue,
    coalesce(sum(width_bucket(@week_ends_on::date, c.due_dates)), 0)::bigint AS due
FROM project_task_counts c
WHERE c.project_id <> ALL(ARRAY(SELECT n.project_id FROM projects_to_count n));

-- name: StatisticsOverviewUncounted :many
-- The projects whose figures do not hold.
SELECT DISTINCT n.project_id FROM projects_to_count n ORDER BY n.project_id;

-- name: StatisticsCountProjects :one
-- Counts some of the projects whose figures do not hold, and returns how many.
SELECT projects_count(@most::bigint)::bigint AS counted;

-- name: StatisticsOverviewDue :many
-- The projects with the most overdue tasks; the totals beside each row are
-- over all projects. Served by tasks_open_project_id_idx alone.
SELECT o.project_id, p.name, o.overdue,
    (sum(o.overdue) OVER ())::bigint AS total_overdue, (sum(o.due_this_week) OVER ())::bigint AS total_due_this_week
FROM (
    SELECT t.project_id,
        count(*) FILTER (WHERE t.due_date < @today::date)::bigint AS overdue,
        count(*) FILTER (WHERE t.due_date >= @today::date)::bigint AS due_this_week
    FROM tasks t
    WHERE t.project_id = ANY(@project_ids::uuid[]) AND t.is_open AND t.deleted_at IS NULL AND t.due_date <= @week_ends_on::date
    GROUP BY 1
) o JOIN projects p ON p.id = o.project_id
ORDER BY o.overdue DESC, o.project_id
LIMIT @row_limit;

-- name: StatisticsOverviewOverdueCounted :many
-- The projects with the most overdue tasks of those whose figures hold.
SELECT o.project_id, p.name, o.overdue::bigint AS overdue
FROM (
    SELECT c.project_id, width_bucket(@yesterday::date, c.due_dates) AS overdue
    FROM project_task_counts c
    WHERE c.project_id <> ALL(ARRAY(SELECT n.project_id FROM projects_to_count n))
    ORDER BY 2 DESC, 1
    LIMIT @row_limit
) o JOIN projects p ON p.id = o.project_id
ORDER BY o.overdue DESC, o.project_id;

-- name: StatisticsOverviewMyTasks :one
-- Served by tasks_assignee_id_idx.
SELECT count(*)::bigint AS tasks FROM tasks t
WHERE t.assignee_id = @actor_id::uuid AND t.is_open AND t.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (
      SELECT 1 FROM seen_projects m WHERE m.project_id = t.project_id AND m.viewer_id = @viewer_id::uuid));

-- name: StatisticsOverviewTime :one
-- Served by time_entries_spent_on_idx: what was logged in one week.
SELECT coalesce(sum(e.minutes), 0)::bigint AS minutes
FROM time_entries e JOIN projects p ON p.id = e.project_id
WHERE e.spent_on BETWEEN @from_date::date AND @to_date::date AND p.deleted_at IS NULL
  AND (@sees_all::boolean OR EXISTS (
      SELECT 1 FROM seen_projects m WHERE m.project_id = p.id AND m.viewer_id = @viewer_id::uuid));

-- name: StatisticsOverviewCompleted :many
-- Served by tasks_completed_at_idx.
SELECT (t.completed_at AT TIME ZONE 'UTC')::date AS completed_on, count(*)::bigint AS tasks,
    coalesce(sum(t.estimate_minutes), 0)::bigint AS estimated_minutes
FROM tasks t
WHERE t.project_id = ANY(@project_ids::uuid[]) AND t.deleted_at IS NULL
  AND t.completed_at >= @since::timestamptz AND t.completed_at < @until::timestamptz
GROUP BY 1
ORDER BY 1;

-- name: StatisticsOverviewCompletedForAll :many
-- Served by tasks_completed_idx alone.
SELECT (t.completed_at AT TIME ZONE 'UTC')::date AS completed_on, count(*)::bigint AS tasks,
    coalesce(sum(t.estimate_minutes), 0)::bigint AS estimated_minutes
FROM tasks t
WHERE t.deleted_at IS NULL AND t.completed_at >= @since::timestamptz AND t.completed_at < @until::timestamptz
GROUP BY 1
ORDER BY 1;
