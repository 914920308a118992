// How generated code is written: names, comments and lists that are broken where a line is full.

/** A line of generated code has at most this many characters where it can be broken. */
const width = 110;

/** `api_keys` and `task_id` become `apiKeys` and `taskId`. */
export function camelCase(name) {
  return name.replace(/[_-]+([a-zA-Z0-9])/g, (_, letter) => letter.toUpperCase());
}

/** `api_keys` and `listTasks` become `ApiKeys` and `ListTasks`. */
export function pascalCase(name) {
  const camel = camelCase(name);
  return camel[0].toUpperCase() + camel.slice(1);
}

/** A property is quoted where its name is no identifier. */
export function propertyName(name) {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}

/**
 * A TSDoc comment of one line or of several, with an empty line between its parts. A part that is
 * missing is left out; without any there is no comment.
 */
export function comment(parts, indent = "") {
  const paragraphs = parts.filter((part) => part !== undefined && part !== "").map((part) => escape(part));
  if (paragraphs.length === 0) {
    return "";
  }
  const single = `${indent}/** ${paragraphs[0]} */\n`;
  if (paragraphs.length === 1 && !paragraphs[0].includes("\n") && single.length <= width + 1) {
    return single;
  }
  const lines = paragraphs
    .map((paragraph) => wrap(paragraph, width - indent.length - 3))
    .reduce((all, paragraph) => (all.length === 0 ? paragraph : [...all, "", ...paragraph]), []);
  return [`${indent}/**`, ...lines.map((line) => `${indent} * ${line}`.trimEnd()), `${indent} */`, ""].join("\n");
}

/** What would end the comment, and what would be taken for a tag of TSDoc or a link. */
function escape(text) {
  return text.trim().replaceAll("*/", "*\\/");
}

/** Breaks text into lines; what begins on a line of its own, such as a tag, stays there. */
function wrap(text, limit) {
  const lines = [];
  for (const given of text.split("\n")) {
    let line = "";
    for (const word of given.split(/\s+/).filter((each) => each !== "")) {
      if (line !== "" && line.length + 1 + word.length > limit) {
        lines.push(line);
        line = "";
      }
      line += line === "" ? word : ` ${word}`;
    }
    lines.push(line);
  }
  return lines;
}

/** `open` + items with commas + `close`, on one line where it fits and on a line each where not. */
export function list(open, items, close, { indent = "", trailing = true } = {}) {
  const single = `${indent}${open}${items.join(", ")}${close}`;
  if (single.length <= width) {
    return single;
  }
  const broken = items.map((item, at) => `${indent}  ${item}${trailing || at < items.length - 1 ? "," : ""}`);
  return [`${indent}${open.trimEnd()}`, ...broken, `${indent}${close.trimStart()}`].join("\n");
}

/** `import type { A, B } from "./file.js";`, or nothing where nothing is imported. */
export function importTypes(names, from) {
  const sorted = [...names].sort();
  return sorted.length === 0 ? "" : `${list("import type { ", sorted, ` } from "${from}";`)}\n`;
}

/** The first line of everything that is generated. */
export function header(what) {
  return `// Code generated from openapi.yaml. DO NOT EDIT.\n// ${what}\n`;
}
