// Code generated from openapi.yaml. DO NOT EDIT.
// The operations of the tag clients.

import type { ClientRelation, ClientStatus, ProjectStatus } from "../enums.js";
import type { RequestOptions } from "../options.js";
import { iterate, type CursorParams, type List, type PageParams } from "../pages.js";
import { call, type ApiPromise } from "../resource.js";
import type {
  Client,
  ClientContact,
  ClientContactCreate,
  ClientContactPage,
  ClientContactReplace,
  ClientContactUpdate,
  ClientCreate,
  ClientPage,
  ClientReplace,
  ClientSearchHit,
  ClientSearchPage,
  ClientStatistics,
  ClientStatusChange,
  ClientUpdate,
  Event,
  EventPage,
  Project,
  ProjectPage,
} from "../schemas.js";
import type { Transport } from "../transport.js";

export interface ListClientsParams extends CursorParams {
  /**
   * The order: one or more of `name`, `created_at`, `updated_at`, `status` and `revenue`, separated by
   * commas, each with a leading minus for descending. The id is always the last key. Statuses follow the
   * order in which they are listed in `ClientStatus`. The revenue is the annual value; amounts are ordered by
   * currency and then by amount, since those of different currencies cannot be compared, and clients without
   * one come last in either direction.
   * @defaultValue `"-created_at"`
   */
  sort?: string | undefined;
  /** Only clients in one of these statuses. */
  status?: readonly ClientStatus[] | undefined;
  /** Only clients whose name contains this text, upper and lower case alike. */
  q?: string | undefined;
  /** Only clients of exactly this industry, upper and lower case alike. */
  industry?: string | undefined;
  /** Only clients of exactly this segment, upper and lower case alike. */
  segment?: string | undefined;
  /** Only clients that this person looks after. */
  owner_id?: string | undefined;
  /** Only clients that have at least one of these tags, in the same spelling. */
  tag?: readonly string[] | undefined;
  /** Only clients created at this time or later. */
  created_from?: string | undefined;
  /** Only clients created at this time or earlier. */
  created_to?: string | undefined;
  /**
   * With true deleted clients are listed as well; `deleted_at` tells them apart. Managers and admins may ask
   * for it.
   * @defaultValue `false`
   */
  include_deleted?: boolean | undefined;
  /**
   * Related records to put into `included`, separated by commas; at most a hundred of a kind for each client.
   */
  include?: readonly ClientRelation[] | undefined;
}

export interface GetClientParams {
  /**
   * Related records to put into `included`, separated by commas; at most a hundred of a kind for each client.
   */
  include?: readonly ClientRelation[] | undefined;
}

export interface GetClientHistoryParams extends CursorParams {
}

export interface SearchClientsParams extends PageParams {
  /** The words to look for. */
  q: string;
}

export interface ListClientProjectsParams extends CursorParams {
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
}

export interface ListClientContactsParams extends CursorParams {
  /**
   * The order: one or more of `name`, `is_primary`, `created_at` and `updated_at`, separated by commas, each
   * with a leading minus for descending. The id is always the last key.
   * @defaultValue `"created_at"`
   */
  sort?: string | undefined;
}

export interface GetClientContactHistoryParams extends CursorParams {
}

export interface GetClientStatisticsParams {
  /**
   * The first day of the period, in UTC and included; without it the period has no beginning. The period
   * bounds what happens over time, such as what was completed, logged or earned, and not how things stand,
   * such as what is open, ready, overdue or budgeted.
   */
  from?: string | undefined;
  /** The last day of the period, in UTC and included; without it the period has no end. */
  to?: string | undefined;
}

/** The companies and people for whom projects are done, with their contacts, history and statistics. */
export interface ClientsApi {
  /**
   * List clients.
   *
   * Returns the clients the caller can see, newest first unless `sort` says otherwise; deleted ones are left
   * out unless `include_deleted` asks for them. Users see the clients of the projects on whose team they are;
   * managers and admins see all. Filters are combined with and.
   *
   * @throws ApiError with the status 403 or 422.
   * @see listClients
   */
  list(params?: ListClientsParams, options?: RequestOptions): ApiPromise<ClientPage>;

  /** All that `list` returns, page after page. */
  iterate(params?: ListClientsParams, options?: RequestOptions): List<Client, ClientPage>;

