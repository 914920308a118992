// Says that dist/cjs holds CommonJS: the package as a whole is "type": "module".
import { writeFile } from "node:fs/promises";

await writeFile(new URL("dist/cjs/package.json", import.meta.url), '{ "type": "commonjs" }\n');
