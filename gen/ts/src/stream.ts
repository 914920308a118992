import { ApiError, ConnectionError, CoordinatorError } from "./errors.js";
import { tell } from "./hooks.js";
import type { RequestOptions } from "./options.js";
import { isPassing, jitter, sleep } from "./retry.js";
import { readMessages, type Message } from "./sse.js";
import type { Call, Transport } from "./transport.js";
import type { Event, EventStreamNotice } from "./schemas.js";

/** How a stream of events is followed. */
export interface StreamOptions extends Pick<RequestOptions, "signal" | "timeout" | "retries" | "headers"> {
  /**
   * Is told that changes may have been missed, and has to read anew what is kept: the cursor was too old
   * or of another service, or what one may see has changed. The stream goes on when it has returned.
   * Without it the iteration throws a {@link StreamResetError}.
   */
  onReset?: ((notice: EventStreamNotice) => void | Promise<void>) | undefined;
  /** Is told when the stream is open, and when it waits to be opened again. */
  onState?: ((state: "open" | "waiting") => void) | undefined;
  /** How many milliseconds of silence are a dead connection: 45,000, as the service says something every 15 seconds. */
  silence?: number | undefined;
}

/** A change, and the cursor that leads on behind it. */
export interface StreamedEvent extends Event {
  /** What to give as `after` to go on behind this change. */
  cursor: string;
}

/**
 * The changes as they happen, in their order, each once: whenever the connection is lost, it is made
 * again and goes on where it was. The iteration ends by `break`, by the signal, whose reason it throws,
 * or by an error that does not pass, such as the end of the session.
 */
export interface EventStream extends AsyncIterable<StreamedEvent> {
  /**
   * What leads on behind everything that was seen, also where that was none of the changes asked for.
   * Keep it, and give it as `after` to go on after a restart.
   */
  readonly cursor: string | undefined;
}

/** Changes may have been missed: read anew what is kept, and then follow from `cursor`. */
export class StreamResetError extends CoordinatorError {
  override name = "StreamResetError";
  readonly notice: EventStreamNotice;
  readonly cursor: string | undefined;

  constructor(notice: EventStreamNotice, cursor: string | undefined) {
    super(notice.detail);
    this.notice = notice;
    this.cursor = cursor;
  }
}

const defaultSilence = 45_000;
/** How long to wait before connecting again, until the stream says something else, and at most. */
const firstPause = 2_000;
const longestPause = 30_000;

/** Binds the operation that streams events. */
export function stream<Method>(transport: Transport, path: string): Method {
  return ((query?: object, options?: StreamOptions) => open(transport, { method: "GET", path, query }, options)) as Method;
}

/** Follows the stream of the call. Nothing is sent until it is iterated over. */
function open(transport: Transport, call: Call, options: StreamOptions = {}): EventStream {
  const { onReset, onState, silence = defaultSilence, ...request } = options;
  const { signal } = request;
  let cursor: string | undefined;

  /** Every message of one connection after the other. */
  async function* messages(): AsyncGenerator<Message, void, undefined> {
    let retry = firstPause;
    let wasOpen = false;
    // How often in a row it could not be opened, or was cut off before it said anything.
    let failures = 0;

    for (;;) {
      let asked = 0;
      failures++;
      try {
        const headers = new Headers(request.headers);
        if (cursor !== undefined) {
          headers.set("Last-Event-ID", cursor);
        }
        // Once it was open, it is counted here how often it fails.
        const retries = wasOpen ? { retries: 0 } : {};
        const response = await transport.send({
          ...call, accept: "text/event-stream", silence, options: { ...request, headers, ...retries },
        });
        const type = response.headers.get("Content-Type") ?? "nothing";
        if (!type.startsWith("text/event-stream")) {
          // A page of something on the way, which would be read to its end again and again.
          await response.body?.cancel();
          throw new ConnectionError(`GET ${transport.baseUrl}${call.path}: the answer is ${type}, and no stream of events.`);
        }
        wasOpen = true;
        tell(onState, () => "open" as const);
        for await (const message of readMessages(response.body)) {
          failures = 0;
          retry = message.retry ?? retry;
          cursor = message.id ?? cursor;
          yield message;
          if (message.event === "end") {
            break;
          }
        }
      } catch (error) {
        const passes = error instanceof ApiError ? isPassing(error.status) : error instanceof ConnectionError;
        if (!wasOpen || !passes || signal?.aborted || failures > (request.retries ?? Infinity)) {
          throw error;
        }
        asked = (error instanceof ApiError && error.retryAfter) || 0;
      }
      tell(onState, () => "waiting" as const);
      await sleep(Math.max(retry, asked * 1000) + jitter(failures + 1, retry, longestPause), signal);
    }
  }

  async function* follow(): AsyncGenerator<StreamedEvent, void, undefined> {
    for await (const { event, data } of messages()) {
      if (data === undefined) {
        continue;
      }
      const content: unknown = JSON.parse(data);
      if (event !== "reset" && event !== "end") {
        yield { ...(content as Event), cursor: cursor ?? "" };
        continue;
      }
      const notice = content as EventStreamNotice;
      // Any other end is one of the connection alone.
      if (event === "reset" || notice.code === "access_changed") {
        if (!onReset) {
          throw new StreamResetError(notice, cursor);
        }
        await onReset(notice);
      }
    }
  }

  return {
    get cursor() {
      return cursor;
    },
    [Symbol.asyncIterator]: follow,
  };
}
