// Writes the TypeScript SDK into gen/ts: the types of the contract beside the small runtime that is
// kept here. It runs from the root of the repository, after the contract is in gen/server.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const source = dirname(fileURLToPath(import.meta.url));
const target = "gen/ts";

mkdirSync(target, { recursive: true });
for (const name of ["src", "README.md", "commonjs.mjs", "tsconfig.json", "tsconfig.cjs.json"]) {
  cpSync(join(source, name), join(target, name), { recursive: true });
}
cpSync("LICENSE", join(target, "LICENSE"));

// The package has the version of the contract.
const { info } = JSON.parse(readFileSync("gen/server/openapi.json", "utf8"));
const manifest = JSON.parse(readFileSync(join(source, "package.json"), "utf8"));
manifest.version = info.version;
writeFileSync(join(target, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);

execFileSync(
  process.execPath,
  [
    join(source, "../node_modules/openapi-typescript/bin/cli.js"),
    "openapi.yaml",
    "--output", join(target, "src/schema.ts"),
    // A field with a default may still be left out of a request.
    "--default-non-nullable=false",
    "--enum-values",
    "--root-types",
    "--root-types-no-schema-prefix",
  ],
  { stdio: ["ignore", "ignore", "inherit"] },
);
