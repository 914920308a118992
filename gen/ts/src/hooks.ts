/** What is never shown to a hook, whoever has set it. */
const secrets = ["authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"];

/** A copy that can be logged. */
export function withoutSecrets(headers: Headers): Headers {
  const shown = new Headers(headers);
  for (const name of secrets) {
    if (shown.has(name)) {
      shown.set(name, "***");
    }
  }
  return shown;
}

/** Calls a hook, and drops whatever it throws, now or later. */
export function tell<Event>(hook: ((event: Event) => unknown) | undefined, event: () => Event): void {
  if (hook) {
    void (async () => hook(event()))().catch(() => {});
  }
}
