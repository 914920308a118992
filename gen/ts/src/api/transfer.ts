// Code generated from openapi.yaml. DO NOT EDIT.
// The operations of the tag transfer.

import type { TransferFormat } from "../enums.js";
import type { RequestOptions } from "../options.js";
import { download, type Download } from "../download.js";
import type { ApiPromise } from "../resource.js";
import { upload, type Upload } from "../upload.js";
import type { ClientRecord, ImportReport, ProjectRecord, TaskRecord, TimeEntryRecord } from "../schemas.js";
import type { Transport } from "../transport.js";

export interface ExportClientsParams {
  /**
   * The format of the file.
   * @defaultValue `"ndjson"`
   */
  format?: TransferFormat | undefined;
}

export interface ImportClientsParams {
  /**
   * Do everything that the import does, report it, and keep nothing of it.
   * @defaultValue `false`
   */
  dry_run?: boolean | undefined;
  /**
   * What the file is.
   * @defaultValue the type of a `Blob` that has one, else `"application/x-ndjson"`
   */
  contentType?: "application/x-ndjson" | "text/csv" | undefined;
}

export interface ExportProjectsParams {
  /**
   * The format of the file.
   * @defaultValue `"ndjson"`
   */
  format?: TransferFormat | undefined;
  /** Only the projects of this client. */
  client_id?: string | undefined;
}

export interface ImportProjectsParams {
  /**
   * Do everything that the import does, report it, and keep nothing of it.
   * @defaultValue `false`
   */
  dry_run?: boolean | undefined;
  /**
   * What the file is.
   * @defaultValue the type of a `Blob` that has one, else `"application/x-ndjson"`
   */
  contentType?: "application/x-ndjson" | "text/csv" | undefined;
}

export interface ExportTasksParams {
  /**
   * The format of the file.
   * @defaultValue `"ndjson"`
   */
  format?: TransferFormat | undefined;
  /** Only the tasks of this project. */
  project_id?: string | undefined;
  /** Only the tasks of the projects of this client. */
  client_id?: string | undefined;
}

export interface ImportTasksParams {
  /**
   * Do everything that the import does, report it, and keep nothing of it.
   * @defaultValue `false`
   */
  dry_run?: boolean | undefined;
  /**
   * What the file is.
   * @defaultValue the type of a `Blob` that has one, else `"application/x-ndjson"`
   */
  contentType?: "application/x-ndjson" | "text/csv" | undefined;
}

export interface ExportTimeEntriesParams {
  /**
   * The format of the file.
   * @defaultValue `"ndjson"`
   */
  format?: TransferFormat | undefined;
  /** Only the time entries of this project. */
  project_id?: string | undefined;
  /** Only the time entries of the projects of this client. */
  client_id?: string | undefined;
  /** Only time that was worked on this day or later. */
  from?: string | undefined;
  /** Only time that was worked on this day or earlier. */
  to?: string | undefined;
}

export interface ImportTimeEntriesParams {
  /**
   * Do everything that the import does, report it, and keep nothing of it.
   * @defaultValue `false`
   */
  dry_run?: boolean | undefined;
  /**
   * What the file is.
   * @defaultValue the type of a `Blob` that has one, else `"application/x-ndjson"`
   */
  contentType?: "application/x-ndjson" | "text/csv" | undefined;
}

/** Clients, projects, tasks and time as files, out and in. */
export interface TransferApi {
  /**
   * Export clients.
   *
   * Returns all clients the caller can see as a file, oldest first; deleted ones are left out. Users see the
   * clients of the projects on whose team they are; managers and admins see all. Each line is a
   * `ClientRecord`. The file is written while it is read: one that could not be finished ends with an aborted
   * connection, never as if it were complete. A cell of a CSV file that a spreadsheet would take for a
   * formula begins with an apostrophe, which the import takes away.
   *
   * @throws ApiError with the status 403 or 422.
   * @see exportClients
   */
  exportClients(params?: ExportClientsParams, options?: RequestOptions): Promise<Download<ClientRecord>>;

  /**
   * Import clients.
   *
   * Creates and changes clients from a file as `exportClients` returns it, in one of its two formats. Each
   * line is a `ClientRecord`: the client with that `source` and `external_id` is changed where it differs, or
   * made where there is none. A column that is left out keeps its value, one that is null (or empty, in CSV)
   * is cleared. Lines may refer to each other in any order. Statuses are set as they are, without the
   * transitions. It is all or nothing: where one line is wrong nothing is applied, and every wrong line is
   * named. A file has at most 32 MiB and 50,000 lines. Admins may do it. Writes `client.created` and
   * `client.updated`.
   *
   * @throws ApiError with the status 403, 409 or 422.
   * @see importClients
   */
  importClients(
    body: Upload<ClientRecord>,
    params?: ImportClientsParams,
    options?: RequestOptions,
  ): ApiPromise<ImportReport>;

  /**
   * Export projects.
   *
   * Returns all projects the caller can see as a file, oldest first; deleted ones are left out. Users see the
   * projects on whose team they are; managers and admins see all. Each line is a `ProjectRecord`. The file is
   * written while it is read: one that could not be finished ends with an aborted connection, never as if it
   * were complete. A cell of a CSV file that a spreadsheet would take for a formula begins with an
   * apostrophe, which the import takes away.
   *
   * @throws ApiError with the status 403 or 422.
   * @see exportProjects
   */
  exportProjects(params?: ExportProjectsParams, options?: RequestOptions): Promise<Download<ProjectRecord>>;

