// Writes a namespace: the parameters of its operations, an interface with their documentation, and a
// function that binds them to a transport, which is all of it that is there at run time.
import { writeField } from "./schemas.mjs";
import { camelCase, comment, header, importTypes, list, pascalCase, propertyName } from "./text.mjs";
import { TypeWriter } from "./types.mjs";

/** The type of an operation's query parameters: `ListTasksParams`. */
export function paramsName(operation) {
  return `${pascalCase(operation.id)}Params`;
}

/** Whether an operation takes parameters: those of its query, or the type of a file. */
function takesParams(operation) {
  return operation.query.length > 0 || operation.body?.kind === "file";
}

export function writeNamespace({ schemas }, namespace) {
  const types = new TypeWriter(schemas);
  const uses = { values: new Set(), resource: new Set() };
  const params = namespace.operations.filter(takesParams).map((operation) => writeParams(types, uses, operation));
  const methods = namespace.operations.flatMap((operation) => writeMethods(types, uses, operation));
  const bindings = namespace.operations.flatMap((operation) => writeBindings(uses, operation));

  const enums = [...types.references].filter((name) => schemas.get(name).schema.enum !== undefined);
  const others = [...types.references].filter((name) => !enums.includes(name));
  const factory = [
    comment([`Binds {@link ${namespace.typeName}} to a transport, for a bundle that needs nothing else.`]),
    `export function ${namespace.functionName}(transport: Transport): ${namespace.typeName} {\n`,
    `  return {\n${bindings.join("")}  };\n}\n`,
  ].join("");

  return [
    `${header(`The operations of the tag ${namespace.tag}.`)}\n`,
    importTypes(types.usesOpen ? [...enums, "Open"] : enums, "../enums.js"),
    importTypes(["RequestOptions"], "../options.js"),
    imports(uses),
    importTypes(others, "../schemas.js"),
    importTypes(["Transport"], "../transport.js"),
    "\n",
    [
      ...params,
      `${comment([namespace.description])}export interface ${namespace.typeName} {\n${methods.join("\n")}}\n`,
      factory,
    ].join("\n"),
  ].join("");
}

/** Where the runtime's parts come from. Each is imported only where it is used, so that it can be left out. */
const parts = {
  call: "../resource.js",
  ApiPromise: "../resource.js",
  iterate: "../pages.js",
  List: "../pages.js",
  PageParams: "../pages.js",
  CursorParams: "../pages.js",
  download: "../download.js",
  Download: "../download.js",
  upload: "../upload.js",
  Upload: "../upload.js",
  stream: "../stream.js",
  EventStream: "../stream.js",
  StreamOptions: "../stream.js",
};

function imports({ values, resource }) {
  const files = [...new Set([...values, ...resource].map((name) => parts[name]))].sort();
  return files
    .map((file) => {
      const here = (names) => [...names].filter((name) => parts[name] === file).sort();
      const names = [...here(values), ...here(resource).map((name) => `type ${name}`)];
      return here(values).length === 0 ? importTypes(here(resource), file) : `import { ${names.join(", ")} } from "${file}";\n`;
    })
    .join("");
}

/** The parameters that all lists have, which the runtime declares once. */
const pageParams = [
  { type: "CursorParams", names: ["page", "page_size", "cursor"] },
  { type: "PageParams", names: ["page", "page_size"] },
];

function writeParams(types, uses, operation) {
  const base = pageParams.find(({ names }) => names.every((name) => operation.query.some((each) => each.name === name)));
  if (base) {
    uses.resource.add(base.type);
  }
  const own = operation.query.filter(({ name }) => !base?.names.includes(name));
  const fields = own.map((parameter) =>
    writeField(types, parameter.name, parameter.schema, {
      optional: parameter.required !== true,
      sent: true,
      sending: true,
      description: parameter.description,
    }),
  );
  if (operation.body?.kind === "file") {
    const choices = operation.body.types.map((type) => JSON.stringify(type));
    fields.push(
      comment([`What the file is.\n@defaultValue the type of a \`Blob\` that has one, else \`${choices[0]}\``], "  "),
      `  contentType?: ${choices.join(" | ")} | undefined;\n`,
    );
  }
  return [
    `export interface ${paramsName(operation)}${base ? ` extends ${base.type}` : ""} {\n${fields.join("")}}\n`,
  ].join("");
}

