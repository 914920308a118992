// From a schema to the TypeScript type of its values.
import { refName } from "./spec.mjs";

/**
 * Writes the types of one file and remembers what they refer to, so that it can be imported.
 *
 * What is sent and what is received differ: a list that is sent may be read-only, a field that may be
 * left out may also be `undefined`, and an enumeration that will grow is closed; in what is received it
 * is open, so that a program written today compiles with, and thinks of, the values of tomorrow.
 */
export class TypeWriter {
  #schemas;
  /** The names of schemas that were referred to. */
  references = new Set();
  /** Whether `Open` was used. */
  usesOpen = false;

  constructor(schemas) {
    this.#schemas = schemas;
  }

  /** The type of a schema where it is sent (`sending`) or received. */
  type(schema, { sending }) {
    const type = this.#bare(schema, { sending });
    return schema.nullable === true && type !== "unknown" ? `${type} | null` : type;
  }

  #bare(schema, direction) {
    if (schema.$ref !== undefined) {
      return this.#named(refName(schema.$ref), direction);
    }
    if (schema.allOf !== undefined) {
      // In OpenAPI 3.0 a reference that has a description or may be null stands in an allOf of one.
      if (schema.allOf.length !== 1) {
        throw new Error("An allOf of several schemas has no name to be read by: name what they make together.");
      }
      return this.type(schema.allOf[0], direction);
    }
    if (schema.oneOf !== undefined || schema.anyOf !== undefined) {
      return (schema.oneOf ?? schema.anyOf).map((each) => this.type(each, direction)).join(" | ");
    }
    if (schema.enum !== undefined) {
      return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
    }
    switch (schema.type) {
      case "string":
        return schema.format === "binary" ? "Blob" : "string";
      case "integer":
      case "number":
        return "number";
      case "boolean":
        return "boolean";
      case "array":
        return this.#array(schema, direction);
      case "object":
        return this.#record(schema, direction);
      case undefined:
        return "unknown";
      default:
        throw new Error(`The generator does not know the type ${schema.type}.`);
    }
  }

  #named(name, { sending }) {
    const target = this.#schemas.get(name);
    if (target === undefined) {
      throw new Error(`There is no schema ${name}.`);
    }
    this.references.add(name);
    if (target.schema["x-extensible-enum"] !== undefined && !sending) {
      this.usesOpen = true;
      return `Open<${name}>`;
    }
    return name;
  }

  #array(schema, direction) {
    const item = this.type(schema.items, direction);
    return `${direction.sending ? "readonly " : ""}${item.includes(" | ") ? `(${item})` : item}[]`;
  }

  #record(schema, direction) {
    if (schema.properties !== undefined) {
      throw new Error("An object within another has no name: give it a schema of its own.");
    }
    const { additionalProperties: values } = schema;
    return `Record<string, ${typeof values === "object" ? this.type(values, direction) : "unknown"}>`;
  }
}
