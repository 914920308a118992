// What a call sends, what it makes of the answer, and what hooks are told.
import assert from "node:assert/strict";
import { afterEach, describe, it, mock } from "node:test";
import { inspect } from "node:util";

import { createClient, isApiError, type ClientOptions, type CoordinatorClient } from "@aicoordination/coordinator";

import { fake, json, problem, withoutPauses, type Answer, type Fake } from "./fake.js";

const task = { id: "t1", version: 7, title: "Design the pages" };

let server: Fake;

async function client(answers: Answer[], options: Partial<ClientOptions> = {}): Promise<CoordinatorClient> {
  server = await fake(...answers);
  return createClient({ baseUrl: server.baseUrl, ...options });
}

afterEach(async () => {
  mock.restoreAll();
  await server?.close();
});

describe("a call", () => {
  it("repeats the name of a list in the query, and joins what is included", async () => {
    const { tasks } = await client([json(200, { data: [], page: { has_more: false } })]);
    await tasks.list({ status: ["todo", "done"], include: ["project", "assignee"], ready: true, page_size: 5, tag: [], q: "a&b c" });
    assert.equal(server.received[0]?.url, "/api/v1/tasks?status=todo&status=done&include=project%2Cassignee&ready=true&page_size=5&q=a%26b%20c");
  });

  it("sends a version as an entity tag, and a tag as it is", async () => {
    const { tasks } = await client([json(200, task)]);
    for (const ifMatch of [7, "7", '"7-abc"', task, "*"]) {
      await tasks.update("t1", { title: "New" }, { ifMatch });
    }
    assert.deepEqual(server.received.map(({ headers }) => headers["if-match"]), ['"7"', '"7"', '"7-abc"', '"7"', "*"]);
  });

  it("sends headers of the client, of the call over them, and its key", async () => {
    const { tasks } = await client([json(200, task)], { apiKey: "ck_live_1", headers: { "X-One": "1", "X-Two": "1" } });
    await tasks.get("t1", {}, { headers: { "x-two": "2" }, requestId: "from-here-1" });
    const { headers } = server.received[0]!;
    assert.deepEqual([headers["x-one"], headers["x-two"]], ["1", "2"]);
    assert.equal(headers["x-request-id"], "from-here-1");
    assert.equal(headers.authorization, "Bearer ck_live_1");
  });

  it("does not send the key to what takes none", async () => {
    const { health } = await client([json(200, { status: "ok" })], { apiKey: "ck_live_1" });
    await health.live();
    assert.equal(server.received[0]?.headers.authorization, undefined);
  });

  it("goes below the path of the address", async () => {
    server = await fake(json(200, task));
    await createClient({ baseUrl: `${server.baseUrl}/behind/a/proxy/` }).tasks.get("t1");
    assert.equal(server.received[0]?.url, "/behind/a/proxy/api/v1/tasks/t1");
  });

  it("is made with the fetch that is given", async () => {
    server = await fake(json(200, task));
    const urls: string[] = [];
    const custom: typeof fetch = async (input) => {
      urls.push(String(input));
      return Response.json(task);
    };
    assert.deepEqual(await createClient({ baseUrl: "https://coordinator.example", fetch: custom }).tasks.get("t1"), task);
    assert.deepEqual(urls, ["https://coordinator.example/api/v1/tasks/t1"]);
    assert.equal(server.received.length, 0);
  });

  it("passes values on that are newer than this package", async () => {
    const { tasks } = await client([json(200, { ...task, status: "paused", colour: "green" }), problem(409, "task_is_asleep")]);
    assert.deepEqual(await tasks.get("t1"), { ...task, status: "paused", colour: "green" });
    // It compiles, since the set of codes is open.
    await assert.rejects(tasks.get("t1"), (error) => isApiError(error) && error.code === "task_is_asleep" && error.status === 409);
  });

  it("does not follow where an answer leads, which would make another request of it", async () => {
    const { tasks } = await client([
      (response) => response.writeHead(301, { Location: "https://elsewhere.example/api/v1/tasks" }).end(),
      json(200, { data: [], page: { has_more: false } }),
    ], { apiKey: "ck_live_1" });
    await assert.rejects(tasks.create({ project_id: "p1", title: "One" }), (error) => {
      assert.ok(isApiError(error));
      assert.equal(error.status, 301);
      assert.match(error.message, /https:\/\/elsewhere\.example\/api\/v1\/tasks.*baseUrl/);
      return true;
    });
    assert.deepEqual(server.received.map(({ method }) => method), ["POST"]);
  });

  for (const baseUrl of ["https://coordinator.example/api/v1", "https://coordinator.example/api/v1/", "coordinator.example", "ftp://coordinator.example", "https://ana:secret@coordinator.example", "https://coordinator.example?x=1", ""]) {
    it(`is not made to ${baseUrl || "nowhere"}`, () => {
      assert.throws(() => createClient({ baseUrl }), (error) => error instanceof TypeError && /baseUrl/.test(error.message) && !/secret/.test(error.message));
    });
  }
});

