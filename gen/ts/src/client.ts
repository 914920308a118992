import { bindApi, type Api } from "./api.js";
import { usersApi } from "./api/users.js";
import type { ClientOptions } from "./options.js";
import { createTransport } from "./transport.js";

/** A client of the whole service: `client.tasks.list({ status: ["todo"] })`. */
export interface CoordinatorClient extends Api {}

/**
 * Returns a client. Nothing is sent before its first call.
 *
 * It holds every operation of the service. Where the size of a bundle matters, one namespace can be had
 * alone: `tasksApi(createTransport(options))`.
 */
export function createClient(options: ClientOptions): CoordinatorClient {
  return bindApi(createTransport(options));
}

/** Signs in and returns a client that acts as the user. */
export async function signIn({
  email,
  password,
  ...options
}: ClientOptions & { email: string; password: string }): Promise<CoordinatorClient> {
  const session = await usersApi(createTransport(options)).login({ email, password });
  return createClient({ ...options, token: session.access_token });
}
