import { isApiError } from "./errors.js";
import type { AuthSession, ClientOptions } from "./options.js";
import { randomId } from "./request.js";
import type { TokenPair } from "./schemas.js";
import type { Transport } from "./transport.js";

/** What requests are sent with. */
export interface Credentials {
  /** The token to send now; undefined for none. */
  token(): Promise<string | undefined>;
  /** Another token than the one that was refused; undefined where there is none. */
  renew(refused: string | undefined): Promise<string | undefined>;
  /** Forgets everything. */
  end(): Promise<void>;
}

/** The credentials that the options name. The session is refreshed through the transport. */
export function toCredentials(client: ClientOptions, transport: Transport): Credentials {
  const { apiKey, token, session } = client;
  if ([apiKey, token, session].filter((given) => given !== undefined).length > 1) {
    throw new TypeError("Give one of apiKey, token and session.");
  }
  if (session !== undefined) {
    return new SessionKeeper(session, client.onSession, transport);
  }
  const source = typeof token === "function" ? token : undefined;
  const fixed = typeof token === "function" ? undefined : (token ?? apiKey);
  return {
    token: async () => (source ? source() : fixed),
    renew: async (refused) => source?.(refused),
    end: async () => {},
  };
}

/** A pair of tokens with the moment at which the first ends. */
export function toSession(pair: TokenPair | AuthSession): AuthSession {
  const at = "expires_at" in pair ? pair.expires_at : new Date(Date.now() + pair.expires_in * 1000).toISOString();
  return { ...pair, expires_at: at };
}

/** Keeps a session alive, by one refresh at a time. */
class SessionKeeper implements Credentials {
  readonly #transport: Transport;
  readonly #tell: ClientOptions["onSession"];
  #session: AuthSession | undefined;
  /**
   * What the refresh of this session is known by, however often it is tried: a refresh token is good for
   * ten seconds after its first use, and ends the session later, but the answer to the same request is
   * to be had for days.
   */
  #key = randomId();
  #refreshing: Promise<string> | undefined;

  constructor(session: TokenPair | AuthSession, tell: ClientOptions["onSession"], transport: Transport) {
    this.#session = toSession(session);
    this.#tell = tell;
    this.#transport = transport;
  }

  async token(): Promise<string | undefined> {
    const session = this.#session;
    if (!session) {
      return undefined;
    }
    const left = Date.parse(session.expires_at) - Date.now();
    // A minute before its end, or a fifth of its life where that is short.
    if (left > Math.min(60, session.expires_in / 5) * 1000) {
      return session.access_token;
    }
    try {
      return await this.#refresh(session);
    } catch (error) {
      // The token that there is still holds, and the next call tries again.
      if (this.#session === session && left > 0) {
        return session.access_token;
      }
      throw error;
    }
  }

  async renew(refused: string | undefined): Promise<string | undefined> {
    const session = this.#session;
    // Somebody else has refreshed it in the meantime.
    return session?.access_token === refused && session ? this.#refresh(session) : session?.access_token;
  }

  async end(): Promise<void> {
    if (this.#session) {
      this.#session = undefined;
      await this.#tell?.(null);
    }
  }

  #refresh(session: AuthSession): Promise<string> {
    this.#refreshing ??= this.#exchange(session).finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  async #exchange(old: AuthSession): Promise<string> {
    let pair: TokenPair;
    try {
      const answer = await this.#transport.json<TokenPair>({
        method: "POST",
        path: "/api/v1/users/refresh",
        body: { refresh_token: old.refresh_token },
        anonymous: true,
        options: { idempotencyKey: this.#key },
      });
      pair = answer.data;
    } catch (error) {
      // Anything else than a refusal passes, and the session is still good.
      if (isApiError(error, "unauthenticated", "validation_failed")) {
        await this.end();
      }
      throw error;
    }
    // The device's token is answered once, when it signs in.
    const session = toSession({ ...pair, device_token: pair.device_token ?? old.device_token });
    // Nobody brings back a session that was ended meanwhile.
    if (this.#session === old) {
      this.#session = session;
      this.#key = randomId();
      await this.#tell?.(session);
    }
    return session.access_token;
  }
}
