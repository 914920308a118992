// Code generated from openapi.yaml. DO NOT EDIT.
// The operations of the tag audit.

import type { EntityType } from "../enums.js";
import type { RequestOptions } from "../options.js";
import { iterate, type CursorParams, type List } from "../pages.js";
import { call, type ApiPromise } from "../resource.js";
import type { Event, EventPage } from "../schemas.js";
import type { Transport } from "../transport.js";

export interface ListAuditLogParams extends CursorParams {
  /** Only changes that this user made. */
  actor_id?: string | undefined;
  /** Only changes of the entity with this id. */
  entity_id?: string | undefined;
  /** Only changes of this project and of what belongs to it. */
  project_id?: string | undefined;
  /** Only what the request with this id changed. */
  request_id?: string | undefined;
  /** Only changes of entities of this type, such as `task`. */
  entity_type?: EntityType | undefined;
  /** Only these actions, such as `task.created`. */
  action?: readonly string[] | undefined;
  /** Only what happened at this moment or later. */
  from?: string | undefined;
  /** Only what happened before this moment. */
  to?: string | undefined;
}

/** The log of every change, for admins. */
export interface AuditApi {
  /**
   * Read the audit log.
   *
   * Returns every change there was, of everything, newest first; also of what is deleted. Filters are
   * combined with and. Admins may do it.
   *
   * @throws ApiError with the status 403 or 422.
   * @see listAuditLog
   */
  list(params?: ListAuditLogParams, options?: RequestOptions): ApiPromise<EventPage>;

  /** All that `list` returns, page after page. */
  iterate(params?: ListAuditLogParams, options?: RequestOptions): List<Event, EventPage>;
}

/** Binds {@link AuditApi} to a transport, for a bundle that needs nothing else. */
export function auditApi(transport: Transport): AuditApi {
  return {
    list: call(transport, "GET", "/api/v1/audit-log", "params"),
    iterate: iterate(transport, "/api/v1/audit-log", "cursor"),
  };
}
