// Code generated from openapi.yaml. DO NOT EDIT.
// The operations of the tag projects.

import type { Priority, ProjectRelation, ProjectStatus } from "../enums.js";
import type { RequestOptions } from "../options.js";
import { iterate, type CursorParams, type List } from "../pages.js";
import { call, type ApiPromise } from "../resource.js";
import type {
  Event,
  EventPage,
  Project,
  ProjectClone,
  ProjectCreate,
  ProjectMember,
  ProjectMemberAdd,
  ProjectMemberPage,
  ProjectMemberRoleChange,
  ProjectPage,
  ProjectReplace,
  ProjectStatistics,
  ProjectStatusChange,
  ProjectUpdate,
} from "../schemas.js";
import type { Transport } from "../transport.js";

export interface ListProjectsParams extends CursorParams {
  /**
   * The order: one or more of `name`, `created_at`, `updated_at`, `starts_on`, `ends_on`, `priority` and
   * `status`, separated by commas, each with a leading minus for descending. The id is always the last key.
   * Priorities and statuses follow the order in which they are listed in `Priority` and `ProjectStatus`; a
   * project without the date comes last in either direction.
   * @defaultValue `"-created_at"`
   */
  sort?: string | undefined;
  /** Only projects in one of these statuses. */
  status?: readonly ProjectStatus[] | undefined;
  /** Only projects of this client. */
  client_id?: string | undefined;
  /** Only projects managed by this user. */
  manager_id?: string | undefined;
  /** Only projects on whose team this user is. */
  member_id?: string | undefined;
  /** Only projects of one of these priorities. */
  priority?: readonly Priority[] | undefined;
  /**
   * With true only projects that are planned, active or on hold and whose last day lies before today, in UTC;
   * with false only the others.
   */
  overdue?: boolean | undefined;
  /** Only projects that start on this day or later. */
  starts_from?: string | undefined;
  /** Only projects that start on this day or earlier. */
  starts_to?: string | undefined;
  /** Only projects that end on this day or later. */
  ends_from?: string | undefined;
  /** Only projects that end on this day or earlier. */
  ends_to?: string | undefined;
  /** Only projects that have one of these tags. */
  tag?: readonly string[] | undefined;
  /** Only projects whose name contains this text, upper and lower case alike. */
  q?: string | undefined;
  /**
   * With true deleted projects are listed as well; `deleted_at` tells them apart. Managers and admins may ask
   * for it.
   * @defaultValue `false`
   */
  include_deleted?: boolean | undefined;
  /**
   * Related records to put into `included`, separated by commas: the client, the team and the tasks; at most
   * a hundred of a kind for each project.
   */
  include?: readonly ProjectRelation[] | undefined;
}

export interface GetProjectParams {
  /**
   * Related records to put into `included`, separated by commas: the client, the team and the tasks; at most
   * a hundred of a kind for each project.
   */
  include?: readonly ProjectRelation[] | undefined;
}

export interface ListProjectMembersParams extends CursorParams {
}

export interface GetProjectStatisticsParams {
  /**
   * The first day of the period, in UTC and included; without it the period has no beginning. The period
   * bounds what happens over time, such as what was completed, logged or earned, and not how things stand,
   * such as what is open, ready, overdue or budgeted.
   */
  from?: string | undefined;
  /** The last day of the period, in UTC and included; without it the period has no end. */
  to?: string | undefined;
}

export interface GetProjectHistoryParams extends CursorParams {
}

/** Projects with their team, their status, their budget and history, and how they stand. */
export interface ProjectsApi {
  /**
   * List projects.
   *
   * Returns the projects the caller can see, newest first unless `sort` says otherwise; deleted ones are left
   * out unless `include_deleted` asks for them. Users see the projects on whose team they are; managers and
   * admins see all. Filters are combined with and.
   *
   * @throws ApiError with the status 403 or 422.
   * @see listProjects
   */
  list(params?: ListProjectsParams, options?: RequestOptions): ApiPromise<ProjectPage>;

  /** All that `list` returns, page after page. */
  iterate(params?: ListProjectsParams, options?: RequestOptions): List<Project, ProjectPage>;

  /**
   * Open a project.
   *
   * Creates a project in the status `planning`. Without a `manager_id` the caller becomes its manager.
   * Managers and admins may do it. A client or manager that the caller cannot see is treated as one that does
   * not exist. An external id that another project has is a conflict of the kind `already_exists`. Writes
   * `project.created`.
   *
   * @throws ApiError with the status 403, 404, 409 or 422.
   * @see createProject
   */
  create(body: ProjectCreate, options?: RequestOptions): ApiPromise<Project>;

  /**
   * Read a project.
   *
   * Returns one project. Users see the projects on whose team they are; managers and admins see all. What the
   * caller cannot see is not found.
   *
   * @throws ApiError with the status 403, 404 or 422.
   * @see getProject
   */
  get(projectId: string, params?: GetProjectParams, options?: RequestOptions): ApiPromise<Project>;

