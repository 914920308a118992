import { commaSeparated } from "./contract.js";
import type { ClientOptions, RequestOptions } from "./options.js";

/** One operation of the contract, to be called. */
export interface Call {
  method: string;
  /** With the values filled in and escaped. */
  path: string;
  query?: object | undefined;
  body?: unknown;
  /** `application/json` where nothing is said; otherwise the body is sent as it is. */
  contentType?: string | undefined;
  accept?: string | undefined;
  /** Whether it takes no credential. */
  anonymous?: boolean | undefined;
  /** How many milliseconds its answer may be silent, where that is not its timeout. */
  silence?: number | undefined;
  options?: RequestOptions | undefined;
}

/** A call as it is sent. */
export interface Prepared {
  method: string;
  url: string;
  headers: Headers;
  body: BodyInit | undefined;
  requestId: string;
  idempotencyKey: string | undefined;
  /** Whether the body can be sent a second time. */
  repeatable: boolean;
}

/** What a request is, of what its client and its call say. */
export function prepare(baseUrl: string, client: ClientOptions, call: Call): Prepared {
  const { method, path, query, contentType, accept, options = {} } = call;
  const headers = new Headers(client.headers);
  new Headers(options.headers).forEach((value, name) => headers.set(name, value));
  const set = (name: string, value: string | undefined) => {
    if (value !== undefined) {
      headers.set(name, value);
    }
  };

  set("Accept", accept ?? "application/json");
  set("If-Match", options.ifMatch === undefined ? undefined : toTag(options.ifMatch));
  set("If-None-Match", options.ifNoneMatch);
  // What the caller has set as a header is its choice as well.
  set("X-Request-ID", options.requestId ?? headers.get("X-Request-ID") ?? randomId());
  if (method === "POST") {
    set("Idempotency-Key", options.idempotencyKey ?? headers.get("Idempotency-Key") ?? randomId());
  }

  let body: BodyInit | undefined;
  if (call.body !== undefined) {
    set("Content-Type", contentType ?? "application/json");
    body = contentType === undefined ? JSON.stringify(call.body) : (call.body as BodyInit);
  }
  return {
    method,
    url: baseUrl + path + toQuery(query),
    headers,
    body,
    requestId: headers.get("X-Request-ID") ?? "",
    idempotencyKey: headers.get("Idempotency-Key") ?? undefined,
    repeatable: !isStream(body),
  };
}

/** The address that paths are put behind. */
export function toBaseUrl(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch (cause) {
    throw new TypeError(`baseUrl is no address: ${JSON.stringify(text)}. Give one such as "https://coordinator.example".`, { cause });
  }
  if (!/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash) {
    throw new TypeError("baseUrl has to be http: or https:, without a user, a query and a fragment.");
  }
  const address = (url.origin + url.pathname).replace(/\/+$/, "");
  if (address.endsWith("/api/v1")) {
    throw new TypeError("baseUrl has /api/v1 in it, which each call adds by itself: leave it out.");
  }
  return address;
}

/**
 * A list repeats its name for each value, as in `status=todo&status=done`; what is included stands behind
 * one name, with commas.
 */
function toQuery(query: object | undefined): string {
  const found: string[] = [];
  const add = (name: string, value: unknown) =>
    found.push(`${encodeURIComponent(name)}=${encodeURIComponent(value instanceof Date ? value.toISOString() : String(value))}`);

  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === undefined || value === null) {
      continue;
    }
    if (!Array.isArray(value)) {
      add(name, value);
    } else if (!commaSeparated.includes(name)) {
      value.forEach((each) => add(name, each));
    } else if (value.length > 0) {
      add(name, value.join(","));
    }
  }
  return found.length === 0 ? "" : `?${found.join("&")}`;
}

/** A version as the header has it; a tag is left as it is. */
function toTag(match: string | number | { readonly version: number }): string {
  const version = typeof match === "object" ? match.version : match;
  return typeof version === "string" && /^\*$|"/.test(version) ? version : `"${version}"`;
}

/** 128 random bits. `crypto.randomUUID` is missing from pages that were not loaded over TLS. */
export function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function isStream(body: unknown): boolean {
  return typeof body === "object" && body !== null && ("getReader" in body || Symbol.asyncIterator in body);
}
