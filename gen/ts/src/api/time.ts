// Code generated from openapi.yaml. DO NOT EDIT.
// The operations of the tag time.

import type { TimeEntryRelation } from "../enums.js";
import type { RequestOptions } from "../options.js";
import { iterate, type CursorParams, type List } from "../pages.js";
import { call, type ApiPromise } from "../resource.js";
import type {
  Event,
  EventPage,
  TimeEntry,
  TimeEntryCreate,
  TimeEntryPage,
  TimeEntryReplace,
  TimeEntryUpdate,
  Timer,
  TimerStart,
  TimerStop,
  TimerStopped,
} from "../schemas.js";
import type { Transport } from "../transport.js";

export interface ListTimeEntriesParams extends CursorParams {
  /**
   * The order: one or more of `spent_on`, `created_at` and `minutes`, separated by commas, each with a
   * leading minus for descending. The id is always the last key.
   * @defaultValue `"-spent_on"`
   */
  sort?: string | undefined;
  /** Only time on this task. */
  task_id?: string | undefined;
  /** Only time on this project's tasks. */
  project_id?: string | undefined;
  /** Only time on this client's projects. */
  client_id?: string | undefined;
  /** Only the time of these users. */
  user_id?: readonly string[] | undefined;
  /** Only time worked on this day or later. */
  from?: string | undefined;
  /** Only time worked on this day or earlier. */
  to?: string | undefined;
  /** With true only time that is billable; with false only the other. */
  billable?: boolean | undefined;
  /**
   * Related records to put into `included`, separated by commas: the task that was worked on, and whose time
   * it is.
   */
  include?: readonly TimeEntryRelation[] | undefined;
}

export interface GetTimeEntryParams {
  /**
   * Related records to put into `included`, separated by commas: the task that was worked on, and whose time
   * it is.
   */
  include?: readonly TimeEntryRelation[] | undefined;
}

export interface GetTimeEntryHistoryParams extends CursorParams {
}

/** The time worked on tasks with the rates of its moment, the timers that measure it, and its history. */
export interface TimeApi {
  /**
   * Log time on a task.
   *
   * Writes down time worked on a task, and in the same step what is still to do on it and how far it is,
   * where that is sent. The rates of this moment are copied onto the entry: a later change of a rate changes
   * no history. The project's manager, admins and members of its team with the role `lead` or `contributor`
   * may do it; for somebody else only the manager and admins. The task may be in any status. A project that
   * is archived takes no time, which is a conflict of the kind `project_closed`. An external reference that
   * another entry has is a conflict of the kind `already_exists`. Writes `time_entry.created`, and
   * `task.updated` where the task changes with it.
   *
   * @throws ApiError with the status 403, 404, 409 or 422.
   * @see logTime
   */
  log(taskId: string, body: TimeEntryCreate, options?: RequestOptions): ApiPromise<TimeEntry>;

  /**
   * Start the timer.
   *
   * Begins to measure the caller's time on a task. Of a user's timers one runs at a time: while one does,
   * another start is a conflict of the kind `timer_running` that names its task in `blocking_ids`. Whoever
   * may log time on the task may do it. Writes `timer.started`.
   *
   * @throws ApiError with the status 403, 404, 409 or 422.
   * @see startTimer
   */
  startTimer(taskId: string, body?: TimerStart, options?: RequestOptions): ApiPromise<Timer>;

  /**
   * Read the running timer.
   *
   * Returns the caller's running timer, also when its task is no longer there. Everybody signed in may do it.
   * When none runs it is not found.
   *
   * @throws ApiError with the status 403, 404 or 422.
   * @see getTimer
   */
  getTimer(options?: RequestOptions): ApiPromise<Timer>;

  /**
   * Discard the timer.
   *
   * Ends the caller's timer without logging what it measured. When none runs it is not found. Everybody
   * signed in may do it. Writes `timer.discarded`.
   *
   * @throws ApiError with the status 403, 404 or 422.
   * @see discardTimer
   */
  discardTimer(options?: RequestOptions): ApiPromise<void>;

  /**
   * Stop the timer.
   *
   * Ends the caller's timer and logs what it measured, in full minutes, rounded up once and one at least. A
   * timer that ran past midnight, in UTC, gives an entry for each day, so that no time is lost and none is
   * longer than its day. When no timer runs, or its task is deleted or can no longer be seen, it is not
   * found; an archived project is a conflict of the kind `project_closed`; a timer that has run for more than
   * 31 days is a conflict, because it was forgotten. In these cases it keeps running until it is discarded.
   * Everybody signed in may do it. Writes `timer.stopped`, and `time_entry.created` for each entry.
   *
   * @throws ApiError with the status 403, 404, 409 or 422.
   * @see stopTimer
   */
  stopTimer(body?: TimerStop, options?: RequestOptions): ApiPromise<TimerStopped>;

  /**
   * List time entries.
   *
   * Returns the time entries the caller can see, the latest day first unless `sort` says otherwise. An entry
   * is seen by whoever sees its project, also when its task is deleted. Users see the projects on whose team
   * they are; managers and admins see all. Filters are combined with and.
   *
   * @throws ApiError with the status 403 or 422.
   * @see listTimeEntries
   */
  listEntries(params?: ListTimeEntriesParams, options?: RequestOptions): ApiPromise<TimeEntryPage>;