  /**
   * Replace a project.
   *
   * Replaces all writable fields of a project; its status has an operation of its own. A field that is left
   * out gets the value it has in a new project, so that without a `manager_id` the caller becomes the
   * manager. The values that the project has already change nothing. The project's manager or an admin may do
   * it. A stale `If-Match` is refused. Dates that leave due dates of open tasks outside the project are
   * accepted, and `warnings` names the tasks. An external id that another project has is a conflict of the
   * kind `already_exists`. Writes `project.updated`.
   *
   * @throws ApiError with the status 403, 404, 409, 412, 422 or 428.
   * @see replaceProject
   */
  replace(projectId: string, body: ProjectReplace, options?: RequestOptions): ApiPromise<Project>;

  /**
   * Change a project.
   *
   * Changes the given fields of a project; its status has an operation of its own. The project's manager or
   * an admin may do it. The body is a JSON merge patch: absent keeps, null clears. The content type
   * `application/merge-patch+json` is accepted as well. A stale `If-Match` is refused. Dates that leave due
   * dates of open tasks outside the project are accepted, and `warnings` names the tasks. An external id that
   * another project has is a conflict of the kind `already_exists`. Writes `project.updated`.
   *
   * @throws ApiError with the status 403, 404, 409, 412, 422 or 428.
   * @see updateProject
   */
  update(projectId: string, body: ProjectUpdate, options?: RequestOptions): ApiPromise<Project>;

  /**
   * Delete a project.
   *
   * Deletes a project with its tasks, all in one batch that can be restored as a whole. They disappear from
   * every list and number. The project's manager or an admin may do it. A stale `If-Match` is refused. Writes
   * `project.deleted`, and `task.deleted` for each task.
   *
   * @throws ApiError with the status 403, 404, 412, 422 or 428.
   * @see deleteProject
   */
  delete(projectId: string, options?: RequestOptions): ApiPromise<void>;

  /**
   * Move a project to another status.
   *
   * Moves a project along the transitions of `ProjectStatus`. A move that is not among them is a conflict of
   * the kind `illegal_transition`, which names the allowed ones; the status the project has already changes
   * nothing. Completing a project with open tasks is a conflict of the kind `open_tasks` unless `force` is
   * set. The project's manager or an admin may do it. A stale `If-Match` is refused. Writes
   * `project.status_changed`.
   *
   * @throws ApiError with the status 403, 404, 409, 412, 422 or 428.
   * @see setProjectStatus
   */
  setStatus(projectId: string, body: ProjectStatusChange, options?: RequestOptions): ApiPromise<Project>;

  /**
   * Restore a deleted project.
   *
   * Brings a deleted project back with exactly the tasks that were deleted together with it, open ones
   * without an assignee who could no longer be given them. A project whose client is deleted is a conflict of
   * the kind `parent_deleted`, one whose external id another project has got meanwhile is one of the kind
   * `already_exists`, and one that is not deleted is answered as it is. The project's manager or an admin may
   * do it. Writes `project.restored`, and `task.restored` for each task.
   *
   * @throws ApiError with the status 403, 404, 409 or 422.
   * @see restoreProject
   */
  restore(projectId: string, options?: RequestOptions): ApiPromise<Project>;

  /**
   * Copy a project to a new start date.
   *
   * Creates a project in the status `planning` with the fields, tasks, subtasks, dependencies and tags of
   * another one, in whatever status that is. Every date moves by the days that lie between the first day of
   * the source and `starts_on`: the end of the project and the due dates. A source without a first day is
   * taken to begin with the earliest of its end and its tasks' due dates; where it has no date at all there
   * is none to move. Tasks keep their order, priorities and estimates and are open again: what is in the
   * backlog stays there, everything else is in `todo`, without progress. Cancelled and deleted tasks are left
   * out together with the dependencies on them; subtasks of a cancelled task take its place below its own
   * parent. Time, comments and external ids stay with the source. Due dates outside the new project's dates
   * are named by `warnings`. Managers and admins may do it; without a `manager_id` the caller becomes the
   * manager. Writes `project.created`, and `project.member_added` and `task.created` for what it begins with.
   *
   * @throws ApiError with the status 403, 404, 409 or 422.
   * @see cloneProject
   */
  clone(projectId: string, body: ProjectClone, options?: RequestOptions): ApiPromise<Project>;

  /**
   * List the team of a project.
   *
   * Returns the members of a project's team, in the order in which they joined. Whoever sees the project may
   * do it.
   *
   * @throws ApiError with the status 403, 404 or 422.
   * @see listProjectMembers
   */
  listMembers(
    projectId: string,
    params?: ListProjectMembersParams,
    options?: RequestOptions,
  ): ApiPromise<ProjectMemberPage>;

  /** All that `listMembers` returns, page after page. */
  iterateMembers(
    projectId: string,
    params?: ListProjectMembersParams,
    options?: RequestOptions,
  ): List<ProjectMember, ProjectMemberPage>;

