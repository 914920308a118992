import { ApiError } from "./errors.js";
import type { RequestOptions } from "./options.js";
import { fillPath, pathLength } from "./path.js";
import type { Answer, Transport } from "./transport.js";

/** What an operation answered, with what its answer said besides. */
export interface WithResponse<T> {
  data: T;
  /** The answer itself, for its status and headers; its body has been read. */
  response: Response;
  /** The version of what was answered, to be sent as `ifMatch` or `ifNoneMatch`. */
  etag: string | undefined;
  /** The id of the request, to be named when asking for help. */
  requestId: string | undefined;
  /** Whether this is the answer to an earlier request with the same idempotency key. */
  replayed: boolean;
}

/**
 * What an operation will answer. Awaited, it is the data alone; it rejects with an {@link ApiError}, a
 * `ConnectionError`, or the reason of the signal that aborted it.
 */
export interface ApiPromise<T> extends Promise<T> {
  /** The data together with the answer that brought it. */
  withResponse(): Promise<WithResponse<T>>;
  /** The data, or undefined where it is still what `ifNoneMatch` has named. Else that rejects, with the status 304. */
  ifModified(): Promise<T | undefined>;
}

/** Which arguments an operation takes between those of its path and the options. */
export type Takes = "" | "body" | "params" | "body, params";

/** Binds an operation that answers JSON or nothing. The type is that of the method it becomes. */
export function call<Method>(
  transport: Transport,
  method: string,
  template: string,
  takes: Takes = "",
  access?: "anonymous",
): Method {
  return ((...given: unknown[]) =>
    promised(async () => {
      const { path, body, params, options } = sort(template, takes, given);
      return transport.json({ method, path, query: params, body, anonymous: access === "anonymous", options });
    })) as Method;
}

/** Tells the arguments of a method apart by their places. */
export function sort(template: string, takes: Takes, given: readonly unknown[]) {
  const length = pathLength(template);
  const rest = given.slice(length);
  return {
    path: fillPath(template, given.slice(0, length)),
    body: takes.startsWith("body") ? rest.shift() : undefined,
    params: (takes.endsWith("params") ? rest.shift() : undefined) as Record<string, unknown> | undefined,
    options: rest.shift() as RequestOptions | undefined,
  };
}

/** Makes of an answer to come what the methods return. */
export function promised<T>(send: () => Promise<Answer<T>>): ApiPromise<T> {
  const answer = send();
  const data = answer.then(({ data, response }) => {
    if (response.status === 304) {
      throw new ApiError(response, undefined);
    }
    return data;
  });

  return Object.assign(data, {
    async withResponse() {
      const [known, { response }] = await Promise.all([data, answer]);
      return { data: known, response, ...describe(response) };
    },
    async ifModified() {
      // Nobody looks at the rejection of what is not asked for.
      data.catch(() => {});
      const { data: known, response } = await answer;
      return response.status === 304 ? undefined : known;
    },
  });
}

function describe({ headers }: Response) {
  return {
    etag: headers.get("ETag") ?? undefined,
    requestId: headers.get("X-Request-ID") ?? undefined,
    replayed: headers.get("Idempotency-Replayed") === "true",
  };
}
