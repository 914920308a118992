import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { mock } from "node:test";

/** A request that a fake has received. */
export interface Received {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A server that answers as a test says. */
export interface Fake {
  baseUrl: string;
  received: Received[];
  close(): Promise<void>;
}

export type Answer = (response: ServerResponse, request: Received) => void;

/** Answers the first request by the first answer and so on, and all that follow by the last. */
export async function fake(...answers: Answer[]): Promise<Fake> {
  const received: Received[] = [];
  const server = createServer((message, response) => {
    void (async () => {
      const request = { method: message.method!, url: message.url!, headers: message.headers, body: await bodyOf(message) };
      received.push(request);
      answers[Math.min(received.length, answers.length) - 1]!(response, request);
    })().catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function bodyOf(message: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of message.setEncoding("utf8")) {
    body += chunk;
  }
  return body;
}

/** Answers JSON. */
export function json(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return (response) => response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(body));
}

/** Answers a problem, as the service does. */
export function problem(status: number, code: string, headers: Record<string, string> = {}): Answer {
  const body = { type: `/errors/${code}`, title: code, status, detail: `It is ${code}.`, instance: "/", code, request_id: "req-of-the-service" };
  return (response) => response.writeHead(status, { "Content-Type": "application/problem+json", ...headers }).end(JSON.stringify(body));
}

export const noContent: Answer = (response) => response.writeHead(204).end();

/** Cuts the connection without an answer. */
export const cut: Answer = (response) => response.destroy();

/** Says that an answer is longer than it is. */
export function half(status: number, text: string, type = "application/json"): Answer {
  return (response) => {
    response.writeHead(status, { "Content-Type": type, "Content-Length": "1000" });
    response.write(text);
    setTimeout(() => response.destroy(), 5);
  };
}

/** Has no pause between repeats but what is asked for. */
export function withoutPauses(): void {
  mock.method(Math, "random", () => 0);
}
