// Each rule of ours finds what breaks it, and finds nothing in a contract that keeps them all.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));

// A contract as small as can be that keeps every rule.
const errors = (...statuses) =>
  Object.fromEntries(statuses.map((status) => [status, { $ref: "#/components/responses/Error" }]));
const ref = (name) => ({ $ref: `#/components/schemas/${name}` });
const page = { data: [{ id: 1, title: "Bake", status: "todo" }] };
const base = () => ({
  openapi: "3.0.3",
  info: {
    title: "Fixture",
    version: "1.0.0",
    description: "It is small.",
    license: { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
  },
  servers: [{ url: "/", description: "The service." }],
  security: [{ bearer: [] }],
  tags: [{ name: "tasks", description: "Tasks." }],
  paths: {
    "/tasks": {
      get: {
        operationId: "listTasks",
        "x-sdk-method": "list",
        tags: ["tasks"],
        summary: "List tasks",
        description: "Returns the tasks the caller can see, newest first.",
        parameters: [{ name: "page_size", in: "query", description: "The most items.", schema: { type: "integer", minimum: 1, maximum: 100 } }],
        responses: {
          200: {
            description: "One page.",
            headers: { "X-Total": { description: "How many there are.", schema: { type: "integer" } } },
            content: { "application/json": { schema: ref("TaskPage"), example: page } },
          },
          ...errors(400, 401, 422, 429, 500, 503),
        },
      },
      post: {
        operationId: "createTask",
        "x-sdk-method": "create",
        tags: ["tasks"],
        summary: "Add a task",
        description: "Adds a task. Admins may do it. Writes `task.created`.",
        requestBody: {
          description: "The new task.",
          required: true,
          content: { "application/json": { schema: ref("TaskCreate"), example: { title: "Bake" } } },
        },
        responses: {
          204: { description: "It is there." },
          ...errors(400, 401, 409, 413, 415, 422, 429, 500, 503),
        },
        callbacks: {
          message: {
            "{$request.body#/title}": {
              post: {
                operationId: "receiveMessage",
                tags: ["tasks"],
                summary: "Receive a message",
                description: "Takes what is sent.",
                security: [],
                requestBody: {
                  description: "The message.",
                  required: true,
                  content: { "application/json": { schema: ref("Task"), example: page.data[0] } },
                },
                responses: { "2XX": { description: "It is taken." }, 410: { description: "Nothing more is wanted." } },
              },
            },
          },
        },
      },
    },
    "/tasks/{task_id}": {
      parameters: [{ name: "task_id", in: "path", required: true, description: "The id of the task.", schema: { type: "integer" }, example: 1 }],
      delete: {
        operationId: "deleteTask",
        "x-sdk-method": "delete",
        tags: ["tasks"],
        summary: "Delete a task",
        description: "Deletes a task. Admins may do it. Writes `task.deleted`.",
        responses: { 204: { description: "It is gone." }, ...errors(400, 401, 404, 422, 429, 500, 503) },
      },
    },
  },
  components: {
    securitySchemes: { bearer: { type: "http", scheme: "bearer", description: "A token." } },
    responses: {
      Error: {
        description: "It failed.",
        content: { "application/problem+json": { schema: ref("Problem"), example: { title: "It failed" } } },
      },
    },
    schemas: {
      Problem: { type: "object", description: "What failed.", properties: { title: { type: "string", description: "What it is." } } },
      Status: { type: "string", description: "How far it is.", enum: ["todo", "done"], "x-closed-enum": "It is one or the other." },
      Kind: { type: "string", description: "What it is.", enum: ["bug"], "x-extensible-enum": ["bug"] },
      Task: {
        type: "object",
        description: "A task.",
        required: ["id", "title", "status"],
        properties: {
          id: { type: "integer", description: "The id." },
          title: { type: "string", description: "What is to be done." },
          status: { description: "How far it is.", allOf: [ref("Status")] },
          kind: { nullable: true, description: "What it is.", allOf: [ref("Kind")] },
          note: { type: "string", nullable: true, description: "What is said of it.", example: "Soon." },
        },
      },
      TaskPage: {
        type: "object",
        description: "One page.",
        required: ["data"],
        properties: { data: { type: "array", description: "The tasks.", items: ref("Task") } },
      },
      TaskCreate: {
        type: "object",
        description: "A new task.",
        additionalProperties: false,
        required: ["title"],
        properties: { title: { type: "string", description: "What is to be done." } },
      },
    },
  },
});

const list = (doc) => doc.paths["/tasks"].get;
const create = (doc) => doc.paths["/tasks"].post;
const remove = (doc) => doc.paths["/tasks/{task_id}"].delete;
const schemas = (doc) => doc.components.schemas;
const deprecated = { deprecated: true, "x-deprecated-on": "2027-01-01", "x-sunset": "2027-07-01" };
const instead = { description: "Returns the tasks the caller can see, newest first. Use `searchTasks` instead." };

// What breaks a rule, by what is wrong: the rule, and what is done to the contract.
const breaking = {
  "an operation that is no verb and noun": ["rule/operation-id-is-verb-noun", (doc) => (list(doc).operationId = "tasks")],
  "a path in capitals": ["contract/paths", (doc) => (doc.paths["/Tasks"] = { get: { ...list(doc), operationId: "listMore", "x-sdk-method": "more" } })],
  "a parameter in camelCase": ["rule/parameters-are-snake-case", (doc) => (list(doc).parameters[0].name = "pageSize")],
  "a field in camelCase": ["rule/fields-are-snake-case", (doc) => (schemas(doc).Task.properties.dueDate = { type: "string", description: "When.", example: "x" })],
  "a schema in camelCase": ["rule/schemas-are-pascal-case", (doc) => ((schemas(doc).note = { type: "string", description: "A note." }), (schemas(doc).Task.properties.note = { description: "A note.", allOf: [ref("note")] }))],
  "a value in capitals": ["rule/enum-values-are-lower-snake", (doc) => (schemas(doc).Status.enum = ["todo", "done", "Lost"])],
  "an operation's description without a full stop": ["rule/operations-are-described", (doc) => (list(doc).description = "Returns the tasks the caller can see, newest first")],
  "a parameter's description without a full stop": ["rule/parameters-are-described", (doc) => (list(doc).parameters[0].description = "The most items")],
  "a schema's description without a full stop": ["rule/schemas-are-described", (doc) => (schemas(doc).Task.description = "A task")],
  "a field's description without a full stop": ["rule/fields-are-described", (doc) => (schemas(doc).Task.properties.title.description = "What is to be done")],
  "a field without a description": ["rule/fields-are-described", (doc) => delete schemas(doc).Task.properties.title.description],
  "a body's description without a full stop": ["rule/request-bodies-are-described", (doc) => (create(doc).requestBody.description = "The new task")],
  "a response's description without a full stop": ["rule/responses-are-described", (doc) => (create(doc).responses[204].description = "It is there")],
  "a header's description without a full stop": ["rule/headers-are-described", (doc) => (list(doc).responses[200].headers["X-Total"].description = "How many")],
  "a request without an example": ["rule/bodies-have-an-example", (doc) => delete create(doc).requestBody.content["application/json"].example],
  "a response without an example": ["rule/bodies-have-an-example", (doc) => delete list(doc).responses[200].content["application/json"].example],
  "an enum inside a field": ["rule/no-inline-enums", (doc) => (schemas(doc).Task.properties.title.enum = ["bake"])],
  "an object inside a field": ["rule/no-inline-objects", (doc) => (schemas(doc).Task.properties.place = { type: "object", description: "Where.", example: {} })],
  "alternatives": ["rule/no-alternatives", (doc) => (schemas(doc).Task.properties.title = { description: "What.", oneOf: [{ type: "string", description: "A text." }] })],
  "a request that takes unknown fields": ["contract/closed-requests", (doc) => delete schemas(doc).TaskCreate.additionalProperties],
  "a default response": ["rule/operations-list-each-status", (doc) => (list(doc).responses.default = { $ref: "#/components/responses/Error" })],
  "a status that is missing": ["contract/statuses", (doc) => delete list(doc).responses[429]],
  "a path with an id and no 404": ["contract/statuses", (doc) => delete remove(doc).responses[404]],
  "a status that cannot be": ["contract/statuses", (doc) => Object.assign(list(doc).responses, errors(415))],
  "a conflict that is not told of": ["contract/statuses", (doc) => Object.assign(remove(doc).responses, errors(409))],
  "an error that is plain JSON": ["contract/problems", (doc) => (doc.components.responses.Error.content = { "application/json": { schema: ref("Problem"), example: {} } })],
  "an error of another schema": ["contract/problems", (doc) => (doc.components.responses.Error.content["application/problem+json"] = { schema: ref("Task"), example: page.data[0] })],
  "an error without a body": ["contract/problems", (doc) => delete doc.components.responses.Error.content],
  "a set that neither grows nor stays": ["contract/enums", (doc) => delete schemas(doc).Status["x-closed-enum"]],
  "a set that grows and stays": ["contract/enums", (doc) => (schemas(doc).Status["x-extensible-enum"] = ["todo", "done"])],
  "a set with other values than it says": ["contract/enums", (doc) => (schemas(doc).Kind["x-extensible-enum"] = ["bug", "idea"])],
  "a set that stays for no reason": ["contract/enums", (doc) => (schemas(doc).Status["x-closed-enum"] = "yes")],
  "a summary with a full stop": ["contract/summaries", (doc) => (list(doc).summary = "List tasks.")],
  "a summary that is too long": ["contract/summaries", (doc) => (list(doc).summary = `List ${"all ".repeat(15)}tasks`)],
  "an operation without a summary": ["contract/summaries", (doc) => delete list(doc).summary],
  "an operation without a method of the SDKs": ["contract/sdk-methods", (doc) => delete list(doc)["x-sdk-method"]],
  "a method of the SDKs in capitals": ["contract/sdk-methods", (doc) => (list(doc)["x-sdk-method"] = "List")],
  "a method of the SDKs that is there twice": ["contract/sdk-methods", (doc) => (create(doc)["x-sdk-method"] = "list")],
  "a list without an order": ["contract/orders", (doc) => (list(doc).description = "Returns the tasks the caller can see.")],
  "a change that does not say who may do it": ["contract/permissions", (doc) => (create(doc).description = "Adds a task. Writes `task.created`.")],
  "a change that does not say what it writes": ["contract/events", (doc) => (create(doc).description = "Adds a task. Admins may do it.")],
  "an id without an example": ["contract/parameter-examples", (doc) => delete doc.paths["/tasks/{task_id}"].parameters[0].example],
  "a filter that the explorer would fill in": ["contract/parameter-examples", (doc) => (list(doc).parameters[0].example = 20)],
  "a field that no example shows": ["contract/field-examples", (doc) => delete schemas(doc).Task.properties.note.example],
  "a deprecated operation without dates": ["contract/deprecations", (doc) => Object.assign(list(doc), instead, { deprecated: true })],
  "a deprecated operation without an end": ["contract/deprecations", (doc) => Object.assign(list(doc), instead, deprecated, { "x-sunset": undefined })],
  "an end in less than six months": ["contract/deprecations", (doc) => Object.assign(list(doc), instead, deprecated, { "x-sunset": "2027-06-30" })],
  "a date that is none": ["contract/deprecations", (doc) => Object.assign(list(doc), instead, deprecated, { "x-deprecated-on": "2027-13-01" })],
  "a deprecated operation without another": ["contract/deprecations", (doc) => Object.assign(list(doc), deprecated)],
  "an end of what is not deprecated": ["contract/deprecations", (doc) => (list(doc)["x-sunset"] = "2027-07-01")],
  "a deprecated parameter without dates": ["contract/deprecations", (doc) => (list(doc).parameters[0].deprecated = true)],
  "a deprecated parameter that is required": ["contract/deprecations", (doc) => Object.assign(list(doc).parameters[0], deprecated, { required: true, description: "The most items. Use `limit` instead." })],
};

// What keeps the rules, though it looks like what breaks them.
const keeping = {
  "the contract itself": () => {},
  "a deprecated operation": (doc) => Object.assign(list(doc), instead, deprecated),
  "a deprecated parameter": (doc) => Object.assign(list(doc).parameters[0], deprecated, { description: "The most items. Use `limit` instead." }),
  "an operation for everybody": (doc) => {
    Object.assign(list(doc), { security: [], description: "Returns the tasks, newest first. Nobody needs to be signed in." });
    delete list(doc).responses[401];
  },
};

const directory = mkdtempSync(join(tmpdir(), "redocly-"));
after(() => rmSync(directory, { recursive: true }));

// One run over all of them: starting takes most of the time.
const files = new Map();
const add = (name, change) => {
  const doc = base();
  change(doc);
  const file = join(directory, `${files.size}.json`);
  writeFileSync(file, JSON.stringify(doc));
  files.set(name, file);
};
for (const [name, [, change]] of Object.entries(breaking)) add(name, change);
for (const [name, change] of Object.entries(keeping)) add(name, change);
const run = spawnSync(
  process.execPath,
  [join(here, "node_modules/@redocly/cli/bin/cli.js"), "lint", "--config", join(here, "redocly.yaml"), "--format", "json", "--max-problems", "10000", ...files.values()],
  { cwd: directory, encoding: "utf8", maxBuffer: 64 << 20 },
);
// It prints a document for each file, one after the other.
const problems = run.stdout
  .split(/(?<=^\})\s*/m)
  .filter((text) => text.trim())
  .flatMap((text) => JSON.parse(text).problems);
const found = (name) => problems.filter(({ location }) => basename(location[0].source.ref) === basename(files.get(name)));

for (const [name, [rule]] of Object.entries(breaking)) {
  test(`${rule} finds ${name}`, () => {
    const rules = found(name).map(({ ruleId }) => ruleId);
    assert.ok(rules.includes(rule), `it finds ${JSON.stringify(rules)}`);
  });
}
for (const name of Object.keys(keeping)) {
  test(`nothing is found in ${name}`, () => {
    assert.deepEqual(found(name).map(({ ruleId, message }) => `${ruleId}: ${message}`), []);
  });
}

test("every rule of ours is shown to find something", () => {
  const ours = [...readFileSync(join(here, "redocly.yaml"), "utf8").matchAll(/^ {2}((?:rule|contract)\/[a-z-]+):/gm)]
    .map(([, rule]) => rule)
    .filter((rule) => !["contract/nullable-references", "contract/lines"].includes(rule));
  const shown = new Set(Object.values(breaking).map(([rule]) => rule));
  assert.deepEqual(ours.filter((rule) => !shown.has(rule)), []);
  assert.ok(ours.length >= 25, `there are only ${ours.length}`);
});
