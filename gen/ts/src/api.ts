// Code generated from openapi.yaml. DO NOT EDIT.
// All namespaces of the contract.

import { apiKeysApi, type ApiKeysApi } from "./api/apiKeys.js";
import { auditApi, type AuditApi } from "./api/audit.js";
import { clientsApi, type ClientsApi } from "./api/clients.js";
import { commentsApi, type CommentsApi } from "./api/comments.js";
import { eventsApi, type EventsApi } from "./api/events.js";
import { healthApi, type HealthApi } from "./api/health.js";
import { invitationsApi, type InvitationsApi } from "./api/invitations.js";
import { projectsApi, type ProjectsApi } from "./api/projects.js";
import { statisticsApi, type StatisticsApi } from "./api/statistics.js";
import { tasksApi, type TasksApi } from "./api/tasks.js";
import { timeApi, type TimeApi } from "./api/time.js";
import { transferApi, type TransferApi } from "./api/transfer.js";
import { usersApi, type UsersApi } from "./api/users.js";
import { webhooksApi, type WebhooksApi } from "./api/webhooks.js";
import type { Transport } from "./transport.js";

/** The operations of the contract, by namespace. */
export interface Api {
  /**
   * Accounts, how their owners sign in, and the people and agents behind them: profiles, preferences,
   * workload, statistics and history.
   */
  readonly users: UsersApi;
  /** Who is asked to open an account, and as what. */
  readonly invitations: InvitationsApi;
  /** Keys with which programs and agents act for whoever made them. */
  readonly apiKeys: ApiKeysApi;
  /** The companies and people for whom projects are done, with their contacts, history and statistics. */
  readonly clients: ClientsApi;
  /** Projects with their team, their status, their budget and history, and how they stand. */
  readonly projects: ProjectsApi;
  /**
   * Tasks with their assignee, status, subtasks and what they wait for; alone, in batches, by search, and
   * with their history.
   */
  readonly tasks: TasksApi;
  /** How everything stands that the caller can see. */
  readonly statistics: StatisticsApi;
  /** The log of every change, for admins. */
  readonly audit: AuditApi;
  /** The log of changes, to follow from a cursor or as a stream. */
  readonly events: EventsApi;
  /** The time worked on tasks with the rates of its moment, the timers that measure it, and its history. */
  readonly time: TimeApi;
  /**
   * What people and agents say about tasks, projects and clients, in threads and with a history, and how
   * people judge agents.
   */
  readonly comments: CommentsApi;
  /** Clients, projects, tasks and time as files, out and in. */
  readonly transfer: TransferApi;
  /** Addresses to which changes are sent as they happen, and what was delivered to them. */
  readonly webhooks: WebhooksApi;
  /** Whether the service works, for people and for orchestrators. */
  readonly health: HealthApi;
}

/** Binds every namespace to a transport. */
export function bindApi(transport: Transport): Api {
  return {
    users: usersApi(transport),
    invitations: invitationsApi(transport),
    apiKeys: apiKeysApi(transport),
    clients: clientsApi(transport),
    projects: projectsApi(transport),
    tasks: tasksApi(transport),
    statistics: statisticsApi(transport),
    audit: auditApi(transport),
    events: eventsApi(transport),
    time: timeApi(transport),
    comments: commentsApi(transport),
    transfer: transferApi(transport),
    webhooks: webhooksApi(transport),
    health: healthApi(transport),
  };
}
