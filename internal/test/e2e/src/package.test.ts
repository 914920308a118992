// What is published: the packed package, installed where nothing else is, in the ways that programs use it.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createContext, runInContext } from "node:vm";
import { gzipSync } from "node:zlib";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../../../", import.meta.url));
const bin = join(root, "internal/tools/node_modules/.bin");
const name = "@aicoordination/coordinator";

const tarballLimit = 60_000;
const namespaceLimit = 15_000;

describe("the package", () => {
  let directory: string;
  let project: string;
  let tarball: string;
  let size: number;
  let files: string[];

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "coordinator-package-"));
    const { stdout } = await run("npm", ["pack", "--json", "--silent", "--pack-destination", directory, join(root, "gen/ts")]);
    const [packed] = JSON.parse(stdout) as { filename: string; size: number; files: { path: string }[] }[];
    assert.ok(packed);
    ({ size } = packed);
    files = packed.files.map(({ path }) => path).sort();
    tarball = join(directory, packed.filename.replace("@", "").replace("/", "-"));

    project = join(directory, "project");
    await mkdir(project);
    await writeFile(join(project, "package.json"), '{ "name": "fresh", "private": true }');
    await run("npm", ["install", "--offline", "--no-audit", "--no-fund", "--silent", tarball], { cwd: project });
  });

  after(() => rm(directory, { recursive: true, force: true }));

  it("is smaller than 60 kB, and holds what is run and read", (test) => {
    test.diagnostic(`tarball: ${size} bytes in ${files.length} files`);
    assert.ok(size < tarballLimit, `The tarball has ${size} bytes: see build/descriptions.mjs.`);
    assert.deepEqual(
      files.filter((path) => !path.startsWith("dist/")),
      ["LICENSE", "README.md", "package.json"],
    );
  });

  it("brings nothing else along", async () => {
    assert.deepEqual(await readdir(join(project, "node_modules")).then((all) => all.filter((each) => !each.startsWith("."))), [
      "@aicoordination",
    ]);
    assert.deepEqual(await readdir(join(project, "node_modules/@aicoordination")), ["coordinator"]);
  });

  it("is imported as an ES module, and required as CommonJS", async () => {
    const use = "console.log(typeof sdk.createClient, sdk.taskStatusValues.length, new sdk.ApiError(new Response(null, { status: 502 })).name)";
    await writeFile(join(project, "use.mjs"), `import * as sdk from "${name}";\n${use}\n`);
    await writeFile(join(project, "use.cjs"), `const sdk = require("${name}");\n${use}\n`);

    for (const file of ["use.mjs", "use.cjs"]) {
      const { stdout } = await run(process.execPath, [file], { cwd: project });
      assert.equal(stdout.trim(), "function 7 ApiError", file);
    }
  });

  for (const [kind, file, options] of [
    ["an ES module", "first.mts", { module: "NodeNext", moduleResolution: "NodeNext" }],
    ["CommonJS", "first.cts", { module: "NodeNext", moduleResolution: "NodeNext" }],
    ["input of a bundler", "first.ts", { module: "ESNext", moduleResolution: "Bundler" }],
  ] as const) {
    it(`compiles under the strictest settings as ${kind}`, async () => {
      const code = [
        `import { createClient, type Task } from "${name}";`,
        'const client = createClient({ baseUrl: "http://127.0.0.1:8080", apiKey: "ck_live_1" });',
        "export const first = async (): Promise<Task | undefined> => (await client.tasks.list()).data[0];",
        "// @ts-expect-error The types are those of the package, and not any.",
        "export const wrong = client.tasks.nothing;",
      ];
      await writeFile(join(project, file), `${code.join("\n")}\n`);
      const compilerOptions = {
        ...options,
        target: "ES2022",
        lib: ["ES2022", "DOM"],
        types: [],
        noEmit: true,
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        verbatimModuleSyntax: file !== "first.cts",
        skipLibCheck: false,
      };
      const config = join(project, `tsconfig.${file}.json`);
      await writeFile(config, JSON.stringify({ compilerOptions, files: [file] }));
      await passes(join(bin, "tsc"), ["-p", config]);
    });
  }

  it("is what publint wants a package to be", async () => {
    const out = await passes(join(bin, "publint"), ["run", "--strict", tarball]);
    assert.match(out, /All good/);
  });

  it("has types that are those of the code, however it is resolved", async () => {
    const out = await passes(join(bin, "attw"), ["--format", "json", tarball]);
    const { analysis, problems } = JSON.parse(out) as { analysis: { entrypoints: object }; problems?: Record<string, unknown> };
    assert.ok(Object.keys(analysis.entrypoints).includes("."));
    assert.deepEqual(problems ?? {}, {});
  });

  it("leaves out of a bundle what is not used", async (test) => {
    const sizes = {
      "one namespace": await bundled(`import { createTransport, tasksApi } from "${name}"; globalThis.tasks = tasksApi(createTransport({ baseUrl: "" }));`),
      "the whole client": await bundled(`import { createClient } from "${name}"; globalThis.client = createClient({ baseUrl: "" });`),
      "an enumeration": await bundled(`import { taskStatusValues } from "${name}"; globalThis.values = taskStatusValues;`),
      "nothing": await bundled(`import "${name}";`),
    };
    for (const [what, bytes] of Object.entries(sizes)) {
      test.diagnostic(`${what}: ${bytes} bytes, minified and gzipped`);
    }
    assert.ok(sizes["one namespace"] < namespaceLimit);
    assert.ok(sizes["one namespace"] < sizes["the whole client"]);
    assert.ok(sizes["an enumeration"] < 300);
    assert.ok(sizes["nothing"] < 50);
  });

  // As in a browser, a worker or Deno: Node's own globals are not there.
  it("runs on nothing but what the web has", async () => {
    const script = await bundle(`export * from "${name}";`, ["--format=iife", "--global-name=sdk"]);
    const asked: string[] = [];
    const web = {
      AbortController, AbortSignal, Blob, clearTimeout, crypto, Headers, performance, ReadableStream, Request, Response,
      setTimeout, TextDecoder, TextEncoder, URL, URLSearchParams,
      fetch: async (url: string | URL) => {
        asked.push(String(url));
        return Response.json({ data: [{ id: "1" }], page: { has_more: false, next_cursor: null } });
      },
    };
    const use = `${script}
      (async () => {
        const client = sdk.createClient({ baseUrl: "https://coordinator.example", apiKey: "ck_live_1" });
        await client.tasks.create({ project_id: "1", title: "One" });
        return (await client.tasks.iterate().toArray()).length;
      })()`;

    assert.equal(await runInContext(use, createContext(web)), 1);
    assert.equal(asked.length, 2);
    // What is reached only on other ways is not: nothing of Node's is named at all.
    assert.doesNotMatch(script, /\b(process\.|Buffer\b|__dirname|setImmediate|require\(|node:)/);
  });

  async function bundle(code: string, settings: string[]): Promise<string> {
    const entry = join(project, "entry.js");
    const out = join(project, "bundle.js");
    await writeFile(entry, code);
    await passes(join(bin, "esbuild"), [entry, "--bundle", "--log-level=error", `--outfile=${out}`, ...settings]);
    return readFile(out, "utf8");
  }

  async function bundled(code: string): Promise<number> {
    return gzipSync(await bundle(code, ["--minify", "--format=esm"]), { level: 9 }).length;
  }
});

/** Runs a tool and returns what it says; if it fails, what it says is the error. */
async function passes(tool: string, settings: string[]): Promise<string> {
  try {
    return (await run(tool, settings)).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${tool} ${settings.join(" ")}\n${stdout}${stderr}`, { cause: error });
  }
}
