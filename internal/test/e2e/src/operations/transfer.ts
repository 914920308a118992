// Records that come as files and leave as files.
import assert from "node:assert/strict";

import { isApiError, type ClientRecord, type ProjectRecord, type TaskRecord, type TimeEntryRecord } from "@aicoordination/coordinator";

import type { World } from "./world.js";

const source = "crm";

export async function bringsAndTakesFiles({ admin }: World): Promise<void> {
  const { transfer, clients, tasks } = admin.client;
  const unchanged = { dry_run: false, applied: true, created: 0, updated: 0, unchanged: 1, failed: 0, errors: [] };

  const customer: ClientRecord = { source, external_id: "c1", name: "Westwind", status: "active", tags: ["imported"] };
  const tried = await transfer.importClients([customer], { dry_run: true });
  assert.deepEqual([tried.dry_run, tried.applied, tried.created], [true, false, 1]);
  assert.deepEqual((await clients.search({ q: "westwind" })).data, []);
  assert.equal((await transfer.importClients([customer])).created, 1);
  assert.deepEqual(await transfer.importClients(`${JSON.stringify(customer)}\n`), unchanged);

  const project: ProjectRecord = { source, external_id: "p1", name: "Moved", client_source: source, client_external_id: "c1", status: "active" };
  assert.equal((await transfer.importProjects(new Blob([`${JSON.stringify(project)}\n`], { type: "application/x-ndjson" }))).created, 1);
  const task: TaskRecord = { source, external_id: "t1", project_source: source, project_external_id: "p1", title: "Carry" };
  assert.equal((await transfer.importTasks(new TextEncoder().encode(`${JSON.stringify(task)}\n`))).created, 1);
  const worked: TimeEntryRecord = { source, external_id: "e1", task_source: source, task_external_id: "t1", user: admin.email, spent_on: "2026-11-02", minutes: 30, billable: true };
  assert.deepEqual(await transfer.importTimeEntries([worked]), { ...unchanged, created: 1, unchanged: 0 });

  const wrong = await transfer.importTasks([{ ...task, external_id: "t2", project_external_id: "unknown" }]).catch((error: unknown) => error);
  if (isApiError(wrong)) {
    assert.equal(wrong.status, 422);
  } else {
    assert.deepEqual([(wrong as { failed: number }).failed, (wrong as { applied: boolean }).applied], [1, false]);
  }

  // What leaves comes back without a change.
  const file = await transfer.exportClients({ format: "csv" });
  assert.equal(file.contentType, "text/csv");
  assert.match(file.filename ?? "", /clients.*\.csv$/);
  const csv = await file.text();
  assert.match(csv, /Westwind/);
  const again = await transfer.importClients(csv, { contentType: "text/csv" });
  assert.deepEqual([again.created, again.updated, again.failed], [0, 0, 0]);
  assert.ok(again.unchanged > 0);

  const projects: ProjectRecord[] = [];
  for await (const line of (await transfer.exportProjects()).lines()) {
    projects.push(line);
  }
  assert.ok(projects.some((line) => line.external_id === "p1" && line.name === "Moved"));
  const [carried] = (await tasks.search({ q: "carry" })).data;
  assert.ok(carried);
  const exported = await (await transfer.exportTasks({ project_id: carried.task.project_id })).text();
  assert.deepEqual(exported.trim().split("\n").map((line) => (JSON.parse(line) as TaskRecord).title), ["Carry"]);
  const entries = await (await transfer.exportTimeEntries({ from: "2026-11-02", to: "2026-11-02" })).blob();
  assert.match(await entries.text(), /"external_id":"e1"/);
}