  /**
   * Import projects.
   *
   * Creates and changes projects from a file as `exportProjects` returns it, in one of its two formats. Each
   * line is a `ProjectRecord`: the project with that `source` and `external_id` is changed where it differs,
   * or made where there is none. A column that is left out keeps its value, one that is null (or empty, in
   * CSV) is cleared. Lines may refer to each other in any order. Statuses are set as they are, without the
   * transitions. It is all or nothing: where one line is wrong nothing is applied, and every wrong line is
   * named. A file has at most 32 MiB and 50,000 lines. Admins may do it. Writes `project.created` and
   * `project.updated`, for its team `project.member_added`, `project.member_role_changed` and
   * `project.member_removed`, and `task.assigned` for each task that somebody is taken off.
   *
   * @throws ApiError with the status 403, 409 or 422.
   * @see importProjects
   */
  importProjects(
    body: Upload<ProjectRecord>,
    params?: ImportProjectsParams,
    options?: RequestOptions,
  ): ApiPromise<ImportReport>;

  /**
   * Export tasks.
   *
   * Returns all tasks the caller can see as a file, oldest first; deleted ones are left out. Users see the
   * tasks of the projects on whose team they are; managers and admins see all. Each line is a `TaskRecord`.
   * The file is written while it is read: one that could not be finished ends with an aborted connection,
   * never as if it were complete. A cell of a CSV file that a spreadsheet would take for a formula begins
   * with an apostrophe, which the import takes away.
   *
   * @throws ApiError with the status 403 or 422.
   * @see exportTasks
   */
  exportTasks(params?: ExportTasksParams, options?: RequestOptions): Promise<Download<TaskRecord>>;

  /**
   * Import tasks.
   *
   * Creates and changes tasks from a file as `exportTasks` returns it, in one of its two formats. Each line
   * is a `TaskRecord`: the task with that `source` and `external_id` is changed where it differs, or made
   * where there is none. A column that is left out keeps its value, one that is null (or empty, in CSV) is
   * cleared. Lines may refer to each other in any order. Statuses are set as they are, without the
   * transitions. It is all or nothing: where one line is wrong nothing is applied, and every wrong line is
   * named. A file has at most 32 MiB and 50,000 lines. Admins may do it. Writes `task.created` and
   * `task.updated`.
   *
   * @throws ApiError with the status 403, 409 or 422.
   * @see importTasks
   */
  importTasks(
    body: Upload<TaskRecord>,
    params?: ImportTasksParams,
    options?: RequestOptions,
  ): ApiPromise<ImportReport>;

  /**
   * Export time entries.
   *
   * Returns all time entries the caller can see as a file, oldest first; deleted ones are left out. Users see
   * the time of the projects on whose team they are; managers and admins see all. Each line is a
   * `TimeEntryRecord`. The file is written while it is read: one that could not be finished ends with an
   * aborted connection, never as if it were complete. A cell of a CSV file that a spreadsheet would take for
   * a formula begins with an apostrophe, which the import takes away.
   *
   * @throws ApiError with the status 403 or 422.
   * @see exportTimeEntries
   */
  exportTimeEntries(
    params?: ExportTimeEntriesParams,
    options?: RequestOptions,
  ): Promise<Download<TimeEntryRecord>>;

  /**
   * Import time entries.
   *
   * Creates and changes time entries from a file as `exportTimeEntries` returns it, in one of its two
   * formats. Each line is a `TimeEntryRecord`: the time entry with that `source` and `external_id` is changed
   * where it differs, or made where there is none. A column that is left out keeps its value, one that is
   * null (or empty, in CSV) is cleared. Lines may refer to each other in any order. Statuses are set as they
   * are, without the transitions. It is all or nothing: where one line is wrong nothing is applied, and every
   * wrong line is named. A file has at most 32 MiB and 50,000 lines. Admins may do it. Writes
   * `time_entry.created` and `time_entry.updated`.
   *
   * @throws ApiError with the status 403, 409 or 422.
   * @see importTimeEntries
   */
  importTimeEntries(
    body: Upload<TimeEntryRecord>,
    params?: ImportTimeEntriesParams,
    options?: RequestOptions,
  ): ApiPromise<ImportReport>;
}

/** Binds {@link TransferApi} to a transport, for a bundle that needs nothing else. */
export function transferApi(transport: Transport): TransferApi {
  return {
    exportClients: download(transport, "/api/v1/clients/export"),
    importClients: upload(transport, "/api/v1/clients/import", "application/x-ndjson"),
    exportProjects: download(transport, "/api/v1/projects/export"),
    importProjects: upload(transport, "/api/v1/projects/import", "application/x-ndjson"),
    exportTasks: download(transport, "/api/v1/tasks/export"),
    importTasks: upload(transport, "/api/v1/tasks/import", "application/x-ndjson"),
    exportTimeEntries: download(transport, "/api/v1/time-entries/export"),
    importTimeEntries: upload(transport, "/api/v1/time-entries/import", "application/x-ndjson"),
  };
}
