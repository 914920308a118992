import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const binary = fileURLToPath(new URL("../../../../bin/testproxy", import.meta.url));

/** What the proxy has seen. */
export interface Report {
  /** How many operations the contract has. */
  total: number;
  /** How often each operation was called. */
  called: Record<string, number>;
  /** The operations that were never called. */
  missing: string[];
  faults: { failed: number; delayed: number; truncated: number; repeated: number; cut: number };
}

/** A proxy in front of a server, which records what is called and does what networks do. */
export interface Proxy {
  baseUrl: string;
  report(): Promise<Report>;
  /** Cuts all connections at once. */
  cut(): Promise<void>;
  /** Answers that are under way get no further byte, and stay open. */
  stall(): Promise<void>;
  /** Sets the share of the requests that something is done to. */
  setFaults(share: number): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a proxy in front of the server. The same seed gives the same sequence of faults. */
export async function startProxy(target: string, { faults = 0, seed = 1 } = {}): Promise<Proxy> {
  const process = spawn(binary, ["--target", target, "--faults", String(faults), "--seed", String(seed)], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface(process.stdout)[Symbol.asyncIterator]();
  const first = String((await lines.next()).value);
  const baseUrl = /^listening on (http\S+)$/.exec(first)?.[1];
  if (baseUrl === undefined) {
    throw new Error(`The proxy has not started, but said ${JSON.stringify(first)}.`);
  }

  const post = async (path: string) => {
    const response = await fetch(baseUrl + path, { method: "POST" });
    if (!response.ok) {
      throw new Error(`The proxy answered ${response.status}: ${await response.text()}`);
    }
  };
  return {
    baseUrl,
    report: async () => (await (await fetch(`${baseUrl}/-/report`)).json()) as Report,
    cut: () => post("/-/cut"),
    stall: () => post("/-/stall"),
    setFaults: (share) => post(`/-/faults?share=${share}`),
    async stop() {
      const ended = once(process, "exit");
      process.kill("SIGTERM");
      await ended;
    },
  };
}
