/**
 * The TypeScript client of Coordinator.
 *
 * The types in `schema.ts` are generated from the contract; the calls are made by openapi-fetch. This
 * package adds the bearer token and {@link unwrap}, which turns a problem into an exception.
 *
 * @packageDocumentation
 */
export { createClient, type CoordinatorClient, type CoordinatorOptions, type Token } from "./client.js";
export { isProblem, ProblemError, unwrap, type Result } from "./problem.js";
export * from "./schema.js";
