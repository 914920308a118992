// Projects with their teams, and what stands below them.
import assert from "node:assert/strict";

import { ids, refused, type World } from "./world.js";

export async function runsAProject({ admin, person }: World): Promise<void> {
  const { projects, tasks } = admin.client;
  const pia = await person("Pia Planner");
  const project = await projects.create({ name: "Relaunch", starts_on: "2027-01-04", ends_on: "2027-03-26", budget: { amount_minor: 500_000, currency: "EUR" } });
  assert.deepEqual([project.status, project.starts_on, project.warnings], ["planning", "2027-01-04", []]);

  await refused(pia.client.projects.get(project.id), "not_found");
  const member = await projects.addMember(project.id, pia.user.id, { role: "viewer" });
  assert.deepEqual([member.user_id, member.role], [pia.user.id, "viewer"]);
  assert.equal((await pia.client.projects.get(project.id)).name, "Relaunch");
  assert.equal((await projects.setMemberRole(project.id, pia.user.id, { role: "lead" })).role, "lead");
  assert.ok((await projects.listMembers(project.id)).data.some(({ user_id, role }) => user_id === pia.user.id && role === "lead"));

  const updated = await projects.update(project.id, { priority: "high", tags: ["web"] }, { ifMatch: project });
  assert.deepEqual([updated.priority, updated.ends_on], ["high", "2027-03-26"]);
  const active = await projects.setStatus(project.id, { status: "active" }, { ifMatch: updated });
  assert.equal(active.status, "active");
  const replaced = await projects.replace(project.id, { name: "Relaunch of the site", starts_on: "2027-01-04" }, { ifMatch: active });
  assert.deepEqual([replaced.name, replaced.ends_on, replaced.priority, replaced.status], ["Relaunch of the site", null, "medium", "active"]);

  assert.ok(ids((await projects.list({ status: ["active"], member_id: pia.user.id })).data).includes(project.id));
  assert.deepEqual(ids(await pia.client.projects.iterate().toArray()), [project.id]);
  const task = await tasks.create({ project_id: project.id, title: "Draw the pages", estimate_minutes: 120 });
  const read = await projects.get(project.id, { include: ["team", "tasks"] });
  assert.deepEqual(ids(read.included?.tasks ?? []), [task.id]);
  const statistics = await projects.getStatistics(project.id);
  assert.deepEqual([statistics.project_id, statistics.total, statistics.estimated_minutes], [project.id, 1, 120]);

  const copy = await projects.clone(project.id, { starts_on: "2028-01-03", name: "Relaunch again" });
  assert.deepEqual([copy.name, copy.starts_on, copy.status], ["Relaunch again", "2028-01-03", "planning"]);
  assert.deepEqual((await tasks.list({ project_id: [copy.id] })).data.map(({ title }) => title), ["Draw the pages"]);

  assert.equal(await projects.removeMember(project.id, pia.user.id), undefined);
  await refused(pia.client.projects.get(project.id), "not_found");
  assert.equal(await projects.delete(project.id), undefined);
  await refused(tasks.get(task.id), "not_found");
  assert.equal((await projects.restore(project.id)).deleted_at, null);
  assert.equal((await tasks.get(task.id)).id, task.id);
  const actions = await projects.iterateHistory(project.id).toArray();
  assert.ok(actions.some((event) => event.action === "project.restored"));
  assert.equal((await projects.getHistory(project.id, { page_size: 1 })).data.length, 1);
}
