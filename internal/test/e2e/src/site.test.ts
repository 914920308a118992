import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";

import type { Browser } from "playwright-core";

import { checkContrast, checkFits, launch, looks, open, shoot, skip, type Look } from "./browser.js";
import { startCoordinator, type Coordinator } from "./coordinator.js";

const run = promisify(execFile);

describe("the pages in a browser", { skip }, () => {
  let coordinator: Coordinator;
  let browser: Browser;

  before(async () => {
    [coordinator, browser] = await Promise.all([startCoordinator({ demo: true }), launch()]);
  });

  after(async () => {
    await browser?.close();
    await coordinator?.stop();
  });

  for (const look of Object.keys(looks) as Look[]) {
    it(`are readable, fit and ask no other machine: ${look}`, async () => {
      const tab = await open(browser, coordinator.baseUrl, look);
      for (const [name, path] of Object.entries({
        landing: "/",
        guides: "/docs/guides",
        guide: "/docs/guides/getting-started",
        errors: "/errors",
        error: "/errors/version_conflict",
      })) {
        const response = await tab.page.goto(path);
        assert.equal(response?.status(), 200, path);
        const policy = response.headers()["content-security-policy"] ?? "";
        assert.match(policy, /default-src 'none'/, path);
        assert.doesNotMatch(policy, /unsafe/, path);
        assert.equal(await tab.page.locator("h1").count(), 1, `${path} has one title`);
        await tab.page.locator("main").waitFor();
        await checkContrast(tab.page);
        await checkFits(tab.page);
        await shoot(tab.page, `${name}-${look}`, true);
      }
      tab.checkQuiet();
      await tab.close();
    });
  }

  it("tell that the service is ready, and lead to each other", async () => {
    const tab = await open(browser, coordinator.baseUrl);
    await tab.page.goto("/");
    await tab.page.getByRole("status").filter({ hasText: /^Ready$/ }).waitFor();

    const links = await tab.page.locator("a[href]").evaluateAll((all) => all.map((a) => a.getAttribute("href")!));
    for (const path of new Set(links.filter((href) => href.startsWith("/")))) {
      const response = await fetch(coordinator.baseUrl + path);
      assert.equal(response.status, 200, path);
      await response.body?.cancel();
    }

    // With the keyboard alone: past the navigation, into the text.
    await tab.page.keyboard.press("Tab");
    await tab.page.keyboard.press("Enter");
    assert.match(tab.page.url(), /#content$/);
    tab.checkQuiet();
    await tab.close();
  });

  it("have a first call that works when it is pasted into a shell", async () => {
    const tab = await open(browser, coordinator.baseUrl);
    await tab.page.goto("/");
    const lines = await tab.page.locator("code.language-sh").first().innerText();
    const { stdout } = await run("bash", ["-euc", lines]);
    assert.equal((JSON.parse(stdout) as { data: unknown[] }).data.length, 3, stdout);
    await tab.close();
  });

  it("have guides whose sections and links can be followed", async () => {
    const tab = await open(browser, coordinator.baseUrl);
    await tab.page.goto("/docs/guides");
    const guides = await tab.page.locator('main a[href^="/docs/guides/"]').evaluateAll((all) => all.map((a) => a.getAttribute("href")!));
    assert.ok(guides.length > 0);
    // Where each link was seen first: all guides lead to each other.
    const seen = new Map<string, string>();
    for (const path of guides) {
      await tab.page.goto(path);
      const broken = await tab.page.evaluate(() =>
        Array.from(document.querySelectorAll('a[href^="#"]'))
          .map((a) => a.getAttribute("href")!)
          .filter((href) => !document.getElementById(decodeURIComponent(href.slice(1)))),
      );
      assert.deepEqual(broken, [], path);
      const links = await tab.page.locator("main a[href]").evaluateAll((all) => all.map((a) => (a as HTMLAnchorElement).href));
      for (const link of links.map((href) => href.replace(/#.*/, "")).filter((href) => href.startsWith(coordinator.baseUrl))) {
        seen.set(link, seen.get(link) ?? path);
      }
      const raw = await fetch(`${coordinator.baseUrl}${path}.md`);
      assert.match(await raw.text(), /^# /, `${path}.md`);
    }
    for (const [link, path] of seen) {
      const response = await fetch(link);
      assert.equal(response.status, 200, `${path} leads to ${link}`);
      await response.body?.cancel();
    }
    tab.checkQuiet();
    await tab.close();
  });
});
