/**
 * Everything that does not know the operations of the contract. It is a file of its own in the package;
 * what binds the operations is the other one.
 */
export * from "./contract.js";
export * from "./download.js";
export * from "./errors.js";
export * from "./pages.js";
export * from "./resource.js";
export * from "./signin.js";
export * from "./stream.js";
export * from "./transport.js";
export * from "./upload.js";
export * from "./webhook.js";
