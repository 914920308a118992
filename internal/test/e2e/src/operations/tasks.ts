// What a project is divided into, and who waits for what.
import assert from "node:assert/strict";

import { isApiError } from "@aicoordination/coordinator";

import { ids, refused, type World } from "./world.js";

export async function doesItsTasks({ admin }: World): Promise<void> {
  const { projects, tasks } = admin.client;
  const project = await projects.create({ name: "Newsletter" });
  await projects.setStatus(project.id, { status: "active" });

  const write = await tasks.create({ project_id: project.id, title: "Write the letter", status: "todo", due_date: "2027-02-01" });
  assert.deepEqual([write.status, write.due_date, write.is_blocked], ["todo", "2027-02-01", false]);
  const { results } = await tasks.bulk({
    items: [
      { op: "create", ref: "send", project_id: project.id, title: "Send the letter", status: "todo", prerequisite_ids: [write.id] },
      { op: "update", id: write.id, priority: "urgent" },
    ],
  });
  assert.deepEqual(results.map(({ status }) => status), ["created", "updated"]);
  const send = results[0]!.task!;

  const blocked = await tasks.getReadiness(send.id);
  assert.equal(blocked.ready, false);
  assert.deepEqual(blocked.reasons.flatMap(({ task_ids }) => task_ids), [write.id]);
  await assert.rejects(tasks.setStatus(send.id, { status: "in_progress" }), (error) => {
    assert.ok(isApiError(error, "prerequisites_open"));
    assert.deepEqual(error.problem?.blocking_ids, [write.id]);
    return true;
  });
  await assert.rejects(tasks.addDependency(write.id, { prerequisite_id: send.id }), (error) => {
    assert.ok(isApiError(error, "dependency_cycle"));
    assert.deepEqual(new Set(error.problem?.cycle), new Set([write.id, send.id]));
    return true;
  });
  assert.equal(await tasks.removeDependency(send.id, write.id), undefined);
  assert.equal((await tasks.getReadiness(send.id)).ready, true);
  const dependency = await tasks.addDependency(send.id, { prerequisite_id: write.id });
  assert.deepEqual([dependency.task_id, dependency.prerequisite_id], [send.id, write.id]);

  assert.deepEqual(ids((await tasks.list({ project_id: [project.id], blocked: true })).data), [send.id]);
  assert.deepEqual(new Set(ids(await tasks.iterate({ project_id: [project.id], page_size: 1 }).toArray())), new Set([write.id, send.id]));
  const { data: hits } = await tasks.search({ q: "send letter", project_id: project.id });
  assert.equal(hits[0]?.task.id, send.id);
  assert.match(hits[0].highlights[0]?.snippet ?? "", /<mark>/);

  const before = await tasks.setPosition(send.id, { before_id: write.id });
  assert.ok(before.position < (await tasks.get(write.id)).position);
  const assigned = await tasks.assign(write.id, { assignee_id: admin.user.id });
  assert.equal(assigned.assignee_id, admin.user.id);
  const begun = await tasks.setStatus(write.id, { status: "in_progress" }, { ifMatch: assigned });
  assert.ok(begun.started_at);

  const read = await tasks.get(send.id, { include: ["prerequisites", "project"] }).withResponse();
  assert.deepEqual([ids(read.data.included?.prerequisites ?? []), read.data.included?.project?.id], [[write.id], project.id]);
  assert.match(read.etag ?? "", new RegExp(`^"${read.data.version}-`));
  assert.equal(await tasks.get(send.id, { include: ["prerequisites", "project"] }, { ifNoneMatch: read.etag }).ifModified(), undefined);

  const dated = await tasks.update(send.id, { due_date: "2027-02-02", description: "To everybody" }, { ifMatch: read.data });
  const cleared = await tasks.update(send.id, { due_date: null }, { ifMatch: dated });
  assert.deepEqual([cleared.due_date, cleared.description], [null, "To everybody"]);
  await refused(tasks.update(send.id, { title: "Too late" }, { ifMatch: dated }), "version_conflict");
  const replaced = await tasks.replace(send.id, { title: "Send it" }, { ifMatch: cleared });
  assert.deepEqual([replaced.title, replaced.description, replaced.status], ["Send it", null, "todo"]);

  assert.equal(await tasks.delete(send.id, { ifMatch: replaced }), undefined);
  await refused(tasks.get(send.id), "not_found");
  assert.equal((await tasks.restore(send.id)).title, "Send it");
  const actions = (await tasks.getHistory(send.id, { page_size: 100 })).data.map(({ action }) => action);
  assert.ok(actions.includes("task.created") && actions.includes("task.restored"), String(actions));
}

export async function worksFor({ admin, person }: World): Promise<void> {
  const { projects, tasks, time, statistics } = admin.client;
  const { user, client: tim } = await person("Tim Timer");
  const project = await projects.create({ name: "Hours", billing_kind: "time_and_materials", hourly_rate: { amount_minor: 6000, currency: "EUR" } });
  await projects.setStatus(project.id, { status: "active" });
  await projects.addMember(project.id, user.id, { role: "contributor" });
  const task = await tasks.create({ project_id: project.id, title: "Count", status: "todo", assignee_id: user.id });

  const entry = await tim.time.log(task.id, { minutes: 90, spent_on: "2026-11-20", note: "All of it" });
  assert.deepEqual([entry.user_id, entry.minutes, entry.billing_amount], [user.id, 90, { amount_minor: 9000, currency: "EUR" }]);
  const longer = await tim.time.updateEntry(entry.id, { minutes: 120 }, { ifMatch: entry });
  assert.deepEqual([longer.minutes, longer.note], [120, "All of it"]);
  const replaced = await tim.time.replaceEntry(entry.id, { minutes: 60, spent_on: "2026-11-19" }, { ifMatch: longer });
  assert.deepEqual([replaced.minutes, replaced.spent_on, replaced.note], [60, "2026-11-19", null]);
  assert.equal((await time.getEntry(entry.id, { include: ["task", "user"] })).included?.task?.id, task.id);
  assert.deepEqual(ids((await time.listEntries({ project_id: project.id })).data), [entry.id]);
  assert.deepEqual(ids(await tim.time.iterateEntries({ task_id: task.id }).toArray()), [entry.id]);
  const changes = (await time.getEntryHistory(entry.id)).data.map((event) => event.changes["minutes"]?.new);
  assert.ok(changes.includes(120) && changes.includes(60), String(changes));

  const timer = await tim.time.startTimer(task.id, { note: "Once more" });
  assert.deepEqual([timer.task_id, timer.note], [task.id, "Once more"]);
  assert.equal((await tim.time.getTimer()).started_at, timer.started_at);
  const { entries } = await tim.time.stopTimer({ note: "Measured" });
  assert.ok(entries.every(({ note, task_id }) => note === "Measured" && task_id === task.id));
  await refused(tim.time.getTimer(), "not_found");
  await tim.time.startTimer(task.id);
  assert.equal(await tim.time.discardTimer(), undefined);
  await refused(tim.time.getTimer(), "not_found");

  const overview = await statistics.getOverview();
  assert.ok(overview.projects_by_status.active >= 1 && overview.tasks_by_status.todo >= 1);
  assert.equal((await admin.client.users.getStatistics(user.id)).assigned, 1);

  assert.equal(await tim.time.deleteEntry(entry.id, { ifMatch: replaced }), undefined);
  await refused(time.getEntry(entry.id), "not_found");
}
