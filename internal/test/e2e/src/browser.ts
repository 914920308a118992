import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";

const screenshots = fileURLToPath(new URL("screenshots/", import.meta.url));

/** A browser that is on the machine; none is downloaded. */
const executablePath = [
  process.env["CHROMIUM"],
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
].find((path) => path !== undefined && existsSync(path));

/** Where everything is checked a missing browser is a failure, elsewhere it is said. */
export const skip = !executablePath && !process.env["CI"] && "no Chromium found; set CHROMIUM to its path";

/** What the pages are looked at with. */
export const looks = {
  light: { viewport: { width: 1280, height: 1000 }, colorScheme: "light" },
  dark: { viewport: { width: 1280, height: 1000 }, colorScheme: "dark" },
  phone: { viewport: { width: 390, height: 844 }, colorScheme: "light", hasTouch: true },
} satisfies Record<string, BrowserContextOptions>;

export type Look = keyof typeof looks;

/** A tab, and everything that the browser has complained of in it. */
export interface Tab {
  page: Page;
  complaints: string[];
  /** Fails if the browser complained, or asked another machine for anything. */
  checkQuiet(): void;
  close(): Promise<void>;
}

export async function launch(): Promise<Browser> {
  assert.ok(executablePath, "no Chromium found");
  return chromium.launch({
    executablePath,
    // A request by name would then fail, also one that the browser makes by itself.
    args: ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--disable-background-networking"],
  });
}

/** Opens a tab of a session of its own. */
export async function open(browser: Browser, baseUrl: string, look: Look = "light"): Promise<Tab> {
  const context = await browser.newContext({ ...looks[look], baseURL: baseUrl });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on("console", (message) => {
    // That an answer has a status of 4xx is said as an error; a test that provokes one looks at the page.
    if (["error", "warning"].includes(message.type()) && !/status of 4\d\d/.test(message.text())) {
      complaints.push(message.text());
    }
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("requestfailed", (request) => {
    // What was under way when a page is left is given up.
    if (request.failure()?.errorText !== "net::ERR_ABORTED") {
      complaints.push(`${request.url()}: ${request.failure()?.errorText}`);
    }
  });
  page.on("request", (request) => requests.push(request.url()));
  return {
    page,
    complaints,
    checkQuiet() {
      assert.deepEqual(complaints, []);
      for (const url of requests) {
        assert.ok(url.startsWith(`${baseUrl}/`) || url.startsWith("data:"), url);
      }
    },
    close: () => context.close(),
  };
}

/** Keeps what the page looks like, for people to look at after a build. */
export async function shoot(page: Page, name: string, fullPage = false): Promise<void> {
  await mkdir(screenshots, { recursive: true });
  await page.screenshot({ path: `${screenshots}${name}.png`, fullPage });
}

/** Fails if the page is wider than the window. */
export async function checkFits(page: Page): Promise<void> {
  const { wider, by } = await page.evaluate(() => ({
    wider: document.documentElement.scrollWidth - window.innerWidth,
    by: Array.from(document.querySelectorAll("body *"))
      .filter((element) => element.getBoundingClientRect().right > window.innerWidth + 1)
      .map((element) => `${element.tagName.toLowerCase()}.${element.className}`)
      .slice(0, 10),
  }));
  assert.ok(wider <= 0, `${page.url()} is ${wider} pixels wider than the window: ${by.join(" ")}`);
}

/** Fails if some text that is shown has less contrast with what is behind it than WCAG AA asks for. */
export async function checkContrast(page: Page): Promise<void> {
  const { weak, looked } = await page.evaluate(weakTexts);
  assert.ok(looked > 5, `only ${looked} texts of ${page.url()} were looked at`);
  assert.deepEqual(weak, [], page.url());
}

/** It runs in the page, and so can use nothing from outside of itself. */
function weakTexts(): { weak: string[]; looked: number } {
  type Color = [number, number, number, number];
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true })!;
  // Whatever form the browser computes a colour in, it paints it as these four.
  const parse = (text: string): Color => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r!, g!, b!, a! / 255];
  };
  const over = (top: Color, below: Color): Color => {
    const mix = (i: 0 | 1 | 2) => top[i] * top[3] + below[i] * (1 - top[3]);
    return [mix(0), mix(1), mix(2), 1];
  };
  const luminance = ([r, g, b]: Color) => {
    const linear = [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * linear[0]! + 0.7152 * linear[1]! + 0.0722 * linear[2]!;
  };
  const behind = (element: Element): Color => {
    const layers: Color[] = [];
    for (let at: Element | null = element; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      layers.push(color);
      if (color[3] === 1) {
        break;
      }
    }
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1] as Color);
  };

  const weak = new Set<string>();
  let looked = 0;
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement!;
    const text = texts.currentNode.textContent!.trim();
    if (!text || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || element.closest("option, noscript, script, :disabled, .skip")) {
      continue;
    }
    const style = getComputedStyle(element);
    const ground = behind(element);
    const [a, b] = [luminance(over(parse(style.color), ground)), luminance(ground)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    looked++;
    if (ratio < (isLarge ? 3 : 4.5)) {
      weak.add(`${ratio.toFixed(2)} ${element.tagName.toLowerCase()}.${element.className}: ${text.slice(0, 40)} (${style.color} on ${ground.map(Math.round)})`);
    }
  }
  return { weak: [...weak], looked };
}
