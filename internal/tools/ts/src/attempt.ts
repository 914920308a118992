import { readJSON, type Reader } from "./body.js";
import { Deadline } from "./deadline.js";
import { ApiError, ConnectionError } from "./errors.js";
import { tell, withoutSecrets } from "./hooks.js";
import type { ClientOptions, RequestEvent } from "./options.js";
import type { Call, Prepared } from "./request.js";

const answerLimit = 30_000;
/** The service waits for a file as long as it moves, and answers when it has done all of it. */
const uploadLimit = 300_000;

/** A call that is being sent. */
export interface Attempt {
  client: ClientOptions;
  call: Call;
  request: Prepared;
  event: Omit<RequestEvent, "headers">;
  /** Whether an earlier attempt may have done what is asked for. */
  uncertain: boolean;
}

/** Sends a request once, and reads its answer. */
export async function attempt<T>(one: Attempt, token: string | undefined, read: Reader<T>): Promise<T> {
  const { client, call, request } = one;
  const event = { ...one.event };
  const options = call.options ?? {};
  const timeout = options.timeout ?? client.timeout;

  const headers = new Headers(request.headers);
  if (token !== undefined && !headers.has("Authorization")) {
    headers.set("Authorization", `Bearer ${token}`);
  }
  tell(client.hooks?.onRequest, () => ({ ...event, headers: withoutSecrets(headers) }));

  const deadline = new Deadline(options.signal, request);
  try {
    const began = performance.now();
    deadline.start(timeout ?? (call.contentType === undefined ? answerLimit : uploadLimit));
    const response = await toResponse(client, request, headers, deadline);
    const duration = performance.now() - began;
    tell(client.hooks?.onResponse, () => ({ ...event, status: response.status, duration, headers: withoutSecrets(response.headers) }));

    if (!response.ok && response.status !== 304) {
      throw await toError(response, deadline, one);
    }
    return await read(response, deadline, call.silence ?? timeout ?? answerLimit);
  } catch (error) {
    deadline.release();
    throw error;
  }
}

async function toResponse(client: ClientOptions, { method, url, body, repeatable }: Prepared, headers: Headers, deadline: Deadline): Promise<Response> {
  // Not called as a method of the options, which browsers refuse.
  const send = client.fetch ?? fetch;
  try {
    // Redirects are not followed: a POST would become a GET, whose answer is taken for what was done.
    // A body that is a stream is sent while it is read, which has to be said.
    const duplex = repeatable ? {} : { duplex: "half" };
    return await send(url, { method, headers, body: body ?? null, signal: deadline.signal, redirect: "manual", ...duplex });
  } catch (cause) {
    throw deadline.explain(cause, "no answer came");
  }
}

/** The error that an answer is. Where its end is missing, the reason is its cause. */
async function toError(response: Response, deadline: Deadline, { request, uncertain }: Attempt): Promise<ApiError> {
  const about = { requestId: request.requestId, uncertain };
  if (!/json/.test(response.headers.get("Content-Type") ?? "")) {
    // A page of something on the way, which nobody reads.
    await response.body?.cancel().catch(() => {});
    deadline.release();
    return new ApiError(response, undefined, about);
  }
  try {
    const { data } = await readJSON(response, deadline);
    return new ApiError(response, data, about);
  } catch (cause) {
    if (!(cause instanceof ConnectionError)) {
      throw cause;
    }
    return new ApiError(response, undefined, { ...about, cause });
  }
}
