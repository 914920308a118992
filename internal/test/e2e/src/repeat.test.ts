// What the SDK sends again, and what it does not.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it, mock } from "node:test";

import { createClient, isApiError, type ClientOptions, type CoordinatorClient, type RetryEvent } from "@aicoordination/coordinator";

import { cut, fake, half, json, noContent, problem, withoutPauses, type Answer, type Fake } from "./fake.js";

const task = { id: "t1", version: 7, title: "Design the pages" };

let server: Fake;
let retried: RetryEvent[];

async function client(answers: Answer[], options: Partial<ClientOptions> = {}): Promise<CoordinatorClient> {
  server = await fake(...answers);
  retried = [];
  return createClient({ baseUrl: server.baseUrl, hooks: { onRetry: (event) => retried.push(event) }, ...options });
}

beforeEach(withoutPauses);
afterEach(async () => {
  mock.restoreAll();
  await server.close();
});

describe("a request is sent again", () => {
  const passing: Record<string, Answer> = {
    "after 408": problem(408, "request_timeout"),
    "after 429": problem(429, "rate_limited"),
    "after 500": problem(500, "internal"),
    "after 502 of a proxy": (response) => response.writeHead(502, { "Content-Type": "text/html" }).end("<h1>Bad gateway</h1>"),
    "after 503": problem(503, "unavailable"),
    "after 504": problem(504, "unavailable"),
    "after a connection that was cut": cut,
    "after half an answer": half(200, '{"id": "t1", '),
    "after half an answer that pretends to be whole": (response) =>
      response.writeHead(200, { "Content-Type": "application/json" }).end('{"id": "t1", '),
    "after an empty answer that says to be JSON": (response) => response.writeHead(200, { "Content-Type": "application/json" }).end(),
    "after half a refusal, whose code is missing": half(409, '{"code": "confl', "application/problem+json"),
  };

  for (const [when, answer] of Object.entries(passing)) {
    it(when, async () => {
      const { tasks } = await client([answer, json(200, task)]);
      assert.deepEqual(await tasks.get("t1"), task);
      assert.equal(server.received.length, 2);
      assert.deepEqual(retried.map(({ attempt }) => attempt), [1]);
    });
  }

  it("three times, and the last error is thrown", async () => {
    const { tasks } = await client([problem(500, "internal"), cut, half(200, "{"), problem(503, "unavailable")]);
    await assert.rejects(tasks.get("t1"), (error) => isApiError(error, "unavailable"));
    assert.equal(server.received.length, 4);
  });

  it("as often as the client says, or the call", async () => {
    const { tasks } = await client([problem(503, "unavailable")], { retries: 1 });
    await assert.rejects(tasks.get("t1"));
    assert.equal(server.received.length, 2);

    await assert.rejects(tasks.get("t1", {}, { retries: 0 }));
    assert.equal(server.received.length, 3);
  });

  it("with the same request id, so that it can be found in the log", async () => {
    const { tasks } = await client([cut, json(200, task)]);
    await tasks.get("t1");
    const [first, second] = server.received.map(({ headers }) => headers["x-request-id"]);
    assert.match(first as string, /^[0-9a-f]{32}$/);
    assert.equal(second, first);
  });
});

describe("a request is sent once", () => {
  for (const [status, code] of [
    [400, "malformed_request"], [401, "unauthenticated"], [403, "forbidden"], [404, "not_found"], [409, "conflict"],
    [412, "version_conflict"], [422, "validation_failed"], [423, "account_locked"], [428, "precondition_required"],
  ] as const) {
    it(`where it is refused with ${status}`, async () => {
      const { tasks } = await client([problem(status, code)]);
      await assert.rejects(tasks.update("t1", { title: "New" }), (error) => isApiError(error, code) && error.status === status && !error.uncertain);
      assert.equal(server.received.length, 1);
    });
  }

  it("where its body is a stream", async () => {
    const { transfer } = await client([problem(503, "unavailable")]);
    const body = new Blob(['{"title": "One"}\n']).stream();
    await assert.rejects(transfer.importTasks(body), (error) => isApiError(error, "unavailable"));
    assert.equal(server.received.length, 1);
    assert.equal(server.received[0]?.body, '{"title": "One"}\n');
  });
});

