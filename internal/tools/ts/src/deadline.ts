import { ConnectionError, TimeoutError } from "./errors.js";
import type { Prepared } from "./request.js";

/**
 * What ends one attempt: its caller's signal, or a timer. `AbortSignal.any` would do the same, but is
 * missing from Node before 20.3 and from browsers of 2023, and would keep every call on a signal that
 * lives long.
 */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal | undefined;
  readonly #request: Prepared;
  readonly #aborted = () => this.#controller.abort(this.#caller?.reason);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #limit = 0;

  constructor(caller: AbortSignal | undefined, request: Prepared) {
    this.#caller = caller;
    this.#request = request;
    caller?.addEventListener("abort", this.#aborted, { once: true });
    if (caller?.aborted) {
      this.#aborted();
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Counts from now. */
  start(limit: number): void {
    this.stop();
    this.#limit = limit;
    // Timers take 31 bits; more than 24 days is for ever, and so is Infinity.
    if (limit < 2 ** 31) {
      this.#timer = setTimeout(() => this.#controller.abort(this), limit);
    }
  }

  /** Counts no longer. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  /** Lets go of the caller's signal: everything is answered. */
  release(): void {
    this.stop();
    this.#caller?.removeEventListener("abort", this.#aborted);
  }

  /** What to throw where `fetch` or a body has thrown. */
  explain(cause: unknown, what: string): unknown {
    if (this.#caller?.aborted) {
      return this.#caller.reason;
    }
    const { method, url, requestId, idempotencyKey } = this.#request;
    const about = `${method} ${url.replace(/\?.*/, "")}`;
    return this.signal.reason === this
      ? new TimeoutError(`${about}: nothing came for ${this.#limit / 1000} seconds.`, { requestId, idempotencyKey })
      : new ConnectionError(`${about}: ${what}.`, { cause, requestId, idempotencyKey });
  }
}
