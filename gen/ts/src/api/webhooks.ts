// Code generated from openapi.yaml. DO NOT EDIT.
// The operations of the tag webhooks.

import type { WebhookDeliveryState, WebhookStatus } from "../enums.js";
import type { RequestOptions } from "../options.js";
import { iterate, type CursorParams, type List } from "../pages.js";
import { call, type ApiPromise } from "../resource.js";
import type {
  Webhook,
  WebhookCreate,
  WebhookDelivery,
  WebhookDeliveryPage,
  WebhookPage,
  WebhookSecretRotate,
  WebhookUpdate,
  WebhookWithSecret,
} from "../schemas.js";
import type { Transport } from "../transport.js";

export interface ListWebhooksParams extends CursorParams {
  /**
   * The order: one or both of `name` and `created_at`, separated by a comma, each with a leading minus for
   * descending. The id is always the last key.
   * @defaultValue `"-created_at"`
   */
  sort?: string | undefined;
  /** Only endpoints of this project. */
  project_id?: string | undefined;
  /** Only endpoints with this status. */
  status?: WebhookStatus | undefined;
}

export interface ListWebhookDeliveriesParams extends CursorParams {
  /** Only deliveries in this state. */
  state?: WebhookDeliveryState | undefined;
  /** Only deliveries of this type of event, such as `task.updated`. */
  event_type?: string | undefined;
}

/** Addresses to which changes are sent as they happen, and what was delivered to them. */
export interface WebhooksApi {
  /**
   * List webhook endpoints.
   *
   * Returns the endpoints of the projects that the caller manages, newest first unless `sort` says otherwise.
   * Admins see those of every project and those of everything. Filters are combined with and. The secrets are
   * not among it. Managers and admins may do it.
   *
   * @throws ApiError with the status 403 or 422.
   * @see listWebhooks
   */
  list(params?: ListWebhooksParams, options?: RequestOptions): ApiPromise<WebhookPage>;

  /** All that `list` returns, page after page. */
  iterate(params?: ListWebhooksParams, options?: RequestOptions): List<Webhook, WebhookPage>;

  /**
   * Create a webhook endpoint.
   *
   * Creates an endpoint, to which the changes of a project, or without `project_id` of everything, are sent
   * from then on, each as a POST that is signed as Standard Webhooks says. The answer has the secret by which
   * they are verified, this once. A message is sent again for three days until the answer is 2xx within 15
   * seconds; a redirect is none. Messages about the same record arrive in the order of its changes, and one
   * may arrive twice, with the same `webhook-id`. The address has to be public and begin with `https://`. A
   * project has at most 20 endpoints, as there are at most 20 of everything; one more is a conflict. Managers
   * may do it for projects that they manage, admins for every project and for endpoints of everything. Writes
   * `webhook.created`.
   *
   * @throws ApiError with the status 403, 409 or 422.
   * @see createWebhook
   */
  create(body: WebhookCreate, options?: RequestOptions): ApiPromise<WebhookWithSecret>;

  /**
   * Read a webhook endpoint.
   *
   * Returns an endpoint and how its deliveries go, without its secrets. Managers may do it for projects that
   * they manage, admins for every project and for endpoints of everything.
   *
   * @throws ApiError with the status 403, 404 or 422.
   * @see getWebhook
   */
  get(webhookId: string, options?: RequestOptions): ApiPromise<Webhook>;

  /**
   * Change a webhook endpoint.
   *
   * Changes the name, the address or the events of an endpoint by a JSON merge patch;
   * `application/merge-patch+json` is accepted as well. What is waiting to be delivered goes to the new
   * address. A stale `If-Match` is refused. Managers may do it for projects that they manage, admins for
   * every project and for endpoints of everything. Writes `webhook.updated`.
   *
   * @throws ApiError with the status 403, 404, 412, 422 or 428.
   * @see updateWebhook
   */
  update(webhookId: string, body: WebhookUpdate, options?: RequestOptions): ApiPromise<Webhook>;

  /**
   * Delete a webhook endpoint.
   *
   * Deletes an endpoint with its deliveries, for good. What has not been delivered is not sent any more. A
   * stale `If-Match` is refused. Managers may do it for projects that they manage, admins for every project
   * and for endpoints of everything. Writes `webhook.deleted`.
   *
   * @throws ApiError with the status 403, 404, 412, 422 or 428.
   * @see deleteWebhook
   */
  delete(webhookId: string, options?: RequestOptions): ApiPromise<void>;

  /**
   * Replace the secret of a webhook endpoint.
   *
   * Makes another secret and returns it, this once. Until the overlap is over, messages carry a signature by
   * each of the two secrets, so that the receiver can change over without losing any; an overlap of 0 drops
   * the old one at once, as for one that has leaked. One that was still living from an earlier rotation is
   * dropped. Managers may do it for projects that they manage, admins for every project and for endpoints of
   * everything. Writes `webhook.secret_rotated`.
   *
   * @throws ApiError with the status 403, 404, 409 or 422.
   * @see rotateWebhookSecret
   */
  rotateSecret(
    webhookId: string,
    body: WebhookSecretRotate,
    options?: RequestOptions,
  ): ApiPromise<WebhookWithSecret>;

