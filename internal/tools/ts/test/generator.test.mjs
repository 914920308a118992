import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { writeApi, writeContract, writeExports } from "../generator/client.mjs";
import { writeNamespace } from "../generator/namespaces.mjs";
import { valuesName, writeEnums, writeSchemas } from "../generator/schemas.mjs";
import { readContract } from "../generator/spec.mjs";
import { camelCase, comment, list, pascalCase } from "../generator/text.mjs";
import { contract } from "./contract.mjs";

const read = readContract(contract());
const namespace = writeNamespace(read, read.namespaces[0]);
const has = (text, part) => assert.ok(text.includes(part), `${part}\n\nis not in\n\n${text}`);

describe("schemas", () => {
  const schemas = writeSchemas(read);

  it("say of every field whether it may be null", () => {
    has(schemas, "  colour: Colour | null;\n");
    has(schemas, "  tags: (string | null)[];\n");
    has(schemas, "  values: Record<string, number>;\n");
    has(schemas, '  "mood-ring": unknown;\n');
  });

  it("open a set that will grow where it is received, and close it where it is sent", () => {
    has(schemas, "  kind: Open<Kind>;\n");
    has(schemas, '  /** @defaultValue `"todo"` */\n  kind?: Kind | undefined;\n');
  });

  it("take undefined and read-only lists in what is sent, and in nothing else", () => {
    has(schemas, "  tags?: readonly string[] | undefined;\n");
    has(schemas, "  /** @deprecated */\n  warning?: string;\n");
  });

  it("cannot be ended by a description", () => has(schemas, "/** A note. It ends with *\\/ inside. */"));

  it("have the values of enumerations beside their types", () => {
    has(writeEnums(read), 'export const colourValues = ["red", "green"] as const;\n');
    has(writeEnums(read), "/** A colour. */\nexport type Colour = (typeof colourValues)[number];\n");
    assert.deepEqual(["TaskStatus", "AIModel", "ApiKeyState"].map(valuesName), ["taskStatusValues", "aiModelValues", "apiKeyStateValues"]);
  });
});

describe("a namespace", () => {
  it("takes the path, then the body, then the query, then the options", () => {
    has(namespace, "  get(noteId: string, options?: RequestOptions): ApiPromise<Note>;\n");
    has(namespace, "  list(params?: ListNotesParams, options?: RequestOptions): ApiPromise<NotePage>;\n");
    has(namespace, "  search(params: SearchNotesParams, options?: RequestOptions): ApiPromise<NotePage>;\n");
    has(namespace, "  delete(noteId: string, options?: RequestOptions): ApiPromise<void>;\n");
    has(namespace, "  create(body: NoteCreate, options?: RequestOptions): ApiPromise<Note | undefined>;\n");
  });

  it("sends and receives files by the type of their lines", () => {
    has(namespace, "  export(options?: RequestOptions): Promise<Download<Note>>;\n");
    has(namespace, "  import(body: Upload<Note>, params?: ImportNotesParams, options?: RequestOptions): ApiPromise<void>;\n");
    has(namespace, '  contentType?: "application/x-ndjson" | "text/csv" | undefined;\n');
    has(namespace, "  stream(options?: StreamOptions): EventStream;\n");
  });

  it("walks what is a list, by cursor where there is one and else by number", () => {
    has(namespace, "  iterate(params?: ListNotesParams, options?: RequestOptions): List<Note, NotePage>;\n");
    has(namespace, '    iterate: iterate(transport, "/notes", "cursor"),\n');
    has(namespace, '    iterateHistory: iterate(transport, "/notes/{note_id}/history", "page"),\n');
    has(namespace, '    searchAll: iterate(transport, "/notes/search", "page"),\n');
    has(namespace, "export interface ListNotesParams extends CursorParams {\n  colour?: readonly Colour[] | undefined;\n");
  });

  it("is a table at run time", () => {
    has(namespace, "export function apiNotesApi(transport: Transport): ApiNotesApi {\n");
    has(namespace, '    create: call(transport, "POST", "/notes", "body", "anonymous"),\n');
    has(namespace, '    delete: call(transport, "DELETE", "/notes/{note_id}"),\n');
    has(namespace, '    export: download(transport, "/notes/file"),\n');
    has(namespace, '    import: upload(transport, "/notes/file", "application/x-ndjson"),\n');
  });

  it("is documented with who may do it, how it is refused, and until when it is there", () => {
    const documented = [
      "  /**",
      "   * Write a note.",
      "   *",
      "   * Writes a note. Admins may do it.",
      "   *",
      "   * @throws ApiError with the status 409.",
      "   * @see createNote",
      "   * @deprecated It goes away on 2027-01-01.",
      "   */",
    ];
    has(namespace, documented.join("\n"));
  });

  it("imports what it uses and nothing else", () => {
    has(namespace, 'import type { Colour } from "../enums.js";\n');
    has(namespace, 'import { call, type ApiPromise } from "../resource.js";\n');
    has(namespace, 'import type { Note, NoteCreate, NotePage } from "../schemas.js";\n');
    assert.ok(!namespace.includes("Open"));
  });

  it("is a part of the client and of the exports", () => {
    has(writeApi(read), "  /** What is noted. */\n  readonly apiNotes: ApiNotesApi;\n");
    has(writeApi(read), "    apiNotes: apiNotesApi(transport),\n");
    has(writeExports(read), 'export * from "./api/apiNotes.js";\n');
    has(writeContract(read), 'export const contractVersion = "1.2.3";\n');
    has(writeContract(read), 'commaSeparated: readonly string[] = ["include"];\n');
  });
});

