// Everybody's accounts, as administrators and colleagues see them; invitations, agents and keys.
import assert from "node:assert/strict";

import { createClient, type UserReplace } from "@aicoordination/coordinator";

import { ids, refused, type World } from "./world.js";

export async function looksAfterPeople({ admin, person, nobody }: World): Promise<void> {
  const { users } = admin.client;
  const mia = await person("Mia Manager", "manager");
  assert.equal(mia.user.role, "manager");

  const found = await users.list({ q: "mia man", role: ["manager"] });
  assert.deepEqual(ids(found.data), [mia.user.id]);
  assert.ok(ids(await users.iterate({ kind: ["human"], page_size: 2 }).toArray()).includes(mia.user.id));
  assert.deepEqual(await users.get(mia.user.id), await mia.client.users.me());

  const updated = await users.update(mia.user.id, { title: "Producer", skills: ["planning"], cost_rate: { amount_minor: 9000, currency: "EUR" } }, { ifMatch: mia.user });
  assert.deepEqual([updated.title, updated.skills, updated.version], ["Producer", ["planning"], mia.user.version + 1]);
  await refused(users.update(mia.user.id, { title: "Too late" }, { ifMatch: mia.user }), "version_conflict");
  const whole: UserReplace = { email: mia.email, name: "Mia M. Manager", role: "manager" };
  const replaced = await users.replace(mia.user.id, whole, { ifMatch: updated });
  assert.deepEqual([replaced.name, replaced.title, replaced.skills], ["Mia M. Manager", null, []]);

  const preferences = await users.getPreferences(mia.user.id);
  const quiet = await users.updatePreferences(mia.user.id, { notifications: { email: { assigned: false } } }, { ifMatch: preferences });
  assert.deepEqual(quiet.notifications.email, { ...preferences.notifications.email, assigned: false });
  const restored = await mia.client.users.replacePreferences(mia.user.id, { locale: "de-DE" });
  assert.deepEqual([restored.locale, restored.notifications.email.assigned], ["de-DE", preferences.notifications.email.assigned]);

  const workload = await users.getWorkload(mia.user.id, { weeks: 2 });
  assert.deepEqual([workload.user_id, workload.weeks.length, workload.open_tasks], [mia.user.id, 2, 0]);
  const statistics = await users.getStatistics(mia.user.id);
  assert.deepEqual([statistics.user_id, statistics.assigned, statistics.logged_minutes], [mia.user.id, 0, 0]);

  const history = await users.getHistory(mia.user.id);
  assert.ok(history.data.some((event) => event.action === "user.updated" && event.changes["title"]?.new === "Producer"));
  const activity = await users.listActivity(mia.user.id, { entity_type: "user" });
  assert.ok(activity.data.every((event) => event.actor?.id === mia.user.id));
  assert.ok(activity.data.length > 0);

  assert.equal(await users.revokeSessions(mia.user.id), undefined);
  await refused(mia.client.users.me(), "unauthenticated");
  assert.equal(await users.delete(mia.user.id), undefined);
  await refused(users.get(mia.user.id), "not_found");
  await refused(nobody.users.login({ email: mia.email, password: mia.password }), "unauthenticated");
  const back = await users.restore(mia.user.id);
  assert.deepEqual([back.id, back.deleted_at], [mia.user.id, null]);

  const { keys } = await nobody.users.getJWKS();
  assert.ok(keys.length > 0 && keys.every((key) => key.alg === "EdDSA" && key.x.length > 40));
}

export async function invites({ admin, letter, nobody }: World): Promise<void> {
  const email = "ivo@studio.example";
  const { invitation, token } = await admin.client.invitations.create({ email, role: "manager" });
  assert.deepEqual([invitation.email, invitation.state, invitation.is_mailed], [email, "pending", false]);
  // It is in the log alone, and so it is answered.
  assert.equal(token, await letter("invitation", email));
  assert.ok(ids((await admin.client.invitations.list({ state: ["pending"] })).data).includes(invitation.id));

  assert.equal(await admin.client.invitations.revoke(invitation.id), undefined);
  await refused(nobody.users.register({ email, password: "seven stray balloons", name: "Ivo", invitation_token: token! }), "forbidden");
  const states = await admin.client.invitations.iterate().toArray();
  assert.equal(states.find(({ id }) => id === invitation.id)?.state, "revoked");
}

export async function letsAgentsWork({ admin, baseUrl }: World): Promise<void> {
  const { users, apiKeys, projects, tasks } = admin.client;
  const agent = await users.createAgent({ name: "Scribe", skills: ["writing"] });
  assert.deepEqual([agent.kind, agent.owner_id, agent.role], ["agent", admin.user.id, "user"]);

  const project = await projects.create({ name: "Written by an agent" });
  await projects.addMember(project.id, agent.id, { role: "contributor" });
  const { key, api_key } = await apiKeys.create({ name: "Scribe's", principal_id: agent.id, scopes: ["tasks:read", "tasks:write"] });
  assert.match(key, /^ck_live_/);
  assert.equal(api_key.principal_id, agent.id);

  const scribe = createClient({ baseUrl, apiKey: key });
  const task = await scribe.tasks.create({ project_id: project.id, title: "Write the minutes" });
  assert.equal(task.created_by, agent.id);
  await refused(scribe.projects.list(), "forbidden");

  const read = await apiKeys.get(api_key.id);
  assert.ok(read.last_used_at === null || Date.parse(read.last_used_at) > 0);
  assert.deepEqual(ids((await apiKeys.list({ principal_id: agent.id })).data), [api_key.id]);
  const renamed = await apiKeys.update(api_key.id, { name: "Of the scribe" }, { ifMatch: read.version });
  assert.equal(renamed.name, "Of the scribe");
  assert.equal(await apiKeys.revoke(api_key.id), undefined);
  await refused(scribe.tasks.get(task.id), "unauthenticated");
  assert.equal((await apiKeys.get(api_key.id)).state, "revoked");
  assert.equal((await tasks.get(task.id)).title, "Write the minutes");

  const quality = await users.getQuality(agent.id);
  assert.deepEqual([quality.user_id, quality.comments], [agent.id, 0]);
}
