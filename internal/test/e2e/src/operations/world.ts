import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { createClient, isApiError, signIn, type CoordinatorClient, type ProblemCode, type Role, type User } from "@aicoordination/coordinator";

import { startCoordinator } from "../coordinator.js";
import { startProxy, type Report } from "../proxy.js";

/** Somebody with an account, and a client that acts as it. */
export interface Person {
  user: User;
  email: string;
  password: string;
  client: CoordinatorClient;
}

/** A service that many stories are told to, one after the other, through the proxy that listens. */
export interface World {
  baseUrl: string;
  admin: Person;
  nobody: CoordinatorClient;
  /** The token of the last letter of the kind to the address. */
  letter(kind: string, to: string): Promise<string>;
  /** Invites somebody, who opens an account and signs in. */
  person(name: string, role?: Role): Promise<Person>;
  report(): Promise<Report>;
  stop(): Promise<void>;
}

const unlimited = Object.fromEntries(
  ["SIGN_IN", "SEARCH", "WRITE", "READ", "ADDRESS"].map((bucket) => [`COORDINATOR_RATE_LIMIT_${bucket}`, "0"]),
);

export async function startWorld(): Promise<World> {
  const coordinator = await startCoordinator({
    settings: {
      ...unlimited,
      COORDINATOR_MAIL_URL: "log:",
      COORDINATOR_REGISTRATION: "open",
      COORDINATOR_WEBHOOK_ALLOW_LOOPBACK: "true",
    },
  });
  const proxy = await startProxy(coordinator.baseUrl);
  const { baseUrl } = proxy;
  const nobody = createClient({ baseUrl });

  const letter = async (kind: string, to: string): Promise<string> => {
    for (const giveUp = Date.now() + 20_000; Date.now() < giveUp; await sleep(20)) {
      const letters = coordinator.output().split("\n").flatMap((line) => {
        try {
          const entry = JSON.parse(line) as Record<string, string>;
          return entry["msg"] === "this mail would have been sent" && entry["kind"] === kind && entry["to"] === to ? [entry["value"] ?? ""] : [];
        } catch {
          return [];
        }
      });
      if (letters.length > 0) {
        return letters.at(-1)!;
      }
    }
    throw new Error(`No letter of the kind ${kind} to ${to}:\n${coordinator.output()}`);
  };

  const adminClient = await signIn({ baseUrl, ...coordinator.admin });
  const admin = { ...coordinator.admin, client: adminClient, user: await adminClient.users.me() };

  return {
    baseUrl,
    admin,
    nobody,
    letter,
    async person(name, role = "user") {
      const email = `${name.toLowerCase().replace(/\W+/g, ".")}@studio.example`;
      const password = `the long password of ${name.length} others`;
      await adminClient.invitations.create({ email, role });
      const user = await nobody.users.register({ email, password, name, invitation_token: await letter("invitation", email) });
      assert.ok(user);
      return { user, email, password, client: await signIn({ baseUrl, email, password }) };
    },
    report: proxy.report,
    async stop() {
      await proxy.stop();
      await coordinator.stop();
    },
  };
}

/** The code that an authenticator shows for the secret (RFC 6238), now or so many seconds later. */
export function totp(secret: string, later = 0): string {
  const bits = [...secret.replace(/=+$/, "")].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g)!.map((byte) => Number.parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor((Date.now() / 1000 + later) / 30)));
  const sum = createHmac("sha1", key).update(step).digest();
  const code = sum.readUInt32BE(sum.at(-1)! & 0xf) & 0x7fffffff;
  return String(code % 1_000_000).padStart(6, "0");
}

/** Holds that a call is refused with the code. */
export async function refused(call: Promise<unknown>, code: ProblemCode): Promise<void> {
  await assert.rejects(call, (error) => {
    assert.ok(isApiError(error, code), `${String(error)} is not ${code}`);
    return true;
  });
}

export const ids = (records: readonly { id: string }[]): string[] => records.map(({ id }) => id);
