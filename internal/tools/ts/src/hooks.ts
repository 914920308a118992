/** What is never shown to a hook, whoever has set it. The key of a POST is a name, and no secret. */
const secret = /auth|cookie|token|secret|password|session|credential|(?<!^idempotency-)key/i;

/** A copy that can be logged. */
export function withoutSecrets(headers: Headers): Headers {
  const shown = new Headers();
  headers.forEach((value, name) => shown.append(name, secret.test(name) ? "***" : value));
  return shown;
}

/** Calls a hook, and drops whatever it throws, now or later. */
export function tell<Event>(hook: ((event: Event) => unknown) | undefined, event: () => Event): void {
  if (hook) {
    void (async () => hook(event()))().catch(() => {});
  }
}
