// Code generated from openapi.yaml. DO NOT EDIT.
// The enumerations of the contract, as values and as types.

/**
 * A value of an enumeration that will grow. Those that are known are proposed by editors and can be compared
 * with; one that a later version of the service knows arrives as it is.
 */
export type Open<Known extends string> = Known | (string & {});

/** The values of {@link EventStreamNoticeCode}. */
export const eventStreamNoticeCodeValues = [
  "cursor_expired",
  "cursor_unreadable",
  "credential_ended",
  "access_changed",
  "server_stopping",
  "too_old",
] as const;

/**
 * What the stream says of itself. A `reset` has `cursor_expired` or `cursor_unreadable`. An `end` has
 * `credential_ended` when the session or API key is over, `access_changed` when the role or the projects of
 * the caller have changed, `server_stopping`, or `too_old` when the stream is to be opened again after an
 * hour. New codes may be added.
 */
export type EventStreamNoticeCode = (typeof eventStreamNoticeCodeValues)[number];

/** The values of {@link EntityType}. */
export const entityTypeValues = [
  "user",
  "session",
  "sign_in",
  "api_key",
  "invitation",
  "signing_key",
  "client",
  "client_contact",
  "project",
  "task",
  "time_entry",
  "timer",
  "comment",
  "webhook",
] as const;

/** The kind of record that a change is of. New kinds may be added. */
export type EntityType = (typeof entityTypeValues)[number];

/** The values of {@link InvitationState}. */
export const invitationStateValues = ["pending", "accepted", "expired", "revoked"] as const;

/**
 * Whether an invitation can be accepted (`pending`), was accepted, is older than 72 hours (`expired`), or was
 * taken back or replaced by a later one (`revoked`).
 */
export type InvitationState = (typeof invitationStateValues)[number];

/** The values of {@link SecondFactorState}. */
export const secondFactorStateValues = ["none", "pending", "active"] as const;

/**
 * Whether there is a second factor. `none`; `pending`, one that was begun and not confirmed, which does not
 * count yet; `active`, so that signing in takes a code.
 */
export type SecondFactorState = (typeof secondFactorStateValues)[number];

/** The values of {@link TokenType}. */
export const tokenTypeValues = ["Bearer"] as const;

/** How the access token is sent: in the header `Authorization: Bearer …`. */
export type TokenType = (typeof tokenTypeValues)[number];

/** The values of {@link WebhookStatus}. */
export const webhookStatusValues = ["enabled", "disabled"] as const;

/** Whether changes are sent to an endpoint. */
export type WebhookStatus = (typeof webhookStatusValues)[number];

/** The values of {@link WebhookDisabledReason}. */
export const webhookDisabledReasonValues = ["by_hand", "gone", "failing"] as const;

/**
 * Why an endpoint is disabled - somebody did it, it answered 410, or nothing could be delivered to it for
 * three days. New reasons may be added.
 */
export type WebhookDisabledReason = (typeof webhookDisabledReasonValues)[number];

/** The values of {@link WebhookDeliveryState}. */
export const webhookDeliveryStateValues = ["pending", "delivered", "failed"] as const;

/** How far a delivery is. */
export type WebhookDeliveryState = (typeof webhookDeliveryStateValues)[number];

/** The values of {@link ApiKeyScope}. */
export const apiKeyScopeValues = [
  "users:read",
  "users:write",
  "invitations:read",
  "invitations:write",
  "clients:read",
  "clients:write",
  "projects:read",
  "projects:write",
  "tasks:read",
  "tasks:write",
  "statistics:read",
  "audit:read",
  "events:read",
  "time:read",
  "time:write",
  "comments:read",
  "comments:write",
  "transfer:read",
  "transfer:write",
  "webhooks:read",
  "webhooks:write",
] as const;

/**
 * What an API key may be used for: operations of the tag before the colon, those that only read or all
 * others. What an operation answers along with its record is part of it. New scopes may be added.
 */
export type ApiKeyScope = (typeof apiKeyScopeValues)[number];

/** The values of {@link ApiKeyState}. */
export const apiKeyStateValues = ["active", "expired", "revoked"] as const;

/** Whether an API key can be used. */
export type ApiKeyState = (typeof apiKeyStateValues)[number];

/** The values of {@link Role}. */
export const roleValues = ["user", "manager", "admin"] as const;

/**
 * What a principal may do. `user` sees the projects on whose team it is; `manager` sees everything and
 * changes the projects it manages; `admin` does everything. Each role includes the ones before it.
 */
export type Role = (typeof roleValues)[number];

/** The values of {@link PrincipalKind}. */
export const principalKindValues = ["human", "agent"] as const;

/**
 * Whether a principal is a person (`human`) or an AI agent (`agent`). Both have the same rights for the same
 * role.
 */
