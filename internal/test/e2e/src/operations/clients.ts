// Customers, from lead to churned, and whom one speaks to there.
import assert from "node:assert/strict";

import { ids, refused, type World } from "./world.js";

export async function winsAClient({ admin }: World): Promise<void> {
  const { clients, projects } = admin.client;
  const northwind = await clients.create({ name: "Northwind", industry: "Shipping", custom_fields: { vessels: 12 } });
  assert.deepEqual([northwind.status, northwind.industry, northwind.custom_fields], ["lead", "Shipping", { vessels: 12 }]);

  assert.deepEqual(ids((await clients.list({ q: "northw", status: ["lead"] })).data), [northwind.id]);
  assert.ok(ids(await clients.iterate().toArray()).includes(northwind.id));
  const { data: hits } = await clients.search({ q: "northwind" });
  assert.deepEqual(hits.map((hit) => hit.client.id), [northwind.id]);
  assert.equal((await clients.searchAll({ q: "northwind" }).toArray()).length, 1);

  const updated = await clients.update(northwind.id, { custom_fields: { vessels: null, port: "Bergen" }, tags: ["sea"] }, { ifMatch: northwind });
  assert.deepEqual([updated.custom_fields, updated.tags, updated.industry], [{ port: "Bergen" }, ["sea"], "Shipping"]);
  const prospect = await clients.setStatus(northwind.id, { status: "prospect" }, { ifMatch: updated });
  assert.equal(prospect.status, "prospect");
  const replaced = await clients.replace(northwind.id, { name: "Northwind AS", owner_id: admin.user.id }, { ifMatch: prospect });
  assert.deepEqual([replaced.name, replaced.industry, replaced.status, replaced.owner_id], ["Northwind AS", null, "prospect", admin.user.id]);

  const project = await projects.create({ name: "Harbour", client_id: northwind.id });
  assert.deepEqual(ids((await clients.listProjects(northwind.id, { status: ["planning"] })).data), [project.id]);
  const read = await clients.get(northwind.id, { include: ["projects", "contacts"] });
  assert.deepEqual([ids(read.included?.projects ?? []), read.included?.contacts], [[project.id], []]);
  const statistics = await clients.getStatistics(northwind.id);
  assert.deepEqual([statistics.client_id, statistics.projects, statistics.projects_by_status.planning], [northwind.id, 1, 1]);

  assert.equal(await clients.delete(northwind.id), undefined);
  await refused(projects.get(project.id), "not_found");
  assert.equal((await clients.restore(northwind.id)).deleted_at, null);
  assert.equal((await projects.get(project.id)).client_id, northwind.id);
  const actions = (await clients.getHistory(northwind.id)).data.map((event) => event.action);
  for (const action of ["client.created", "client.updated", "client.deleted", "client.restored"]) {
    assert.ok(actions.includes(action), `${action} is not in ${actions}`);
  }
}

export async function speaksToSomebody({ admin }: World): Promise<void> {
  const { clients } = admin.client;
  const { id } = await clients.create({ name: "Southwind" });
  const ida = await clients.createContact(id, { name: "Ida Holm", position: "Captain", is_primary: true });
  assert.deepEqual([ida.client_id, ida.is_primary], [id, true]);
  assert.deepEqual(await clients.getContact(id, ida.id), ida);
  assert.deepEqual(ids((await clients.listContacts(id)).data), [ida.id]);

  const updated = await clients.updateContact(id, ida.id, { email: "ida@southwind.example" }, { ifMatch: ida });
  assert.deepEqual([updated.email, updated.position], ["ida@southwind.example", "Captain"]);
  const replaced = await clients.replaceContact(id, ida.id, { name: "Ida Holm-Berg" }, { ifMatch: updated });
  assert.deepEqual([replaced.name, replaced.email, replaced.position], ["Ida Holm-Berg", null, null]);
  const history = await clients.getContactHistory(id, ida.id);
  assert.ok(history.data.some((event) => event.changes["email"]?.new === "ida@southwind.example"));

  assert.equal(await clients.deleteContact(id, ida.id, { ifMatch: replaced }), undefined);
  await refused(clients.getContact(id, ida.id), "not_found");
}
