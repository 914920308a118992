import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { signIn, type CoordinatorClient, type Project, type Task, type TaskStatus } from "@aicoordination/coordinator";
import type { Browser, Page } from "playwright-core";

import { checkContrast, checkFits, launch, looks, open, shoot, skip, type Look, type Tab } from "./browser.js";
import { demoAccount, startCoordinator, type Coordinator } from "./coordinator.js";

describe("the board in a browser", { skip }, () => {
  let coordinator: Coordinator;
  let browser: Browser;
  let tab: Tab;
  let page: Page;
  /** Another session of the same service, which does things beside the browser. */
  let other: CoordinatorClient;
  let project: Project;

  before(async () => {
    [coordinator, browser] = await Promise.all([startCoordinator({ demo: true }), launch()]);
    other = await signIn({ baseUrl: coordinator.baseUrl, email: "ben@studio.example", password: demoAccount.password });
    const { data } = await other.projects.list({ q: "web shop" });
    assert.ok(data[0]);
    project = data[0];
    tab = await open(browser, coordinator.baseUrl);
    page = tab.page;
  });

  after(async () => {
    await browser?.close();
    await coordinator?.stop();
  });

  const card = (title: string) => page.locator(".card", { has: page.getByRole("heading", { name: title, exact: true }) });
  const lane = (status: TaskStatus) => page.locator(`.lane[data-status="${status}"]`);
  const isIn = (status: TaskStatus, title: string) => lane(status).locator(".card", { hasText: title }).waitFor();

  async function find(title: string): Promise<Task> {
    const task = (await other.tasks.iterate({ project_id: [project.id] }).toArray()).find((each) => each.title === title);
    assert.ok(task, title);
    return task;
  }

  /** Drags with the mouse, as a hand does. */
  async function drag(title: string, to: TaskStatus): Promise<void> {
    await card(title).scrollIntoViewIfNeeded();
    const from = await card(title).locator("h3").boundingBox();
    assert.ok(from);
    await page.mouse.move(from.x + 20, from.y + 8);
    await page.mouse.down();
    await page.mouse.move(from.x + 30, from.y + 30, { steps: 4 });
    const target = await lane(to).boundingBox();
    assert.ok(target);
    await page.mouse.move(target.x + target.width / 2, target.y + 120, { steps: 8 });
    await page.mouse.move(target.x + target.width / 2, target.y + 130);
    await page.mouse.up();
  }

  it("signs in with the form and shows the tasks of a project by their status", async () => {
    const response = await page.goto("/board");
    assert.doesNotMatch(response?.headers()["content-security-policy"] ?? "unsafe", /unsafe/);
    await shoot(page, "board-sign-in");
    await page.getByLabel("Password").fill("not the password");
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("alert").filter({ hasText: /password/i }).waitFor();

    await page.getByLabel("Password").fill(demoAccount.password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByText("Ana Duarte").waitFor();
    await page.getByLabel("Project").selectOption({ label: project.name });
    await isIn("in_progress", "Build the catalogue");

    const all = await other.tasks.iterate({ project_id: [project.id] }).toArray();
    for (const task of all) {
      await isIn(task.status, task.title);
    }
    assert.equal(await page.locator(".card").count(), all.length);
    await page.getByText("Live", { exact: true }).waitFor();
    tab.checkQuiet();
  });

  it("moves a task that is dragged to another column", async () => {
    await drag("Write the product texts", "in_progress");
    await isIn("in_progress", "Write the product texts");
    await page.getByText("You moved “Write the product texts” to In progress.").waitFor();
    assert.equal((await find("Write the product texts")).status, "in_progress");
    tab.checkQuiet();
  });

  it("says why a move is not allowed, in the words of the service, and leaves the task where it was", async () => {
    await drag("Go live", "in_review");
    await page.getByRole("alert").filter({ hasText: "A task cannot go from backlog to in_review" }).waitFor();
    await page.getByText("It can go to: To do, Cancelled.").waitFor();
    await isIn("backlog", "Go live");
    assert.equal((await find("Go live")).status, "backlog");
    await checkContrast(page);
    await shoot(page, "board-refused");
    await page.getByRole("button", { name: "Close" }).click();
    tab.checkQuiet();
  });

  it("moves a task with the keyboard, and asks for a reason where one is needed", async () => {
    await page.getByRole("button", { name: "Move Build the catalogue" }).focus();
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog");
    await dialog.getByText("Move “Build the catalogue” to").waitFor();
    await shoot(page, "board-move");
    // The dialog has the focus on its first choice; the fourth is what is wanted.
    for (let i = 0; i < 3; i++) {
      await page.keyboard.press("Tab");
    }
    await page.keyboard.press("Enter");
    await dialog.getByText("Say why the task goes from in_progress to blocked.").waitFor();
    await checkContrast(page);
    await shoot(page, "board-reason");
    await page.keyboard.type("The photographs are missing.");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await isIn("blocked", "Build the catalogue");
    await card("Build the catalogue").getByText("The photographs are missing.").waitFor();
    assert.equal((await find("Build the catalogue")).status_reason, "The photographs are missing.");
    assert.equal(await page.getByRole("button", { name: "Move Build the catalogue" }).evaluate((menu) => menu === document.activeElement), true, "the focus stays on the card");
    tab.checkQuiet();
  });

  it("shows what another session does without being loaded again", async () => {
    await page.evaluate(() => (document.title = "not loaded again"));

    const task = await find("Go live");
    await other.tasks.setStatus(task.id, { status: "todo" }, { ifMatch: task });
    await isIn("todo", "Go live");
    await page.getByText("Ben Okafor moved “Go live” to To do.").waitFor();

    const made = await other.tasks.create({ project_id: project.id, title: "Print the labels", priority: "urgent" });
    await isIn("todo", "Print the labels");
    const markup = "Print <img src=nowhere onerror=alert(1)> &amp; <b>labels</b>";
    await other.tasks.update(made.id, { title: markup }, { ifMatch: made });
    await isIn("todo", markup);
    await other.tasks.delete(made.id);
    await card(markup).waitFor({ state: "detached" });

    assert.equal(await page.title(), "not loaded again");
    tab.checkQuiet();
  });

  it("does not undo what another session has done meanwhile", async () => {
    const title = "Connect the payment provider";
    // Between the decision and its arrival somebody else is faster.
    await page.route("**/status", async (route) => {
      const task = await find(title);
      assert.equal(route.request().headers()["if-match"], `"${task.version}"`);
      await other.tasks.update(task.id, { priority: "urgent" }, { ifMatch: task });
      await route.continue();
    }, { times: 1 });
    await page.getByRole("button", { name: `Move ${title}` }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Backlog" }).click();

    await page.getByRole("alert").filter({ hasText: /version/ }).waitFor();
    await card(title).getByText("Urgent").waitFor();
    await isIn("todo", title);
    assert.equal((await find(title)).status, "todo");
    tab.checkQuiet();
  });

  it("reads many changes that come at once together", async () => {
    const asked: string[] = [];
    page.on("request", (request) => void (/\/tasks\/[^/]+$/.test(new URL(request.url()).pathname) && asked.push(request.url())));
    const made = await other.tasks.bulk({
      items: Array.from({ length: 60 }, (_, i) => ({ op: "create" as const, project_id: project.id, title: `Label ${i}` })),
    });
    await isIn("todo", "Label 59");
    assert.ok(asked.length < 30, `${asked.length} requests for 60 tasks`);

    await other.tasks.bulk({ items: made.results.map(({ task }) => ({ op: "delete" as const, id: task!.id, version: task!.version })) });
    await page.locator(".card", { hasText: "Label " }).first().waitFor({ state: "detached" });
    tab.checkQuiet();
  });

  it("keeps a task that is being moved off the board of another project", async () => {
    const title = "Write the product texts";
    let release = () => {};
    const isReleased = new Promise<void>((resolve) => (release = resolve));
    await page.route("**/status", async (route) => {
      await isReleased;
      await route.continue();
    }, { times: 1 });
    await page.getByRole("button", { name: `Move ${title}` }).click();
    const answered = page.waitForResponse("**/status");
    await page.getByRole("dialog").getByRole("button", { name: "In review" }).click();

    const { data } = await other.projects.list({ sort: "name" });
    const another = data.find(({ id }) => id !== project.id)!;
    await page.getByLabel("Project").selectOption({ label: another.name });
    await page.locator(".columns[aria-busy=false]").waitFor();
    release();
    await answered;
    await page.waitForTimeout(100);
    assert.equal(await card(title).count(), 0);

    await page.getByLabel("Project").selectOption({ label: project.name });
    await isIn("in_review", title);
    tab.checkQuiet();
  });

  it("leaves to who comes next nothing of what was typed, and puts the focus where it is needed", async () => {
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Email").fill("ben@studio.example");
    await page.getByLabel("Password").press("Enter");
    await page.locator("#who", { hasText: "Ben Okafor" }).waitFor();
    await page.waitForFunction(() => document.activeElement?.id === "project");
    await page.getByRole("button", { name: "Sign out" }).click();
    assert.equal(await page.getByLabel("Email").inputValue(), demoAccount.email);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByText("Ana Duarte").waitFor();
    await page.getByLabel("Project").selectOption({ label: project.name });
    tab.checkQuiet();
  });

  it("stays signed in when it is loaded again, until one signs out", async () => {
    await page.reload();
    await page.getByText("Ana Duarte").waitFor();
    await isIn("blocked", "Build the catalogue");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("button", { name: "Sign in", exact: true }).waitFor();
    assert.equal(await page.locator(".card").count(), 0);
    assert.equal(await page.evaluate(() => sessionStorage.length), 0);
    tab.checkQuiet();
  });

  for (const look of Object.keys(looks) as Look[]) {
    it(`is readable and fits: ${look}`, async () => {
      const seen = await open(browser, coordinator.baseUrl, look);
      await seen.page.goto("/board");
      await checkContrast(seen.page);
      await seen.page.getByRole("button", { name: "Sign in", exact: true }).click();
      await seen.page.getByLabel("Project").selectOption({ label: project.name });
      await seen.page.locator(".card", { hasText: "Go live" }).waitFor();
      await seen.page.getByText("Live", { exact: true }).waitFor();
      await checkContrast(seen.page);
      await checkFits(seen.page);
      await shoot(seen.page, `board-${look}`);
      seen.checkQuiet();
      await seen.close();
    });
  }
});
