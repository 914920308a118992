import type { Deadline } from "./deadline.js";

/** How the body of a good answer is read. */
export type Reader<T> = (response: Response, deadline: Deadline, silence: number) => T | Promise<T>;

/** An answer that has been read. */
export interface Answer<T> {
  /** Undefined where there was nothing to read. */
  data: T;
  response: Response;
}

/** Reads JSON. Half of a document is no answer. */
export async function readJSON(response: Response, deadline: Deadline): Promise<Answer<unknown>> {
  try {
    const text = await response.text();
    return { data: text === "" && !response.headers.has("Content-Type") ? undefined : JSON.parse(text), response };
  } catch (cause) {
    throw deadline.explain(cause, "the answer is incomplete, or not JSON");
  } finally {
    deadline.release();
  }
}

const emptyStatuses = [204, 205, 304];

/**
 * Leaves the body to whoever reads it, which may take as long as it wants; but where something is waited
 * for, silence is taken for a connection that is dead.
 */
export function watch(response: Response, deadline: Deadline, silence: number): Response {
  deadline.stop();
  // Chromium gives an answer that has no body an empty one, and takes none for its status back.
  if (!response.body || emptyStatuses.includes(response.status)) {
    deadline.release();
    return response;
  }
  const reader = response.body.getReader();
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          deadline.start(silence);
          const { done, value } = await reader.read();
          deadline.stop();
          if (!done) {
            controller.enqueue(value);
            return;
          }
          deadline.release();
          controller.close();
        } catch (cause) {
          deadline.release();
          controller.error(deadline.explain(cause, "the connection was lost in the middle of the answer"));
        }
      },
      cancel(reason) {
        deadline.release();
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, response);
}
