// Every operation of the contract, called through the SDK in stories of people at work.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import * as account from "./operations/account.js";
import * as clients from "./operations/clients.js";
import * as comments from "./operations/comments.js";
import * as people from "./operations/people.js";
import * as projects from "./operations/projects.js";
import * as tasks from "./operations/tasks.js";
import * as transfer from "./operations/transfer.js";
import * as watching from "./operations/watching.js";
import * as webhooks from "./operations/webhooks.js";
import { startWorld, type World } from "./operations/world.js";

describe("somebody at work", () => {
  let world: World;

  before(async () => {
    world = await startWorld();
  });
  after(() => world?.stop());

  for (const stories of [account, people, clients, projects, tasks, comments, transfer, webhooks, watching]) {
    for (const [name, story] of Object.entries<(world: World) => Promise<void>>(stories)) {
      it(name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`), () => story(world));
    }
  }

  it("has called every operation", async () => {
    const { total, called, missing } = await world.report();
    console.log(`${total - missing.length} of ${total} operations, in ${Object.values(called).reduce((sum, count) => sum + count, 0)} calls`);
    assert.deepEqual(missing, []);
    assert.ok(total >= 150, String(total));
  });
});
