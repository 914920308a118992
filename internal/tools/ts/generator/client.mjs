// Writes what holds the namespaces together, and the facts of the contract that the runtime needs.
import { comment, header, importTypes } from "./text.mjs";

/** The interface of the whole client and the function that binds all of it. */
export function writeApi({ namespaces }) {
  const sorted = [...namespaces].sort((a, b) => (a.name < b.name ? -1 : 1));
  return [
    `${header("All namespaces of the contract.")}\n`,
    ...sorted.map(
      ({ name, functionName, typeName }) => `import { ${functionName}, type ${typeName} } from "./api/${name}.js";\n`,
    ),
    importTypes(["Transport"], "./transport.js"),
    "\n",
    comment(["The operations of the contract, by namespace."]),
    "export interface Api {\n",
    ...namespaces.map(
      ({ name, typeName, description }) => `${comment([description], "  ")}  readonly ${name}: ${typeName};\n`,
    ),
    "}\n\n",
    comment(["Binds every namespace to a transport."]),
    "export function bindApi(transport: Transport): Api {\n  return {\n",
    ...namespaces.map(({ name, functionName }) => `    ${name}: ${functionName}(transport),\n`),
    "  };\n}\n",
  ].join("");
}

/** What is exported of all this: every type by its name, and every namespace as a function. */
export function writeExports({ namespaces }) {
  return [
    `${header("What the contract adds to the package's exports.")}\n`,
    'export * from "./enums.js";\n',
    'export type * from "./schemas.js";\n',
    ...namespaces.map(({ name }) => `export * from "./api/${name}.js";\n`),
  ].join("");
}

/** What a request needs to know of the contract beyond its own operation. */
export function writeContract({ version, commaSeparated }) {
  return [
    `${header("Facts of the contract that the runtime needs.")}\n`,
    comment(["The version of the contract that this package was generated from, which is its own."]),
    `export const contractVersion = ${JSON.stringify(version)};\n\n`,
    comment(["The parameters whose values stand behind one name, with commas; any other repeats its name."]),
    `export const commaSeparated: readonly string[] = ${JSON.stringify(commaSeparated)};\n`,
  ].join("");
}
