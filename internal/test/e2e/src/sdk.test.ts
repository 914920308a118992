import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";

import {
  createClient,
  ProblemError,
  taskStatusValues,
  unwrap,
  type CoordinatorClient,
  type Project,
  type Task,
} from "@aicoordination/coordinator";

import { startCoordinator, type Coordinator } from "./coordinator.js";

describe("the SDK against the service", () => {
  let coordinator: Coordinator;
  let client: CoordinatorClient;
  let project: Project;
  let design: Task;
  let build: Task;

  before(async () => {
    coordinator = await startCoordinator();
    const session = await unwrap(
      createClient({ baseUrl: coordinator.baseUrl }).POST("/api/v1/users/login", { body: coordinator.admin }),
    );
    assert.equal(session.token_type, "Bearer");

    client = createClient({ baseUrl: coordinator.baseUrl, token: session.access_token });
    const agency = await unwrap(client.POST("/api/v1/clients", { body: { name: "Northwind" } }));
    assert.equal(agency.status, "lead");

    project = await unwrap(
      client.POST("/api/v1/projects", { body: { name: "Website relaunch", client_id: agency.id } }),
    );
    design = await unwrap(
      client.POST("/api/v1/tasks", { body: { project_id: project.id, title: "Design the pages" } }),
    );
    build = await unwrap(
      client.POST("/api/v1/tasks", {
        body: { project_id: project.id, title: "Build the pages", prerequisite_ids: [design.id] },
      }),
    );
  });

  after(() => coordinator?.stop());

  it("knows who it acts as", async () => {
    const me = await unwrap(client.GET("/api/v1/users/me"));

    assert.equal(me.email, coordinator.admin.email);
    assert.equal(me.role, "admin");
  });

  it("asks a token function before each request", async () => {
    let asked = 0;
    const session = await unwrap(
      createClient({ baseUrl: coordinator.baseUrl }).POST("/api/v1/users/login", { body: coordinator.admin }),
    );
    const other = createClient({
      baseUrl: coordinator.baseUrl,
      token: async () => {
        asked++;
        return session.access_token;
      },
    });

    await unwrap(other.GET("/api/v1/users/me"));
    await unwrap(other.GET("/api/v1/users/me"));

    assert.equal(asked, 2);
  });

  it("reads back what it wrote", async () => {
    const { data: task, response } = await client.GET("/api/v1/tasks/{task_id}", {
      params: { path: { task_id: build.id } },
    });

    assert.deepEqual(task, build);
    assert.equal(build.is_blocked, true);
    assert.deepEqual(build.prerequisite_ids, [design.id]);
    assert.ok(taskStatusValues.includes(build.status));
    // The version, and what the answer holds.
    assert.match(response.headers.get("ETag") ?? "", new RegExp(`^"${build.version}-`));
  });

  it("repeats an array in the query", async () => {
    const list = await unwrap(
      client.GET("/api/v1/tasks", {
        params: { query: { project_id: [project.id], status: ["todo", "done"], sort: "title" } },
      }),
    );

    assert.deepEqual(list.data.map((task) => task.title), ["Build the pages", "Design the pages"]);
    assert.equal(list.page.total, 2);
  });

  it("gives a conflict its type: prerequisites gate a start", async () => {
    const { data, error, response } = await client.PUT("/api/v1/tasks/{task_id}/status", {
      params: { path: { task_id: build.id } },
      body: { status: "in_progress" },
    });

    assert.equal(data, undefined);
    assert.equal(response.status, 409);
    assert.equal(error?.code, "prerequisites_open");
    assert.deepEqual(error.blocking_ids, [design.id]);
    assert.equal(error.request_id, response.headers.get("X-Request-ID"));
  });

  it("gives a conflict its type: a cycle is refused with its path", async () => {
    const { error, response } = await client.POST("/api/v1/tasks/{task_id}/dependencies", {
      params: { path: { task_id: design.id } },
      body: { prerequisite_id: build.id },
    });

    assert.equal(response.status, 409);
    assert.equal(error?.code, "dependency_cycle");
    assert.equal(error.cycle?.length, 3);
    assert.equal(error.cycle[0], error.cycle[2]);
    assert.deepEqual(new Set(error.cycle), new Set([design.id, build.id]));
  });

  it("throws a problem from unwrap, with every field error", async () => {
    const attempt = unwrap(
      client.POST("/api/v1/tasks", { body: { project_id: project.id, title: "", estimate_minutes: 0 } }),
    );

    await assert.rejects(attempt, (error) => {
      assert.ok(error instanceof ProblemError);
      assert.equal(error.status, 422);
      assert.equal(error.code, "validation_failed");
      assert.equal(error.message, error.problem?.detail);
      const places = new Set(error.problem?.errors?.map((field) => field.pointer));
      assert.deepEqual(places, new Set(["/title", "/estimate_minutes"]));
      return true;
    });
  });

  it("patches one field and clears another", async () => {
    const path = { task_id: design.id };
    const dated = await unwrap(
      client.PATCH("/api/v1/tasks/{task_id}", {
        params: { path, header: { "If-Match": `"${design.version}"` } },
        body: { due_date: "2027-03-01" },
      }),
    );
    assert.equal(dated.due_date, "2027-03-01");
    assert.equal(dated.title, design.title);

    const cleared = await unwrap(client.PATCH("/api/v1/tasks/{task_id}", { params: { path }, body: { due_date: null } }));
    assert.equal(cleared.due_date, null);

    const { error } = await client.PATCH("/api/v1/tasks/{task_id}", {
      params: { path, header: { "If-Match": `"${design.version}"` } },
      body: { title: "Too late" },
    });
    assert.equal(error?.code, "version_conflict");
  });

  it("adds a plan at once, finds it and talks about it", async () => {
    const { results } = await unwrap(
      client.POST("/api/v1/tasks/bulk", {
        body: {
          items: [
            { op: "create", ref: "launch", project_id: project.id, title: "Launch the newsletter" },
            {
              op: "create",
              project_id: project.id,
              title: "Write the newsletter",
              parent_ref: "launch",
              prerequisite_ids: [design.id],
            },
          ],
        },
      }),
    );
    assert.deepEqual(results.map((result) => result.status), ["created", "created"]);
    const write = results[1]?.task;
    assert.ok(write);
    assert.equal(write.parent_id, results[0]?.task_id);

    const { data: hits } = await unwrap(
      client.GET("/api/v1/tasks/search", { params: { query: { q: "write newsletter" } } }),
    );
    assert.deepEqual(hits.map((hit) => hit.task.id), [write.id]);
    assert.equal(hits[0]?.highlights[0]?.snippet, "<mark>Write</mark> the <mark>newsletter</mark>");

    const path = { task_id: write.id };
    const question = await unwrap(
      client.POST("/api/v1/tasks/{task_id}/comments", { params: { path }, body: { body: "For whom?", kind: "question" } }),
    );
    await unwrap(
      client.POST("/api/v1/tasks/{task_id}/comments", {
        params: { path },
        body: { body: "For customers.", reply_to_id: question.id },
      }),
    );
    const said = await unwrap(
      client.GET("/api/v1/comments", {
        params: { query: { task_id: write.id, kind: ["question", "decision"], include: ["author", "replies"] } },
      }),
    );
    assert.equal(said.page.total, 1);
    assert.equal(said.data[0]?.included?.author?.email, coordinator.admin.email);
    assert.deepEqual(said.data[0]?.included?.replies?.map((reply) => reply.body), ["For customers."]);
  });

  it("returns nothing for a response without a body", async () => {
    const task = await unwrap(client.POST("/api/v1/tasks", { body: { project_id: project.id, title: "Not needed" } }));
    const call = { params: { path: { task_id: task.id } } };

    assert.equal(await unwrap(client.DELETE("/api/v1/tasks/{task_id}", call)), undefined);
    const { error } = await client.GET("/api/v1/tasks/{task_id}", call);
    assert.equal(error?.code, "not_found");
  });

  it("is refused without a token", async () => {
    const { error, response } = await createClient({ baseUrl: coordinator.baseUrl }).GET("/api/v1/users/me");

    assert.equal(response.status, 401);
    assert.equal(error?.code, "unauthenticated");
  });
});

describe("the SDK behind a proxy that fails", () => {
  it("throws an error that says what came back", async () => {
    const proxy = createServer((_, response) => response.writeHead(502).end("<h1>Bad gateway</h1>"));
    await new Promise<void>((listening) => proxy.listen(0, "127.0.0.1", listening));

    try {
      const { port } = proxy.address() as AddressInfo;
      const attempt = unwrap(createClient({ baseUrl: `http://127.0.0.1:${port}` }).GET("/health"));

      await assert.rejects(attempt, (error) => {
        assert.ok(error instanceof ProblemError);
        assert.equal(error.status, 502);
        assert.equal(error.problem, undefined);
        assert.equal(error.code, undefined);
        assert.match(error.message, /502/);
        return true;
      });
    } finally {
      proxy.closeAllConnections();
      proxy.close();
    }
  });
});
