// Turns a bundled ES module into CommonJS with nothing else changed, so that the two compress to one.
//
// A bundle imports, exports and re-exports by name, at its top level, and nothing else; what is exported is
// never assigned again. Anything beyond that is refused.
const named = String.raw`\{([^{}]*)\}`;
const statement = new RegExp(String.raw`(import|export)\s*${named}\s*(?:from\s*"([^"]+)")?;\n?`, "g");

export function toCommonJS(code) {
  const exports = [];
  let modules = 0;
  const body = code.replace(statement, (_, keyword, list, from) => {
    const names = list
      .split(",")
      .map((each) => each.trim())
      .filter((each) => each !== "")
      .map((each) => each.split(/\s+as\s+/));
    if (keyword === "import") {
      return `const {${names.map((pair) => pair.join(":")).join(",")}}=require("${from}");`;
    }
    if (from === undefined) {
      exports.push(...names.map(([local, name = local]) => [name, local]));
      return "";
    }
    const module = `module${++modules}`;
    exports.push(...names.map(([local, name = local]) => [name, `${module}.${local}`]));
    return `const ${module}=require("${from}");`;
  });
  if (/(^|[;}\n])\s*(import|export)\b/.test(body)) {
    throw new Error("The bundle imports or exports in a way that is not known here.");
  }
  // One by one, which is what tells Node the names without running the code.
  return `"use strict";${body}${exports.map(([name, local]) => `exports.${name}=${local};`).join("")}\n`;
}
