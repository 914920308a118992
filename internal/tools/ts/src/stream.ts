import { fillPath } from "./path.js";
import type { RequestOptions } from "./options.js";
import type { Event } from "./schemas.js";
import type { Transport } from "./transport.js";

/** What can be said with a stream. */
export interface StreamOptions extends RequestOptions {
  /** The id of the last event that was seen: what follows it comes first. */
  lastEventId?: string | undefined;
}

/** The changes as they happen. */
export type EventStream = AsyncIterable<Event>;

/** Binds the operation that streams events. */
export function stream<Method>(transport: Transport, template: string): Method {
  return ((params?: object, options?: StreamOptions): EventStream => ({
    async *[Symbol.asyncIterator]() {
      const response = await transport.send({
        method: "GET",
        path: fillPath(template, []),
        query: params as Record<string, unknown>,
        accept: "text/event-stream",
        options,
      });
      const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      try {
        for (;;) {
          const { done, value } = await reader.read();
          if (done) {
            return;
          }
          const messages = (rest + value).split("\n\n");
          rest = messages.pop() ?? "";
          for (const message of messages) {
            const data = /^data: ?(.*)$/m.exec(message)?.[1];
            if (data !== undefined && !/^event: ?(reset|end)$/m.test(message)) {
              yield JSON.parse(data) as Event;
            }
          }
        }
      } finally {
        await reader.cancel();
      }
    },
  })) as Method;
}
