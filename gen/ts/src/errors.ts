import type { Open, ProblemCode } from "./enums.js";
import type { Problem, ProblemField } from "./schemas.js";

/** An answer that was not a success. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly headers: Headers;
  /** What the service said. It is missing if something in between answered, such as a proxy. */
  readonly problem: Problem | undefined;

  constructor(response: Response, body: unknown) {
    const problem = isProblem(body) ? body : undefined;
    super(problem ? problem.detail : `The answer was ${response.status} ${response.statusText}`.trimEnd() + ".");
    this.status = response.status;
    this.headers = response.headers;
    this.problem = problem;
  }

  get code(): Open<ProblemCode> | undefined {
    return this.problem?.code;
  }

  get requestId(): string | undefined {
    return this.problem?.request_id ?? this.headers.get("X-Request-ID") ?? undefined;
  }

  get errors(): ProblemField[] {
    return this.problem?.errors ?? [];
  }
}

function isProblem(value: unknown): value is Problem {
  return typeof value === "object" && value !== null && typeof (value as Partial<Problem>).code === "string";
}

/** Tells whether something thrown is an answer of the service, and one with this code. */
export function isApiError(error: unknown, code?: ProblemCode): error is ApiError {
  return error instanceof ApiError && (code === undefined || error.code === code);
}
