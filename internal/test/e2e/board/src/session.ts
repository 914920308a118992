// Signing in, and staying signed in while the tab is open.
import { createClient, signIn, type AuthSession, type CoordinatorClient } from "@aicoordination/coordinator";

const place = "coordinator.board";

/** What a form has of whoever signs in. */
export interface Credentials {
  email: string;
  password: string;
  /** A code of the authenticator, where the account has a second factor. */
  code?: string;
}

/**
 * How this page reaches the service it came from. Whenever the session is renewed it is kept, so that a
 * page that is loaded again need not ask for the password; `ended` is called when it is over.
 */
function options(ended: () => void) {
  return {
    baseUrl: location.origin,
    onSession(session: AuthSession | null) {
      if (session) {
        sessionStorage.setItem(place, JSON.stringify(session));
      } else {
        sessionStorage.removeItem(place);
        ended();
      }
    },
  };
}

/** Signs in with what somebody has typed. */
export function enter(credentials: Credentials, ended: () => void): Promise<CoordinatorClient> {
  return signIn({ ...options(ended), ...credentials });
}

/** Goes on with the session of this tab, where there is one. */
export function resume(ended: () => void): CoordinatorClient | undefined {
  try {
    const kept = JSON.parse(sessionStorage.getItem(place) ?? "null") as AuthSession | null;
    return kept ? createClient({ ...options(ended), session: kept }) : undefined;
  } catch {
    // It is none, whoever has put it there.
    return undefined;
  }
}
