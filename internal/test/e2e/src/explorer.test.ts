import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

import { chromium, type Browser, type Page } from "playwright-core";

import { startCoordinator, type Coordinator } from "./coordinator.js";

const screenshots = fileURLToPath(new URL("screenshots/", import.meta.url));

/** A browser that is on the machine; none is downloaded. */
const executablePath = [
  process.env["CHROMIUM"],
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
].find((path) => path !== undefined && existsSync(path));

// Where everything is checked a missing browser is a failure, elsewhere it is said.
const skip = !executablePath && !process.env["CI"] && "no Chromium found; set CHROMIUM to its path";

describe("the explorer in a browser", { skip }, () => {
  let coordinator: Coordinator;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];
  const requests: string[] = [];

  before(async () => {
    assert.ok(executablePath, "no Chromium found");
    coordinator = await startCoordinator();
    browser = await chromium.launch({
      executablePath,
      // A request by name would then fail, also one that the browser makes by itself.
      args: ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--disable-background-networking"],
    });
    page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
    page.setDefaultTimeout(15_000);
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") {
        complaints.push(message.text());
      }
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("requestfailed", (request) => complaints.push(`${request.url()}: ${request.failure()?.errorText}`));
    page.on("request", (request) => requests.push(request.url()));
  });

  after(async () => {
    await browser?.close();
    await coordinator?.stop();
  });

  it("shows every operation under its policy, from this server alone", async () => {
    const response = await page.goto(`${coordinator.baseUrl}/docs`);
    assert.equal(response?.status(), 200);
    const policy = response.headers()["content-security-policy"];
    assert.match(policy ?? "", /default-src 'none'/);
    assert.doesNotMatch(policy ?? "", /unsafe/);

    await page.locator(".opblock").first().waitFor();
    const shown = await page.locator(".opblock").count();
    await mkdir(screenshots, { recursive: true });
    await page.screenshot({ path: `${screenshots}docs.png` });

    assert.equal(shown, await operationCount(coordinator.baseUrl));
    assert.match(await page.locator(".info .title").innerText(), /^Coordinator/);
    assert.deepEqual(complaints, []);
    for (const url of requests) {
      assert.ok(url.startsWith(`${coordinator.baseUrl}/`) || url.startsWith("data:"), url);
    }
  });

  it("calls an operation and shows the answer", async () => {
    const operation = page.locator(".opblock", { has: page.locator('[data-path="/readyz"]') });
    await operation.locator(".opblock-summary-control").click();
    await operation.locator(".execute").click();

    const status = operation.locator(".live-responses-table .response .response-col_status");
    await status.waitFor();
    await operation.scrollIntoViewIfNeeded();
    await page.screenshot({ path: `${screenshots}try.png` });

    assert.equal((await status.innerText()).split(/\s/)[0], "200");
    assert.deepEqual(complaints, []);
  });
});

async function operationCount(baseUrl: string): Promise<number> {
  const response = await fetch(`${baseUrl}/openapi.json`);
  const document = (await response.json()) as { paths: Record<string, Record<string, unknown>> };
  const methods = ["get", "put", "post", "delete", "patch"];
  return Object.values(document.paths).flatMap((item) => Object.keys(item).filter((key) => methods.includes(key))).length;
}
