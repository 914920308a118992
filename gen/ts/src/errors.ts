import type { Open, ProblemCode } from "./enums.js";
import { retryAfter } from "./retry.js";
import type { Problem, ProblemField } from "./schemas.js";

/** What every error of this package is, beside the reason of an abort, which is thrown as it is. */
export class CoordinatorError extends Error {
  override name = "CoordinatorError";
  /** The id to name when asking for help: the service writes it into its log. */
  readonly requestId: string | undefined;

  constructor(message: string, options: { cause?: unknown; requestId?: string | undefined } = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.requestId = options.requestId;
  }
}

/** The service, or something on the way to it, has answered that the request was not done. */
export class ApiError extends CoordinatorError {
  override name = "ApiError";
  /** The HTTP status. */
  readonly status: number;
  /** What went wrong, for programs. It is missing where something on the way has answered, such as a proxy. */
  readonly code: Open<ProblemCode> | undefined;
  /** Everything that is wrong with the request, field by field; empty where no field is to blame. */
  readonly errors: readonly ProblemField[];
  /** The whole answer, with what some codes add to it; missing where `code` is. */
  readonly problem: Problem | undefined;
  readonly headers: Headers;
  /** In how many seconds the service asks to be called again. */
  readonly retryAfter: number | undefined;
  /**
   * Whether an earlier attempt of this call to `PUT`, `PATCH` or `DELETE` got no answer, and so may have
   * done what this answer refuses: `version_conflict` is then perhaps the conflict with oneself. Read
   * the record to know. It never is with a `POST`, whose repeats get the answer of the first.
   */
  readonly uncertain: boolean;

  constructor(
    response: Response,
    body: unknown,
    options: { cause?: unknown; requestId?: string | undefined; uncertain?: boolean } = {},
  ) {
    const problem = isProblem(body) ? body : undefined;
    super(problem?.detail ?? explain(response), {
      ...options,
      requestId: problem?.request_id ?? response.headers.get("X-Request-ID") ?? options.requestId,
    });
    this.status = response.status;
    this.code = problem?.code;
    this.errors = problem?.errors ?? [];
    this.problem = problem;
    this.headers = response.headers;
    this.retryAfter = retryAfter(response.headers);
    this.uncertain = options.uncertain ?? false;
  }
}

/**
 * No answer came, or only a part of it: what was asked for may have been done or not. A `POST` that is
 * called again with the `idempotencyKey` of this error is not done twice.
 */
export class ConnectionError extends CoordinatorError {
  override name = "ConnectionError";
  /** The key that was sent with the `POST`. */
  readonly idempotencyKey: string | undefined;

  constructor(
    message: string,
    options: { cause?: unknown; requestId?: string | undefined; idempotencyKey?: string | undefined } = {},
  ) {
    super(message, options);
    this.idempotencyKey = options.idempotencyKey;
  }
}

/** No answer came within the `timeout`. */
export class TimeoutError extends ConnectionError {
  override name = "TimeoutError";
}

/**
 * Tells whether an error is an {@link ApiError}, and with codes whether it has one of these:
 *
 *     if (isApiError(error, "version_conflict")) { … }
 *
 * It knows the errors of every copy of this package, also where one part of a program imports it and
 * another requires it.
 */
export function isApiError(error: unknown): error is ApiError;
export function isApiError<Code extends ProblemCode>(
  error: unknown,
  ...codes: Code[]
): error is ApiError & { readonly code: Code };
export function isApiError(error: unknown, ...codes: string[]): boolean {
  return (
    error instanceof Error &&
    error.name === "ApiError" &&
    (codes.length === 0 || codes.includes((error as ApiError).code ?? ""))
  );
}

/** What an answer is that the service has not given. */
function explain({ status, statusText, type, headers }: Response): string {
  // Browsers do not tell the status of an answer that leads elsewhere, nor where that is.
  if (type === "opaqueredirect" || (status > 300 && status < 400 && status !== 304)) {
    return `The answer leads to ${headers.get("Location") ?? "another address"}: give the address of the service itself as baseUrl.`;
  }
  return `${`The answer was ${status} ${statusText}`.trimEnd()}.`;
}

function isProblem(value: unknown): value is Problem {
  const problem = value as Partial<Problem> | null | undefined;
  return typeof problem?.code === "string" && typeof problem.detail === "string" && typeof problem.status === "number";
}
