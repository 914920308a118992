/** A message of a stream, as HTML's section on server-sent events has them. */
export interface Message {
  /** Empty where the message has no name, and where it has no data. */
  event: string;
  /** Undefined where there is none: the message then only moves the id. */
  data: string | undefined;
  /** The id of this message or of the last one that had one; undefined before. */
  id: string | undefined;
  /** How many milliseconds to wait before connecting again, where the stream says so. */
  retry: number | undefined;
}

/** Reads the messages of a stream. What is not ended by an empty line is none. */
export async function* readMessages(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Message, void, undefined> {
  let id: string | undefined;
  let next: Message = { event: "", data: undefined, id, retry: undefined };

  for await (const line of body ? readLines(body) : []) {
    if (line === "") {
      id = next.id;
      yield next;
      next = { event: "", data: undefined, id, retry: undefined };
      continue;
    }
    const [, name, value = ""] = /^([^:]*)(?:: ?([\s\S]*))?$/.exec(line) ?? [];
    if (name === "event") {
      next.event = value;
    } else if (name === "data") {
      next.data = next.data === undefined ? value : `${next.data}\n${value}`;
    } else if (name === "id" && !value.includes("\0")) {
      next.id = value;
    } else if (name === "retry" && /^\d+$/.test(value)) {
      next.retry = Number(value);
    }
  }
}

/** Lines end with LF, CR LF or CR; the last one is left out if it does not end. */
async function* readLines(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const reader = body.getReader();
  // It also takes a byte order mark away.
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        return;
      }
      text += decoder.decode(value, { stream: true });
      // A CR at the end may be the first half of a CR LF.
      const lines = text.split(/\r\n|\n|\r(?!$)/);
      text = lines.pop() ?? "";
      yield* lines;
    }
  } finally {
    // Whoever stops reading closes the connection.
    await reader.cancel().catch(() => {});
  }
}
