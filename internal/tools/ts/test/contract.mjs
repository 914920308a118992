// A contract with one of everything that the generator knows, small enough to be read beside the tests.

const ok = (schema) => ({ 200: { content: { "application/json": { schema } } } });
const ref = (name) => ({ $ref: `#/components/schemas/${name}` });
const text = { type: "string" };
const page = ["page", "page_size", "cursor"].map((name) => ({ name, in: "query", description: `The ${name}.`, schema: text }));
const lines = { "application/x-ndjson": { schema: { type: "string", "x-line": ref("Note") } }, "text/csv": { schema: text } };

/** Returns the contract anew, to be changed by a test. */
export function contract() {
  return {
    openapi: "3.0.3",
    info: { title: "Notes", version: "1.2.3" },
    tags: [{ name: "api_notes", description: "What is noted." }],
    paths: {
      "/notes": {
        get: operation("listNotes", "list", ok(ref("NotePage")), {
          parameters: [
            ...page,
            { name: "colour", in: "query", explode: true, schema: { type: "array", items: ref("Colour") } },
            { name: "include", in: "query", explode: false, schema: { type: "array", items: text } },
          ],
        }),
        post: operation("createNote", "create", { 201: ok(ref("Note"))[200], 202: { description: "Later." }, 409: {}, 429: {} }, {
          summary: "Write a note",
          description: "Writes a note. Admins may do it.",
          security: [],
          deprecated: true,
          "x-sunset": "2027-01-01",
          requestBody: { required: true, content: { "application/json": { schema: ref("NoteCreate") } } },
        }),
      },
      "/notes/{note_id}": {
        parameters: [{ name: "note_id", in: "path", required: true, schema: text }],
        get: operation("getNote", "get", ok(ref("Note"))),
        delete: operation("deleteNote", "delete", { 204: { description: "Gone." }, 404: {} }),
      },
      "/notes/{note_id}/history": {
        get: operation("getNoteHistory", "getHistory", ok(ref("NotePage")), {
          parameters: [{ name: "note_id", in: "path", required: true, schema: text }, ...page.slice(0, 2)],
        }),
      },
      "/notes/search": {
        get: operation("searchNotes", "search", ok(ref("NotePage")), {
          parameters: [...page.slice(0, 2), { name: "q", in: "query", required: true, schema: text }],
        }),
      },
      "/notes/file": {
        get: operation("exportNotes", "export", { 200: { content: lines } }),
        post: operation("importNotes", "import", { 204: { description: "Taken." } }, { requestBody: { required: true, content: lines } }),
      },
      "/stream": {
        get: operation("streamNotes", "stream", { 200: { content: { "text/event-stream": { schema: text } } } }),
      },
    },
    components: {
      schemas: {
        Colour: { type: "string", description: "A colour.", enum: ["red", "green"] },
        Kind: { type: "string", enum: ["todo"], "x-extensible-enum": ["todo"] },
        Note: {
          type: "object",
          description: "A note. It ends with */ inside.",
          required: ["id", "kind", "colour", "tags", "values", "mood-ring"],
          properties: {
            id: { type: "integer", description: "Its number." },
            kind: { allOf: [ref("Kind")], description: "What it is." },
            colour: { allOf: [ref("Colour")], nullable: true },
            tags: { type: "array", items: { type: "string", nullable: true } },
            values: { type: "object", additionalProperties: { type: "number" } },
            "mood-ring": {},
          },
        },
        NoteCreate: {
          type: "object",
          required: ["colour"],
          properties: {
            colour: ref("Colour"),
            kind: { allOf: [ref("Kind")], default: "todo" },
            tags: { type: "array", items: text },
          },
        },
        NotePage: {
          type: "object",
          required: ["data", "page"],
          properties: { data: { type: "array", items: ref("Note") }, page: { type: "object", additionalProperties: true }, warning: { type: "string", deprecated: true } },
        },
      },
    },
  };
}

function operation(operationId, method, responses, more = {}) {
  return { operationId, "x-sdk-method": method, tags: ["api_notes"], responses, ...more };
}
