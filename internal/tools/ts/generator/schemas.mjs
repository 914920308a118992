// Writes the contract's schemas: enumerations, as values and as types, and everything else as types.
import { comment, header, importTypes, list, propertyName } from "./text.mjs";
import { TypeWriter } from "./types.mjs";

/** The name of the constant with the values of an enumeration: `taskStatusValues`. */
export function valuesName(name) {
  return `${name.replace(/^[A-Z]+(?![a-z])|^[A-Z]/, (start) => start.toLowerCase())}Values`;
}

/** The enumerations: each a constant, which a bundler drops where it is not used, and a type of it. */
export function writeEnums({ schemas }) {
  const enums = [...schemas.values()].filter(({ schema }) => schema.enum !== undefined);
  const written = enums.map(({ name, schema }) => {
    const values = list(
      `export const ${valuesName(name)} = [`,
      schema.enum.map((value) => JSON.stringify(value)),
      "] as const;",
    );
    return [
      comment([`The values of {@link ${name}}.`]),
      `${values}\n`,
      "\n",
      comment([schema.description]),
      `export type ${name} = (typeof ${valuesName(name)})[number];\n`,
    ].join("");
  });

  return [
    `${header("The enumerations of the contract, as values and as types.")}\n`,
    comment([
      "A value of an enumeration that will grow. Those that are known are proposed by editors and can be " +
        "compared with; one that a later version of the service knows arrives as it is.",
    ]),
    "export type Open<Known extends string> = Known | (string & {});\n\n",
    written.join("\n"),
  ].join("");
}

/** Everything else, as interfaces. */
export function writeSchemas({ schemas }) {
  const types = new TypeWriter(schemas);
  const enums = new Set();
  const written = [...schemas.values()].flatMap((entry) => {
    if (entry.schema.enum !== undefined) {
      enums.add(entry.name);
      return [];
    }
    try {
      return [writeSchema(types, entry)];
    } catch (error) {
      throw new Error(`${entry.name}: ${error.message}`, { cause: error });
    }
  });

  const imported = [...types.references].filter((name) => enums.has(name));
  return [
    `${header("The schemas of the contract.")}\n`,
    importTypes(types.usesOpen ? [...imported, "Open"] : imported, "./enums.js"),
    `\n${written.join("\n")}`,
  ].join("");
}

function writeSchema(types, { name, schema, sent, received }) {
  const doc = comment([schema.description, schema.deprecated ? "@deprecated" : ""]);
  if (schema.properties === undefined) {
    return `${doc}export type ${name} = ${types.type(schema, { sending: sent && !received })};\n`;
  }

  const required = new Set(schema.required ?? []);
  const fields = Object.entries(schema.properties).map(([field, property]) =>
    writeField(types, field, property, {
      optional: !required.has(field),
      sent,
      // What is both sent and received can be read and changed like what is received.
      sending: sent && !received,
    }),
  );
  return `${doc}export interface ${name} {\n${fields.join("")}}\n`;
}

/** A field of an interface. In what is sent, a field that may be left out may be `undefined` as well. */
export function writeField(types, name, schema, { optional, sent, sending, description = schema.description }) {
  const type = types.type(schema, { sending });
  return [
    comment([[description, ...remarks(schema)].filter(Boolean).join("\n")], "  "),
    `  ${propertyName(name)}${optional ? "?" : ""}: ${type}${optional && sent ? " | undefined" : ""};\n`,
  ].join("");
}

/** What TSDoc has tags for. */
function remarks(schema) {
  return [
    schema.default === undefined ? "" : `@defaultValue \`${JSON.stringify(schema.default)}\``,
    schema.deprecated ? "@deprecated" : "",
  ];
}
