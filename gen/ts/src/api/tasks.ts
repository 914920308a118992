// Code generated from openapi.yaml. DO NOT EDIT.
// The operations of the tag tasks.

import type { Priority, TaskInclude, TaskStatus } from "../enums.js";
import type { RequestOptions } from "../options.js";
import { iterate, type CursorParams, type List, type PageParams } from "../pages.js";
import { call, type ApiPromise } from "../resource.js";
import type {
  Event,
  EventPage,
  Task,
  TaskAssign,
  TaskBulk,
  TaskBulkResults,
  TaskCreate,
  TaskDependency,
  TaskDependencyCreate,
  TaskPage,
  TaskPosition,
  TaskReadiness,
  TaskReplace,
  TaskSearchHit,
  TaskSearchPage,
  TaskStatusChange,
  TaskUpdate,
} from "../schemas.js";
import type { Transport } from "../transport.js";

export interface ListTasksParams extends CursorParams {
  /**
   * The order: one or more of `created_at`, `updated_at`, `due_date`, `position`, `priority`, `status` and
   * `title`, separated by commas, each with a leading minus for descending. The id is always the last key.
   * Priorities and statuses follow the order in which they are listed in `Priority` and `TaskStatus`; a task
   * without a due date comes last in either direction.
   * @defaultValue `"-created_at"`
   */
  sort?: string | undefined;
  /** Only tasks of one of these projects. */
  project_id?: readonly string[] | undefined;
  /** Only tasks of this client's projects. */
  client_id?: string | undefined;
  /** Only tasks in one of these statuses. */
  status?: readonly TaskStatus[] | undefined;
  /** Only tasks of one of these priorities. */
  priority?: readonly Priority[] | undefined;
  /** Only tasks assigned to one of these users. */
  assignee_id?: readonly string[] | undefined;
  /** Only the direct subtasks of this task. */
  parent_id?: string | undefined;
  /** Only tasks with one of these tags. */
  tag?: readonly string[] | undefined;
  /** Only tasks that this user created. */
  created_by?: string | undefined;
  /** Only tasks that were last changed at this moment or later. */
  updated_since?: string | undefined;
  /** With true only tasks that nobody is assigned to; with false only the others. */
  unassigned?: boolean | undefined;
  /**
   * With true only tasks that are neither done nor cancelled and whose due date lies before today, in UTC;
   * with false only the others.
   */
  overdue?: boolean | undefined;
  /**
   * With true only tasks in the status `todo` of which every prerequisite is done; with false only the
   * others.
   */
  ready?: boolean | undefined;
  /**
   * With true only open tasks that are held up, in the status `blocked` or with a prerequisite that is not
   * done; with false only the others.
   */
  blocked?: boolean | undefined;
  /** Only tasks due on this day or later. */
  due_from?: string | undefined;
  /** Only tasks due on this day or earlier. */
  due_to?: string | undefined;
  /** Only tasks whose title contains this text, upper and lower case alike. */
  q?: string | undefined;
  /**
   * With true deleted tasks are listed as well; `deleted_at` tells them apart. Managers and admins may ask
   * for it.
   * @defaultValue `false`
   */
  include_deleted?: boolean | undefined;
  /**
   * Related records to put into `included`, separated by commas; at most a hundred of a kind for each task.
   */
  include?: readonly TaskInclude[] | undefined;
}

export interface GetTaskParams {
  /**
   * Related records to put into `included`, separated by commas; at most a hundred of a kind for each task.
   */
  include?: readonly TaskInclude[] | undefined;
}

export interface SearchTasksParams extends PageParams {
  /** The words to search for. */
  q: string;
  /** Only tasks of this project. */
  project_id?: string | undefined;
}

export interface GetTaskHistoryParams extends CursorParams {
}

/**
 * Tasks with their assignee, status, subtasks and what they wait for; alone, in batches, by search, and with
 * their history.
 */
export interface TasksApi {
  /**
   * List tasks.
   *
   * Returns the tasks the caller can see, newest first unless `sort` says otherwise; deleted ones are left
   * out unless `include_deleted` says otherwise. A task is seen by whoever sees its project. Users see the
   * projects on whose team they are; managers and admins see all. Filters are combined with and.
   *
   * @throws ApiError with the status 403 or 422.
   * @see listTasks
   */
  list(params?: ListTasksParams, options?: RequestOptions): ApiPromise<TaskPage>;

