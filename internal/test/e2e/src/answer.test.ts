// What becomes of an answer: the data, what it said besides, a file that comes bit by bit, a list of pages.
import assert from "node:assert/strict";
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { afterEach, describe, it } from "node:test";

import { createClient, ConnectionError, type CoordinatorClient, type TaskRecord } from "@aicoordination/coordinator";

import { fake, half, json, noContent, problem, type Answer, type Fake } from "./fake.js";

let server: Fake;

async function client(...answers: Answer[]): Promise<CoordinatorClient> {
  server = await fake(...answers);
  return createClient({ baseUrl: server.baseUrl, retries: 0 });
}

afterEach(() => server?.close());

const notModified: Answer = (response) => response.writeHead(304, { ETag: '"1"' }).end();

describe("a call", () => {
  it("is sent once, whichever way and however often its answer is asked for", async () => {
    const { tasks } = await client(json(200, { id: "t1" }, { ETag: '"1"', "Idempotency-Replayed": "true", "X-Request-ID": "r1" }));
    const call = tasks.create({ project_id: "p1", title: "One" });
    const [data, answer, changed] = await Promise.all([call, call.withResponse(), call.ifModified()]);

    assert.deepEqual([data, answer.data, changed], [{ id: "t1" }, { id: "t1" }, { id: "t1" }]);
    assert.deepEqual([answer.etag, answer.requestId, answer.replayed, answer.response.status], ['"1"', "r1", true, 200]);
    assert.equal(server.received.length, 1);
  });

  it("is begun when it is made, and not when it is awaited", async () => {
    const { tasks } = await client(noContent);
    const call = tasks.delete("t1");
    while (server.received.length === 0) {
      await new Promise((turn) => setTimeout(turn, 1));
    }
    await call;
  });

  // Node ends a program on a rejection that nobody handles, and so would this test.
  it("rejects once, in the way in which it is asked for", async () => {
    const { tasks } = await client(problem(404, "not_found"));
    await assert.rejects(tasks.get("t1"), { code: "not_found" });
    await assert.rejects(tasks.get("t1").withResponse(), { code: "not_found" });
    await assert.rejects(tasks.get("t1").ifModified(), { code: "not_found" });
  });

  it("is undefined for what is not modified only where that is asked for", async () => {
    const { tasks } = await client(notModified);
    const condition = { ifNoneMatch: '"1"' };
    assert.equal(await tasks.get("t1", {}, condition).ifModified(), undefined);
    await assert.rejects(tasks.get("t1", {}, condition), { status: 304 });
    await assert.rejects(tasks.get("t1", {}, condition).withResponse(), { status: 304 });
  });
});

describe("a file", () => {
  const chunks = (...parts: (string | Uint8Array)[]): Answer => {
    const write = async (response: ServerResponse) => {
      response.writeHead(200, { "Content-Type": "application/x-ndjson" });
      for (const part of parts) {
        response.write(part);
        await new Promise((turn) => setTimeout(turn, 5));
      }
      response.end();
    };
    return (response) => void write(response);
  };

  const titles = async (lines: AsyncIterable<TaskRecord>) => {
    const found: (string | undefined)[] = [];
    for await (const { title } of lines) {
      found.push(title);
    }
    return found;
  };

  it("is read line by line wherever it is broken, within a letter too, and without a last line end", async () => {
    const bytes = new TextEncoder().encode('{"title":"Ä"}\n\n{"title":"ö"}');
    const { transfer } = await client(chunks(bytes.slice(0, 11), bytes.slice(11, 26), bytes.slice(26)));

    assert.deepEqual(await titles((await transfer.exportTasks()).lines()), ["Ä", "ö"]);
  });

  it("that ends before its end is an error, and never a shorter file", async () => {
    const { transfer } = await client(half(200, '{"title":"One"}\n{"tit', "application/x-ndjson"));

    await assert.rejects(async () => titles((await transfer.exportTasks()).lines()), ConnectionError);
    await assert.rejects(async () => (await transfer.exportTasks()).text(), ConnectionError);
  });

  it("is let go of by whoever stops reading", async () => {
    let closed: Promise<unknown> | undefined;
    const { transfer } = await client((response) => {
      closed = once(response, "close");
      response.writeHead(200, { "Content-Type": "application/x-ndjson" }).write('{"title":"One"}\n{"title":"Two"}\n');
    });

    for await (const { title } of (await transfer.exportTasks()).lines()) {
      assert.equal(title, "One");
      break;
    }
    await closed;
  });
});

describe("a list", () => {
  const page = (id: string, next: string | null): Answer =>
    json(200, { data: [{ id }], page: { page: 1, has_more: next !== null, next_cursor: next } });
  const asked = () => server.received.map(({ url }) => url.replace(/^.*\?/, ""));

  it("is walked with its filters by cursor, a hundred at a time", async () => {
    const { tasks } = await client(page("1", "c1"), page("2", "c2"), page("3", null));

    assert.deepEqual((await tasks.iterate({ status: ["todo"] }).toArray()).map(({ id }) => id), ["1", "2", "3"]);
    assert.deepEqual(asked(), [
      "page_size=100&status=todo",
      "page_size=100&status=todo&cursor=c1",
      "page_size=100&status=todo&cursor=c2",
    ]);
  });

  it("is asked for no further than it is read, and anew for each walk", async () => {
    const { tasks } = await client(page("1", "c1"));
    const list = tasks.iterate();
    assert.deepEqual(asked(), []);
    for (let walk = 0; walk < 2; walk++) {
      for await (const { id } of list) {
        assert.equal(id, "1");
        break;
      }
    }
    assert.deepEqual(asked(), ["page_size=100", "page_size=100"]);
  });

  it("is walked by number from where it began, where it has no cursor", async () => {
    const { tasks } = await client(page("1", "unused"), page("2", null));

    assert.equal((await tasks.searchAll({ q: "a", page: 3, page_size: 1 }).toArray()).length, 2);
    // The number of the page that came is what is counted on from.
    assert.deepEqual(asked(), ["page_size=1&q=a&page=3", "page_size=1&q=a&page=2"]);
  });

  it("has every page, though a condition was given", async () => {
    const { tasks } = await client(page("1", null));
    await tasks.iterate({}, { ifNoneMatch: '"1"', requestId: "walk-1" }).toArray();

    assert.equal(server.received[0]?.headers["if-none-match"], undefined);
    assert.equal(server.received[0]?.headers["x-request-id"], "walk-1");
  });
});
