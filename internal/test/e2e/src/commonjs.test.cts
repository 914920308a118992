// The same package for those who still require it; the compiler checks its types as it does so.
import assert from "node:assert/strict";
import { it } from "node:test";

import sdk = require("@aicoordination/coordinator");

it("can be required, with its types", async () => {
  const client: sdk.CoordinatorClient = sdk.createClient({ baseUrl: "http://127.0.0.1:1", retries: 0 });
  const started = (id: string): Promise<sdk.Task> => client.tasks.setStatus(id, { status: "in_progress" });

  await assert.rejects(started("1"), (error) => error instanceof sdk.ConnectionError);
  assert.ok(new sdk.ApiError(new Response(null, { status: 502 }), undefined) instanceof Error);
});

it("exports the same names as the ES module", async () => {
  const module = await import("@aicoordination/coordinator");

  assert.deepEqual(Object.keys(module).filter((name) => name !== "default" && name !== "module.exports").sort(), Object.keys(sdk).sort());
});
