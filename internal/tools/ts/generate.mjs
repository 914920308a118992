// Writes the TypeScript SDK into gen/ts: what is generated from the contract beside the runtime that is
// kept here. It runs from the root of the repository, after the contract is in gen/server.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { writeApi, writeContract, writeExports } from "./generator/client.mjs";
import { writeNamespace } from "./generator/namespaces.mjs";
import { writeEnums, writeSchemas } from "./generator/schemas.mjs";
import { readContract } from "./generator/spec.mjs";

const source = dirname(fileURLToPath(import.meta.url));
const target = "gen/ts";

const contract = readContract(JSON.parse(readFileSync("gen/server/openapi.json", "utf8")));

// What is no longer written must not stay.
rmSync(join(target, "src"), { recursive: true, force: true });
mkdirSync(join(target, "src/api"), { recursive: true });
for (const name of ["src", "build", "LICENSE", "README.md", "tsconfig.json"]) {
  cpSync(join(source, name), join(target, name), { recursive: true });
}

const files = {
  "enums.ts": writeEnums(contract),
  "schemas.ts": writeSchemas(contract),
  "contract.ts": writeContract(contract),
  "api.ts": writeApi(contract),
  "exports.ts": writeExports(contract),
};
for (const namespace of contract.namespaces) {
  files[`api/${namespace.name}.ts`] = writeNamespace(contract, namespace);
}
for (const [name, text] of Object.entries(files)) {
  // Written anew, never over a file of the runtime, which would then be lost without a word.
  writeFileSync(join(target, "src", name), text, { flag: "wx" });
}

// The package has the version of the contract.
const manifest = JSON.parse(readFileSync(join(source, "package.json"), "utf8"));
manifest.version = contract.version;
writeFileSync(join(target, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
