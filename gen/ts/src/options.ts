/** What can be said with a single call. */
export interface RequestOptions {
  /** Ends the call when it is aborted; the call then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** How long one attempt may take until its answer begins, in milliseconds. */
  timeout?: number | undefined;
  /** How often the call is sent again at most. */
  retries?: number | undefined;
  /** The key under which this thing is done once, however often it is sent. A POST has one of its own else. */
  idempotencyKey?: string | undefined;
  /** The version that is to be changed: a number, a record that has one, or an ETag. */
  ifMatch?: string | number | { version: number } | undefined;
  /** The ETag of what is there already. */
  ifNoneMatch?: string | undefined;
  /** Further headers. */
  headers?: Record<string, string> | undefined;
  /** The id of the request in the logs of both sides. */
  requestId?: string | undefined;
}

/** An access token or an API key, or a function that returns the one to use now. */
export type Token = string | (() => string | undefined | Promise<string | undefined>);

/** How to reach the service. */
export interface ClientOptions {
  /** The address of the service without `/api/v1`, such as `http://127.0.0.1:8080`. */
  baseUrl: string;
  /** An API key. */
  apiKey?: string | undefined;
  /** An access token. */
  token?: Token | undefined;
  /** What makes the requests, in place of the global `fetch`. */
  fetch?: typeof fetch | undefined;
  /** Headers of every request. */
  headers?: Record<string, string> | undefined;
}