  /**
   * Add a client.
   *
   * Creates a client. Managers and admins may do it. An external id that another client has is a conflict of
   * the kind `already_exists`. Writes `client.created`.
   *
   * @throws ApiError with the status 403, 409 or 422.
   * @see createClient
   */
  create(body: ClientCreate, options?: RequestOptions): ApiPromise<Client>;

  /**
   * Read a client.
   *
   * Returns one client. Users see the clients of the projects on whose team they are; managers and admins see
   * all. What the caller cannot see is not found.
   *
   * @throws ApiError with the status 403, 404 or 422.
   * @see getClient
   */
  get(clientId: string, params?: GetClientParams, options?: RequestOptions): ApiPromise<Client>;

  /**
   * Replace a client.
   *
   * Replaces all writable fields of a client; an optional one that is left out becomes its default, and the
   * status, which has an operation of its own, stays. The values that the client has already change nothing.
   * Managers and admins may do it. A stale `If-Match` is refused. An external id that another client has is a
   * conflict of the kind `already_exists`. Writes `client.updated`.
   *
   * @throws ApiError with the status 403, 404, 409, 412, 422 or 428.
   * @see replaceClient
   */
  replace(clientId: string, body: ClientReplace, options?: RequestOptions): ApiPromise<Client>;

  /**
   * Change a client.
   *
   * Changes the given fields of a client. Managers and admins may do it. The body is a JSON merge patch:
   * absent keeps, null clears. The content type `application/merge-patch+json` is accepted as well. Custom
   * fields and external references are merged key by key, and null removes a key. A stale `If-Match` is
   * refused. An external id that another client has is a conflict of the kind `already_exists`. Writes
   * `client.updated`.
   *
   * @throws ApiError with the status 403, 404, 409, 412, 422 or 428.
   * @see updateClient
   */
  update(clientId: string, body: ClientUpdate, options?: RequestOptions): ApiPromise<Client>;

  /**
   * Delete a client.
   *
   * Deletes a client with its projects and their tasks, all in one batch that can be restored as a whole.
   * They disappear from every list and number. Admins may do it. A stale `If-Match` is refused. Writes
   * `client.deleted`, and `project.deleted` and `task.deleted` for what goes with it.
   *
   * @throws ApiError with the status 403, 404, 412, 422 or 428.
   * @see deleteClient
   */
  delete(clientId: string, options?: RequestOptions): ApiPromise<void>;

  /**
   * Move a client to another status.
   *
   * Moves a client along the transitions of `ClientStatus`. A move that is not among them is a conflict of
   * the kind `illegal_transition`, which names the allowed ones; the status the client has already changes
   * nothing. Managers and admins may do it. A stale `If-Match` is refused. Writes `client.status_changed`.
   *
   * @throws ApiError with the status 403, 404, 409, 412, 422 or 428.
   * @see setClientStatus
   */
  setStatus(clientId: string, body: ClientStatusChange, options?: RequestOptions): ApiPromise<Client>;

  /**
   * Restore a deleted client.
   *
   * Brings a deleted client back with exactly what was deleted together with it: its projects and their
   * tasks, open ones without an assignee who could no longer be given them. What had been deleted before
   * stays so, and a client that is not deleted is answered as it is. Where another client has taken its
   * external id meanwhile, it is a conflict of the kind `already_exists`. Admins may do it. Writes
   * `client.restored`, and `project.restored` and `task.restored` for what comes back with it.
   *
   * @throws ApiError with the status 403, 404, 409 or 422.
   * @see restoreClient
   */
  restore(clientId: string, options?: RequestOptions): ApiPromise<Client>;

  /**
   * Read the history of a client.
   *
   * Returns every change of a client, newest first: who made it, when, through which credential, and what the
   * fields were and became. Whoever sees the client may do it; managers and admins also when it is deleted.
   * What somebody costs is left out for users.
   *
   * @throws ApiError with the status 403, 404 or 422.
   * @see getClientHistory
   */
  getHistory(
    clientId: string,
    params?: GetClientHistoryParams,
    options?: RequestOptions,
  ): ApiPromise<EventPage>;

  /** All that `getHistory` returns, page after page. */
  iterateHistory(
    clientId: string,
    params?: GetClientHistoryParams,
    options?: RequestOptions,
  ): List<Event, EventPage>;

