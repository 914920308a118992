// Reads the contract into what the SDK is written from: its schemas with the direction they travel in,
// and its operations by namespace. What the generator cannot express is refused here, with the place.
import { camelCase, pascalCase } from "./text.mjs";

const methods = ["get", "put", "post", "patch", "delete"];

/** The name at the end of a reference, such as `Task`. */
export function refName(ref) {
  return ref.slice(ref.lastIndexOf("/") + 1);
}

/**
 * Reads an OpenAPI 3.0 document. It throws an error that names the operation or the schema where
 * something is missing or cannot be expressed.
 */
export function readContract(document) {
  const operations = readOperations(document);

  const namespaces = (document.tags ?? [])
    .map((tag) => ({
      tag: tag.name,
      name: camelCase(tag.name),
      typeName: `${pascalCase(tag.name)}Api`,
      functionName: `${camelCase(tag.name)}Api`,
      description: tag.description,
      operations: operations.filter((operation) => operation.tag === tag.name),
    }))
    .filter((namespace) => namespace.operations.length > 0);
  refuseUnknownTags(operations, namespaces);
  refuseRepeatedMethods(namespaces);

  return {
    title: document.info.title,
    version: document.info.version,
    schemas: readSchemas(document),
    namespaces,
    commaSeparated: readCommaSeparated(operations),
  };
}

/** The schemas by name, each with whether requests or responses hold it. */
function readSchemas(document) {
  const all = document.components?.schemas ?? {};
  const sent = new Set();
  const received = new Set();
  for (const { item, raw } of eachOperation(document)) {
    reach(document, [raw.requestBody, item.parameters, raw.parameters], sent);
    reach(document, [raw.responses], received);
    // What is sent to a caller's own address is received by it, though it is a request.
    reach(document, [raw.callbacks], received);
  }
  reach(document, [document["x-webhooks"]], received);

  return new Map(
    Object.entries(all).map(([name, schema]) => [
      name,
      { name, schema, sent: sent.has(name), received: received.has(name) || !sent.has(name) },
    ]),
  );
}

/** Collects the names of the schemas that a part of the document leads to. */
function reach(document, part, found) {
  if (part === null || typeof part !== "object") {
    return;
  }
  if (typeof part.$ref === "string") {
    const isSchema = part.$ref.startsWith("#/components/schemas/");
    if (isSchema && found.has(refName(part.$ref))) {
      return;
    }
    if (isSchema) {
      found.add(refName(part.$ref));
    }
    reach(document, resolve(document, part), found);
    return;
  }
  for (const [key, value] of Object.entries(part)) {
    if (key !== "example" && key !== "examples") {
      reach(document, value, found);
    }
  }
}

/** What a reference refers to; anything else as it is. */
export function resolve(document, node) {
  if (node === undefined || node.$ref === undefined) {
    return node;
  }
  const target = node.$ref
    .replace(/^#\//, "")
    .split("/")
    .reduce((at, key) => at?.[key.replaceAll("~1", "/").replaceAll("~0", "~")], document);
  if (target === undefined) {
    throw new Error(`${node.$ref} refers to nothing.`);
  }
  return resolve(document, target);
}

function* eachOperation(document) {
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of methods) {
      if (item[method] !== undefined) {
        yield { path, method, item, raw: item[method] };
      }
    }
  }
}

function readOperations(document) {
  return [...eachOperation(document)].map(({ path, method, item, raw }) => {
    const id = raw.operationId;
    const fail = (problem) => {
      throw new Error(`${id ?? `${method.toUpperCase()} ${path}`}: ${problem}`);
    };
    if (!id || !raw["x-sdk-method"] || !raw.tags?.[0]) {
      fail("an operation has an operationId, a tag and an x-sdk-method, which names its method in the SDKs.");
    }

    const parameters = [...(item.parameters ?? []), ...(raw.parameters ?? [])].map((each) => resolve(document, each));
    const query = parameters.filter((parameter) => parameter.in === "query");
    const answer = readAnswer(document, raw, fail);
    return {
      id,
      tag: raw.tags[0],
      name: raw["x-sdk-method"],
      method: method.toUpperCase(),
      path,
      summary: raw.summary,
      description: raw.description,
      deprecated: raw.deprecated === true,
      sunset: raw["x-sunset"],
      // An empty list takes away what holds for the whole document.
      anonymous: Array.isArray(raw.security) && raw.security.length === 0,
      pathParameters: readPathParameters(path, parameters, fail),
      query,
      body: readBody(document, raw, fail),
      answer,
      paging: readPaging(document, raw["x-sdk-method"], query, answer),
      refusals: Object.keys(raw.responses)
        .filter((status) => /^[45]/.test(status))
        .map(Number),
    };
  });
}