describe("the key of a POST", () => {
  it("is kept by its repeats, and every call has another", async () => {
    const { tasks } = await client([cut, problem(503, "unavailable"), json(201, task)]);
    await tasks.create({ project_id: "p1", title: "One" });
    await tasks.create({ project_id: "p1", title: "One" });

    const keys = server.received.map(({ headers }) => headers["idempotency-key"]);
    assert.match(keys[0] as string, /^[0-9a-f]{32}$/);
    assert.deepEqual(keys.slice(0, 3), [keys[0], keys[0], keys[0]]);
    assert.notEqual(keys[3], keys[0]);
    assert.equal(new Set(server.received.map(({ body }) => body)).size, 1);
  });

  it("is the caller's where it gives one", async () => {
    const { tasks } = await client([json(201, task)]);
    await tasks.create({ project_id: "p1", title: "One" }, { idempotencyKey: "order-17" });
    await tasks.create({ project_id: "p1", title: "One" }, { headers: { "Idempotency-Key": "order-18" } });
    assert.deepEqual(server.received.map(({ headers }) => headers["idempotency-key"]), ["order-17", "order-18"]);
  });

  it("is in the error where no answer came, to go on with it later", async () => {
    const { tasks } = await client([cut]);
    await assert.rejects(tasks.create({ project_id: "p1", title: "One" }, { retries: 1 }), {
      name: "ConnectionError",
      idempotencyKey: /^[0-9a-f]{32}$/,
      requestId: /^[0-9a-f]{32}$/,
    });
  });

  it("is not sent with anything else", async () => {
    const { tasks } = await client([json(200, task)]);
    await tasks.get("t1");
    await tasks.update("t1", { title: "New" });
    assert.deepEqual(server.received.map(({ headers }) => headers["idempotency-key"]), [undefined, undefined]);
  });

  it("has its repeat wait while the first is still under way", async () => {
    const { tasks } = await client([cut, problem(409, "request_in_progress", { "Retry-After": "0" }), json(201, task)]);
    assert.deepEqual(await tasks.create({ project_id: "p1", title: "One" }), task);
    assert.equal(server.received.length, 3);
  });
});

describe("what may have been done by an attempt without an answer", () => {
  it("makes a delete that finds nothing a success", async () => {
    const { tasks } = await client([cut, problem(404, "not_found")]);
    assert.equal(await tasks.delete("t1"), undefined);
    assert.equal(server.received.length, 2);
  });

  it("does not do so where every attempt was answered", async () => {
    const { tasks } = await client([problem(429, "rate_limited"), problem(404, "not_found")]);
    await assert.rejects(tasks.delete("t1"), (error) => isApiError(error, "not_found") && !error.uncertain);
  });

  for (const [name, lost] of [["is cut off", cut], ["is a 502", problem(502, "external_service")]] as const) {
    it(`makes a conflict uncertain where that ${name}`, async () => {
      const { tasks } = await client([lost, problem(412, "version_conflict")]);
      await assert.rejects(tasks.update("t1", { title: "New" }, { ifMatch: 7 }), (error) => isApiError(error, "version_conflict") && error.uncertain);
      assert.deepEqual(server.received.map(({ headers }) => headers["if-match"]), ['"7"', '"7"']);
    });
  }

  it("is nothing where nobody was there to do it", async () => {
    const gone = await fake(cut);
    await gone.close();
    const { tasks } = await client([problem(404, "not_found")], {
      fetch: (input, init) => fetch(retried.length > 0 ? input : gone.baseUrl, init),
    });
    await assert.rejects(tasks.delete("t1"), (error) => isApiError(error, "not_found") && !error.uncertain);
    assert.deepEqual([server.received.length, retried.length], [1, 1]);
  });

  it("leaves the refusal of a POST certain", async () => {
    const { tasks } = await client([cut, problem(422, "validation_failed")]);
    await assert.rejects(tasks.create({ project_id: "p1", title: "" }), (error) => isApiError(error, "validation_failed") && !error.uncertain);
  });

  it("is none for a delete that was done", async () => {
    const { tasks } = await client([noContent]);
    assert.equal(await tasks.delete("t1"), undefined);
  });
});

describe("the pause before a repeat", () => {
  it("is any time up to a limit that doubles", async () => {
    mock.method(Math, "random", () => 0.5);
    const { tasks } = await client([cut, cut, json(200, task)]);
    await tasks.get("t1");
    assert.deepEqual(retried.map(({ delay }) => delay), [250, 500]);
  });

  it("is what the service asks for in seconds, and some more", async () => {
    mock.method(Math, "random", () => 0.1);
    const { tasks } = await client([problem(429, "rate_limited", { "Retry-After": "1" }), json(200, task)]);
    const began = performance.now();
    await tasks.get("t1");
    assert.deepEqual(retried.map(({ delay }) => delay), [1050]);
    assert.ok(performance.now() - began >= 1040, "it has not waited");
  });

  it("is what the service asks for as a date, by the clock of the service", async () => {
    const now = Date.parse("2031-05-01T10:00:00Z");
    const headers = { Date: new Date(now).toUTCString(), "Retry-After": new Date(now + 1000).toUTCString() };
    const { tasks } = await client([problem(503, "unavailable", headers), json(200, task)]);
    await tasks.get("t1");
    assert.deepEqual(retried.map(({ delay }) => delay), [1000]);
  });

  it("is not taken where the service asks for more than a minute", async () => {
    const { tasks } = await client([problem(429, "rate_limited", { "Retry-After": "61" })]);
    await assert.rejects(tasks.get("t1"), (error) => isApiError(error, "rate_limited") && error.retryAfter === 61);
    assert.equal(server.received.length, 1);
  });
});