  /** All that `list` returns, page after page. */
  iterate(params?: ListTasksParams, options?: RequestOptions): List<Task, TaskPage>;

  /**
   * Add a task.
   *
   * Creates a task in a project, with its first dependencies. The project's manager, admins and members of
   * its team with the role `lead` or `contributor` may do it. A project, parent, assignee or prerequisite
   * that the caller cannot see is treated as one that does not exist. An assignee who does not work on the
   * project, a due date outside its dates and a parent on the tenth level are refused as validation errors.
   * The task comes last in its project. An external id that another task has is a conflict of the kind
   * `already_exists`. Writes `task.created`.
   *
   * @throws ApiError with the status 403, 404, 409 or 422.
   * @see createTask
   */
  create(body: TaskCreate, options?: RequestOptions): ApiPromise<Task>;

  /**
   * Create, change and delete many tasks.
   *
   * Creates, updates and deletes up to 500 tasks in one call, under the rules and rights of `createTask`,
   * `updateTask` and `deleteTask`. First everything is created, then updated, then deleted, each in the order
   * of the items. New tasks refer to each other by the `ref` that an item gives to its task, forwards and
   * backwards, so that a whole plan with its graph lands at once. With `atomic`, which is the default, all is
   * done or nothing, and the problem names every item that cannot be done by its pointer; it has the code of
   * the one reason they have, or `validation_failed` when their reasons differ. Without it, each result says
   * what has become of its item, and what refers to an item that failed fails with it. A body that does not
   * conform to the contract, or whose references cannot be made sense of, is refused as a whole either way.
   * Whoever may create, change or delete a task by itself may do so here. The body may be larger than that of
   * other operations, by default up to 4 MiB. Writes `task.created`, `task.updated` and `task.deleted` for
   * what changes.
   *
   * @throws ApiError with the status 403, 404, 409, 412 or 422.
   * @see bulkTasks
   */
  bulk(body: TaskBulk, options?: RequestOptions): ApiPromise<TaskBulkResults>;

  /**
   * Read a task.
   *
   * Returns one task. A task is seen by whoever sees its project. Users see the projects on whose team they
   * are; managers and admins see all. What the caller cannot see is not found.
   *
   * @throws ApiError with the status 403, 404 or 422.
   * @see getTask
   */
  get(taskId: string, params?: GetTaskParams, options?: RequestOptions): ApiPromise<Task>;

  /**
   * Replace a task.
   *
   * Gives a task all its writable fields; an optional one that is left out becomes its default. Its status,
   * assignee and dependencies have operations of their own. The values it has already change nothing. What
   * `updateTask` refuses is refused here, and whoever may change a task may replace it. A stale `If-Match` is
   * refused. An external id that another task has is a conflict of the kind `already_exists`. Writes
   * `task.updated`.
   *
   * @throws ApiError with the status 403, 404, 409, 412, 422 or 428.
   * @see replaceTask
   */
  replace(taskId: string, body: TaskReplace, options?: RequestOptions): ApiPromise<Task>;

  /**
   * Change a task.
   *
   * Changes the given fields of a task; its status, assignee and dependencies have operations of their own. A
   * parent that would make a cycle is a conflict of the kind `dependency_cycle`; one that would make the tree
   * deeper than ten levels and a due date outside the project's dates are refused as validation errors. The
   * project's manager, admins, members of its team with the role `lead` or `contributor` and the task's
   * assignee may do it. The body is a JSON merge patch: absent keeps, null clears. The content type
   * `application/merge-patch+json` is accepted as well. A stale `If-Match` is refused. An external id that
   * another task has is a conflict of the kind `already_exists`. Writes `task.updated`.
   *
   * @throws ApiError with the status 403, 404, 409, 412, 422 or 428.
   * @see updateTask
   */
  update(taskId: string, body: TaskUpdate, options?: RequestOptions): ApiPromise<Task>;

