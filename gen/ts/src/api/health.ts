// Code generated from openapi.yaml. DO NOT EDIT.
// The operations of the tag health.

import type { RequestOptions } from "../options.js";
import { call, type ApiPromise } from "../resource.js";
import type { HealthDetails, HealthStatus } from "../schemas.js";
import type { Transport } from "../transport.js";

/** Whether the service works, for people and for orchestrators. */
export interface HealthApi {
  /**
   * Read whether the service works.
   *
   * Returns the state of the service and its version, without looking closer. Nobody needs to be signed in.
   *
   * @throws ApiError with the status 422.
   * @see health
   */
  check(options?: RequestOptions): ApiPromise<HealthStatus>;

  /**
   * Read whether each part works.
   *
   * Checks what the service depends on and returns the state of each. A part without which requests are
   * served all the same is degraded, and so is the service then; where the database is lost, the answer is
   * 503 and says what does not answer. A result may be a second old, and that of the mail server a minute.
   * Nobody needs to be signed in; versions and details are for admins only.
   *
   * @throws ApiError with the status 422.
   * @see healthDetailed
   */
  details(options?: RequestOptions): ApiPromise<HealthDetails>;

  /**
   * Ask whether the process lives.
   *
   * Answers as long as the process can answer at all, whatever the state of what it depends on. A process
   * that does not answer is to be restarted. Nobody needs to be signed in.
   *
   * @throws ApiError with the status 422.
   * @see livez
   */
  live(options?: RequestOptions): ApiPromise<HealthStatus>;

  /**
   * Ask whether requests can be served.
   *
   * Answers 200 when the service can serve requests, and 503 while it stops, cannot reach its database or
   * waits for a migration. The answer comes within a second. Nobody needs to be signed in.
   *
   * @throws ApiError with the status 422.
   * @see readyz
   */
  ready(options?: RequestOptions): ApiPromise<HealthStatus>;
}

/** Binds {@link HealthApi} to a transport, for a bundle that needs nothing else. */
export function healthApi(transport: Transport): HealthApi {
  return {
    check: call(transport, "GET", "/health", "", "anonymous"),
    details: call(transport, "GET", "/health/detailed"),
    live: call(transport, "GET", "/livez", "", "anonymous"),
    ready: call(transport, "GET", "/readyz", "", "anonymous"),
  };
}
