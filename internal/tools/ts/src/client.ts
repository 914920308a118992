import createFetchClient, { createQuerySerializer, type Client, type ClientOptions } from "openapi-fetch";

import type { paths } from "./schema.js";

/**
 * An access token, or a function that returns the one to use now. The function is called before each
 * request, so that it can refresh the session; without a token the request is sent without one.
 */
export type Token = string | (() => string | undefined | Promise<string | undefined>);

/** How to reach the service. What `fetch` accepts, such as `signal`, is accepted too. */
export interface CoordinatorOptions extends ClientOptions {
  /** The address of the service without `/api/v1`, such as `http://127.0.0.1:8080`. */
  baseUrl: string;
  token?: Token;
}

/**
 * The operations of the contract by method and path, each typed by it: `client.GET("/api/v1/tasks")`.
 * A call resolves to `{ data, response }`, or to `{ error, response }` with a `Problem`; it rejects
 * only if there was no response.
 */
export type CoordinatorClient = Client<paths>;

const repeated = createQuerySerializer<Record<string, unknown>>({ array: { style: "form", explode: true } });
const separated = createQuerySerializer<Record<string, unknown>>({ array: { style: "form", explode: false } });

/** Filters repeat their name for each value; what is included stands behind one name, with commas. */
function serializeQuery({ include, ...query }: Record<string, unknown>): string {
  return [repeated(query), separated({ include })].filter((part) => part !== "").join("&");
}

/** Returns a client. An `Authorization` header that a call sets itself is left as it is. */
export function createClient({ token, ...options }: CoordinatorOptions): CoordinatorClient {
  const client = createFetchClient<paths>({ querySerializer: serializeQuery, ...options });

  if (token !== undefined) {
    client.use({
      async onRequest({ request }) {
        if (request.headers.has("Authorization")) {
          return;
        }
        const current = typeof token === "function" ? await token() : token;
        if (current) {
          request.headers.set("Authorization", `Bearer ${current}`);
        }
      },
    });
  }

  return client;
}