  /**
   * Delete a task.
   *
   * Deletes a task with its subtasks, all in one batch that can be restored as a whole. They disappear from
   * every list and number; a task that waits for a deleted one keeps waiting until the dependency is removed.
   * The project's manager, admins, leads on its team and whoever created the task may do it. A stale
   * `If-Match` is refused. Writes `task.deleted` for each of them.
   *
   * @throws ApiError with the status 403, 404, 412, 422 or 428.
   * @see deleteTask
   */
  delete(taskId: string, options?: RequestOptions): ApiPromise<void>;

  /**
   * Search tasks.
   *
   * Returns the tasks the caller can see that have all the words of `q` in their title or description, the
   * best match first; the last word also matches as the beginning of a longer one. Deleted tasks are left
   * out. Where more than 500 match, the newest 500 of them are ranked and counted.
   *
   * @throws ApiError with the status 403 or 422.
   * @see searchTasks
   */
  search(params: SearchTasksParams, options?: RequestOptions): ApiPromise<TaskSearchPage>;

  /** All that `search` returns, page after page. */
  searchAll(params: SearchTasksParams, options?: RequestOptions): List<TaskSearchHit, TaskSearchPage>;

  /**
   * Say why a task cannot start.
   *
   * Returns whether a task can be started and everything that keeps it from it: its status, prerequisites,
   * its parent and its project. A task that the filter `ready` of `listTasks` finds can have a reason in its
   * parent or project here. Whoever sees the task may ask.
   *
   * @throws ApiError with the status 403, 404 or 422.
   * @see getTaskReadiness
   */
  getReadiness(taskId: string, options?: RequestOptions): ApiPromise<TaskReadiness>;

  /**
   * Move a task within its project.
   *
   * Puts a task directly before or after another one of its project, or to an end of it; the others keep
   * their order. The place it has already changes nothing. The project's manager, admins, members of its team
   * with the role `lead` or `contributor` and the task's assignee may do it. A stale `If-Match` is refused.
   * Writes `task.moved`.
   *
   * @throws ApiError with the status 403, 404, 412, 422 or 428.
   * @see setTaskPosition
   */
  setPosition(taskId: string, body: TaskPosition, options?: RequestOptions): ApiPromise<Task>;

  /**
   * Restore a deleted task.
   *
   * Brings a deleted task back with exactly the subtasks that were deleted together with it, open ones
   * without an assignee who could no longer be given them. A task whose project or parent is deleted is a
   * conflict of the kind `parent_deleted`; one that is open while its parent is closed is of the kind
   * `parent_closed`; one that is open, or has an open subtask, while its project is closed is of the kind
   * `project_closed`; one whose external reference another task has by now is of the kind `already_exists`. A
   * task that is not deleted is answered as it is. Whoever may delete it may restore it; to other users a
   * deleted task does not exist. Writes `task.restored` for each of them.
   *
   * @throws ApiError with the status 403, 404, 409 or 422.
   * @see restoreTask
   */
  restore(taskId: string, options?: RequestOptions): ApiPromise<Task>;

  /**
   * Assign a task.
   *
   * Makes a user the task's assignee, or nobody with null. The assignee has to be a lead or contributor on
   * the project's team, a manager or an admin; anybody else is refused as a validation error, and so is whom
   * the caller cannot see. The project's manager, admins, members of its team with the role `lead` or
   * `contributor` and the present assignee may do it. A stale `If-Match` is refused. Writes `task.assigned`.
   *
   * @throws ApiError with the status 403, 404, 412, 422 or 428.
   * @see assignTask
   */
  assign(taskId: string, body: TaskAssign, options?: RequestOptions): ApiPromise<Task>;

  /**
   * Move a task to another status.
   *
   * Moves a task along the transitions of `TaskStatus`. A move that is not among them is a conflict of the
   * kind `illegal_transition`, which names the allowed ones; a start before every prerequisite is done is one
   * of the kind `prerequisites_open`, and finishing a task with open subtasks one of the kind
   * `subtasks_open`. The status the task has already changes nothing. A task that is taken up again loses an
   * assignee who could no longer be given it. The project's manager, admins, members of its team with the
   * role `lead` or `contributor` and the task's assignee may do it. Only the project's manager and admins
   * bring a cancelled task back. A stale `If-Match` is refused. Writes `task.status_changed`.
   *
   * @throws ApiError with the status 403, 404, 409, 412, 422 or 428.
   * @see setTaskStatus
   */
  setStatus(taskId: string, body: TaskStatusChange, options?: RequestOptions): ApiPromise<Task>;

