// How the SDK keeps a session alive.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it, mock } from "node:test";

import { createClient, isApiError, signIn, type AuthSession, type ClientOptions, type TokenPair } from "@aicoordination/coordinator";

import { cut, fake, json, noContent, problem, withoutPauses, type Answer, type Fake } from "./fake.js";

function pair(generation: number, expires_in = 600): TokenPair {
  return {
    access_token: `access-${generation}`, refresh_token: `refresh-${generation}`, token_type: "Bearer", expires_in,
    device_token: generation === 1 ? "device-1" : null,
  };
}

const me = { id: "u1", email: "ana@agency.example" };

/** A service that takes one access token, and refreshes as it is told. */
async function service(valid: () => string, refresh: Answer, logout: Answer = noContent): Promise<Fake> {
  server = await fake((response, request) => {
    switch (request.url) {
      case "/api/v1/users/refresh":
        return refresh(response, request);
      case "/api/v1/users/logout":
        return request.headers.authorization === `Bearer ${valid()}` ? logout(response, request) : problem(401, "unauthenticated")(response, request);
      case "/api/v1/users/login":
        return json(200, pair(1))(response, request);
      default:
        return request.headers.authorization === `Bearer ${valid()}` ? json(200, me)(response, request) : problem(401, "unauthenticated")(response, request);
    }
  });
  return server;
}

let server: Fake;
let told: (AuthSession | null)[];

function client(session: TokenPair | AuthSession, options: Partial<ClientOptions> = {}) {
  return createClient({ baseUrl: server.baseUrl, session, onSession: (next) => void told.push(next), ...options });
}

const refreshes = () => server.received.filter(({ url }) => url === "/api/v1/users/refresh");

beforeEach(() => {
  withoutPauses();
  told = [];
});
afterEach(async () => {
  mock.restoreAll();
  await server?.close();
});

