// How the service is, and what has happened.
import assert from "node:assert/strict";

import { refused, type World } from "./world.js";

export async function isWell({ admin, nobody }: World): Promise<void> {
  assert.equal((await nobody.health.live()).status, "ok");
  assert.equal((await nobody.health.ready()).status, "ok");
  const { status, version } = await nobody.health.check();
  assert.ok(status === "ok" && version.length > 0);
  const details = await admin.client.health.details();
  assert.ok(details.checks.some((check) => check.name === "database" && check.status === "ok"), JSON.stringify(details));
}

export async function followsWhatHappens({ admin, person }: World): Promise<void> {
  const { events, audit, projects, tasks } = admin.client;
  const { next_cursor } = await events.list({ after: "now" });
  const project = await projects.create({ name: "Watched closely" });
  const title = await tasks.create({ project_id: project.id, title: "Begin" }, { requestId: "story-of-events-1" });

  const found = await events.iterate({ after: next_cursor, project_id: project.id }).toArray();
  assert.deepEqual(found.map(({ action, entity_id }) => [action, entity_id]).slice(-1), [["task.created", title.id]]);
  assert.equal(found.at(-1)?.request_id, "story-of-events-1");

  const stream = events.stream({ after: next_cursor, project_id: project.id });
  for await (const event of stream) {
    if (event.action === "task.created") {
      assert.equal(event.id, found.at(-1)?.id);
      break;
    }
  }
  assert.ok(stream.cursor);

  const log = await audit.list({ request_id: "story-of-events-1" });
  assert.deepEqual(log.data.map(({ entity_id }) => entity_id), [title.id]);
  const ordinary = await person("Olga Ordinary");
  await refused(ordinary.client.audit.list(), "forbidden");
}