describe("a contract that cannot be expressed is refused, by name", () => {
  const refused = (change, message) => {
    const document = contract();
    change(document);
    assert.throws(() => {
      const changed = readContract(document);
      writeSchemas(changed);
      changed.namespaces.forEach((each) => writeNamespace(changed, each));
    }, message);
  };
  const list = (document) => document.paths["/notes"].get;

  it("without a method", () => refused((document) => delete list(document)["x-sdk-method"], /listNotes.*x-sdk-method/));
  it("with a tag that is not declared", () => refused((document) => (list(document).tags = ["other"]), /listNotes: its tag other/));
  it("with a method twice", () =>
    refused((document) => (list(document)["x-sdk-method"] = "get"), /getNote: apiNotes.get is already there, for listNotes/));
  it("with a parameter of the path that is not declared", () =>
    refused((document) => delete document.paths["/notes/{note_id}"].parameters, /getNote: the parameter note_id/));
  it("with an object that has no name", () =>
    refused((document) => {
      document.components.schemas.Note.properties.id = { type: "object", properties: { a: {} } };
    }, /Note: An object within another has no name/));
  it("with a reference to nothing", () =>
    refused((document) => delete document.components.schemas.Colour, /Colour/));
  it("with a parameter that is separated in one place and repeated in another", () =>
    refused((document) => {
      document.paths["/notes/search"].get.parameters.push({ name: "include", in: "query", explode: true, schema: { type: "array", items: {} } });
    }, /The parameter include/));
});

describe("text", () => {
  it("names as the language does", () => {
    assert.deepEqual(["api_keys", "task_id", "time"].map(camelCase), ["apiKeys", "taskId", "time"]);
    assert.deepEqual(["api_keys", "listTasks"].map(pascalCase), ["ApiKeys", "ListTasks"]);
  });

  it("breaks a list that does not fit, and no other", () => {
    assert.equal(list("f(", ["a", "b"], ");"), "f(a, b);");
    const long = "x".repeat(60);
    assert.equal(list("f(", [long, long], ");"), `f(\n  ${long},\n  ${long},\n);`);
  });

  it("wraps comments, and keeps tags on lines of their own", () => {
    assert.equal(comment(["Short."], "  "), "  /** Short. */\n");
    assert.equal(comment([undefined, ""]), "");
    assert.equal(comment(["One.", "@see two\n@deprecated"]), "/**\n * One.\n *\n * @see two\n * @deprecated\n */\n");
    assert.ok(comment(["word ".repeat(60)]).split("\n").every((line) => line.length <= 110));
  });
});
