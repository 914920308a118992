// Code generated from openapi.yaml. DO NOT EDIT.
// What the contract adds to the package's exports.

export * from "./enums.js";
export type * from "./schemas.js";
export * from "./api/users.js";
export * from "./api/invitations.js";
export * from "./api/apiKeys.js";
export * from "./api/clients.js";
export * from "./api/projects.js";
export * from "./api/tasks.js";
export * from "./api/statistics.js";
export * from "./api/audit.js";
export * from "./api/events.js";
export * from "./api/time.js";
export * from "./api/comments.js";
export * from "./api/transfer.js";
export * from "./api/webhooks.js";
export * from "./api/health.js";
