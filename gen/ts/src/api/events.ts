// Code generated from openapi.yaml. DO NOT EDIT.
// The operations of the tag events.

import type { EntityType } from "../enums.js";
import type { RequestOptions } from "../options.js";
import { iterate, type List } from "../pages.js";
import { call, type ApiPromise } from "../resource.js";
import { stream, type EventStream, type StreamOptions } from "../stream.js";
import type { Event, EventFeed } from "../schemas.js";
import type { Transport } from "../transport.js";

export interface ListEventsParams {
  /**
   * Only what follows this cursor, which is a `next_cursor` or the `id` of an event of the stream; `now` to
   * begin here and get the cursor to go on from. Without it the list begins with the oldest change there is.
   */
  after?: string | undefined;
  /**
   * The most items a page holds.
   * @defaultValue `20`
   */
  page_size?: number | undefined;
  /** Only changes of these types, such as `task.updated`; `task.*` stands for all of an entity. */
  type?: readonly string[] | undefined;
  /** Only changes of entities of this type, such as `task`. */
  entity_type?: EntityType | undefined;
  /** Only changes of the entity with this id. */
  entity_id?: string | undefined;
  /** Only changes of this project and of what belongs to it. */
  project_id?: string | undefined;
}

export interface StreamEventsParams {
  /**
   * Only what follows this cursor, which is a `next_cursor` of the list or the `id` of an event of the
   * stream. Without it, and with `now`, the stream begins with what happens from now on, or a moment before.
   */
  after?: string | undefined;
  /** Only changes of these types, such as `task.updated`; `task.*` stands for all of an entity. */
  type?: readonly string[] | undefined;
  /** Only changes of entities of this type, such as `task`. */
  entity_type?: EntityType | undefined;
  /** Only changes of the entity with this id. */
  entity_id?: string | undefined;
  /** Only changes of this project and of what belongs to it. */
  project_id?: string | undefined;
}

/** The log of changes, to follow from a cursor or as a stream. */
export interface EventsApi {
  /**
   * Follow what changes.
   *
   * Returns the changes that follow the cursor `after`, oldest first, in the order in which they were
   * committed: nobody who goes on from `next_cursor` misses one or gets one twice. Everybody gets the changes
   * of what it can see now: users those of the projects on whose team they are with their tasks, comments,
   * time entries and clients, and of the people they work with; managers those of everything; admins also
   * those of sessions, keys and invitations. That a task, a comment, a time entry or a project was deleted is
   * told to the users of its project, without what it was. A change is there once no transaction older than
   * its own runs any more, which is at once or a moment later. One request looks at 5,000 changes at most: a
   * page may hold less than asked for, or nothing, and `has_more` tells to go on. The list reaches back to
   * the beginning of the log, however old the cursor is. Filters are combined with and.
   *
   * @throws ApiError with the status 403 or 422.
   * @see listEvents
   */
  list(params?: ListEventsParams, options?: RequestOptions): ApiPromise<EventFeed>;

  /** All that `list` returns, page after page. */
  iterate(params?: ListEventsParams, options?: RequestOptions): List<Event, EventFeed>;

  /**
   * Follow what changes as it happens.
   *
   * Sends the changes that `listEvents` returns as server-sent events, in the same order and under the same
   * permissions, for as long as the caller reads. Who was cut off goes on with the header `Last-Event-ID`, as
   * `EventSource` does by itself, or with `after`. A comment comes every 15 seconds in which nothing happens.
   * When the cursor is older than what the stream keeps (7 days unless the operator says otherwise;
   * `listEvents` reaches further), or cannot be read, an event `reset` says so, and the stream goes on from
   * its moment. An event `end` is the last one: it says why the stream ends, such as that the session has
   * ended, that what the caller can see has changed, or that the service stops. Each of these takes effect
   * within a second. A caller that reads nothing for half a minute is cut off. The streams of one caller and
   * of the service are limited in number.
   *
   * @throws ApiError with the status 403 or 422.
   * @see streamEvents
   */
  stream(params?: StreamEventsParams, options?: StreamOptions): EventStream;
}

/** Binds {@link EventsApi} to a transport, for a bundle that needs nothing else. */
export function eventsApi(transport: Transport): EventsApi {
  return {
    list: call(transport, "GET", "/api/v1/events", "params"),
    iterate: iterate(transport, "/api/v1/events", "after"),
    stream: stream(transport, "/api/v1/events/stream"),
  };
}
