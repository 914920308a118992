// Messages of the real service, taken by a receiver that verifies them.
import assert from "node:assert/strict";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import { verifyWebhook, WebhookVerificationError, type WebhookMessage } from "@aicoordination/coordinator";
import { Webhook } from "standardwebhooks";

import { ids, refused, type World } from "./world.js";

interface Taken {
  body: string;
  headers: IncomingHttpHeaders;
}

export async function isToldOfChanges({ admin }: World): Promise<void> {
  const { webhooks, projects, tasks } = admin.client;
  const taken: Taken[] = [];
  let answer = 204;
  const receiver = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk)).on("end", () => {
      taken.push({ body, headers: request.headers });
      response.writeHead(answer).end();
    });
  });
  await new Promise<void>((listening) => receiver.listen(0, "127.0.0.1", listening));
  const next = async (type: string): Promise<Taken> => {
    for (const giveUp = Date.now() + 15_000; Date.now() < giveUp; await sleep(20)) {
      const at = taken.findIndex(({ body }) => (JSON.parse(body) as WebhookMessage).type === type);
      if (at >= 0) {
        return taken.splice(at, 1)[0]!;
      }
    }
    throw new Error(`No message ${type} came.`);
  };

  try {
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
    const project = await projects.create({ name: "Watched" });
    const { webhook, secret } = await webhooks.create({ name: "Planning", url, project_id: project.id, event_types: ["task.*"] });
    assert.deepEqual([webhook.status, webhook.event_types], ["enabled", ["task.*"]]);

    const task = await tasks.create({ project_id: project.id, title: "Zürich" });
    const created = await next("task.created");
    const message = await verifyWebhook(created.body, created.headers, secret);
    assert.equal(message.type, "task.created");
    assert.equal((message.data as { entity_id: string }).entity_id, task.id);
    assert.deepEqual(message, new Webhook(secret).verify(created.body, created.headers as Record<string, string>));
    await assert.rejects(verifyWebhook(created.body.replace("Zürich", "Genève"), created.headers, secret), WebhookVerificationError);
    await assert.rejects(verifyWebhook(created.body, { ...created.headers, "webhook-id": "msg_other" }, secret), WebhookVerificationError);

    assert.equal((await webhooks.get(webhook.id)).name, "Planning");
    assert.deepEqual(ids((await webhooks.list({ project_id: project.id })).data), [webhook.id]);
    const updated = await webhooks.update(webhook.id, { name: "Plans" }, { ifMatch: webhook });
    assert.equal(updated.name, "Plans");

    // While two secrets hold, either verifies.
    const rotated = await webhooks.rotateSecret(webhook.id, { overlap_hours: 1 });
    assert.notEqual(rotated.secret, secret);
    const test = await webhooks.test(webhook.id);
    assert.equal(test.event_type, "webhook.test");
    const tested = await next("webhook.test");
    for (const secrets of [secret, rotated.secret, [rotated.secret, secret]]) {
      assert.equal((await verifyWebhook(tested.body, tested.headers, secrets)).type, "webhook.test");
    }
    assert.equal(tested.headers["webhook-id"], test.message_id);

    const { data: deliveries } = await webhooks.listDeliveries(webhook.id, { event_type: "task.created" });
    assert.equal(deliveries.length, 1);
    const delivered = async () => {
      for (const giveUp = Date.now() + 10_000; ; await sleep(20)) {
        const delivery = await webhooks.getDelivery(webhook.id, deliveries[0]!.id);
        if (delivery.state === "delivered" || Date.now() > giveUp) {
          return delivery;
        }
      }
    };
    const first = await delivered();
    assert.deepEqual([first.state, first.response_status, first.entity_id], ["delivered", 204, task.id]);
    answer = 200;
    const again = await webhooks.redeliver(webhook.id, first.id);
    assert.equal(again.message_id, first.message_id);
    const repeated = await next("task.created");
    assert.equal(repeated.headers["webhook-id"], created.headers["webhook-id"]);
    assert.ok(await verifyWebhook(repeated.body, repeated.headers, rotated.secret));

    assert.deepEqual([(await webhooks.disable(webhook.id)).status, (await webhooks.get(webhook.id)).disabled_reason], ["disabled", "by_hand"]);
    assert.equal((await webhooks.enable(webhook.id)).status, "enabled");
    assert.equal(await webhooks.delete(webhook.id), undefined);
    await refused(webhooks.get(webhook.id), "not_found");
  } finally {
    receiver.closeAllConnections();
    receiver.close();
  }
}
