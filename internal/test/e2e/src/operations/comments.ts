// What people and agents say to each other, and what people think of it.
import assert from "node:assert/strict";

import { createClient } from "@aicoordination/coordinator";

import { ids, refused, type World } from "./world.js";

export async function talks({ admin, baseUrl }: World): Promise<void> {
  const { comments, clients, projects, tasks, users, apiKeys } = admin.client;
  const customer = await clients.create({ name: "Eastwind" });
  const project = await projects.create({ name: "Talk", client_id: customer.id });
  const task = await tasks.create({ project_id: project.id, title: "Decide" });

  const question = await comments.createForTask(task.id, { body: "For whom is it?", kind: "question" });
  assert.deepEqual([question.task_id, question.kind, question.depth], [task.id, "question", 0]);
  const reply = await comments.createForTask(task.id, { body: "For customers.", reply_to_id: question.id });
  assert.deepEqual([reply.thread_id, reply.depth], [question.id, 1]);
  const ofProject = await comments.createForProject(project.id, { body: "It begins.", kind: "decision" });
  const ofClient = await comments.createForClient(customer.id, { body: "They called." });

  assert.deepEqual(new Set(ids((await comments.listForTask(task.id)).data)), new Set([question.id, reply.id]));
  assert.deepEqual(ids((await comments.listForProject(project.id)).data), [ofProject.id]);
  assert.deepEqual(ids((await comments.listForClient(customer.id)).data), [ofClient.id]);
  const open = await comments.list({ task_id: task.id, kind: ["question", "decision"], include: ["author"] });
  assert.deepEqual(ids(open.data), [question.id]);
  assert.equal(open.data[0]?.included?.author?.id, admin.user.id);
  assert.deepEqual(ids(await comments.iterateForTask(task.id, { reply_to_id: question.id }).toArray()), [reply.id]);
  assert.equal((await comments.get(question.id, { include: ["replies"] })).included?.replies?.[0]?.body, "For customers.");

  const updated = await comments.update(reply.id, { body: "For new customers." }, { ifMatch: reply });
  assert.ok(updated.edited_at);
  const replaced = await comments.replace(reply.id, { body: "For all.", kind: "decision" }, { ifMatch: updated });
  assert.deepEqual([replaced.body, replaced.kind], ["For all.", "decision"]);
  assert.equal(await comments.delete(reply.id, { ifMatch: replaced }), undefined);
  await refused(comments.get(reply.id), "not_found");
  assert.equal((await comments.restore(reply.id)).body, "For all.");
  assert.ok((await comments.getHistory(reply.id)).data.some((event) => event.changes["body"]?.new === "For new customers."));

  const agent = await users.createAgent({ name: "Adviser" });
  await projects.addMember(project.id, agent.id, { role: "contributor" });
  const { key } = await apiKeys.create({ name: "Adviser's", principal_id: agent.id, scopes: ["comments:write"] });
  const adviser = createClient({ baseUrl, apiKey: key });
  const advice = await adviser.comments.createForTask(task.id, {
    body: "Send it on Tuesday.", kind: "proposal", ai: { provider: "example", model: "small", confidence: 0.8 },
  });
  assert.deepEqual([advice.author.kind, advice.ai?.confidence], ["agent", 0.8]);

  const feedback = await comments.setFeedback(advice.id, { verdict: "edited", correction: "On Wednesday." });
  assert.deepEqual([feedback.user_id, feedback.verdict], [admin.user.id, "edited"]);
  assert.deepEqual((await comments.listFeedback(advice.id)).data.map(({ correction }) => correction), ["On Wednesday."]);
  const quality = await users.getQuality(agent.id);
  assert.deepEqual([quality.comments, quality.judgements.edited, quality.by_model[0]?.model], [1, 1, "small"]);
  assert.equal(await comments.removeFeedback(advice.id), undefined);
  assert.deepEqual((await comments.listFeedback(advice.id)).data, []);
}
