// Builds dist: ES modules, CommonJS, and one set of declarations for both.
//
// The declarations are by far the most of this package. They lie beside the CommonJS files, and the ES
// modules' entry passes them on, so that they are published once and a class is the same type for both.
import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

process.chdir(dirname(fileURLToPath(import.meta.url)));
rmSync("dist", { recursive: true, force: true });

const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
for (const project of ["tsconfig.json", "tsconfig.cjs.json", "tsconfig.types.json"]) {
  execFileSync(process.execPath, [tsc, "-p", project], { stdio: "inherit" });
}

for (const kind of ["esm", "cjs"]) {
  // Nothing but types: there is nothing of it at run time.
  for (const name of ["options", "schemas"]) {
    rmSync(`dist/${kind}/${name}.js`);
  }
}
writeFileSync("dist/esm/index.d.ts", 'export * from "../cjs/index.js";\n');
// The package as a whole is "type": "module".
writeFileSync("dist/cjs/package.json", '{ "type": "commonjs" }\n');
