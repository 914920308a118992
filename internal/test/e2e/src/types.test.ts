// What must not compile: the types are half of what the SDK is for.
import { it } from "node:test";

import { createClient, type Problem } from "@aicoordination/coordinator";

it("refuses at compile time what the contract does not have", () => {
  const client = createClient({ baseUrl: "http://127.0.0.1:1" });

  // Never called: only the compiler looks at it.
  void (async () => {
    // @ts-expect-error A path that is not there.
    await client.GET("/api/v1/invoices");
    // @ts-expect-error A body without what is required.
    await client.POST("/api/v1/tasks", { body: { title: "No project" } });
    // @ts-expect-error A value that the enum does not have.
    await client.PUT("/api/v1/tasks/{task_id}/status", { params: { path: { task_id: "" } }, body: { status: "doing" } });
    // @ts-expect-error A path without its parameter.
    await client.GET("/api/v1/tasks/{task_id}");

    const { data, error } = await client.GET("/api/v1/users/me");
    if (error) {
      const problem: Problem = error;
      return problem.code;
    }
    return data.role satisfies "user" | "manager" | "admin";
  });
});
