// Code generated from openapi.yaml. DO NOT EDIT.
// The operations of the tag statistics.

import type { RequestOptions } from "../options.js";
import { call, type ApiPromise } from "../resource.js";
import type { Overview } from "../schemas.js";
import type { Transport } from "../transport.js";

export interface GetOverviewParams {
  /**
   * The first day of the period, in UTC and included; without it the period has no beginning. The period
   * bounds what happens over time, such as what was completed, logged or earned, and not how things stand,
   * such as what is open, ready, overdue or budgeted.
   */
  from?: string | undefined;
  /** The last day of the period, in UTC and included; without it the period has no end. */
  to?: string | undefined;
}

/** How everything stands that the caller can see. */
export interface StatisticsApi {
  /**
   * Read how everything stands.
   *
   * Counts the projects, clients, tasks and time that the caller can see. Users see the projects on whose
   * team they are, with their clients; managers and admins see all. Deleted records are left out.
   *
   * @throws ApiError with the status 403 or 422.
   * @see getOverview
   */
  getOverview(params?: GetOverviewParams, options?: RequestOptions): ApiPromise<Overview>;
}

/** Binds {@link StatisticsApi} to a transport, for a bundle that needs nothing else. */
export function statisticsApi(transport: Transport): StatisticsApi {
  return {
    getOverview: call(transport, "GET", "/api/v1/statistics/overview", "params"),
  };
}