describe("a caller who does not wait", () => {
  const never: Answer = () => {};

  it("gets the reason of its signal, and nothing is sent any more", async () => {
    const reason = new Error("The user has left the page.");
    const controller = new AbortController();
    const { tasks } = await client([() => controller.abort(reason)]);
    await assert.rejects(tasks.get("t1", {}, { signal: controller.signal }), (error) => error === reason);
    assert.equal(server.received.length, 1);
  });

  it("gets it during a pause too", async () => {
    const controller = new AbortController();
    const { tasks } = await client([problem(429, "rate_limited", { "Retry-After": "30" }), json(200, task)], {
      hooks: { onRetry: () => void setTimeout(() => controller.abort(), 20) },
    });
    const began = performance.now();
    await assert.rejects(tasks.get("t1", {}, { signal: controller.signal }), { name: "AbortError" });
    assert.ok(performance.now() - began < 15_000);
    assert.equal(server.received.length, 1);
  });

  it("sends nothing where it was gone before", async () => {
    const { tasks } = await client([json(200, task)]);
    await assert.rejects(tasks.get("t1", {}, { signal: AbortSignal.abort() }), { name: "AbortError" });
    assert.equal(server.received.length, 0);
  });

  it("leaves nothing behind on a signal that lives long", async () => {
    const { tasks } = await client([json(200, task)]);
    const { signal } = new AbortController();
    const listeners = { added: 0, removed: 0 };
    mock.method(signal, "addEventListener", () => listeners.added++);
    mock.method(signal, "removeEventListener", () => listeners.removed++);
    await tasks.get("t1", {}, { signal });
    assert.ok(listeners.added > 0);
    assert.ok(listeners.removed >= listeners.added, JSON.stringify(listeners));
  });

  it("is told by a TimeoutError, when each attempt has had its time", async () => {
    let sent = 0;
    const { tasks } = await client([never], { hooks: { onRequest: () => void sent++ } });
    await assert.rejects(tasks.get("t1", {}, { timeout: 30, retries: 1 }), { name: "TimeoutError", message: /GET .*\/tasks\/t1: nothing came for 0\.03 seconds/ });
    assert.equal(sent, 2);
  });

  it("has time for the whole body, not for its beginning alone", async () => {
    const stuck: Answer = (response) => {
      response.writeHead(200, { "Content-Type": "application/json" });
      response.write("{");
    };
    const { tasks } = await client([stuck, json(200, task)]);
    assert.deepEqual(await tasks.get("t1", {}, { timeout: 400 }), task);
    assert.equal(server.received.length, 2);
  });

  it("has a file for as long as it moves", async () => {
    const slow: Answer = (response) => {
      response.writeHead(200, { "Content-Type": "application/x-ndjson" });
      let line = 0;
      const timer = setInterval(() => {
        response.write(`{"line": ${++line}}\n`);
        if (line === 10) {
          clearInterval(timer);
          response.end();
        }
      }, 100);
    };
    const { transfer } = await client([slow]);
    const file = await transfer.exportTasks({}, { timeout: 700 });
    const lines: unknown[] = [];
    for await (const line of file.lines()) {
      lines.push(line);
    }
    assert.equal(lines.length, 10);
  });

  it("may begin to read a file when it likes", async () => {
    const { transfer } = await client([(response) => response.writeHead(200, { "Content-Type": "application/x-ndjson" }).end('{"line": 1}\n')]);
    const file = await transfer.exportTasks({}, { timeout: 300 });
    await new Promise((resolve) => setTimeout(resolve, 350));
    assert.equal(await file.text(), '{"line": 1}\n');
  });

  it("is told of a file that moves no more, or is cut off", async () => {
    const stuck: Answer = (response) => {
      response.writeHead(200, { "Content-Type": "application/x-ndjson" });
      response.write('{"line": 1}\n');
    };
    const { transfer } = await client([stuck, half(200, '{"line": 1}\n', "application/x-ndjson")]);
    await assert.rejects(async () => (await transfer.exportTasks({}, { timeout: 400 })).text(), { name: "TimeoutError" });
    await assert.rejects(async () => (await transfer.exportTasks()).text(), { name: "ConnectionError", message: /in the middle/ });
  });
});