export type PrincipalKind = (typeof principalKindValues)[number];

/** The values of {@link ClientRelation}. */
export const clientRelationValues = ["projects", "contacts"] as const;

/** What a client can be answered along with. */
export type ClientRelation = (typeof clientRelationValues)[number];

/** The values of {@link ClientStatus}. */
export const clientStatusValues = ["lead", "prospect", "active", "inactive", "churned"] as const;

/**
 * Where the relation to a client stands. Allowed moves:
 *
 * | from | to |
 * | --- | --- |
 * | `lead` | `prospect`, `churned` |
 * | `prospect` | `active`, `churned` |
 * | `active` | `inactive` |
 * | `inactive` | `active`, `churned` |
 * | `churned` | `prospect` |
 *
 * Every other move is a conflict.
 */
export type ClientStatus = (typeof clientStatusValues)[number];

/** The values of {@link ProjectRelation}. */
export const projectRelationValues = ["client", "team", "tasks"] as const;

/** A kind of record that can be sent along with a project. */
export type ProjectRelation = (typeof projectRelationValues)[number];

/** The values of {@link BillingKind}. */
export const billingKindValues = ["fixed", "time_and_materials", "retainer", "internal"] as const;

/**
 * How a project is billed: `fixed` at its budget whatever the work, `time_and_materials` by the hour,
 * `retainer` at an agreed amount for an agreed time, `internal` not at all.
 */
export type BillingKind = (typeof billingKindValues)[number];

/** The values of {@link WarningCode}. */
export const warningCodeValues = ["tasks_before_start", "tasks_after_end"] as const;

/**
 * What a warning is about. `tasks_before_start`: open tasks are due before the project starts.
 * `tasks_after_end`: open tasks are due after the project ends. New codes may be added.
 */
export type WarningCode = (typeof warningCodeValues)[number];

/** The values of {@link ProjectStatus}. */
export const projectStatusValues = [
  "planning",
  "active",
  "on_hold",
  "completed",
  "cancelled",
  "archived",
] as const;

/**
 * Where a project stands. Allowed moves:
 *
 * | from | to |
 * | --- | --- |
 * | `planning` | `active`, `cancelled` |
 * | `active` | `on_hold`, `completed`, `cancelled` |
 * | `on_hold` | `active`, `cancelled` |
 * | `completed` | `active` (a reason is required), `archived` |
 * | `cancelled` | `archived` |
 * | `archived` | none |
 *
 * Every other move is a conflict of the kind `illegal_transition`.
 */
export type ProjectStatus = (typeof projectStatusValues)[number];

/** The values of {@link ProjectMemberRole}. */
export const projectMemberRoleValues = ["lead", "contributor", "viewer"] as const;

/**
 * What a member of a team may do in its project. A `viewer` reads; a `contributor` also creates and changes
 * tasks; a `lead` also deletes them.
 */
export type ProjectMemberRole = (typeof projectMemberRoleValues)[number];

/** The values of {@link TaskBulkOp}. */
export const taskBulkOpValues = ["create", "update", "delete"] as const;

/** What an item of a batch does with its task. */
export type TaskBulkOp = (typeof taskBulkOpValues)[number];

/** The values of {@link TaskBulkStatus}. */
export const taskBulkStatusValues = ["created", "updated", "unchanged", "deleted", "failed"] as const;

/** What has become of an item. An update to the values that the task has already leaves it `unchanged`. */
export type TaskBulkStatus = (typeof taskBulkStatusValues)[number];

/** The values of {@link TaskInclude}. */
export const taskIncludeValues = ["subtasks", "prerequisites", "dependents", "assignee", "project"] as const;

/** A relation of a task. */
export type TaskInclude = (typeof taskIncludeValues)[number];

/** The values of {@link TaskReadinessCode}. */
export const taskReadinessCodeValues = [
  "in_backlog",
  "blocked",
  "already_started",
  "task_closed",
  "prerequisites_open",
  "prerequisites_cancelled",
  "prerequisites_deleted",
  "parent_closed",
  "project_not_active",
] as const;

/**
 * What keeps a task from being started:
 *
 * | code | meaning |
 * | --- | --- |
 * | `in_backlog` | The task is in the backlog and has to be moved to `todo`. |
 * | `blocked` | The task is in the status `blocked`. |
 * | `already_started` | The task is in progress or in review. |
 * | `task_closed` | The task is done or cancelled. |
 * | `prerequisites_open` | Prerequisites are not done. |
 * | `prerequisites_cancelled` | Prerequisites are cancelled; the dependencies have to be removed. |
 * | `prerequisites_deleted` | Prerequisites are deleted; the dependencies have to be removed. |
 * | `parent_closed` | The task's parent is done or cancelled. |
 * | `project_not_active` | The project is not active. |
 *
 * That nobody is assigned keeps no task from being started.
 */
