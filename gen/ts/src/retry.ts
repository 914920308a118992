/** The first repeat comes within this many milliseconds; each that follows within twice as many. */
const base = 500;
/** No pause of our own is longer. */
const longest = 8_000;
/** Who asks for more than this is not waited for: the error says how long it would be. */
const patience = 60_000;

/** Tells whether the status says that the same request may be answered otherwise in a moment. */
export function isPassing(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/**
 * How many milliseconds to wait before the repeat with this number, counted from 1, longer than the
 * seconds that the service asks for. Undefined where that is too long to wait for.
 */
export function pause(repeat: number, asked = 0): number | undefined {
  return asked * 1000 > patience ? undefined : asked * 1000 + jitter(repeat, base, longest);
}

/**
 * Any time up to a limit that doubles with each repeat ("full jitter"), so that those who failed together
 * do not come back together.
 */
export function jitter(repeat: number, first: number, most: number): number {
  return Math.random() * Math.min(most, first * 2 ** (repeat - 1));
}

/** Reads `Retry-After`, which is in seconds or a date (RFC 9110, 10.2.3), as seconds from now. */
export function retryAfter(headers: Headers): number | undefined {
  const text = headers.get("Retry-After")?.trim();
  if (!text) {
    return undefined;
  }
  if (/^\d+$/.test(text)) {
    return Number(text);
  }
  const at = Date.parse(text);
  // A date is of the clock that sent it, which its own Date tells where it can be seen.
  const now = Date.parse(headers.get("Date") ?? "") || Date.now();
  return Number.isNaN(at) ? undefined : Math.max(0, (at - now) / 1000);
}

/** Waits, and throws the signal's reason when that is aborted meanwhile. */
export function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return unlessAborted(
    signal,
    (done) => {
      // A timer takes 31 bits, and is over at once beyond them.
      const timer = setTimeout(done, Math.min(milliseconds, 2 ** 31 - 1));
      return () => clearTimeout(timer);
    },
  );
}

/** Waits for what others wait for too: whoever aborts leaves, and it goes on for the others. */
export function join<T>(shared: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return unlessAborted<T>(signal, (done, failed) => {
    shared.then(done, failed);
  });
}

/** A promise that `begin` settles, unless the signal is aborted before. What `begin` returns stops it. */
function unlessAborted<T>(
  signal: AbortSignal | undefined,
  begin: (done: (value: T) => void, failed: (reason: unknown) => void) => (() => void) | void,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const aborted = () => {
      stop?.();
      reject(signal?.reason);
    };
    const over = () => signal?.removeEventListener("abort", aborted);
    signal?.addEventListener("abort", aborted, { once: true });
    const stop = begin(
      (value) => (over(), resolve(value)),
      (reason) => (over(), reject(reason)),
    );
  });
}
