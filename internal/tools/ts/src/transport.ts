import { commaSeparated } from "./contract.js";
import { ApiError } from "./errors.js";
import type { ClientOptions, RequestOptions } from "./options.js";

/** A request, before it is one. */
export interface Call {
  method: string;
  /** With its values filled in, escaped. */
  path: string;
  query?: Record<string, unknown> | undefined;
  body?: unknown;
  /** `application/json` unless it is said; a body is sent as it is when it is. */
  contentType?: string | undefined;
  accept?: string | undefined;
  /** Whether the operation wants no credential. */
  anonymous?: boolean | undefined;
  options?: RequestOptions | undefined;
}

/** An answer that has been read. */
export interface Answer<T> {
  data: T;
  response: Response;
}

/** Sends calls. What is no success and no 304 is thrown as an {@link ApiError}. */
export interface Transport {
  /** Sends a call and returns the answer unread. */
  send(call: Call): Promise<Response>;
  /** Sends a call and reads the JSON it answers; `data` is undefined where there is none. */
  json<T>(call: Call): Promise<Answer<T>>;
}

export function createTransport(options: ClientOptions): Transport {
  const send = async (call: Call): Promise<Response> => {
    const headers = new Headers({ ...options.headers, ...call.options?.headers });
    headers.set("Accept", call.accept ?? "application/json");
    const token = options.apiKey ?? (typeof options.token === "function" ? await options.token() : options.token);
    if (token !== undefined && call.anonymous !== true) {
      headers.set("Authorization", `Bearer ${token}`);
    }
    const { idempotencyKey, ifMatch, ifNoneMatch, requestId, signal } = call.options ?? {};
    if (call.method === "POST") {
      headers.set("Idempotency-Key", idempotencyKey ?? crypto.randomUUID());
    }
    if (ifMatch !== undefined) {
      const version = typeof ifMatch === "object" ? ifMatch.version : ifMatch;
      headers.set("If-Match", typeof version === "number" ? `"${version}"` : version);
    }
    if (ifNoneMatch !== undefined) {
      headers.set("If-None-Match", ifNoneMatch);
    }
    if (requestId !== undefined) {
      headers.set("X-Request-ID", requestId);
    }
    const init: RequestInit & { duplex?: "half" } = { method: call.method, headers, signal: signal ?? null };
    if (call.body !== undefined) {
      headers.set("Content-Type", call.contentType ?? "application/json");
      init.body = call.contentType === undefined ? JSON.stringify(call.body) : (call.body as BodyInit);
      init.duplex = "half";
    }
    const response = await (options.fetch ?? fetch)(options.baseUrl + call.path + queryOf(call.query), init);
    if (!response.ok && response.status !== 304) {
      throw new ApiError(response, await response.json().catch(() => undefined));
    }
    return response;
  };

  return {
    send,
    async json<T>(call: Call) {
      const response = await send(call);
      const text = await response.text();
      return { data: (text === "" ? undefined : JSON.parse(text)) as T, response };
    },
  };
}

function queryOf(query: Record<string, unknown> = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (Array.isArray(value) && commaSeparated.includes(name)) {
      search.append(name, value.join(","));
    } else {
      for (const each of [value].flat()) {
        if (each !== undefined && each !== null) {
          search.append(name, String(each));
        }
      }
    }
  }
  return search.size === 0 ? "" : `?${search}`;
}
