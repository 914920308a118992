import { attempt, type Attempt } from "./attempt.js";
import { readJSON, watch, type Answer, type Reader } from "./body.js";
import { Deadline } from "./deadline.js";
import { ApiError, CoordinatorError, isApiError } from "./errors.js";
import { tell } from "./hooks.js";
import type { ClientOptions } from "./options.js";
import { prepare, toBaseUrl, type Call, type Prepared } from "./request.js";
import { isPassing, join, pause, sleep } from "./retry.js";
import { toCredentials } from "./session.js";

export type { Answer } from "./body.js";
export type { Call } from "./request.js";

/** What calls the operations of the contract. */
export interface Transport {
  /** The address of the service. */
  readonly baseUrl: string;
  /** Calls an operation and returns its answer, whose body is still to be read. */
  send(call: Call): Promise<Response>;
  /** Calls an operation and reads the JSON that it answers; there is none with 204 and 304. */
  json<T>(call: Call): Promise<Answer<T>>;
  /** Ends the session, for the service and for this client. */
  signOut(): Promise<void>;
}

const defaultRetries = 3;

/**
 * Returns what every namespace needs to call the service:
 *
 *     const transport = createTransport({ baseUrl: "https://coordinator.example", apiKey });
 */
export function createTransport(client: ClientOptions): Transport {
  const baseUrl = toBaseUrl(client.baseUrl);

  async function run<T>(call: Call, read: Reader<T>): Promise<T> {
    const request = prepare(baseUrl, client, call);
    const { method, url, requestId } = request;
    const event = { method, url, requestId, attempt: 0 };
    try {
      return await untilAnswered({ client, call, request, event, uncertain: false }, read);
    } catch (error) {
      tell(client.hooks?.onError, () => ({ ...event, error }));
      throw error;
    }
  }

  /** Sends the request until it is answered, or is not to be sent again. */
  async function untilAnswered<T>(one: Attempt, read: Reader<T>): Promise<T> {
    const { call, request, event } = one;
    const { signal } = call.options ?? {};
    const retries = call.options?.retries ?? client.retries ?? defaultRetries;
    let renewed: string | undefined;

    for (let repeats = 0; ; ) {
      signal?.throwIfAborted();
      const token = call.anonymous ? undefined : (renewed ?? (await join(credentials.token(), signal)));
      event.attempt++;
      try {
        return await attempt(one, token, read);
      } catch (error) {
        if (one.uncertain && request.method === "DELETE" && isApiError(error, "not_found")) {
          // It is not there, as it was wanted; by the attempt whose answer was lost, or not.
          return read(new Response(null, { status: 204 }), new Deadline(undefined, request), 0);
        }
        if (signal?.aborted || !request.repeatable || !(error instanceof CoordinatorError)) {
          throw error;
        }
        if (!call.anonymous && renewed === undefined && wantsAnother(error)) {
          renewed = await join(credentials.renew(token), signal);
          if (renewed === undefined || renewed === token) {
            throw error;
          }
          continue;
        }
        const delay = delayAfter(error, request, ++repeats);
        if (delay === undefined || repeats > retries) {
          throw error;
        }
        one.uncertain ||= mayBeDone(error, request);
        tell(client.hooks?.onRetry, () => ({ ...event, error, delay }));
        await sleep(delay, signal);
      }
    }
  }

  const transport: Transport = {
    baseUrl,
    send: (call) => run(call, watch),
    json: <T>(call: Call) => run(call, readJSON) as Promise<Answer<T>>,
    async signOut() {
      try {
        await transport.send({ method: "POST", path: "/api/v1/users/logout" });
      } catch (error) {
        // There is no session any more, perhaps by an attempt whose answer was lost.
        if (!isApiError(error, "unauthenticated")) {
          throw error;
        }
      }
      await credentials.end();
    },
  };
  const credentials = toCredentials(client, transport);
  return transport;
}

/** Whether the credential was refused, and another one may be taken. */
function wantsAnother(error: CoordinatorError): boolean {
  return error instanceof ApiError && error.status === 401 && (error.code ?? "unauthenticated") === "unauthenticated";
}

/**
 * In how many milliseconds to send the request again; undefined for never. Any request is sent again:
 * a GET changes nothing; a POST has its key; and PUT, PATCH and DELETE state what is wanted in the end,
 * so that to do one of them twice changes no more than to do it once.
 */
function delayAfter(error: CoordinatorError, request: Prepared, repeat: number): number | undefined {
  if (!(error instanceof ApiError)) {
    return pause(repeat);
  }
  const isPassed =
    isPassing(error.status) ||
    // An answer whose end is missing, which has the reason in it.
    error.cause !== undefined ||
    // An earlier attempt, whose answer was lost, is still under way.
    (request.method === "POST" && error.code === "request_in_progress");
  return isPassed ? pause(repeat, error.retryAfter) : undefined;
}

/** Whether what was asked for may have been done, which makes the answer to the next attempt ambiguous. */
function mayBeDone(error: CoordinatorError, { method }: Prepared): boolean {
  return method !== "GET" && method !== "POST" && (error instanceof ApiError ? error.status >= 500 : !isUnsent(error));
}

/** Whether nobody was there to take the request, which Node tells and browsers do not. */
function isUnsent({ cause }: CoordinatorError): boolean {
  const { code } = ((cause as Error | undefined)?.cause ?? {}) as { code?: unknown };
  return code === "ECONNREFUSED" || code === "ENOTFOUND";
}
