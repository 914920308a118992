import { bindApi, type Api } from "./api.js";
import type { ClientOptions } from "./options.js";
import type { RequestOptions } from "./options.js";
import { login, type SignInOptions } from "./signin.js";
import { createTransport } from "./transport.js";

/** A client of the whole service: `client.tasks.list({ status: ["todo"] })`. */
export interface CoordinatorClient extends Api {
  /**
   * Signs out: ends the session for the service, and for this client, whose `onSession` is told `null`.
   * A session that is over already is no error.
   */
  signOut(): Promise<void>;
}

/**
 * Returns a client. Nothing is sent before its first call.
 *
 * It holds every operation of the service. Where the size of a bundle matters, one namespace can be had
 * alone: `tasksApi(createTransport(options))`.
 */
export function createClient(options: ClientOptions): CoordinatorClient {
  const transport = createTransport(options);
  return { ...bindApi(transport), signOut: transport.signOut };
}

/**
 * Signs in, and returns a client that acts as the user for as long as the session lasts:
 *
 *     const client = await signIn({ baseUrl, email, password });
 *
 * Where a second factor is asked for, this throws an {@link ApiError} with `second_factor_required`: call
 * it again with a `code`.
 */
export async function signIn(options: SignInOptions, request?: RequestOptions): Promise<CoordinatorClient> {
  const { email, password, code, recovery_code, device_token, ...client } = options;
  return createClient({ ...client, session: await login(options, request) });
}