describe("an error", () => {
  it("has what the service says", async () => {
    const errors = [{ pointer: "/title", code: "minLength", detail: "Say something." }];
    const body = { type: "/errors/validation_failed", title: "", status: 422, detail: "Two fields are wrong.", instance: "", code: "validation_failed", request_id: "req-1", errors };
    const { tasks } = await client([json(422, body, { "Content-Type": "application/problem+json", "X-Request-ID": "req-1" })]);
    await assert.rejects(tasks.create({ project_id: "p1", title: "" }), (error) => {
      assert.ok(isApiError(error, "not_found", "validation_failed"));
      assert.ok(!isApiError(error, "not_found"));
      assert.deepEqual(
        { status: error.status, message: error.message, requestId: error.requestId, errors: error.errors, problem: error.problem },
        { status: 422, message: "Two fields are wrong.", requestId: "req-1", errors, problem: body },
      );
      assert.equal(error.headers.get("X-Request-ID"), "req-1");
      return true;
    });
  });

  it("says what came of something else than the service", async () => {
    const { health } = await client([(response) => response.writeHead(403, "Forbidden", { "Content-Type": "text/html" }).end("<h1>No</h1>")]);
    await assert.rejects(health.check({ requestId: "mine-0001" }), (error) => {
      assert.ok(isApiError(error));
      assert.deepEqual([error.status, error.code, error.problem, error.errors, error.requestId], [403, undefined, undefined, [], "mine-0001"]);
      assert.match(error.message, /403 Forbidden/);
      return true;
    });
  });

  it("is told apart from other errors", () => {
    assert.equal(isApiError(new Error("No")), false);
    assert.equal(isApiError({ name: "ApiError", code: "not_found" }), false);
    assert.equal(isApiError(undefined), false);
  });
});

describe("hooks", () => {
  it("are told of requests, answers, repeats and failures, in order, and of no secret", async () => {
    withoutPauses();
    const told: [string, unknown][] = [];
    const tell = (name: string) => (event: unknown) => void told.push([name, event]);
    const hooks = { onRequest: tell("request"), onResponse: tell("response"), onRetry: tell("retry"), onError: tell("error") };
    const { users, tasks } = await client([problem(503, "unavailable"), problem(404, "not_found")], {
      apiKey: "ck_live_hidden", hooks, headers: { Cookie: "session=hidden", "Proxy-Authorization": "Basic hidden", "X-Auth-Token": "hidden", "X-API-Key": "hidden", "X-Shown": "shown" },
    });
    await assert.rejects(tasks.get("t1", {}, { requestId: "mine-0001" }));
    assert.deepEqual(told.map(([name]) => name), ["request", "response", "retry", "request", "response", "error"]);

    await assert.rejects(users.login({ email: "ana@agency.example", password: "hidden too" }));
    const text = inspect(told, { depth: 8 });
    assert.doesNotMatch(text, /hidden/);
    assert.match(text, /shown/);
    assert.match((told[0]?.[1] as { headers: Headers }).headers.get("Authorization") ?? "", /^\*+$/);

    const events = told.map(([, event]) => event as { method: string; url: string; requestId: string; attempt: number });
    assert.deepEqual(events.slice(0, 6).map(({ attempt }) => attempt), [1, 1, 1, 2, 2, 2]);
    for (const { method, url, requestId } of events.slice(0, 6)) {
      assert.deepEqual([method, url, requestId], ["GET", `${server.baseUrl}/api/v1/tasks/t1`, "mine-0001"]);
    }
    assert.equal(server.received[0]?.headers.authorization, "Bearer ck_live_hidden");
  });

  it("cannot break a call", async () => {
    const broken = () => {
      throw new Error("The disk of the log is full.");
    };
    const { tasks } = await client([json(200, task)], { hooks: { onRequest: broken, onResponse: async () => broken() } });
    assert.deepEqual(await tasks.get("t1"), task);
  });
});
