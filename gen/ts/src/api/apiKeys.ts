// Code generated from openapi.yaml. DO NOT EDIT.
// The operations of the tag api_keys.

import type { ApiKeyState } from "../enums.js";
import type { RequestOptions } from "../options.js";
import { iterate, type CursorParams, type List } from "../pages.js";
import { call, type ApiPromise } from "../resource.js";
import type { ApiKey, ApiKeyCreate, ApiKeyCreated, ApiKeyPage, ApiKeyUpdate } from "../schemas.js";
import type { Transport } from "../transport.js";

export interface ListApiKeysParams extends CursorParams {
  /**
   * The order: one or more of `name`, `created_at` and `expires_at`, separated by commas, each with a leading
   * minus for descending. The id is always the last key.
   * @defaultValue `"-created_at"`
   */
  sort?: string | undefined;
  /** Only keys with which this user acts. */
  principal_id?: string | undefined;
  /** Only keys in one of these states. */
  state?: readonly ApiKeyState[] | undefined;
}

/** Keys with which programs and agents act for whoever made them. */
export interface ApiKeysApi {
  /**
   * List API keys.
   *
   * Returns the caller's API keys and those of its agents, newest first unless `sort` says otherwise; revoked
   * and expired ones too, unless `state` leaves them out. Admins see everybody's. Filters are combined with
   * and. Everybody signed in may do it, and nobody with an API key.
   *
   * @throws ApiError with the status 403 or 422.
   * @see listApiKeys
   */
  list(params?: ListApiKeysParams, options?: RequestOptions): ApiPromise<ApiKeyPage>;

  /** All that `list` returns, page after page. */
  iterate(params?: ListApiKeysParams, options?: RequestOptions): List<ApiKey, ApiKeyPage>;

  /**
   * Create an API key.
   *
   * Creates an API key for the caller, or for an agent that the caller owns, and returns it. The key itself
   * is in this answer and nowhere else: it is stored as a hash. Send it in `Authorization: Bearer …` to the
   * same operations that take access tokens. What it may do is what its principal may do at that moment, as
   * far as its scopes allow, and with `project_ids` or `client_ids` as far as that concerns these projects
   * and the projects of these clients. It expires after 90 days unless `expires_at` says otherwise. A
   * principal has at most 50 valid keys; one more is a conflict. Everybody signed in may do it, and nobody
   * with an API key. Writes `api_key.created`.
   *
   * @throws ApiError with the status 403, 409 or 422.
   * @see createApiKey
   */
  create(body: ApiKeyCreate, options?: RequestOptions): ApiPromise<ApiKeyCreated>;

  /**
   * Read an API key.
   *
   * Returns what is known of one of the caller's keys or its agents'; admins read everybody's. The key itself
   * is not among it. Everybody signed in may do it, and nobody with an API key.
   *
   * @throws ApiError with the status 403, 404 or 422.
   * @see getApiKey
   */
  get(apiKeyId: string, options?: RequestOptions): ApiPromise<ApiKey>;

  /**
   * Rename an API key.
   *
   * Gives one of the caller's keys or its agents' another name; admins do it to everybody's. What a key may
   * do never changes: make another one. The content type `application/merge-patch+json` is accepted as well.
   * A stale `If-Match` is refused. Everybody signed in may do it, and nobody with an API key. Writes
   * `api_key.updated`.
   *
   * @throws ApiError with the status 403, 404, 412, 422 or 428.
   * @see updateApiKey
   */
  update(apiKeyId: string, body: ApiKeyUpdate, options?: RequestOptions): ApiPromise<ApiKey>;

  /**
   * Revoke an API key.
   *
   * Ends one of the caller's keys or its agents' for good; admins end everybody's. The next request with it
   * is refused, by other replicas within a second. It stays in the list. A key that is revoked already stays
   * as it is. Everybody signed in may do it, and nobody with an API key. Writes `api_key.revoked`.
   *
   * @throws ApiError with the status 403, 404 or 422.
   * @see revokeApiKey
   */
  revoke(apiKeyId: string, options?: RequestOptions): ApiPromise<void>;
}

/** Binds {@link ApiKeysApi} to a transport, for a bundle that needs nothing else. */
export function apiKeysApi(transport: Transport): ApiKeysApi {
  return {
    list: call(transport, "GET", "/api/v1/api-keys", "params"),
    iterate: iterate(transport, "/api/v1/api-keys", "cursor"),
    create: call(transport, "POST", "/api/v1/api-keys", "body"),
    get: call(transport, "GET", "/api/v1/api-keys/{api_key_id}"),
    update: call(transport, "PATCH", "/api/v1/api-keys/{api_key_id}", "body"),
    revoke: call(transport, "DELETE", "/api/v1/api-keys/{api_key_id}"),
  };
}