function readPathParameters(path, parameters, fail) {
  return [...path.matchAll(/{(\w+)}/g)].map(([, name]) => {
    const parameter = parameters.find((each) => each.in === "path" && each.name === name);
    return parameter ?? fail(`the parameter ${name} of its path is not declared.`);
  });
}

/** A body is JSON, which has a schema with a name, or a file, which is sent as it is. */
function readBody(document, raw, fail) {
  const body = resolve(document, raw.requestBody);
  if (body === undefined) {
    return undefined;
  }
  const types = Object.keys(body.content);
  const required = body.required === true;
  const json = body.content["application/json"];
  if (json === undefined) {
    const line = types.map((type) => body.content[type].schema?.["x-line"]).find((each) => each !== undefined);
    return { kind: "file", required, types, line };
  }
  return { kind: "json", required, schema: json.schema ?? fail("its body has no schema.") };
}

/** What a success answers: JSON, a file, a stream of events, or nothing. */
function readAnswer(document, raw, fail) {
  const successes = Object.entries(raw.responses)
    .filter(([status]) => status.startsWith("2"))
    .map(([, response]) => resolve(document, response));
  const contents = successes.map((response) => response.content).filter((content) => content !== undefined);
  if (successes.length === 0 || contents.length > 1) {
    fail("it has one success with a body, or only successes without.");
  }

  const [content] = contents;
  if (content === undefined) {
    return { kind: "empty" };
  }
  if (content["application/json"]) {
    // Some operations answer nothing yet where they have only begun, such as a registration.
    return { kind: "json", schema: content["application/json"].schema, maybeEmpty: successes.length > 1 };
  }
  if (content["text/event-stream"]) {
    return { kind: "stream", schema: content["text/event-stream"].schema };
  }
  const types = Object.keys(content);
  return { kind: "file", types, line: types.map((type) => content[type].schema?.["x-line"]).find(Boolean) };
}

/**
 * How a list is walked: by `cursor` or by the number of its `page`, or behind a place in a log with
 * `after`. What is no list has no paging.
 */
function readPaging(document, method, query, answer) {
  if (answer.kind !== "json") {
    return undefined;
  }
  const { properties } = resolve(document, answer.schema);
  const takes = (name) => query.some((parameter) => parameter.name === name);
  const by = ["cursor", "page", "after"].find(takes);
  if (properties?.data?.type !== "array" || by === undefined) {
    return undefined;
  }
  return { by, element: properties.data.items, name: iteratorName(method) };
}

/** `list` → `iterate`, `listMembers` and `getHistory` → `iterateMembers` and `iterateHistory`. */
function iteratorName(method) {
  if (method === "search") {
    return "searchAll";
  }
  const rest = /^(?:list|get)(.*)$/.exec(method);
  return rest ? `iterate${rest[1]}` : `iterate${pascalCase(method)}`;
}

/** The parameters that take several values behind one name; it is a property of the name. */
function readCommaSeparated(operations) {
  const separated = new Set();
  const repeated = new Set();
  for (const parameter of operations.flatMap((operation) => operation.query)) {
    if (parameter.schema.type === "array") {
      (parameter.explode === false ? separated : repeated).add(parameter.name);
    }
  }
  const both = [...separated].filter((name) => repeated.has(name));
  if (both.length > 0) {
    throw new Error(`The parameter ${both[0]} is separated by commas in one place and repeated in another: choose one.`);
  }
  return [...separated].sort();
}

function refuseUnknownTags(operations, namespaces) {
  const known = new Set(namespaces.map((namespace) => namespace.tag));
  const lost = operations.find((operation) => !known.has(operation.tag));
  if (lost) {
    throw new Error(`${lost.id}: its tag ${lost.tag} is not among the document's tags.`);
  }
}

function refuseRepeatedMethods(namespaces) {
  for (const namespace of namespaces) {
    const seen = new Map();
    for (const operation of namespace.operations) {
      for (const name of [operation.name, operation.paging?.name].filter(Boolean)) {
        if (seen.has(name)) {
          throw new Error(`${operation.id}: ${namespace.name}.${name} is already there, for ${seen.get(name)}.`);
        }
        seen.set(name, operation.id);
      }
    }
  }
}
