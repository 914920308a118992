import type { CoordinatorError } from "./errors.js";
import type { TokenPair } from "./schemas.js";

/**
 * A session, as signing in answers it, with the moment at which its access token ends. It is made of
 * plain values, to be kept as JSON and given to another client later.
 */
export interface AuthSession extends TokenPair {
  /** When the access token ends, by the clock of this machine (RFC 3339). */
  expires_at: string;
}

/**
 * A function that gives the access token or API key to send. It is called before each request. When the
 * service refuses what it gave, it is called once more with that; if it gives another one, the request
 * is sent again with it.
 */
export type TokenSource = (refused?: string) => string | undefined | Promise<string | undefined>;

/** How to reach the service, and as whom. */
export interface ClientOptions {
  /** The address of the service without `/api/v1`, such as `https://coordinator.example`. */
  baseUrl: string;
  /** An API key. Give one of `apiKey`, `token` and `session`, or none to act as nobody. */
  apiKey?: string | undefined;
  /** An access token, or a function that gives the one to send. */
  token?: string | TokenSource | undefined;
  /**
   * A session that is kept alive: a new access token is fetched before the old one ends, once for all
   * calls that wait for it. One without `expires_at` is taken to have just been answered. Give it to one
   * client alone: a refresh token that is used by two of them ends the session.
   */
  session?: TokenPair | AuthSession | undefined;
  /**
   * Is told of each new session, to keep it, and is told `null` when the session is over and somebody
   * has to sign in again. What waits for the session also waits for the promise that this returns, so
   * that no refresh token is used up before its successor is kept.
   */
  onSession?: ((session: AuthSession | null) => void | Promise<void>) | undefined;
  /** What to call in place of the global `fetch`. */
  fetch?: typeof globalThis.fetch | undefined;
  /** See {@link RequestOptions.timeout}. */
  timeout?: number | undefined;
  /** See {@link RequestOptions.retries}. */
  retries?: number | undefined;
  /** Sent with every request. */
  headers?: HeadersInit | undefined;
  /** What is told of every request, for logs and metrics. */
  hooks?: Hooks | undefined;
}

/** What a single call does differently. */
export interface RequestOptions {
  /** Ends the call when it is aborted; the call then throws the signal's reason. */
  signal?: AbortSignal | undefined;
  /**
   * How many milliseconds one attempt may take until it is answered: 30,000 where nothing is said, and
   * 300,000 where a file is sent. Of a file or stream that is received it is the longest silence. To
   * bound all attempts together, give `signal: AbortSignal.timeout(…)`.
   */
  timeout?: number | undefined;
  /**
   * How often the request is sent again at most, after 408, 429, 5xx, a lost connection or half an
   * answer: 3 times where nothing is said. 0 is never.
   */
  retries?: number | undefined;
  /**
   * What a `POST` is known by, so that sending it again does not do it twice. Each call has a key of its
   * own that its repeats keep; give one that you keep yourself where a program that is started again
   * should not repeat what it did before.
   */
  idempotencyKey?: string | undefined;
  /** The version that a change is meant for: what was read, its `version`, or an `ETag`. */
  ifMatch?: string | number | { readonly version: number } | undefined;
  /** The `ETag` of what one has. Await `ifModified()` of the call, which gives undefined where that is still what there is. */
  ifNoneMatch?: string | undefined;
  /** Sent with this request. */
  headers?: HeadersInit | undefined;
  /** The id of the request in the log of the service and in the history of what it changes. */
  requestId?: string | undefined;
}

/**
 * Functions that are told what happens. None is told a credential or a body. What they throw is dropped,
 * so that a logger cannot break a call.
 */
export interface Hooks {
  /** A request is about to be sent, or sent again. */
  onRequest?: ((request: RequestEvent) => void) | undefined;
  /** An answer has begun, whatever its status. */
  onResponse?: ((response: ResponseEvent) => void) | undefined;
  /** An attempt has failed, and another one follows. */
  onRetry?: ((retry: RetryEvent) => void) | undefined;
  /** A call has failed, which it says to its caller. */
  onError?: ((failure: FailureEvent) => void) | undefined;
}

/** A request that is sent. */
export interface RequestEvent {
  method: string;
  url: string;
  requestId: string;
  /** 1 for the first time that the request is sent. */
  attempt: number;
  /** What is sent, without what credentials hold. */
  headers: Headers;
}

/** An answer. */
export interface ResponseEvent extends Omit<RequestEvent, "headers"> {
  status: number;
  /** Milliseconds from the request to the beginning of its answer. */
  duration: number;
  headers: Headers;
}

/** A request that will be sent again. */
export interface RetryEvent extends Omit<RequestEvent, "headers"> {
  /** Why. */
  error: CoordinatorError;
  /** In how many milliseconds. */
  delay: number;
}

/** A call that has failed. */
export interface FailureEvent extends Omit<RequestEvent, "headers"> {
  /** What the call throws. */
  error: unknown;
}
