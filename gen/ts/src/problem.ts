import type { Problem, ProblemCode } from "./schema.js";

/** What a call of the client resolves to. */
export interface Result<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/** A response that was not a success, thrown by {@link unwrap}. */
export class ProblemError extends Error {
  /** What the service said. It is missing if something in between answered, such as a proxy. */
  readonly problem: Problem | undefined;
  readonly response: Response;

  constructor(response: Response, error: unknown) {
    const problem = isProblem(error) ? error : undefined;
    super(problem ? problem.detail : `The response was ${response.status} ${response.statusText}`.trimEnd() + ".");
    this.name = "ProblemError";
    this.problem = problem;
    this.response = response;
  }

  /** The HTTP status. */
  get status(): number {
    return this.response.status;
  }

  /** What went wrong, for programs. */
  get code(): ProblemCode | undefined {
    return this.problem?.code;
  }

  /** The id to name when asking for help. */
  get requestId(): string | undefined {
    return this.problem?.request_id ?? this.response.headers.get("X-Request-ID") ?? undefined;
  }
}

/** Tells whether a value is a problem document. */
export function isProblem(value: unknown): value is Problem {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as Partial<Problem>).code === "string" &&
    typeof (value as Partial<Problem>).status === "number" &&
    typeof (value as Partial<Problem>).detail === "string"
  );
}

/**
 * Returns the data of a call, or throws a {@link ProblemError}:
 *
 *     const task = await unwrap(client.POST("/api/v1/tasks", { body }));
 */
export async function unwrap<Data>(call: Result<Data> | Promise<Result<Data>>): Promise<Data> {
  const { data, error, response } = await call;

  if (!response.ok) {
    throw new ProblemError(response, error);
  }

  // A response without a body has the data undefined, and so has its type.
  return data as Data;
}