  /** All that `listEntries` returns, page after page. */
  iterateEntries(params?: ListTimeEntriesParams, options?: RequestOptions): List<TimeEntry, TimeEntryPage>;

  /**
   * Read a time entry.
   *
   * Returns one time entry. An entry is seen by whoever sees its project. Users see the projects on whose
   * team they are; managers and admins see all. What the caller cannot see is not found.
   *
   * @throws ApiError with the status 403, 404 or 422.
   * @see getTimeEntry
   */
  getEntry(timeEntryId: string, params?: GetTimeEntryParams, options?: RequestOptions): ApiPromise<TimeEntry>;

  /**
   * Replace a time entry.
   *
   * Replaces all writable fields of a time entry; an optional one that is left out becomes its default. The
   * time of an archived project can no longer be changed, which is a conflict of the kind `project_closed`,
   * and an external id that another entry has one of the kind `already_exists`. In everything else it is like
   * `updateTimeEntry`: whose time it is, while a lead or contributor of the project, the project's manager
   * and admins may do it. A stale `If-Match` is refused. Writes `time_entry.updated`.
   *
   * @throws ApiError with the status 403, 404, 409, 412, 422 or 428.
   * @see replaceTimeEntry
   */
  replaceEntry(timeEntryId: string, body: TimeEntryReplace, options?: RequestOptions): ApiPromise<TimeEntry>;

  /**
   * Change a time entry.
   *
   * Changes the given fields of a time entry. Its task and its user never change. The rates stay what they
   * were when it was written; an entry that becomes billable gets the project's present rate, one that ceases
   * to be has none. Whose time it is, while a lead or contributor of the project, the project's manager and
   * admins may do it. The time of an archived project can no longer be changed, which is a conflict of the
   * kind `project_closed`. A stale `If-Match` is refused. The body is a JSON merge patch: absent keeps, null
   * clears. The content type `application/merge-patch+json` is accepted as well. Writes `time_entry.updated`.
   *
   * @throws ApiError with the status 403, 404, 409, 412, 422 or 428.
   * @see updateTimeEntry
   */
  updateEntry(timeEntryId: string, body: TimeEntryUpdate, options?: RequestOptions): ApiPromise<TimeEntry>;

  /**
   * Delete a time entry.
   *
   * Deletes a time entry for good; the log of changes keeps what it said. Whoever may change it may delete
   * it. The time of an archived project can no longer be deleted, which is a conflict of the kind
   * `project_closed`. A stale `If-Match` is refused. Writes `time_entry.deleted`.
   *
   * @throws ApiError with the status 403, 404, 409, 412, 422 or 428.
   * @see deleteTimeEntry
   */
  deleteEntry(timeEntryId: string, options?: RequestOptions): ApiPromise<void>;

  /**
   * Read the history of a time entry.
   *
   * Returns every change of a time entry, newest first: who made it, when, through which credential, and what
   * the fields were and became. Whoever sees the entry may do it; managers and admins also when it has been
   * deleted, where the last event keeps its values. What an hour costs is left out for users.
   *
   * @throws ApiError with the status 403, 404 or 422.
   * @see getTimeEntryHistory
   */
  getEntryHistory(
    timeEntryId: string,
    params?: GetTimeEntryHistoryParams,
    options?: RequestOptions,
  ): ApiPromise<EventPage>;

  /** All that `getEntryHistory` returns, page after page. */
  iterateEntryHistory(
    timeEntryId: string,
    params?: GetTimeEntryHistoryParams,
    options?: RequestOptions,
  ): List<Event, EventPage>;
}

/** Binds {@link TimeApi} to a transport, for a bundle that needs nothing else. */
export function timeApi(transport: Transport): TimeApi {
  return {
    log: call(transport, "POST", "/api/v1/tasks/{task_id}/time", "body"),
    startTimer: call(transport, "POST", "/api/v1/tasks/{task_id}/timer", "body"),
    getTimer: call(transport, "GET", "/api/v1/timer"),
    discardTimer: call(transport, "DELETE", "/api/v1/timer"),
    stopTimer: call(transport, "POST", "/api/v1/timer/stop", "body"),
    listEntries: call(transport, "GET", "/api/v1/time-entries", "params"),
    iterateEntries: iterate(transport, "/api/v1/time-entries", "cursor"),
    getEntry: call(transport, "GET", "/api/v1/time-entries/{time_entry_id}", "params"),
    replaceEntry: call(transport, "PUT", "/api/v1/time-entries/{time_entry_id}", "body"),
    updateEntry: call(transport, "PATCH", "/api/v1/time-entries/{time_entry_id}", "body"),
    deleteEntry: call(transport, "DELETE", "/api/v1/time-entries/{time_entry_id}"),
    getEntryHistory: call(transport, "GET", "/api/v1/time-entries/{time_entry_id}/history", "params"),
    iterateEntryHistory: iterate(transport, "/api/v1/time-entries/{time_entry_id}/history", "cursor"),
  };
}