export type TaskReadinessCode = (typeof taskReadinessCodeValues)[number];

/** The values of {@link TaskStatus}. */
export const taskStatusValues = [
  "backlog",
  "todo",
  "in_progress",
  "in_review",
  "blocked",
  "done",
  "cancelled",
] as const;

/**
 * What stage a task is in. Allowed moves:
 *
 * | from | to |
 * | --- | --- |
 * | `backlog` | `todo`, `cancelled` |
 * | `todo` | `backlog`, `in_progress` (every prerequisite done), `blocked`, `cancelled` |
 * | `in_progress` | `todo`, `in_review`, `blocked`, `done`, `cancelled` |
 * | `in_review` | `in_progress`, `done`, `cancelled` |
 * | `blocked` | `todo`, `in_progress` (every prerequisite done), `cancelled` |
 * | `done` | `in_progress` (a reason is required) |
 * | `cancelled` | `backlog` (managers and admins) |
 *
 * Every other move is a conflict of the kind `illegal_transition`. The status `blocked` is set by hand
 * with a reason; it is not the derived field `is_blocked`.
 */
export type TaskStatus = (typeof taskStatusValues)[number];

/** The values of {@link TaskInitialStatus}. */
export const taskInitialStatusValues = ["backlog", "todo"] as const;

/** The status a task may begin in. */
export type TaskInitialStatus = (typeof taskInitialStatusValues)[number];

/** The values of {@link Priority}. */
export const priorityValues = ["low", "medium", "high", "urgent"] as const;

/** How urgent something is, from `low` to `urgent`. Sorting follows this order, not the alphabet. */
export type Priority = (typeof priorityValues)[number];

/** The values of {@link TimeEntryRelation}. */
export const timeEntryRelationValues = ["task", "user"] as const;

/** A relation of a time entry. */
export type TimeEntryRelation = (typeof timeEntryRelationValues)[number];

/** The values of {@link CommentRelation}. */
export const commentRelationValues = ["author", "replies"] as const;

/** A relation of a comment. */
export type CommentRelation = (typeof commentRelationValues)[number];

/** The values of {@link CommentKind}. */
export const commentKindValues = [
  "comment",
  "question",
  "proposal",
  "summary",
  "handoff",
  "decision",
] as const;

/**
 * What a comment is for: a remark, a question that waits for an answer, a proposal to be judged, a summary of
 * what was, a handoff to whoever goes on, or a decision to keep to.
 */
export type CommentKind = (typeof commentKindValues)[number];

/** The values of {@link AuthorKind}. */
export const authorKindValues = ["human", "agent", "system"] as const;

/** What somebody who writes comments is. The system is the service itself. */
export type AuthorKind = (typeof authorKindValues)[number];

/** The values of {@link FeedbackVerdict}. */
export const feedbackVerdictValues = ["accepted", "rejected", "edited", "flagged"] as const;

/**
 * What a person did with what an agent said: took it as it is, refused it, took it with changes, or reported
 * it as harmful or out of place.
 */
export type FeedbackVerdict = (typeof feedbackVerdictValues)[number];

/** The values of {@link HealthState}. */
export const healthStateValues = ["ok", "degraded", "unavailable"] as const;

/** How something works: `ok`; `degraded`, which serves but not fully; `unavailable`, which does not serve. */
export type HealthState = (typeof healthStateValues)[number];

/** The values of {@link TransferFormat}. */
export const transferFormatValues = ["ndjson", "csv"] as const;

/**
 * The format of a file: one JSON object a line (`ndjson`), or comma-separated values as RFC 4180 has them
 * (`csv`), in which lists and objects are written as JSON.
 */
export type TransferFormat = (typeof transferFormatValues)[number];

/** The values of {@link ProblemCode}. */
export const problemCodeValues = [
  "validation_failed",
  "malformed_request",
  "unauthenticated",
  "second_factor_required",
  "second_factor_setup_required",
  "forbidden",
  "not_found",
  "method_not_allowed",
  "conflict",
  "already_exists",
  "dependency_cycle",
  "illegal_transition",
  "prerequisites_open",
  "subtasks_open",
  "parent_closed",
  "project_closed",
  "open_tasks",
  "timer_running",
  "last_admin",
  "parent_deleted",
  "already_claimed",
  "version_conflict",
  "precondition_required",
  "request_in_progress",
  "idempotency_key_reused",
  "payload_too_large",
  "unsupported_media_type",
  "account_locked",
  "rate_limited",
  "internal",
  "external_service",
  "unavailable",
] as const;

/**
 * What went wrong, for programs. Each code has one HTTP status. New codes may be added: treat an unknown one
 * by its status.
 */
export type ProblemCode = (typeof problemCodeValues)[number];
