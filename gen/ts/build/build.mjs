// Builds dist: the package as ES modules and as CommonJS, and one set of declarations for both.
//
// Each kind is two files, the runtime and what binds the operations to it. Files of one name lie beside
// each other in the packed package, and a compressor sees 32 kB back: the second kind costs next to nothing.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

import esbuild from "esbuild";

import { toCommonJS } from "./commonjs.mjs";
import { bundleDeclarations } from "./declarations.mjs";

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));
rmSync("dist", { recursive: true, force: true });
mkdirSync("dist/cjs", { recursive: true });

// First, because it is what checks the types.
const declarations = bundleDeclarations("src/index.ts", "tsconfig.json");

const settings = {
  bundle: true,
  format: "esm",
  platform: "neutral",
  target: "es2022",
  // Names are kept, and lines that a terminal can show, for traces and for whoever looks inside.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 120,
  logLevel: "warning",
};
const { metafile } = await esbuild.build({
  ...settings,
  entryPoints: ["src/runtime.ts"],
  outfile: "dist/esm/runtime.js",
  metafile: true,
});
await esbuild.build({
  ...settings,
  entryPoints: ["src/index.ts"],
  outfile: "dist/esm/index.js",
  plugins: [fromRuntime(Object.keys(metafile.inputs))],
});
for (const name of ["runtime.js", "index.js"]) {
  writeFileSync(`dist/cjs/${name}`, toCommonJS(readFileSync(`dist/esm/${name}`, "utf8")));
}

writeFileSync("dist/cjs/index.d.ts", declarations);
// The declarations hold for both kinds: published once, and a class is the same type from either.
writeFileSync("dist/esm/index.d.ts", 'export * from "../cjs/index.js";\n');
// The package as a whole is "type": "module".
writeFileSync("dist/cjs/package.json", '{ "type": "commonjs" }\n');

/** What is in the runtime is imported from it, and not bundled a second time. */
function fromRuntime(files) {
  const names = new Set(files.map((file) => file.replace(/^src\//, "").replace(/\.ts$/, ".js")));
  return {
    name: "from-runtime",
    setup(build) {
      build.onResolve({ filter: /^\.{1,2}\// }, ({ path }) =>
        names.has(path.replace(/^(\.{1,2}\/)+/, "")) ? { path: "./runtime.js", external: true } : undefined,
      );
    },
  };
}
