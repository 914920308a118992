// The SDK against the real binary, behind a proxy that does to requests what networks do.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import {
  createClient,
  signIn,
  type AuthSession,
  type ClientOptions,
  type CoordinatorClient,
  type TokenPair,
} from "@aicoordination/coordinator";

import { startCoordinator, type Coordinator } from "./coordinator.js";
import { startProxy, type Proxy } from "./proxy.js";

const unlimited = Object.fromEntries(
  ["SIGN_IN", "SEARCH", "WRITE", "READ", "ADDRESS"].map((bucket) => [`COORDINATOR_RATE_LIMIT_${bucket}`, "0"]),
);

// What waits most does so beside the others.
describe("the SDK behind a proxy that loses a fifth of everything", { concurrency: true }, () => {
  let coordinator: Coordinator;
  let direct: CoordinatorClient;
  let session: AuthSession;

  before(async () => {
    coordinator = await startCoordinator({ settings: unlimited });
    direct = await signIn({ baseUrl: coordinator.baseUrl, ...coordinator.admin, onSession: (next) => void (session = next!) });
  });
  after(() => coordinator?.stop());

  async function through<T>(options: { faults?: number; seed?: number }, use: (proxy: Proxy) => Promise<T>): Promise<T> {
    const proxy = await startProxy(coordinator.baseUrl, options);
    try {
      return await use(proxy);
    } finally {
      await proxy.stop();
    }
  }

  /** Creates so many tasks, some at once, and returns how many were said to be created, and the titles that there are. */
  async function createTasks(count: number, options: ClientOptions) {
    const client = createClient({ ...options, session });
    const project = await direct.projects.create({ name: `Of ${count}` });
    let next = 0;
    let acknowledged = 0;
    const work = async () => {
      while (next < count) {
        const title = `Task ${next++}`;
        await client.tasks.create({ project_id: project.id, title }).then(
          (task) => {
            assert.equal(task.title, title);
            acknowledged++;
          },
          () => {},
        );
      }
    };
    await Promise.all(Array.from({ length: 12 }, work));

    const titles = (await direct.tasks.iterate({ project_id: [project.id] }).toArray()).map((task) => task.title);
    return { acknowledged, rows: titles.length, distinct: new Set(titles).size };
  }

  it("creates 1,000 tasks, and each once", async () => {
    await through({ faults: 0.2, seed: 6 }, async (proxy) => {
      let repeats = 0;
      const made = await createTasks(1000, { baseUrl: proxy.baseUrl, retries: 10, hooks: { onRetry: () => void repeats++ } });
      const { faults } = await proxy.report();

      console.log(`1,000 creates: ${JSON.stringify(made)} after ${repeats} repeats and ${JSON.stringify(faults)}`);
      assert.deepEqual(made, { acknowledged: 1000, rows: 1000, distinct: 1000 });
      // Something was done to a fifth of all, and of each kind.
      assert.ok(Object.values(faults).every((count) => count > 20), JSON.stringify(faults));
      assert.ok(repeats > 100, String(repeats));
    });
  });

  it("would create some twice without keys, and lose some without repeats", async () => {
    await through({ faults: 0.2, seed: 6 }, async (proxy) => {
      const keyless: typeof fetch = (input, init) => {
        const headers = new Headers(init?.headers);
        headers.delete("Idempotency-Key");
        return fetch(input, { ...init, headers });
      };
      const twice = await createTasks(200, { baseUrl: proxy.baseUrl, retries: 10, fetch: keyless });
      const lost = await createTasks(200, { baseUrl: proxy.baseUrl, retries: 0 });

      console.log(`200 creates without keys: ${JSON.stringify(twice)}; without repeats: ${JSON.stringify(lost)}`);
      assert.ok(twice.rows > twice.distinct, JSON.stringify(twice));
      assert.ok(lost.acknowledged < 200, JSON.stringify(lost));
    });
  });

  it("changes and deletes without saying what is not so", async () => {
    await through({ faults: 0.2, seed: 7 }, async (proxy) => {
      const client = createClient({ baseUrl: proxy.baseUrl, session, retries: 10 });
      const project = await client.projects.create({ name: "To be deleted" });
      const { results } = await client.tasks.bulk({
        items: Array.from({ length: 40 }, (_, n) => ({ op: "create", project_id: project.id, title: `Task ${n}` }) as const),
      });
      const ids = results.map((result) => result.task_id!);

      // Without If-Match a repeat changes no more than the first did.
      await Promise.all(ids.map((id, n) => client.tasks.update(id, { title: `Renamed ${n}` })));
      assert.deepEqual(
        new Set((await direct.tasks.iterate({ project_id: [project.id] }).toArray()).map((task) => task.title)),
        new Set(ids.map((_, n) => `Renamed ${n}`)),
      );

      // With it, a refusal is either true or says that it may not be.
      let uncertain = 0;
      await Promise.all(ids.map(async (id) => {
        const { version } = await direct.tasks.get(id);
        try {
          assert.equal((await client.tasks.update(id, { priority: "high" }, { ifMatch: version })).version, version + 1);
        } catch (error) {
          assert.equal((error as { code?: string }).code, "version_conflict");
          assert.equal((error as { uncertain?: boolean }).uncertain, true);
          uncertain++;
        }
        assert.equal((await direct.tasks.get(id)).priority, "high");
      }));
      await Promise.all(ids.map((id) => client.tasks.delete(id)));
      assert.deepEqual(await direct.tasks.iterate({ project_id: [project.id] }).toArray(), []);
      console.log(`40 changes with If-Match: ${uncertain} were done and could not be known to be`);
      assert.ok(uncertain > 0);
    });
  });

  it("refreshes once for 100 calls with a token that has ended, and for 100 that are refused", async () => {
    await through({}, async (proxy) => {
      const signedIn: AuthSession[] = [];
      await signIn({ baseUrl: coordinator.baseUrl, ...coordinator.admin, onSession: (next) => void signedIn.push(next!) });
      const told: (AuthSession | null)[] = [];
      const onSession = (next: AuthSession | null) => void told.push(next);

      const ended = { ...signedIn[0]!, expires_at: new Date(Date.now() - 1000).toISOString() };
      const one = createClient({ baseUrl: proxy.baseUrl, session: ended, onSession });
      const first = await Promise.all(Array.from({ length: 100 }, () => one.users.me()));
      assert.deepEqual(new Set(first.map(({ email }) => email)), new Set([coordinator.admin.email]));
      const before = (await proxy.report()).called;
      assert.equal(before["refreshSession"], 1);
      assert.equal(before["getCurrentUser"] ?? before["getMe"], 100);

      // One whose end was not known: the service refuses it.
      const refused: TokenPair = { ...told[0]!, access_token: `${told[0]!.access_token.slice(0, -4)}AAAA` };
      const other = createClient({ baseUrl: proxy.baseUrl, session: refused, onSession });
      const second = await Promise.all(Array.from({ length: 100 }, () => other.users.me()));
      assert.equal(second.length, 100);
      const after = (await proxy.report()).called;
      console.log(`200 calls with tokens that had ended: ${after["refreshSession"]} refreshes`);
      assert.equal(after["refreshSession"], 2);
      assert.equal(told.length, 2);
    });
  });

  it("keeps a session although half of its refreshes fail", async () => {
    await through({ faults: 0.5, seed: 8 }, async (proxy) => {
      let repeated = 0;
      const hooks = { onRetry: ({ url }: { url: string }) => void (url.endsWith("/refresh") && repeated++) };
      const signedIn: AuthSession[] = [];
      await signIn({ baseUrl: coordinator.baseUrl, ...coordinator.admin, onSession: (next) => void signedIn.push(next!) });
      let current: AuthSession | null = signedIn[0]!;
      for (let n = 0; n < 20; n++) {
        const ended: AuthSession = { ...current!, expires_at: new Date(Date.now() - 1000).toISOString() };
        const client = createClient({ baseUrl: proxy.baseUrl, session: ended, retries: 20, hooks, onSession: (next) => void (current = next) });
        assert.equal((await client.users.me()).email, coordinator.admin.email);
        assert.notEqual(current?.refresh_token, ended.refresh_token);
      }
      console.log(`20 refreshes: ${repeated} repeats`);
      assert.ok(repeated > 3, String(repeated));
    });
  });

  it("follows 200 changes through cuts and silence: none is missed, none comes twice, all in order", async () => {
    await through({}, async (proxy) => {
      const project = await direct.projects.create({ name: "Followed" });
      const client = createClient({ baseUrl: proxy.baseUrl, session });
      const stop = new AbortController();
      let state = "";
      let whileAway = 0;
      const followed: string[] = [];
      const created: string[] = [];

      // Resolves when so many have been seen.
      let wanted = 0;
      let reached = () => {};
      const seen = (count: number) => new Promise<void>((resolve) => {
        wanted = count;
        reached = resolve;
        if (followed.length >= count) {
          resolve();
        }
      });
      const opened = new Promise<void>((resolve) => {
        const stream = client.events.stream({ type: ["task.created"], project_id: project.id }, {
          signal: stop.signal,
          // More than the pause between two connections, less than the 15 seconds between two signs of life.
          silence: 3_000,
          onState(next) {
            state = next;
            resolve();
          },
        });
        void (async () => {
          for await (const event of stream) {
            followed.push(event.entity_id);
            if (followed.length >= wanted) {
              reached();
            }
          }
        })().catch(() => {});
      });
      await opened;

      const create = async (count: number) => {
        for (let n = 0; n < count; n++) {
          whileAway += state === "open" ? 0 : 1;
          created.push((await direct.tasks.create({ project_id: project.id, title: `Change ${created.length}` })).id);
        }
      };
      for (let round = 1; round <= 4; round++) {
        await create(10);
        if (round < 4) {
          // In the middle of what comes.
          await seen(created.length - 5);
          await proxy.cut();
        } else {
          await seen(created.length);
          await proxy.stall();
        }
        await create(40);
        await seen(created.length);
      }
      stop.abort();

      const { called } = await proxy.report();
      console.log(`200 changes: ${followed.length} followed over ${called["streamEvents"]} connections, ${whileAway} of them made while there was none`);
      assert.equal(created.length, 200);
      assert.deepEqual(followed, created);
      assert.ok(called["streamEvents"]! >= 5, String(called["streamEvents"]));
      assert.ok(whileAway >= 50, String(whileAway));
    });
  });
});
