// How the SDK verifies what a webhook has sent, beside the library of Standard Webhooks.
import assert from "node:assert/strict";
import { describe, it, mock } from "node:test";

import { verifyWebhook, WebhookVerificationError, type IncomingHeaders } from "@aicoordination/coordinator";
import { Webhook } from "standardwebhooks";

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const other = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const id = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W";
const body = JSON.stringify({ type: "task.updated", timestamp: "2026-03-04T10:00:00Z", data: { title: "Zürich", version: 2 } });

/** Signed by the library. */
function headersOf({ at = new Date(), secrets = [secret], text = body } = {}): Record<string, string> {
  return {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
    "webhook-signature": secrets.map((each) => new Webhook(each).sign(id, at, text)).join(" "),
  };
}

const refused = (message: RegExp) => (error: unknown) => error instanceof WebhookVerificationError && error.name === "WebhookVerificationError" && message.test(error.message);

describe("a webhook's message", () => {
  it("is what the library takes for one as well", async () => {
    const headers = headersOf();
    const message = await verifyWebhook(body, headers, secret);
    assert.deepEqual(message, JSON.parse(body));
    assert.deepEqual(message, new Webhook(secret).verify(body, headers));
  });

  it("comes as text or bytes, with headers of any kind", async () => {
    const headers = headersOf();
    const bytes = new TextEncoder().encode(body);
    const kinds: IncomingHeaders[] = [
      headers,
      new Headers(headers),
      // Of a library, or of another realm.
      { get: (name) => new Headers(headers).get(name) },
      Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value])),
      Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    ];
    for (const kind of kinds) {
      for (const content of [body, bytes, bytes.buffer, Buffer.from(body)]) {
        assert.equal((await verifyWebhook(content, kind, secret)).type, "task.updated");
      }
    }
  });

  it("is signed by any of the secrets, with and without their prefix", async () => {
    assert.ok(await verifyWebhook(body, headersOf(), [other, secret]));
    assert.ok(await verifyWebhook(body, headersOf({ secrets: [other, secret] }), secret));
    assert.ok(await verifyWebhook(body, headersOf(), secret.slice("whsec_".length)));
  });

  it("is not of another secret, nor changed", async () => {
    const headers = headersOf();
    for (const [content, changed, key] of [
      [body, headers, other],
      [body.replace("2}", "3}"), headers, secret],
      [body, { ...headers, "webhook-id": "msg_other" }, secret],
      [body, { ...headers, "webhook-timestamp": String(Number(headers["webhook-timestamp"]) + 1) }, secret],
      [body, { ...headers, "webhook-signature": headers["webhook-signature"]!.replace("v1,", "v2,") }, secret],
      [body, { ...headers, "webhook-signature": "v1,not base64!" }, secret],
      [body, { ...headers, "webhook-signature": "v1," }, secret],
      [body, { ...headers, "webhook-signature": "v1" }, secret],
      [body, { ...headers, "webhook-signature": headers["webhook-signature"]!.slice(0, -5) }, secret],
    ] as const) {
      await assert.rejects(verifyWebhook(content, changed, key), refused(/None of the secrets/));
      assert.throws(() => new Webhook(key).verify(content, changed));
    }
  });

  it("is of now, give or take five minutes or what is said", async () => {
    const now = Date.parse("2026-03-04T10:00:00Z");
    mock.method(Date, "now", () => now);
    try {
      for (const seconds of [-300, 0, 300]) {
        assert.ok(await verifyWebhook(body, headersOf({ at: new Date(now + seconds * 1000) }), secret));
      }
      for (const seconds of [-301, 301]) {
        await assert.rejects(verifyWebhook(body, headersOf({ at: new Date(now + seconds * 1000) }), secret), refused(/more than 300 seconds/));
        assert.ok(await verifyWebhook(body, headersOf({ at: new Date(now + seconds * 1000) }), secret, { tolerance: 301 }));
      }
    } finally {
      mock.restoreAll();
    }
    for (const text of ["", "soon", "-1", "1e9", "NaN", "0x10"]) {
      await assert.rejects(verifyWebhook(body, { ...headersOf(), "webhook-timestamp": text }, secret), WebhookVerificationError);
    }
  });

  it("has all of its headers", async () => {
    for (const name of ["webhook-id", "webhook-timestamp", "webhook-signature"]) {
      const headers: Record<string, string> = headersOf();
      delete headers[name];
      await assert.rejects(verifyWebhook(body, headers, secret), refused(new RegExp(`no header ${name}`)));
    }
  });

  it("is not verified with what is no secret, which is not repeated", async () => {
    for (const wrong of ["", "whsec_", "whsec_not-base64!"]) {
      await assert.rejects(verifyWebhook(body, headersOf(), wrong), (error) => error instanceof TypeError && !error.message.includes("not-base64"));
    }
    await assert.rejects(verifyWebhook(body, headersOf(), []), refused(/None of the secrets/));
  });
});