describe("a session", () => {
  it("is refreshed once for a hundred calls whose token is refused", async () => {
    await service(() => "access-2", json(200, pair(2)));
    const { users } = client(pair(1));

    const found = await Promise.all(Array.from({ length: 100 }, () => users.me()));

    assert.deepEqual(new Set(found.map(({ id }) => id)), new Set(["u1"]));
    assert.equal(found.length, 100);
    assert.deepEqual(refreshes().map(({ body }) => body), ['{"refresh_token":"refresh-1"}']);
    // None was sent with the new token before there was one, and none more than twice.
    const sent = server.received.filter(({ url }) => url === "/api/v1/users/me").map(({ headers }) => headers.authorization);
    assert.deepEqual([sent.filter((token) => token === "Bearer access-1").length, sent.filter((token) => token === "Bearer access-2").length], [100, 100]);
  });

  it("is not refreshed again for a call whose refusal comes late", async () => {
    let release = () => {};
    const isRefreshed = new Promise<void>((resolve) => (release = resolve));
    let first = true;
    server = await fake((response, request) => {
      if (request.url === "/api/v1/users/refresh") {
        json(200, pair(2))(response, request);
      } else if (request.headers.authorization === "Bearer access-2") {
        json(200, me)(response, request);
        release();
      } else if (first) {
        first = false;
        void isRefreshed.then(() => problem(401, "unauthenticated")(response, request));
      } else {
        problem(401, "unauthenticated")(response, request);
      }
    });
    const { users } = client(pair(1));
    assert.deepEqual(await Promise.all([users.me(), users.me()]), [me, me]);
    assert.equal(refreshes().length, 1);
  });

  it("is refreshed once for a hundred calls before its token ends", async () => {
    await service(() => "access-2", json(200, pair(2)));
    const { users } = client({ ...pair(1), expires_at: new Date(Date.now() + 59_000).toISOString() } as AuthSession);

    await Promise.all(Array.from({ length: 100 }, () => users.me()));

    assert.equal(server.received.length, 101);
    assert.equal(refreshes().length, 1);
  });

  it("is not refreshed as long as its token lasts", async () => {
    await service(() => "access-1", json(200, pair(2)));
    const { users } = client({ ...pair(1), expires_at: new Date(Date.now() + 75_000).toISOString() } as AuthSession);
    await users.me();
    // A short life is used up to its last fifth.
    const brief = client(pair(1, 5));
    await brief.users.me();
    assert.equal(refreshes().length, 0);
  });

  it("tells of its successor, which keeps the device, before it is used", async () => {
    await service(() => "access-2", json(200, pair(2, 60)));
    const began = Date.now();
    let kept = false;
    let early = 0;
    const { users } = client(pair(1), {
      onSession: async (session) => {
        told.push(session);
        await new Promise((resolve) => setTimeout(resolve, 20));
        kept = true;
      },
      hooks: { onRequest: ({ attempt }) => void (attempt === 2 && !kept && early++) },
    });
    await users.me();

    assert.equal(kept, true);
    assert.equal(early, 0);
    assert.equal(told.length, 1);
    const session = told[0]!;
    assert.deepEqual({ ...session, expires_at: "" }, { ...pair(2, 60), device_token: "device-1", expires_at: "" });
    const end = Date.parse(session.expires_at);
    assert.ok(end >= began + 60_000 && end <= Date.now() + 60_000, session.expires_at);
  });

  it("goes on from what was kept as JSON", async () => {
    await service(() => "access-2", json(200, pair(2)));
    await client(pair(1)).users.me();
    const again = client(JSON.parse(JSON.stringify(told[0])) as AuthSession);
    assert.deepEqual(await again.users.me(), me);
    assert.equal(refreshes().length, 1);
  });

  it("ends where the refresh is refused, which is told once", async () => {
    await service(() => "access-3", problem(401, "unauthenticated"));
    const { users } = client(pair(1));

    const results = await Promise.allSettled(Array.from({ length: 10 }, () => users.me()));

    for (const result of results) {
      assert.ok(result.status === "rejected" && isApiError(result.reason, "unauthenticated"));
    }
    assert.deepEqual(told, [null]);
    assert.equal(refreshes().length, 1);

    await assert.rejects(users.me(), (error) => isApiError(error, "unauthenticated"));
    assert.deepEqual(told, [null]);
    assert.equal(refreshes().length, 1);
    assert.equal(server.received.at(-1)?.headers.authorization, undefined);
  });

  it("does not end where the refresh is not answered, and is refreshed with the same key then", async () => {
    let answered = 0;
    const lost: Answer = (response, request) => (++answered <= 3 ? cut : json(200, pair(2)))(response, request);
    await service(() => "access-2", lost);
    const { users } = client(pair(1), { retries: 1 });

    await assert.rejects(users.me(), { name: "ConnectionError" });
    assert.equal(told.length, 0);
    // Its refresh token may be used up, and its answer is still to be had.
    assert.deepEqual(await users.me(), me);

    const sent = refreshes();
    assert.equal(sent.length, 4);
    assert.equal(new Set(sent.map(({ headers }) => headers["idempotency-key"])).size, 1);
    assert.deepEqual(told.map((session) => session?.refresh_token), ["refresh-2"]);
  });

  it("has another key for its next refresh", async () => {
    let generation = 1;
    await service(() => `access-${generation}`, (response, request) => json(200, pair(++generation, 0))(response, request));
    const { users } = client(pair(1, 0));
    await users.me();
    await users.me();
    assert.deepEqual(refreshes().map(({ body }) => body), ['{"refresh_token":"refresh-1"}', '{"refresh_token":"refresh-2"}']);
    assert.equal(new Set(refreshes().map(({ headers }) => headers["idempotency-key"])).size, 2);
  });

  it("is used as long as its token holds where it cannot be refreshed", async () => {
    await service(() => "access-1", problem(503, "unavailable"));
    const { users } = client({ ...pair(1), expires_at: new Date(Date.now() + 30_000).toISOString() } as AuthSession, { retries: 0 });
    assert.deepEqual(await users.me(), me);
    assert.equal(refreshes().length, 1);
    assert.deepEqual(told, []);
  });

  it("is refreshed for the others when one caller does not wait", async () => {
    await service(() => "access-2", (response, request) => void setTimeout(() => json(200, pair(2))(response, request), 50));
    const { users } = client(pair(1, 0));
    const gone = users.me({ signal: AbortSignal.timeout(10) });
    const waits = users.me();
    await assert.rejects(gone, { name: "TimeoutError", code: DOMException.TIMEOUT_ERR });
    assert.deepEqual(await waits, me);
    assert.equal(refreshes().length, 1);
  });

  it("does not refresh for ever where the new token is refused too", async () => {
    await service(() => "another", json(200, pair(2)));
    await assert.rejects(client(pair(1)).users.me(), (error) => isApiError(error, "unauthenticated"));
    assert.equal(server.received.length, 3);
  });

  it("begins by signing in, and ends by signing out", async () => {
    await service(() => "access-1", problem(401, "unauthenticated"));
    const ana = await signIn({ baseUrl: server.baseUrl, email: "ana@agency.example", password: "seven stray balloons", code: "123456", onSession: (next) => void told.push(next) });
    assert.deepEqual(JSON.parse(server.received[0]!.body), { email: "ana@agency.example", password: "seven stray balloons", code: "123456" });
    assert.deepEqual(await ana.users.me(), me);
    await ana.signOut();
    assert.deepEqual(told.map((session) => session?.access_token), ["access-1", undefined]);
    assert.equal(told[1], null);
    await assert.rejects(ana.users.me(), (error) => isApiError(error, "unauthenticated"));
    assert.equal(refreshes().length, 0);
  });

  it("has ended where signing out is lost and comes twice", async () => {
    let valid = "access-1";
    await service(() => valid, problem(401, "unauthenticated"), (response) => {
      valid = "";
      response.destroy();
    });
    await client(pair(1)).signOut();
    assert.deepEqual(told, [null]);
  });
});

describe("a function that gives tokens", () => {
  it("is asked before each request, and once more for another token than the one that is refused", async () => {
    await service(() => "second", noContent);
    const asked: (string | undefined)[] = [];
    const ana = createClient({
      baseUrl: server.baseUrl,
      token: async (refused) => {
        asked.push(refused);
        return refused === "first" || asked.length > 2 ? "second" : "first";
      },
    });
    await ana.users.me();
    await ana.users.me();
    assert.deepEqual(asked, [undefined, "first", undefined]);
  });

  it("is not asked for ever", async () => {
    await service(() => "another", noContent);
    let asked = 0;
    const ana = createClient({ baseUrl: server.baseUrl, token: () => `token-${++asked % 2}` });
    await assert.rejects(ana.users.me(), (error) => isApiError(error, "unauthenticated"));
    assert.equal(asked, 2);
  });

  it("throws to the caller what it throws", async () => {
    await service(() => "", noContent);
    const reason = new Error("The keychain is locked.");
    const ana = createClient({ baseUrl: server.baseUrl, token: () => Promise.reject(reason) });
    await assert.rejects(ana.users.me(), (error) => error === reason);
    assert.equal(server.received.length, 0);
  });
});

it("takes one credential and no two", () => {
  assert.throws(() => createClient({ baseUrl: "http://127.0.0.1:1", apiKey: "ck_live_1", session: pair(1) }), /one of apiKey, token and session/);
});
