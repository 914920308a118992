import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";

import {
  ApiError,
  createClient,
  createTransport,
  isApiError,
  signIn,
  taskStatusValues,
  tasksApi,
  type CoordinatorClient,
  type Project,
  type Task,
  type TaskRecord,
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
    client = await signIn({ baseUrl: coordinator.baseUrl, ...coordinator.admin });
    const agency = await client.clients.create({ name: "Northwind" });
    assert.equal(agency.status, "lead");

    project = await client.projects.create({ name: "Website relaunch", client_id: agency.id });
    design = await client.tasks.create({ project_id: project.id, title: "Design the pages" });
    build = await client.tasks.create({
      project_id: project.id,
      title: "Build the pages",
      prerequisite_ids: [design.id],
    });
  });

  after(() => coordinator?.stop());

  it("knows who it acts as", async () => {
    const me = await client.users.me();

    assert.equal(me.email, coordinator.admin.email);
    assert.equal(me.role, "admin");
  });

  it("makes a first call in three lines", async () => {
    const { key } = await client.apiKeys.create({ name: "Reporting", scopes: ["tasks:read"] });
    const { baseUrl } = coordinator;

    const sdk = await import("@aicoordination/coordinator");
    const reader = sdk.createClient({ baseUrl, apiKey: key });
    const { data: tasks } = await reader.tasks.list({ status: ["todo"] });

    assert.deepEqual(tasks.map((task) => task.title).sort(), ["Build the pages", "Design the pages"]);
  });

  it("asks a token function before each request", async () => {
    let asked = 0;
    const session = await createClient({ baseUrl: coordinator.baseUrl }).users.login(coordinator.admin);
    const other = createClient({
      baseUrl: coordinator.baseUrl,
      token: async () => {
        asked++;
        return session.access_token;
      },
    });

    await other.users.me();
    await other.users.me();

    assert.equal(asked, 2);
  });

  it("binds one namespace to a transport", async () => {
    const session = await createClient({ baseUrl: coordinator.baseUrl }).users.login(coordinator.admin);
    const tasks = tasksApi(createTransport({ baseUrl: coordinator.baseUrl, token: session.access_token }));

    assert.equal((await tasks.get(design.id)).title, design.title);
  });

  it("reads back what it wrote", async () => {
    const { data: task, etag, requestId, response } = await client.tasks.get(build.id).withResponse();

    assert.deepEqual(task, build);
    assert.equal(build.is_blocked, true);
    assert.deepEqual(build.prerequisite_ids, [design.id]);
    assert.ok(taskStatusValues.includes(build.status));
    // The version, and what the answer holds.
    assert.match(etag ?? "", new RegExp(`^"${build.version}-`));
    assert.equal(requestId, response.headers.get("X-Request-ID"));
  });

  it("answers undefined for what has not changed, to whoever asks in this way", async () => {
    const { etag } = await client.tasks.get(design.id).withResponse();
    assert.ok(etag);

    assert.equal(await client.tasks.get(design.id, {}, { ifNoneMatch: etag }).ifModified(), undefined);
    assert.equal((await client.tasks.get(design.id, {}, { ifNoneMatch: '"0"' }).ifModified())?.id, design.id);
    await assert.rejects(async () => client.tasks.get(design.id, {}, { ifNoneMatch: etag }), { name: "ApiError", status: 304 });
  });

  it("repeats an array in the query", async () => {
    const list = await client.tasks.list({ project_id: [project.id], status: ["todo", "done"], sort: "title" });

    assert.deepEqual(list.data.map((task) => task.title), ["Build the pages", "Design the pages"]);
    assert.equal(list.page.total, 2);
  });

  it("separates what is included by commas", async () => {
    const { included } = await client.tasks.get(build.id, { include: ["project", "prerequisites"] });

    assert.equal(included?.project?.name, project.name);
    assert.deepEqual(included?.prerequisites?.map((task) => task.id), [design.id]);
  });

  it("gives a conflict its type: prerequisites gate a start", async () => {
    const attempt = client.tasks.setStatus(build.id, { status: "in_progress" });

    await assert.rejects(attempt, (error) => {
      assert.ok(isApiError(error, "prerequisites_open"));
      assert.equal(error.status, 409);
      assert.deepEqual(error.problem?.blocking_ids, [design.id]);
      assert.equal(error.requestId, error.headers.get("X-Request-ID"));
      return true;
    });
  });

  it("gives a conflict its type: a cycle is refused with its path", async () => {
    const attempt = client.tasks.addDependency(design.id, { prerequisite_id: build.id });

    await assert.rejects(attempt, (error) => {
      assert.ok(isApiError(error, "dependency_cycle"));
      const cycle = error.problem?.cycle;
      assert.equal(cycle?.length, 3);
      assert.equal(cycle[0], cycle[2]);
      assert.deepEqual(new Set(cycle), new Set([design.id, build.id]));
      return true;
    });
  });

  it("throws a problem with every field error", async () => {
    const attempt = client.tasks.create({ project_id: project.id, title: "", estimate_minutes: 0 });

    await assert.rejects(attempt, (error) => {
      assert.ok(error instanceof ApiError);
      assert.equal(error.status, 422);
      assert.equal(error.code, "validation_failed");
      assert.equal(error.message, error.problem?.detail);
      assert.deepEqual(new Set(error.errors.map((field) => field.pointer)), new Set(["/title", "/estimate_minutes"]));
      return true;
    });
  });

  it("patches one field and clears another, and keeps what is undefined", async () => {
    const dated = await client.tasks.update(design.id, { due_date: "2027-03-01" }, { ifMatch: design });
    assert.equal(dated.due_date, "2027-03-01");
    assert.equal(dated.title, design.title);

    const kept = await client.tasks.update(design.id, { due_date: undefined, priority: "high" });
    assert.equal(kept.due_date, "2027-03-01");

    const cleared = await client.tasks.update(design.id, { due_date: null });
    assert.equal(cleared.due_date, null);

    await assert.rejects(client.tasks.update(design.id, { title: "Too late" }, { ifMatch: design.version }), {
      code: "version_conflict",
    });
  });

  it("walks a list to its end, once each, item by item and page by page", async () => {
    const place = await client.projects.create({ name: "Many", client_id: (await client.clients.list()).data[0]!.id });
    const titles = Array.from({ length: 7 }, (_, at) => `Task ${at}`);
    await client.tasks.bulk({ items: titles.map((title) => ({ op: "create", project_id: place.id, title })) });
    const wanted = { project_id: [place.id], sort: "title", page_size: 3 };

    const walked: string[] = [];
    for await (const task of client.tasks.iterate(wanted)) {
      walked.push(task.title);
    }
    assert.deepEqual(walked, titles);

    const sizes: number[] = [];
    for await (const page of client.tasks.iterate(wanted).pages()) {
      sizes.push(page.data.length);
    }
    assert.deepEqual(sizes, [3, 3, 1]);

    // From the second page on, which has a number; by number alone, where there is no cursor; and by place.
    assert.equal((await client.tasks.iterate({ ...wanted, page: 2 }).toArray()).length, 4);
    const found = await client.tasks.searchAll({ q: "task", project_id: place.id, page_size: 2 }).toArray();
    assert.deepEqual(found.map((hit) => hit.task.title).sort(), titles);
    const changes = await client.events.iterate({ project_id: place.id, page_size: 4 }).toArray();
    assert.equal(changes.filter((change) => change.action === "task.created").length, 7);
  });

  it("adds a plan at once, finds it and talks about it", async () => {
    const { results } = await client.tasks.bulk({
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
    });
    assert.deepEqual(results.map((result) => result.status), ["created", "created"]);
    const write = results[1]?.task;
    assert.ok(write);
    assert.equal(write.parent_id, results[0]?.task_id);

    const { data: hits } = await client.tasks.search({ q: "write newsletter" });
    assert.deepEqual(hits.map((hit) => hit.task.id), [write.id]);
    assert.equal(hits[0]?.highlights[0]?.snippet, "<mark>Write</mark> the <mark>newsletter</mark>");

    const question = await client.comments.createForTask(write.id, { body: "For whom?", kind: "question" });
    await client.comments.createForTask(write.id, { body: "For customers.", reply_to_id: question.id });
    const said = await client.comments.list({
      task_id: write.id,
      kind: ["question", "decision"],
      include: ["author", "replies"],
    });
    assert.equal(said.page.total, 1);
    assert.equal(said.data[0]?.included?.author?.email, coordinator.admin.email);
    assert.deepEqual(said.data[0]?.included?.replies?.map((reply) => reply.body), ["For customers."]);
  });

  it("reads a file line by line, and as text", async () => {
    const file = await client.transfer.exportTasks({ project_id: project.id });
    assert.equal(file.filename, "tasks.ndjson");
    const titles: (string | undefined)[] = [];
    for await (const record of file.lines()) {
      titles.push(record.title);
    }
    assert.ok(titles.includes("Design the pages"), `${titles}`);

    const table = await client.transfer.exportTasks({ project_id: project.id, format: "csv" });
    assert.equal(table.contentType, "text/csv");
    assert.match(await table.text(), /^[a-z_,]*title/);
    await assert.rejects(async () => {
      for await (const record of table.lines()) {
        assert.fail(JSON.stringify(record));
      }
    }, /ndjson/);
  });

  it("sends a file as records, as text, as a blob and as a stream", async () => {
    const record: TaskRecord = {
      source: "jira",
      external_id: "WEB-1",
      project_source: "coordinator",
      project_external_id: project.id,
      title: "Moved here",
    };
    const line = `${JSON.stringify(record)}\n`;
    const csv = `${Object.keys(record).join(",")}\n${Object.values(record).join(",")}\n`;

    for (const [body, params] of [
      [[record], {}],
      [line, {}],
      [new Blob([line]).stream(), {}],
      [csv, { contentType: "text/csv" }],
      [new Blob([csv], { type: "text/csv" }), {}],
    ] as const) {
      const report = await client.transfer.importTasks(body, { ...params, dry_run: true });
      assert.deepEqual([report.dry_run, report.created, report.errors], [true, 1, []]);
    }
    assert.equal((await client.transfer.importTasks([record])).created, 1);
  });

  it("returns nothing for a response without a body", async () => {
    const task = await client.tasks.create({ project_id: project.id, title: "Not needed" });

    assert.equal(await client.tasks.delete(task.id), undefined);
    await assert.rejects(client.tasks.get(task.id), { code: "not_found" });
  });

  it("refuses an id that would lead elsewhere, before anything is sent", async () => {
    for (const id of ["", ".", "..", undefined as unknown as string]) {
      await assert.rejects(async () => client.tasks.delete(id), { name: "TypeError", message: /task_id/ });
    }
    await assert.rejects(async () => client.tasks.get("../users/me"), { name: "ApiError" });
  });

  it("is refused without a token", async () => {
    await assert.rejects(createClient({ baseUrl: coordinator.baseUrl }).users.me(), { status: 401, code: "unauthenticated" });
  });
});

describe("the SDK behind a proxy that fails", () => {
  it("throws an error that says what came back", async () => {
    const proxy = createServer((_, response) => response.writeHead(502).end("<h1>Bad gateway</h1>"));
    await new Promise<void>((listening) => proxy.listen(0, "127.0.0.1", listening));

    try {
      const { port } = proxy.address() as AddressInfo;
      const client = createClient({ baseUrl: `http://127.0.0.1:${port}`, retries: 0 });

      await assert.rejects(client.health.check(), (error) => {
        assert.ok(error instanceof ApiError);
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