  /**
   * Change a member's role on the team.
   *
   * Gives a member of a project's team another role; the role it has already changes nothing. Who becomes a
   * viewer is taken off the project's open tasks, unless their role allows them to be assigned all the same.
   * The project's manager or an admin may do it. Writes `project.member_role_changed`, and `task.assigned`
   * for each task that the member is taken off.
   *
   * @throws ApiError with the status 403, 404 or 422.
   * @see setProjectMemberRole
   */
  setMemberRole(
    projectId: string,
    userId: string,
    body: ProjectMemberRoleChange,
    options?: RequestOptions,
  ): ApiPromise<ProjectMember>;

  /**
   * Add a user to the team.
   *
   * Puts a user on the team of a project, who can from then on see it with its tasks and client. Somebody who
   * is on the team already is a conflict of the kind `already_exists`. The project's manager or an admin may
   * do it. Writes `project.member_added`.
   *
   * @throws ApiError with the status 403, 404, 409 or 422.
   * @see addProjectMember
   */
  addMember(
    projectId: string,
    userId: string,
    body?: ProjectMemberAdd,
    options?: RequestOptions,
  ): ApiPromise<ProjectMember>;

  /**
   * Remove a user from the team.
   *
   * Takes a user off the team of a project, who then sees it only as a manager or admin. Somebody who is not
   * on the team is not found. The project's manager or an admin may do it. Who may not be assigned any more
   * is taken off the open tasks. Writes `project.member_removed`, and `task.assigned` for each of these
   * tasks.
   *
   * @throws ApiError with the status 403, 404 or 422.
   * @see removeProjectMember
   */
  removeMember(projectId: string, userId: string, options?: RequestOptions): ApiPromise<void>;

  /**
   * Read how a project stands.
   *
   * Counts the tasks of a project and says how far it is, how good its estimates are, how much of its budget
   * is used and when it will be finished. Deleted tasks are left out. Whoever sees the project may do it.
   * Users see the projects on whose team they are; managers and admins see all. What the caller cannot see is
   * not found.
   *
   * @throws ApiError with the status 403, 404 or 422.
   * @see getProjectStatistics
   */
  getStatistics(
    projectId: string,
    params?: GetProjectStatisticsParams,
    options?: RequestOptions,
  ): ApiPromise<ProjectStatistics>;

  /**
   * Read the history of a project.
   *
   * Returns every change of a project, newest first: who made it, when, through which credential, and what
   * the fields were and became. Whoever sees the project may do it; managers and admins also when it is
   * deleted. What somebody costs is left out for users.
   *
   * @throws ApiError with the status 403, 404 or 422.
   * @see getProjectHistory
   */
  getHistory(
    projectId: string,
    params?: GetProjectHistoryParams,
    options?: RequestOptions,
  ): ApiPromise<EventPage>;

  /** All that `getHistory` returns, page after page. */
  iterateHistory(
    projectId: string,
    params?: GetProjectHistoryParams,
    options?: RequestOptions,
  ): List<Event, EventPage>;
}

/** Binds {@link ProjectsApi} to a transport, for a bundle that needs nothing else. */
export function projectsApi(transport: Transport): ProjectsApi {
  return {
    list: call(transport, "GET", "/api/v1/projects", "params"),
    iterate: iterate(transport, "/api/v1/projects", "cursor"),
    create: call(transport, "POST", "/api/v1/projects", "body"),
    get: call(transport, "GET", "/api/v1/projects/{project_id}", "params"),
    replace: call(transport, "PUT", "/api/v1/projects/{project_id}", "body"),
    update: call(transport, "PATCH", "/api/v1/projects/{project_id}", "body"),
    delete: call(transport, "DELETE", "/api/v1/projects/{project_id}"),
    setStatus: call(transport, "PUT", "/api/v1/projects/{project_id}/status", "body"),
    restore: call(transport, "POST", "/api/v1/projects/{project_id}/restore"),
    clone: call(transport, "POST", "/api/v1/projects/{project_id}/clone", "body"),
    listMembers: call(transport, "GET", "/api/v1/projects/{project_id}/team", "params"),
    iterateMembers: iterate(transport, "/api/v1/projects/{project_id}/team", "cursor"),
    setMemberRole: call(transport, "PUT", "/api/v1/projects/{project_id}/team/{user_id}/role", "body"),
    addMember: call(transport, "POST", "/api/v1/projects/{project_id}/team/{user_id}", "body"),
    removeMember: call(transport, "DELETE", "/api/v1/projects/{project_id}/team/{user_id}"),
    getStatistics: call(transport, "GET", "/api/v1/projects/{project_id}/statistics", "params"),
    getHistory: call(transport, "GET", "/api/v1/projects/{project_id}/history", "params"),
    iterateHistory: iterate(transport, "/api/v1/projects/{project_id}/history", "cursor"),
  };
}