  /**
   * Enable a webhook endpoint.
   *
   * Has changes sent to an endpoint again, from now on: what happened while it was disabled is not sent. One
   * that failed before is tried at once. One that is enabled stays as it is. Managers may do it for projects
   * that they manage, admins for every project and for endpoints of everything. Writes `webhook.enabled`.
   *
   * @throws ApiError with the status 403, 404, 409 or 422.
   * @see enableWebhook
   */
  enable(webhookId: string, options?: RequestOptions): ApiPromise<Webhook>;

  /**
   * Disable a webhook endpoint.
   *
   * Has nothing more sent to an endpoint until it is enabled. What was waiting to be delivered has failed,
   * and can be delivered again by hand. One that is disabled stays as it is. Managers may do it for projects
   * that they manage, admins for every project and for endpoints of everything. Writes `webhook.disabled`.
   *
   * @throws ApiError with the status 403, 404, 409 or 422.
   * @see disableWebhook
   */
  disable(webhookId: string, options?: RequestOptions): ApiPromise<Webhook>;

  /**
   * Test a webhook endpoint.
   *
   * Sends a message of the type `webhook.test` to the endpoint, on the same way as all others and at once,
   * also to one that is left alone for a while because it failed. Read the delivery to learn how it went. A
   * disabled endpoint is a conflict. Managers may do it for projects that they manage, admins for every
   * project and for endpoints of everything. No event is written.
   *
   * @throws ApiError with the status 403, 404, 409 or 422.
   * @see testWebhook
   */
  test(webhookId: string, options?: RequestOptions): ApiPromise<WebhookDelivery>;

  /**
   * List the deliveries of a webhook endpoint.
   *
   * Returns what was sent or is to be sent to the endpoint, the latest change first. What is done is kept for
   * 30 days. Filters are combined with and. Managers may do it for projects that they manage, admins for
   * every project and for endpoints of everything.
   *
   * @throws ApiError with the status 403, 404 or 422.
   * @see listWebhookDeliveries
   */
  listDeliveries(
    webhookId: string,
    params?: ListWebhookDeliveriesParams,
    options?: RequestOptions,
  ): ApiPromise<WebhookDeliveryPage>;

  /** All that `listDeliveries` returns, page after page. */
  iterateDeliveries(
    webhookId: string,
    params?: ListWebhookDeliveriesParams,
    options?: RequestOptions,
  ): List<WebhookDelivery, WebhookDeliveryPage>;

  /**
   * Read a webhook delivery.
   *
   * Returns one delivery with what came of it. Managers may do it for projects that they manage, admins for
   * every project and for endpoints of everything.
   *
   * @throws ApiError with the status 403, 404 or 422.
   * @see getWebhookDelivery
   */
  getDelivery(webhookId: string, deliveryId: string, options?: RequestOptions): ApiPromise<WebhookDelivery>;

  /**
   * Deliver again.
   *
   * Queues a delivery once more that was delivered or has failed, with the same `webhook-id` and for another
   * three days. One that is pending and a disabled endpoint are conflicts. Managers may do it for projects
   * that they manage, admins for every project and for endpoints of everything. No event is written.
   *
   * @throws ApiError with the status 403, 404, 409 or 422.
   * @see redeliverWebhookDelivery
   */
  redeliver(webhookId: string, deliveryId: string, options?: RequestOptions): ApiPromise<WebhookDelivery>;
}

/** Binds {@link WebhooksApi} to a transport, for a bundle that needs nothing else. */
export function webhooksApi(transport: Transport): WebhooksApi {
  return {
    list: call(transport, "GET", "/api/v1/webhooks", "params"),
    iterate: iterate(transport, "/api/v1/webhooks", "cursor"),
    create: call(transport, "POST", "/api/v1/webhooks", "body"),
    get: call(transport, "GET", "/api/v1/webhooks/{webhook_id}"),
    update: call(transport, "PATCH", "/api/v1/webhooks/{webhook_id}", "body"),
    delete: call(transport, "DELETE", "/api/v1/webhooks/{webhook_id}"),
    rotateSecret: call(transport, "POST", "/api/v1/webhooks/{webhook_id}/rotate-secret", "body"),
    enable: call(transport, "POST", "/api/v1/webhooks/{webhook_id}/enable"),
    disable: call(transport, "POST", "/api/v1/webhooks/{webhook_id}/disable"),
    test: call(transport, "POST", "/api/v1/webhooks/{webhook_id}/test"),
    listDeliveries: call(transport, "GET", "/api/v1/webhooks/{webhook_id}/deliveries", "params"),
    iterateDeliveries: iterate(transport, "/api/v1/webhooks/{webhook_id}/deliveries", "cursor"),
    getDelivery: call(transport, "GET", "/api/v1/webhooks/{webhook_id}/deliveries/{delivery_id}"),
    redeliver: call(transport, "POST", "/api/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver"),
  };
}