  /**
   * Make a task wait for another.
   *
   * Adds a prerequisite to a task, which cannot start before it is done. Both belong to one project. A
   * dependency that would close a cycle is a conflict of the kind `dependency_cycle`, which names the tasks
   * along it; one that is there already is one of the kind `already_exists`. A task has at most a hundred
   * prerequisites: another one is refused as a validation error. The project's manager, admins and members of
   * its team with the role `lead` or `contributor` may do it. Writes `task.dependency_added`.
   *
   * @throws ApiError with the status 403, 404, 409 or 422.
   * @see addTaskDependency
   */
  addDependency(
    taskId: string,
    body: TaskDependencyCreate,
    options?: RequestOptions,
  ): ApiPromise<TaskDependency>;

  /**
   * Let a task no longer wait for another.
   *
   * Takes a prerequisite away from a task. One that the task does not have is not found. The project's
   * manager, admins and members of its team with the role `lead` or `contributor` may do it. Writes
   * `task.dependency_removed`.
   *
   * @throws ApiError with the status 403, 404 or 422.
   * @see removeTaskDependency
   */
  removeDependency(taskId: string, prerequisiteId: string, options?: RequestOptions): ApiPromise<void>;

  /**
   * Read the history of a task.
   *
   * Returns every change of a task, newest first: who made it, when, through which credential, and what the
   * fields were and became. Whoever sees the task may do it; managers and admins also when it is deleted.
   * What somebody costs is left out for users.
   *
   * @throws ApiError with the status 403, 404 or 422.
   * @see getTaskHistory
   */
  getHistory(taskId: string, params?: GetTaskHistoryParams, options?: RequestOptions): ApiPromise<EventPage>;

  /** All that `getHistory` returns, page after page. */
  iterateHistory(
    taskId: string,
    params?: GetTaskHistoryParams,
    options?: RequestOptions,
  ): List<Event, EventPage>;
}

/** Binds {@link TasksApi} to a transport, for a bundle that needs nothing else. */
export function tasksApi(transport: Transport): TasksApi {
  return {
    list: call(transport, "GET", "/api/v1/tasks", "params"),
    iterate: iterate(transport, "/api/v1/tasks", "cursor"),
    create: call(transport, "POST", "/api/v1/tasks", "body"),
    bulk: call(transport, "POST", "/api/v1/tasks/bulk", "body"),
    get: call(transport, "GET", "/api/v1/tasks/{task_id}", "params"),
    replace: call(transport, "PUT", "/api/v1/tasks/{task_id}", "body"),
    update: call(transport, "PATCH", "/api/v1/tasks/{task_id}", "body"),
    delete: call(transport, "DELETE", "/api/v1/tasks/{task_id}"),
    search: call(transport, "GET", "/api/v1/tasks/search", "params"),
    searchAll: iterate(transport, "/api/v1/tasks/search", "page"),
    getReadiness: call(transport, "GET", "/api/v1/tasks/{task_id}/readiness"),
    setPosition: call(transport, "PUT", "/api/v1/tasks/{task_id}/position", "body"),
    restore: call(transport, "POST", "/api/v1/tasks/{task_id}/restore"),
    assign: call(transport, "PUT", "/api/v1/tasks/{task_id}/assign", "body"),
    setStatus: call(transport, "PUT", "/api/v1/tasks/{task_id}/status", "body"),
    addDependency: call(transport, "POST", "/api/v1/tasks/{task_id}/dependencies", "body"),
    removeDependency: call(transport, "DELETE", "/api/v1/tasks/{task_id}/dependencies/{prerequisite_id}"),
    getHistory: call(transport, "GET", "/api/v1/tasks/{task_id}/history", "params"),
    iterateHistory: iterate(transport, "/api/v1/tasks/{task_id}/history", "cursor"),
  };
}
