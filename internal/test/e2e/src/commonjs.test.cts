// The same package for those who still require it; the compiler checks its types as it does so.
import assert from "node:assert/strict";
import { it } from "node:test";

import sdk = require("@aicoordination/coordinator");

it("can be required, with its types", () => {
  const client: sdk.CoordinatorClient = sdk.createClient({ baseUrl: "http://127.0.0.1:1" });
  // Never called: it has to compile.
  const started = async (task_id: string): Promise<sdk.Task> =>
    sdk.unwrap(
      client.PUT("/api/v1/tasks/{task_id}/status", {
        params: { path: { task_id } },
        body: { status: "in_progress" },
      }),
    );

  assert.equal(typeof client.GET, "function");
  assert.equal(typeof started, "function");
  assert.ok(new sdk.ProblemError(new Response(null, { status: 502 }), undefined) instanceof Error);
});
