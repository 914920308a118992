import { promised, sort } from "./resource.js";
import type { Transport } from "./transport.js";

/**
 * A file to be sent: its text, its bytes, a `Blob` such as a chosen `File`, or a stream, which is sent once
 * since it can be read once. Records in an array are written as JSON lines.
 */
export type Upload<Line = unknown> =
  | string
  | Uint8Array
  | ArrayBuffer
  | Blob
  | ReadableStream<Uint8Array>
  | readonly Line[];

/** Binds an operation that takes a file, which is of the `usual` type unless it is said to be another. */
export function upload<Method>(transport: Transport, template: string, usual: string): Method {
  return ((...given: unknown[]) =>
    promised(async () => {
      const { path, body, params = {}, options } = sort(template, "body, params", given);
      const { contentType, ...query } = params;
      const type = contentType ?? (body instanceof Blob && body.type !== "" ? body.type : usual);
      return transport.json({
        method: "POST",
        path,
        query,
        body: Array.isArray(body) ? jsonLines(body) : body,
        contentType: String(type),
        options,
      });
    })) as Method;
}

function jsonLines(records: readonly unknown[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join("");
}
