import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, describe, it } from "node:test";

import type { Browser, Page } from "playwright-core";

import { checkContrast, checkFits, launch, looks, open, shoot, skip, type Look, type Tab } from "./browser.js";
import { demoAccount, startCoordinator, type Coordinator } from "./coordinator.js";

describe("the explorer in a browser", { skip }, () => {
  let coordinator: Coordinator;
  let browser: Browser;
  let tab: Tab;
  let page: Page;

  before(async () => {
    [coordinator, browser] = await Promise.all([startCoordinator({ demo: true }), launch()]);
    tab = await open(browser, coordinator.baseUrl);
    page = tab.page;
  });

  after(async () => {
    await browser?.close();
    await coordinator?.stop();
  });

  const operation = (method: string, path: string) =>
    page.locator(`.opblock-${method}`, { has: page.locator(`[data-path="${path}"]`) });

  /** Executes what is filled in, and returns the status and the body that the explorer shows. */
  async function execute(method: string, path: string): Promise<{ status: number; body: string }> {
    const block = operation(method, path);
    const answer = page.waitForResponse((response) => new URL(response.url()).pathname === path && response.request().method() === method.toUpperCase());
    await block.locator(".execute").click();
    const status = String((await answer).status());
    const live = block.locator(".live-responses-table .response");
    await live.locator(".response-col_status", { hasText: status }).waitFor();
    return { status: Number(status), body: await live.locator(".response-col_description").innerText() };
  }

  it("shows every operation under its policy, from this server alone", async () => {
    const response = await page.goto("/docs");
    assert.equal(response?.status(), 200);
    const policy = response.headers()["content-security-policy"];
    assert.match(policy ?? "", /default-src 'none'/);
    assert.doesNotMatch(policy ?? "", /unsafe/);

    const tags = page.locator(".opblock-tag");
    await tags.first().waitFor();
    await shoot(page, "explorer-light");
    for (const tag of await tags.all()) {
      await tag.click();
    }
    const count = await operationCount(coordinator.baseUrl);
    await page.waitForFunction((all) => document.querySelectorAll(".opblock").length === all, count);
    assert.match(await page.locator(".info .title").innerText(), /^Coordinator/);
    tab.checkQuiet();
  });

  it("signs in with the form, which is filled in for the demo", async () => {
    assert.equal(await page.getByLabel("Email", { exact: true }).inputValue(), demoAccount.email);
    await page.getByLabel("Password", { exact: true }).fill("not the password");
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("alert").filter({ hasText: /password/i }).waitFor();
    await checkContrast(page);

    await page.getByLabel("Password", { exact: true }).fill(demoAccount.password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByText("Signed in as Ana Duarte").waitFor();
    assert.equal(await page.getByRole("alert").count(), 0);
    assert.deepEqual(await page.evaluate(() => Object.keys(localStorage)), [], "nothing outlives the tab");
  });

  it("executes GET /api/v1/tasks as whoever is signed in", async () => {
    await page.goto("/docs#/tasks");
    await page.reload();
    await operation("get", "/api/v1/tasks").locator(".opblock-summary-control").click();
    const { status, body } = await execute("get", "/api/v1/tasks");
    assert.equal(status, 200, body);
    assert.match(body, /"title"/);
    await operation("get", "/api/v1/tasks").locator(".live-responses-table").scrollIntoViewIfNeeded();
    await shoot(page, "explorer-get");
    tab.checkQuiet();
  });

  it("executes POST /api/v1/tasks, and shows field by field what a 422 has against it", async () => {
    const block = operation("post", "/api/v1/tasks");
    await block.locator(".opblock-summary-control").click();
    const body = block.locator("textarea.body-param__text");

    await body.fill(JSON.stringify({ project_id: "no project", title: "", color: "red" }));
    const refused = await execute("post", "/api/v1/tasks");
    assert.equal(refused.status, 422);
    for (const pointer of ["/project_id", "/title", "/color"]) {
      assert.match(refused.body, new RegExp(`"pointer": "${pointer}"`));
    }
    await block.locator(".live-responses-table").scrollIntoViewIfNeeded();
    await shoot(page, "explorer-refused");

    await body.fill(JSON.stringify({ project_id: await anyProject(coordinator.baseUrl), title: "Made in the explorer" }));
    const made = await execute("post", "/api/v1/tasks");
    assert.equal(made.status, 201, made.body);
    assert.match(made.body, /"title": "Made in the explorer"/);
    tab.checkQuiet();
  });

  it("stays signed in when the page is loaded again, until one signs out", async () => {
    await page.reload();
    await page.getByText("Signed in as Ana Duarte").waitFor();
    const kept = await page.evaluate(() => JSON.parse(sessionStorage.getItem("coordinator.explorer")!) as { token: string });

    const isOut = page.waitForResponse("**/users/logout");
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await page.getByRole("button", { name: "Sign in", exact: true }).waitFor();
    assert.equal(await page.evaluate(() => sessionStorage.length), 0);
    assert.equal((await isOut).status(), 204);
    const ended = await fetch(`${coordinator.baseUrl}/api/v1/users/me`, { headers: { Authorization: `Bearer ${kept.token}` } });
    assert.equal(ended.status, 401, "the session has ended at the server too");
    tab.checkQuiet();
  });

  it("renews a session that is about to end before it calls", async () => {
    await signIn(page);
    await age(page);
    await page.goto("/docs#/users/getCurrentUser");
    await page.reload();
    const refreshed = page.waitForResponse((response) => response.url().endsWith("/users/refresh"));
    const { status } = await execute("get", "/api/v1/users/me");
    assert.equal((await refreshed).status(), 200);
    assert.equal(status, 200);
  });

  it("does not bring a session back that was ended while it was renewed", async () => {
    let release = () => {};
    const isReleased = new Promise<void>((resolve) => (release = resolve));
    await page.route("**/users/refresh", async (route) => {
      const response = await route.fetch();
      await isReleased;
      await route.fulfill({ response });
    }, { times: 1 });
    await age(page);
    await page.reload();
    const asked = page.waitForRequest("**/users/refresh");
    const renewed = page.waitForResponse("**/users/refresh");
    await operation("get", "/api/v1/users/me").locator(".execute").click();
    await asked;
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    const isOut = page.waitForResponse("**/users/logout");
    release();
    const { access_token } = (await (await renewed).json()) as { access_token: string };
    assert.equal((await isOut).status(), 204);
    await page.getByRole("button", { name: "Sign in", exact: true }).waitFor();
    assert.equal(await page.evaluate(() => sessionStorage.length), 0);
    const ended = await fetch(`${coordinator.baseUrl}/api/v1/users/me`, { headers: { Authorization: `Bearer ${access_token}` } });
    assert.equal(ended.status, 401, "nor is it still there at the server");
  });

  it("opens the operation that a link leads to", async () => {
    await page.goto("about:blank");
    await page.goto("/docs#/tasks/listTasks");
    await page.locator("#operations-tasks-listTasks.is-open").waitFor();
    await page.waitForFunction(() => document.querySelector("#operations-tasks-listTasks")!.getBoundingClientRect().top < window.innerHeight);
    tab.checkQuiet();
  });

  it("says so where it gets no contract", async () => {
    const other = await open(browser, coordinator.baseUrl);
    await other.page.route("/openapi.json", (route) => route.fulfill({ status: 502, contentType: "text/html", body: "<h1>Bad gateway</h1>" }));
    await other.page.goto("/docs");
    await other.page.getByText("The server did not give its contract.").waitFor({ timeout: 5_000 });
    await other.close();
  });

  for (const look of Object.keys(looks) as Look[]) {
    it(`is readable and fits: ${look}`, async () => {
      const other = await open(browser, coordinator.baseUrl, look);
      await other.page.goto("/docs#/tasks/createTask");
      await other.page.locator("#operations-tasks-createTask.is-open .responses-table").waitFor();
      await checkContrast(other.page);
      await checkFits(other.page);
      await other.page.locator("#operations-tasks-createTask").scrollIntoViewIfNeeded();
      await shoot(other.page, `operation-${look}`);
      await other.page.evaluate(() => window.scrollTo(0, 0));
      await shoot(other.page, `explorer-${look}`);
      other.checkQuiet();
      await other.close();
    });
  }
});

describe("the explorer of a service that is no demo", { skip }, () => {
  let coordinator: Coordinator;
  let browser: Browser;
  let tab: Tab;

  before(async () => {
    [coordinator, browser] = await Promise.all([startCoordinator(), launch()]);
    tab = await open(browser, coordinator.baseUrl);
  });

  after(async () => {
    await browser?.close();
    await coordinator?.stop();
  });

  it("knows no account and has no board", async () => {
    for (const path of ["/", "/docs", "/llms.txt", "/docs/guides", "/errors"]) {
      const text = await (await fetch(coordinator.baseUrl + path, { headers: { Accept: "text/html" } })).text();
      assert.ok(!text.includes(demoAccount.password) && !text.includes("/board"), path);
    }
    for (const path of ["/board", "/assets/board.js"]) {
      assert.equal((await fetch(coordinator.baseUrl + path)).status, 404, path);
    }
    await tab.page.goto("/docs");
    assert.equal(await tab.page.getByLabel("Email", { exact: true }).inputValue(), "");
    assert.equal(await tab.page.getByLabel("Password", { exact: true }).inputValue(), "");
  });

  it("asks for the code of a second factor where the account has one", async () => {
    const secret = await addSecondFactor(coordinator);
    await tab.page.getByLabel("Email", { exact: true }).fill(coordinator.admin.email);
    await tab.page.getByLabel("Password", { exact: true }).fill(coordinator.admin.password);
    await tab.page.getByRole("button", { name: "Sign in", exact: true }).click();
    // The code of the present step was used up by setting it up.
    await tab.page.getByLabel("Code of your authenticator").fill(totp(secret, 1));
    await tab.page.getByRole("button", { name: "Sign in", exact: true }).click();
    await tab.page.getByText("Signed in as Administrator").waitFor();
    tab.checkQuiet();
  });

  it("takes an API key in place of a password", async () => {
    const created = await tab.page.evaluate(async () => {
      const { token } = JSON.parse(sessionStorage.getItem("coordinator.explorer")!) as { token: string };
      const response = await fetch("/api/v1/api-keys", {
        method: "POST",
        headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
        body: JSON.stringify({ name: "explorer", scopes: ["users:read"] }),
      });
      return (await response.json()) as { key: string };
    });
    await tab.page.getByRole("button", { name: "Sign out", exact: true }).click();
    for (const label of ["Email", "Password"]) {
      assert.equal(await tab.page.getByLabel(label, { exact: true }).inputValue(), "", "nothing is left to who comes next");
    }
    assert.equal(await tab.page.getByLabel("Code of your authenticator").isVisible(), false);
    await tab.page.getByText("Use an API key instead").click();

    await tab.page.getByLabel("API key", { exact: true }).fill("ck_live_…");
    await tab.page.getByRole("button", { name: "Use this key" }).click();
    await tab.page.getByRole("alert").filter({ hasText: /letters/ }).waitFor();

    await tab.page.getByLabel("API key", { exact: true }).fill("ck_live_none");
    await tab.page.getByRole("button", { name: "Use this key" }).click();
    await tab.page.getByRole("alert").filter({ hasText: /\S/ }).waitFor();

    await tab.page.getByLabel("API key", { exact: true }).fill(created.key);
    await tab.page.getByRole("button", { name: "Use this key" }).click();
    await tab.page.getByText("Signed in as Administrator").waitFor();
    await tab.page.getByText("with an API key").waitFor();
    tab.checkQuiet();
  });
});

/** Has the access token of the session that is kept be one that has ended. */
async function age(page: Page): Promise<void> {
  await page.evaluate(() => {
    const place = "coordinator.explorer";
    sessionStorage.setItem(place, JSON.stringify({ ...JSON.parse(sessionStorage.getItem(place)!), token: "ended", ends: 0 }));
  });
}

async function signIn(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByText("Signed in as").waitFor();
}

async function operationCount(baseUrl: string): Promise<number> {
  const response = await fetch(`${baseUrl}/openapi.json`);
  const document = (await response.json()) as { paths: Record<string, Record<string, unknown>> };
  const methods = ["get", "put", "post", "delete", "patch"];
  return Object.values(document.paths).flatMap((item) => Object.keys(item).filter((key) => methods.includes(key))).length;
}

/** Calls as somebody who is signed in. */
async function call<T>(url: string, token?: string, body?: unknown): Promise<T> {
  const response = await fetch(url, {
    method: body ? "POST" : "GET",
    headers: { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  assert.ok(response.ok, `${url}: ${response.status}`);
  return (await response.json()) as T;
}

async function anyProject(baseUrl: string): Promise<string> {
  const { access_token } = await call<{ access_token: string }>(`${baseUrl}/api/v1/users/login`, undefined, demoAccount);
  const { data } = await call<{ data: { id: string }[] }>(`${baseUrl}/api/v1/projects?status=active`, access_token);
  assert.ok(data[0]);
  return data[0].id;
}

/** Sets up a second factor for the administrator and returns its secret. */
async function addSecondFactor({ baseUrl, admin }: Coordinator): Promise<string> {
  const url = `${baseUrl}/api/v1/users/me/second-factor`;
  const { access_token } = await call<{ access_token: string }>(`${baseUrl}/api/v1/users/login`, undefined, admin);
  const { secret } = await call<{ secret: string }>(url, access_token, { password: admin.password });
  await call(`${url}/confirm`, access_token, { code: totp(secret) });
  return secret;
}

/** The code of RFC 6238 that an authenticator shows, so many steps from now. */
function totp(secret: string, ahead = 0): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead));
  const sum = createHmac("sha1", key).update(step).digest();
  const number = sum.readUInt32BE(sum[19]! & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}
