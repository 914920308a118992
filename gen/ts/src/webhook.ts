import { CoordinatorError } from "./errors.js";
import type { WebhookMessage } from "./schemas.js";

/** A message is not from the service, or is not one of today: answer it with 400, and do nothing. */
export class WebhookVerificationError extends CoordinatorError {
  override name = "WebhookVerificationError";
}

/** How a webhook's message is verified. */
export interface VerifyOptions {
  /** By how many seconds the clock that signed may differ from this one, either way: 300 where nothing is said. */
  tolerance?: number | undefined;
}

/** The headers of a request, as `fetch` (anybody's), Node and most frameworks have them. */
export type IncomingHeaders = { get(name: string): string | null } | Readonly<Record<string, string | readonly string[] | undefined>>;

const prefix = "whsec_";
const encoder = new TextEncoder();

/**
 * Returns the message that a webhook has sent, or throws a {@link WebhookVerificationError} unless one of
 * the secrets has signed it, as https://www.standardwebhooks.com describes. The body is the one that came,
 * before it was parsed; `headers` has `webhook-id`, `webhook-timestamp` and `webhook-signature`.
 *
 *     const message = await verifyWebhook(await request.text(), request.headers, secret);
 *
 * A message may come twice: its `webhook-id` is the same.
 */
export async function verifyWebhook(
  body: string | Uint8Array | ArrayBuffer,
  headers: IncomingHeaders,
  secrets: string | readonly string[],
  options: VerifyOptions = {},
): Promise<WebhookMessage> {
  const id = read(headers, "webhook-id");
  const timestamp = read(headers, "webhook-timestamp");
  const signatures = read(headers, "webhook-signature")
    .split(" ")
    .flatMap((each) => (each.startsWith("v1,") ? (decode(each.slice(3)) ?? []) : []));

  const { tolerance = 300 } = options;
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(Date.now() / 1000 - Number(timestamp)) > tolerance) {
    throw new WebhookVerificationError(
      `The message was signed at ${timestamp}, which is more than ${tolerance} seconds from now. Check this machine's clock.`,
    );
  }
  const content = typeof body === "string" ? encoder.encode(body) : new Uint8Array(body);
  const head = encoder.encode(`${id}.${timestamp}.`);
  const signed = new Uint8Array(head.length + content.length);
  signed.set(head);
  signed.set(content, head.length);

  const keys = await Promise.all([secrets].flat().map(toKey));
  for (const key of keys) {
    for (const signature of signatures) {
      // It compares in constant time.
      if (await crypto.subtle.verify("HMAC", key, signature, signed)) {
        return JSON.parse(new TextDecoder().decode(content)) as WebhookMessage;
      }
    }
  }
  throw new WebhookVerificationError(
    "None of the secrets has signed the message. Give the body as it came, before it was parsed, and the endpoint's secret.",
  );
}

function read(headers: IncomingHeaders, name: string): string {
  const value: string | readonly string[] | null | undefined =
    typeof headers.get === "function"
      ? headers.get(name)
      : Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  const text = typeof value === "object" ? value?.join(" ") : value;
  if (!text) {
    throw new WebhookVerificationError(`The message has no header ${name}.`);
  }
  return text;
}

function toKey(secret: string): Promise<CryptoKey> {
  const bytes = decode(secret.startsWith(prefix) ? secret.slice(prefix.length) : secret);
  if (!bytes?.length) {
    // Without the secret, which would be logged.
    throw new TypeError(`A webhook's secret is ${prefix} and base64, as creating the webhook has answered it.`);
  }
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
}

/** Undefined where it is not base64. */
function decode(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
