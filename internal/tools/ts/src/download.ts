import { sort } from "./resource.js";
import type { Transport } from "./transport.js";

/** Binds an operation that answers a file. */
export function download<Method>(transport: Transport, template: string): Method {
  return (async (...given: unknown[]) => {
    const { path, params, options } = sort(template, "params", given);
    return new Download(await transport.send({ method: "GET", path, query: params, accept: "*/*", options }));
  }) as Method;
}

/**
 * A file that has begun to arrive. It can be read once: as it comes with {@link Download.body} or
 * {@link Download.lines}, or as a whole. One that could not be finished by the service ends with an
 * error, never as if it were complete.
 */
export class Download<Line = unknown> {
  /** The answer, for its headers. */
  readonly response: Response;

  constructor(response: Response) {
    this.response = response;
  }

  /** The bytes as they come. */
  get body(): ReadableStream<Uint8Array> {
    return this.response.body ?? new Blob([]).stream();
  }

  /** What the file is, such as `application/x-ndjson`. */
  get contentType(): string {
    return (this.response.headers.get("Content-Type") ?? "").split(";")[0]!.trim();
  }

  /** The name that the service gave to the file. */
  get filename(): string | undefined {
    return /filename="?([^";]+)"?/.exec(this.response.headers.get("Content-Disposition") ?? "")?.[1];
  }

  /** The whole file as text. */
  text(): Promise<string> {
    return this.response.text();
  }

  /** The whole file. */
  blob(): Promise<Blob> {
    return this.response.blob();
  }

  /** The records of a file of JSON lines, one by one as they come. */
  async *lines(): AsyncGenerator<Line, void, undefined> {
    if (!this.contentType.endsWith("ndjson")) {
      throw new TypeError(`The file is ${this.contentType}, which has no JSON lines: read its text, or ask for ndjson.`);
    }
    const reader = this.body.getReader();
    const decoder = new TextDecoder();
    let rest = "";
    try {
      for (;;) {
        const { done, value } = await reader.read();
        const lines = (rest + decoder.decode(value, { stream: !done })).split("\n");
        rest = done ? "" : (lines.pop() ?? "");
        for (const line of lines) {
          if (line.trim() !== "") {
            yield JSON.parse(line) as Line;
          }
        }
        if (done) {
          return;
        }
      }
    } finally {
      // Whoever stops early does not want the rest either.
      await reader.cancel().catch(() => {});
    }
  }
}
