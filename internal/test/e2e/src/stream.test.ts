// How the SDK follows a stream of events.
import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, it, mock } from "node:test";

import { createClient, isApiError, StreamResetError, type EventStreamNotice, type StreamOptions } from "@aicoordination/coordinator";

import { cut, fake, problem, withoutPauses, type Answer, type Fake } from "./fake.js";

let server: Fake | undefined;

beforeEach(withoutPauses);
afterEach(async () => {
  mock.restoreAll();
  await server?.close();
  server = undefined;
});

const begin = "retry: 10\n\n";
const message = (id: number) => `event: task.updated\nid: c${id}\ndata: {"id":${id}}\n\n`;
const notice = (event: string, code: string, id?: string) =>
  `event: ${event}\n${id === undefined ? "" : `id: ${id}\n`}data: {"code":"${code}","detail":"Because of ${code}."}\n\n`;

/** Sends the chunks, and leaves the stream open. */
function stream(...chunks: (string | Uint8Array)[]): Answer {
  return (response) => {
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    void write(response, chunks);
  };
}

/** Sends the chunks, and cuts the connection. */
function broken(...chunks: string[]): Answer {
  return (response) => {
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    void write(response, chunks).then(() => response.destroy());
  };
}

async function write(response: ServerResponse, chunks: (string | Uint8Array)[]): Promise<void> {
  for (const chunk of chunks) {
    response.write(chunk);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

async function open(answers: Answer[], options: StreamOptions = {}, after?: string) {
  server = await fake(...answers);
  const client = createClient({ baseUrl: server.baseUrl, apiKey: "ck_live_1" });
  return client.events.stream({ type: ["task.*"], after }, options);
}

/** What comes until there are so many. */
async function take(events: AsyncIterable<{ id: number; cursor: string }>, count: number): Promise<[number, string][]> {
  const found: [number, string][] = [];
  for await (const { id, cursor } of events) {
    found.push([id, cursor]);
    if (found.length === count) {
      break;
    }
  }
  return found;
}

const sentIds = () => server!.received.map(({ headers }) => headers["last-event-id"]);

describe("a stream", () => {
  it("gives each event with its cursor, however it is cut into pieces", async () => {
    const text = `\uFEFF: hello\r\n\r\nretry: 10\r\n\r\nevent: task.created\r\nid: c1\r\ndata: {"id":1,\r\ndata: "title":"Zürich"}\r\n\r\n` +
      `event:task.updated\rid:c2\rdata:{"id":2}\r\rignored: field\nid: c3\ndata: {"id":3}\n\n`;
    const bytes = new TextEncoder().encode(text);
    for (const size of [1, 2, 3, 7, bytes.length]) {
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; at += size) {
        pieces.push(bytes.subarray(at, at + size));
      }
      // Exactly so: what a connection is given in pieces, it may deliver in others.
      const answer = new ReadableStream<Uint8Array>({
        pull(controller) {
          const piece = pieces.shift();
          if (piece) {
            controller.enqueue(piece);
          }
        },
      });
      const events = createClient({ baseUrl: "http://127.0.0.1:1", fetch: async () => new Response(answer, { headers: { "Content-Type": "text/event-stream" } }) }).events.stream();
      const found: unknown[] = [];
      for await (const event of events) {
        found.push(event);
        if (found.length === 3) {
          break;
        }
      }
      assert.deepEqual(found, [{ id: 1, title: "Zürich", cursor: "c1" }, { id: 2, cursor: "c2" }, { id: 3, cursor: "c3" }], `in pieces of ${size}`);
      assert.equal(events.cursor, "c3");
    }
  });

  it("asks for what it is to follow, and sends nothing before it is read", async () => {
    const events = await open([stream(begin, message(1))], { headers: { "X-One": "1" } }, "c0");
    assert.equal(server!.received.length, 0);
    await take(events, 1);
    const { url, headers } = server!.received[0]!;
    assert.equal(url, "/api/v1/events/stream?type=task.*&after=c0");
    assert.deepEqual([headers.accept, headers.authorization, headers["x-one"], headers["last-event-id"]], ["text/event-stream", "Bearer ck_live_1", "1", undefined]);
  });

  it("goes on where it was cut off, without what came in half", async () => {
    const events = await open([
      broken(begin, message(1), message(2), 'event: task.updated\nid: c3\ndata: {"id":3}\n'),
      broken(begin, 'event: task.updated\nid: c3\nda'),
      stream(begin, message(3), message(4)),
    ]);
    assert.deepEqual(await take(events, 4), [[1, "c1"], [2, "c2"], [3, "c3"], [4, "c4"]]);
    assert.deepEqual(sentIds(), [undefined, "c2", "c2"]);
  });

  it("goes on from what it was told without an event", async () => {
    const events = await open([broken(begin, message(1), ": heartbeat\nid: c9\n\n"), stream(begin, message(10))]);
    await take(events, 2);
    assert.deepEqual(sentIds(), [undefined, "c9"]);
  });

  it("waits as long as it was told before it connects again", async () => {
    const events = await open([broken("retry: 150\n\n", message(1)), stream(message(2))]);
    const began = performance.now();
    await take(events, 2);
    assert.ok(performance.now() - began >= 150);
  });

  it("waits longer each time it does not come to be, and for what the service asks", async () => {
    mock.method(Math, "random", () => 0.5);
    const times: number[] = [];
    const timed = (answer: Answer): Answer => (response, request) => {
      times.push(performance.now());
      answer(response, request);
    };
    const events = await open([
      broken("retry: 40\n\n", message(1)), timed(cut), timed(problem(503, "unavailable")), timed(problem(429, "rate_limited", { "Retry-After": "1" })), timed(stream(message(2))),
    ]);
    await take(events, 2);
    const pauses = times.slice(1).map((time, i) => time - times[i]!);
    // 40 ms and half of 80, of 160; a second and half of 320.
    for (const [i, least] of [80, 120, 1160].entries()) {
      assert.ok(pauses[i]! >= least - 2 && pauses[i]! < least + 1500, `${pauses}`);
    }
  });

  it("does not connect at once where it was told to wait for longer than a timer can", async () => {
    const events = await open([broken("retry: 9999999999\n\n")], { signal: AbortSignal.timeout(300) });
    await assert.rejects(take(events, 1), { name: "TimeoutError" });
    assert.equal(server!.received.length, 1);
  });

  it("waits longer each time it is closed without a word", async () => {
    mock.method(Math, "random", () => 0.5);
    const times: number[] = [];
    const silent: Answer = (response) => {
      times.push(performance.now());
      response.writeHead(200, { "Content-Type": "text/event-stream" }).end();
    };
    const events = await open([(response) => {
      response.writeHead(200, { "Content-Type": "text/event-stream" }).end("retry: 40\n\n");
    }, silent, silent, silent, stream(message(1))]);
    await take(events, 1);
    // 40 ms and half of 80, of 160.
    for (const [i, least] of [80, 120].entries()) {
      assert.ok(times[i + 1]! - times[i]! >= least - 2, `${times}`);
    }
  });

  it("is not what something else than the service answers", async () => {
    const events = await open([(response) => response.writeHead(200, { "Content-Type": "text/html" }).end("<h1>Hello</h1>\n\n")], {
      signal: AbortSignal.timeout(1000),
    });
    await assert.rejects(take(events, 1), { name: "ConnectionError", message: /text\/html/ });
    assert.equal(server!.received.length, 1);
  });

  it("takes silence for a connection that is dead", async () => {
    const events = await open([stream(begin, message(1)), stream(begin, message(2))], { silence: 500 });
    assert.deepEqual(await take(events, 2), [[1, "c1"], [2, "c2"]]);
    assert.deepEqual(sentIds(), [undefined, "c1"]);
  });

  it("says when it is open and when it is not", async () => {
    const states: string[] = [];
    const events = await open([broken(begin, message(1)), stream(begin, message(2))], { onState: (state) => void states.push(state) });
    await take(events, 2);
    assert.deepEqual(states, ["open", "waiting", "open"]);
  });

  it("gives up where it was never open, like any call", async () => {
    const events = await open([problem(503, "unavailable")], { retries: 1 });
    await assert.rejects(take(events, 1), (error) => isApiError(error, "unavailable"));
    assert.equal(server!.received.length, 2);
  });

  it("gives up after as many failures in a row as it is told, and no sooner", async () => {
    const events = await open([broken(begin, message(1)), cut, cut, broken(begin, message(2)), cut, cut, cut], { retries: 2 });
    const found: number[] = [];
    await assert.rejects(async () => {
      for await (const { id } of events) {
        found.push(id);
      }
    }, { name: "ConnectionError" });
    assert.deepEqual(found, [1, 2]);
    assert.equal(server!.received.length, 7);
  });
});

describe("a stream that is over", () => {
  it("closes its connection when nobody reads on", async () => {
    let closed: () => void;
    const isClosed = new Promise<void>((resolve) => (closed = resolve));
    const events = await open([(response) => {
      response.on("close", closed);
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      response.write(message(1));
    }]);
    await take(events, 1);
    await isClosed;
    assert.equal(server!.received.length, 1);
  });

  for (const [when, state, answer] of [["it is open", "open", stream(begin)], ["it waits", "waiting", broken("retry: 60000\n\n")]] as const) {
    it(`throws the reason of the signal, while ${when}`, async () => {
      const reason = new Error("The page is left.");
      const controller = new AbortController();
      const onState = (now: string) => void (now === state && setTimeout(() => controller.abort(reason), 20));
      const events = await open([answer], { signal: controller.signal, onState });
      await assert.rejects(take(events, 1), (error) => error === reason);
      assert.equal(server!.received.length, 1);
    });
  }

  it("throws why it is not opened again", async () => {
    const events = await open([stream(begin, message(1), notice("end", "credential_ended")), problem(401, "unauthenticated")]);
    await assert.rejects(take(events, 2), (error) => isApiError(error, "unauthenticated"));
    assert.deepEqual(sentIds(), [undefined, "c1"]);
  });

  for (const code of ["server_stopping", "too_old", "something_new"]) {
    it(`is opened again after ${code}`, async () => {
      const events = await open([stream(begin, message(1), notice("end", code)), stream(begin, message(2))]);
      assert.deepEqual(await take(events, 2), [[1, "c1"], [2, "c2"]]);
      assert.deepEqual(sentIds(), [undefined, "c1"]);
    });
  }
});

describe("a stream that may have missed something", () => {
  it("throws, and says from where to go on", async () => {
    const events = await open([stream(begin, notice("reset", "cursor_expired", "c50"), message(51))], {}, "c1");
    await assert.rejects(take(events, 1), (error) => {
      assert.ok(error instanceof StreamResetError);
      assert.deepEqual([error.name, error.message, error.notice.code, error.cursor], ["StreamResetError", "Because of cursor_expired.", "cursor_expired", "c50"]);
      return true;
    });
  });

  it("throws where what the caller sees has changed", async () => {
    const events = await open([stream(begin, message(1), notice("end", "access_changed"))]);
    await assert.rejects(take(events, 2), (error) => error instanceof StreamResetError && error.notice.code === "access_changed" && error.cursor === "c1");
  });

  it("goes on once what is kept was read anew", async () => {
    const told: string[] = [];
    const onReset = async ({ code }: EventStreamNotice) => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      told.push(code);
    };
    const events = await open([
      stream(begin, notice("reset", "cursor_unreadable", "c50"), message(51), notice("end", "access_changed")),
      stream(begin, message(52)),
    ], { onReset });
    for await (const { id } of events) {
      told.push(String(id));
      if (id === 52) {
        break;
      }
    }
    assert.deepEqual(told, ["cursor_unreadable", "51", "access_changed", "52"]);
    assert.deepEqual(sentIds(), [undefined, "c51"]);
  });

  it("throws what reading anew has thrown", async () => {
    const reason = new Error("It could not be read.");
    const events = await open([stream(begin, notice("reset", "cursor_unreadable", "c50"))], { onReset: () => Promise.reject(reason) });
    await assert.rejects(take(events, 1), (error) => error === reason);
    assert.equal(server!.received.length, 1);
  });
});
