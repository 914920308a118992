import type { AuthSession, ClientOptions, RequestOptions } from "./options.js";
import type { Login, TokenPair } from "./schemas.js";
import { toSession } from "./session.js";
import { createTransport } from "./transport.js";

/** Who signs in, and where. */
export interface SignInOptions extends Omit<ClientOptions, "apiKey" | "token" | "session">, Login {}

/** Signs in. `onSession` is told of the session as well. */
export async function login(options: SignInOptions, request?: RequestOptions): Promise<AuthSession> {
  const { email, password, code, recovery_code, device_token, ...client } = options;
  const { data } = await createTransport(client).json<TokenPair>({
    method: "POST",
    path: "/api/v1/users/login",
    body: { email, password, code, recovery_code, device_token } satisfies { [Field in keyof Login]: Login[Field] | undefined },
    anonymous: true,
    options: request,
  });
  const session = toSession(data);
  await options.onSession?.(session);
  return session;
}