/** The method of an operation in the interface, and the one that walks its list. */
function writeMethods(types, uses, operation) {
  const method = `${documentation(operation)}${signature(types, uses, operation, operation.name, answerType(types, uses, operation))}`;
  if (operation.paging === undefined) {
    return [method];
  }
  uses.resource.add("List");
  const element = types.type(operation.paging.element, { sending: false });
  const page = types.type(operation.answer.schema, { sending: false });
  const walk = [
    comment([`All that \`${operation.name}\` returns, page after page.`], "  "),
    signature(types, uses, operation, operation.paging.name, `List<${element}, ${page}>`),
  ].join("");
  return [method, walk];
}

function documentation(operation) {
  const refusals = operation.refusals.filter((status) => !everywhere.has(status));
  return comment(
    [
      sentence(operation.summary),
      operation.description,
      tags([
        refusals.length === 0 ? "" : `@throws ApiError with the status ${enumerate(refusals)}.`,
        `@see ${operation.id}`,
        operation.deprecated ? `@deprecated${operation.sunset ? ` It goes away on ${operation.sunset}.` : ""}` : "",
      ]),
    ],
    "  ",
  );
}

/** What any call may meet, so that it says nothing about one. */
const everywhere = new Set([400, 401, 405, 413, 415, 429, 500, 502, 503]);

function tags(lines) {
  return lines.filter((line) => line !== "").join("\n");
}

function sentence(text) {
  return text === undefined || text.endsWith(".") ? text : `${text}.`;
}

function enumerate(values) {
  return values.length === 1 ? `${values[0]}` : `${values.slice(0, -1).join(", ")} or ${values.at(-1)}`;
}

/** Path parameters, then the body, then the query, then the options. */
function signature(types, uses, operation, name, answer) {
  const parameters = operation.pathParameters.map(
    (parameter) => `${camelCase(parameter.name)}: ${types.type(parameter.schema, { sending: true })}`,
  );
  if (operation.body) {
    parameters.push(`body${operation.body.required ? "" : "?"}: ${bodyType(types, uses, operation.body)}`);
  }
  if (takesParams(operation)) {
    const required = operation.query.some((parameter) => parameter.required === true);
    parameters.push(`params${required ? "" : "?"}: ${paramsName(operation)}`);
  }
  if (operation.answer.kind === "stream") {
    uses.resource.add("StreamOptions");
    parameters.push("options?: StreamOptions");
  } else {
    parameters.push("options?: RequestOptions");
  }
  return `${list(`${propertyName(name)}(`, parameters, `): ${answer};`, { indent: "  " })}\n`;
}

function bodyType(types, uses, body) {
  if (body.kind === "json") {
    return types.type(body.schema, { sending: true });
  }
  uses.resource.add("Upload");
  return body.line ? `Upload<${types.type(body.line, { sending: true })}>` : "Upload";
}

function answerType(types, uses, { answer }) {
  switch (answer.kind) {
    case "empty":
      uses.resource.add("ApiPromise");
      return "ApiPromise<void>";
    case "file":
      uses.resource.add("Download");
      return `Promise<Download<${answer.line ? types.type(answer.line, { sending: false }) : "unknown"}>>`;
    case "stream":
      uses.resource.add("EventStream");
      return "EventStream";
    default: {
      uses.resource.add("ApiPromise");
      const type = types.type(answer.schema, { sending: false });
      return `ApiPromise<${type}${answer.maybeEmpty ? " | undefined" : ""}>`;
    }
  }
}

/** The lines of the table that makes an operation, and the walk of its list, at run time. */
function writeBindings(uses, operation) {
  const path = JSON.stringify(operation.path);
  const bind = (name, part, ...given) => {
    uses.values.add(part);
    return `${list(`${propertyName(name)}: ${part}(`, ["transport", ...given], "),", { indent: "    " })}\n`;
  };

  if (operation.answer.kind === "stream") {
    return [bind(operation.name, "stream", path)];
  }
  if (operation.answer.kind === "file") {
    return [bind(operation.name, "download", path)];
  }
  if (operation.body?.kind === "file") {
    return [bind(operation.name, "upload", path, JSON.stringify(operation.body.types[0]))];
  }

  const takes = [operation.body ? "body" : "", takesParams(operation) ? "params" : ""].filter(Boolean).join(", ");
  const given = [JSON.stringify(operation.method), path];
  if (takes !== "" || operation.anonymous) {
    given.push(JSON.stringify(takes));
  }
  if (operation.anonymous) {
    given.push('"anonymous"');
  }
  const own = bind(operation.name, "call", ...given);
  return operation.paging ? [own, bind(operation.paging.name, "iterate", path, JSON.stringify(operation.paging.by))] : [own];
}