  /**
   * Search clients.
   *
   * Finds the clients the caller can see that have every word of `q` in their name, legal name, industry,
   * segment, e-mail address, notes or address, the best matches first. Case does not count, and the last word
   * is found as the beginning of a word too. Matches in names weigh most. At most 500 matches are ranked and
   * counted, and there is no cursor behind them. How a match is found and scored may get better over time;
   * scores can be compared within one answer alone.
   *
   * @throws ApiError with the status 403 or 422.
   * @see searchClients
   */
  search(params: SearchClientsParams, options?: RequestOptions): ApiPromise<ClientSearchPage>;

  /** All that `search` returns, page after page. */
  searchAll(params: SearchClientsParams, options?: RequestOptions): List<ClientSearchHit, ClientSearchPage>;

  /**
   * List a client's projects.
   *
   * Returns the client's projects that the caller can see, newest first unless `sort` says otherwise; deleted
   * ones are left out. Users see the projects on whose team they are; managers and admins see all. Who cannot
   * see the client does not find it.
   *
   * @throws ApiError with the status 403, 404 or 422.
   * @see listClientProjects
   */
  listProjects(
    clientId: string,
    params?: ListClientProjectsParams,
    options?: RequestOptions,
  ): ApiPromise<ProjectPage>;

  /** All that `listProjects` returns, page after page. */
  iterateProjects(
    clientId: string,
    params?: ListClientProjectsParams,
    options?: RequestOptions,
  ): List<Project, ProjectPage>;

  /**
   * List a client's contacts.
   *
   * Returns the people to talk to at the client, in the order in which they were added unless `sort` says
   * otherwise. Whoever sees the client sees them.
   *
   * @throws ApiError with the status 403, 404 or 422.
   * @see listClientContacts
   */
  listContacts(
    clientId: string,
    params?: ListClientContactsParams,
    options?: RequestOptions,
  ): ApiPromise<ClientContactPage>;

  /** All that `listContacts` returns, page after page. */
  iterateContacts(
    clientId: string,
    params?: ListClientContactsParams,
    options?: RequestOptions,
  ): List<ClientContact, ClientContactPage>;

  /**
   * Add a contact to a client.
   *
   * Adds somebody to talk to at the client. A client has at most one primary contact: when the new one is it,
   * the one before is it no more. Managers and admins may do it. Writes `client_contact.created`, and
   * `client_contact.updated` for the primary one before.
   *
   * @throws ApiError with the status 403, 404, 409 or 422.
   * @see createClientContact
   */
  createContact(
    clientId: string,
    body: ClientContactCreate,
    options?: RequestOptions,
  ): ApiPromise<ClientContact>;

  /**
   * Read a client's contact.
   *
   * Returns one contact. Whoever sees the client sees its contacts.
   *
   * @throws ApiError with the status 403, 404 or 422.
   * @see getClientContact
   */
  getContact(clientId: string, contactId: string, options?: RequestOptions): ApiPromise<ClientContact>;

  /**
   * Replace a client's contact.
   *
   * Replaces all writable fields of a contact; an optional one that is left out becomes its default. When the
   * contact becomes the primary one, the one before is it no more. The values that it has already change
   * nothing. Managers and admins may do it. A stale `If-Match` is refused. Writes `client_contact.updated`,
   * also for the primary one before.
   *
   * @throws ApiError with the status 403, 404, 412, 422 or 428.
   * @see replaceClientContact
   */
  replaceContact(
    clientId: string,
    contactId: string,
    body: ClientContactReplace,
    options?: RequestOptions,
  ): ApiPromise<ClientContact>;

  /**
   * Change a client's contact.
   *
   * Changes the given fields of a contact. When it becomes the primary one, the one before is it no more. The
   * body is a JSON merge patch: absent keeps, null clears. The content type `application/merge-patch+json` is
   * accepted as well. Managers and admins may do it. A stale `If-Match` is refused. Writes
   * `client_contact.updated`, also for the primary one before.
   *
   * @throws ApiError with the status 403, 404, 412, 422 or 428.
   * @see updateClientContact
   */
  updateContact(
    clientId: string,
    contactId: string,
    body: ClientContactUpdate,
    options?: RequestOptions,
  ): ApiPromise<ClientContact>;

