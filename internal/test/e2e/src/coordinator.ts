import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** The compiled tests are four directories below the root of the repository. */
const binary = fileURLToPath(new URL("../../../../bin/coordinator", import.meta.url));

const startLimit = 60_000;

/** A server of its own, on a database of its own, that no other test sees. */
export interface Coordinator {
  baseUrl: string;
  admin: { email: string; password: string };
  /** What it has written so far. */
  output(): string;
  /** Stops the server and removes its data. It rejects if the server did not stop cleanly. */
  stop(): Promise<void>;
}

/** What a server is started with besides what every one is. */
export interface StartOptions {
  /** With the demo's data, accounts and board. */
  demo?: boolean;
  /** Settings by the names of their variables. */
  settings?: Record<string, string>;
}

/** Whom everybody may sign in to a demo as. */
export const demoAccount = { email: "ana@studio.example", password: "coordinator-demo" };

/** Starts the built binary as an operator does and waits until it is ready. */
export async function startCoordinator({ demo = false, settings = {} }: StartOptions = {}): Promise<Coordinator> {
  const directory = await mkdtemp(join(tmpdir(), "coordinator-e2e-"));
  // Run by root, PostgreSQL is given another account, which has to reach its data.
  await chmod(directory, 0o711);

  const port = await freePort();
  const baseUrl = `http://127.0.0.1:${port}`;
  const admin = { email: "admin@agency.example", password: "correct horse battery staple" };

  const environment: NodeJS.ProcessEnv = {
    COORDINATOR_ADDR: `127.0.0.1:${port}`,
    COORDINATOR_DATA_DIR: join(directory, "data"),
    COORDINATOR_ADMIN_EMAIL: admin.email,
    COORDINATOR_ADMIN_PASSWORD: admin.password,
    ...settings,
  };
  // Nothing else of the caller's environment, which may name a database.
  for (const name of ["PATH", "HOME", "PG_BIN_DIR", "TMPDIR", "XDG_CACHE_HOME"]) {
    if (process.env[name] !== undefined) {
      environment[name] = process.env[name];
    }
  }

  const server = spawn(binary, demo ? ["serve", "--demo"] : ["serve"], { env: environment, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  server.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  server.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));

  const stop = async () => {
    await end(server, () => output);
    await rm(directory, { recursive: true, force: true });
  };

  try {
    await ready(server, baseUrl, () => output);
  } catch (error) {
    await stop().catch(() => {});
    throw error;
  }

  return { baseUrl, admin, output: () => output, stop };
}

async function ready(server: ChildProcess, baseUrl: string, output: () => string): Promise<void> {
  const giveUp = Date.now() + startLimit;
  for (;;) {
    if (hasEnded(server)) {
      throw new Error(`The server ended before it was ready:\n${output()}`);
    }
    const response = await fetch(`${baseUrl}/readyz`).catch(() => undefined);
    if (response?.ok) {
      return;
    }
    if (Date.now() > giveUp) {
      throw new Error(`The server was not ready after ${startLimit / 1000} s:\n${output()}`);
    }
    await sleep(50);
  }
}

async function end(server: ChildProcess, output: () => string): Promise<void> {
  if (!hasEnded(server)) {
    const ended = once(server, "exit");
    server.kill("SIGTERM");
    await ended;
  }
  if (server.exitCode !== 0) {
    throw new Error(`The server ended with ${server.exitCode ?? server.signalCode}:\n${output()}`);
  }
}

function hasEnded(server: ChildProcess): boolean {
  return server.exitCode !== null || server.signalCode !== null;
}

/** A free port below those that the system gives to outgoing connections, one of which could take it meanwhile. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 20_000);
    const probe = createServer().listen(port, "127.0.0.1");
    try {
      await once(probe, "listening");
    } catch {
      continue;
    }
    probe.close();
    await once(probe, "close");
    return port;
  }
}
