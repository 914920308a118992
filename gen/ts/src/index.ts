/**
 * The TypeScript client of Coordinator.
 *
 * The types and the namespaces are generated from the contract; the rest is a runtime of a few files
 * without dependencies. Begin with {@link createClient}.
 *
 * @packageDocumentation
 */
export type { Api } from "./api.js";
export { createClient, signIn, type CoordinatorClient } from "./client.js";
export { contractVersion } from "./contract.js";
export { Download } from "./download.js";
export { ApiError, ConnectionError, CoordinatorError, isApiError, TimeoutError } from "./errors.js";
export * from "./exports.js";
export type {
  AuthSession,
  ClientOptions,
  FailureEvent,
  Hooks,
  RequestEvent,
  RequestOptions,
  ResponseEvent,
  RetryEvent,
  TokenSource,
} from "./options.js";
export type { CursorParams, List, PageParams } from "./pages.js";
export type { ApiPromise, WithResponse } from "./resource.js";
export type { SignInOptions } from "./signin.js";
export { StreamResetError, type EventStream, type StreamedEvent, type StreamOptions } from "./stream.js";
export { createTransport, type Answer, type Call, type Transport } from "./transport.js";
export type { Upload } from "./upload.js";
export {
  verifyWebhook,
  WebhookVerificationError,
  type IncomingHeaders,
  type VerifyOptions,
} from "./webhook.js";