  /**
   * Delete a client's contact.
   *
   * Deletes a contact for good; the log of changes keeps what it was. Managers and admins may do it. A stale
   * `If-Match` is refused. Writes `client_contact.deleted`.
   *
   * @throws ApiError with the status 403, 404, 412, 422 or 428.
   * @see deleteClientContact
   */
  deleteContact(clientId: string, contactId: string, options?: RequestOptions): ApiPromise<void>;

  /**
   * Read the history of a contact.
   *
   * Returns every change of a client's contact, newest first: who made it, when, through which credential,
   * and what the fields were and became. Whoever sees the client may do it; managers and admins also when the
   * client is deleted, and when the contact has been deleted, where the last event keeps its values.
   *
   * @throws ApiError with the status 403, 404 or 422.
   * @see getClientContactHistory
   */
  getContactHistory(
    clientId: string,
    contactId: string,
    params?: GetClientContactHistoryParams,
    options?: RequestOptions,
  ): ApiPromise<EventPage>;

  /** All that `getContactHistory` returns, page after page. */
  iterateContactHistory(
    clientId: string,
    contactId: string,
    params?: GetClientContactHistoryParams,
    options?: RequestOptions,
  ): List<Event, EventPage>;

  /**
   * Read what a client is worth.
   *
   * Counts the projects of a client that the caller can see, what they are worth, and what was earned and
   * spent in the period. What labour costs is told to managers and admins. Amounts of different currencies
   * are kept apart. Users see the clients of the projects on whose team they are; managers and admins see
   * all. What the caller cannot see is not found.
   *
   * @throws ApiError with the status 403, 404 or 422.
   * @see getClientStatistics
   */
  getStatistics(
    clientId: string,
    params?: GetClientStatisticsParams,
    options?: RequestOptions,
  ): ApiPromise<ClientStatistics>;
}

/** Binds {@link ClientsApi} to a transport, for a bundle that needs nothing else. */
export function clientsApi(transport: Transport): ClientsApi {
  return {
    list: call(transport, "GET", "/api/v1/clients", "params"),
    iterate: iterate(transport, "/api/v1/clients", "cursor"),
    create: call(transport, "POST", "/api/v1/clients", "body"),
    get: call(transport, "GET", "/api/v1/clients/{client_id}", "params"),
    replace: call(transport, "PUT", "/api/v1/clients/{client_id}", "body"),
    update: call(transport, "PATCH", "/api/v1/clients/{client_id}", "body"),
    delete: call(transport, "DELETE", "/api/v1/clients/{client_id}"),
    setStatus: call(transport, "PUT", "/api/v1/clients/{client_id}/status", "body"),
    restore: call(transport, "POST", "/api/v1/clients/{client_id}/restore"),
    getHistory: call(transport, "GET", "/api/v1/clients/{client_id}/history", "params"),
    iterateHistory: iterate(transport, "/api/v1/clients/{client_id}/history", "cursor"),
    search: call(transport, "GET", "/api/v1/clients/search", "params"),
    searchAll: iterate(transport, "/api/v1/clients/search", "page"),
    listProjects: call(transport, "GET", "/api/v1/clients/{client_id}/projects", "params"),
    iterateProjects: iterate(transport, "/api/v1/clients/{client_id}/projects", "cursor"),
    listContacts: call(transport, "GET", "/api/v1/clients/{client_id}/contacts", "params"),
    iterateContacts: iterate(transport, "/api/v1/clients/{client_id}/contacts", "cursor"),
    createContact: call(transport, "POST", "/api/v1/clients/{client_id}/contacts", "body"),
    getContact: call(transport, "GET", "/api/v1/clients/{client_id}/contacts/{contact_id}"),
    replaceContact: call(transport, "PUT", "/api/v1/clients/{client_id}/contacts/{contact_id}", "body"),
    updateContact: call(transport, "PATCH", "/api/v1/clients/{client_id}/contacts/{contact_id}", "body"),
    deleteContact: call(transport, "DELETE", "/api/v1/clients/{client_id}/contacts/{contact_id}"),
    getContactHistory: call(
      transport,
      "GET",
      "/api/v1/clients/{client_id}/contacts/{contact_id}/history",
      "params",
    ),
    iterateContactHistory: iterate(
      transport,
      "/api/v1/clients/{client_id}/contacts/{contact_id}/history",
      "cursor",
    ),
    getStatistics: call(transport, "GET", "/api/v1/clients/{client_id}/statistics", "params"),
  };
}
