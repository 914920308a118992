// The session that the explorer calls with. It is kept in this tab alone, and renewed before it ends.
"use strict";

const credential = (() => {
  const place = "coordinator.explorer";
  // So long before its end a token is exchanged for the next one.
  const early = 30_000;
  let kept = read();
  let renewing;

  function read() {
    try {
      return JSON.parse(sessionStorage.getItem(place));
    } catch {
      return null;
    }
  }

  function keep(next) {
    kept = next;
    if (next) {
      sessionStorage.setItem(place, JSON.stringify(next));
    } else {
      sessionStorage.removeItem(place);
    }
    document.dispatchEvent(new CustomEvent("credential"));
  }

  async function call(method, path, body, token) {
    let response;
    try {
      response = await fetch(path, {
        method,
        headers: {
          ...(body && { "Content-Type": "application/json" }),
          ...(token && { Authorization: `Bearer ${token}` }),
        },
        ...(body && { body: JSON.stringify(body) }),
      });
    } catch {
      throw { detail: "The server did not answer. Is it still running?" };
    }
    const answer = response.status === 204 ? null : await response.json().catch(() => null);
    if (!response.ok) {
      throw answer ?? { detail: `The server answered with status ${response.status}.` };
    }
    return answer;
  }

  const session = (pair) => ({ token: pair.access_token, refresh: pair.refresh_token, ends: Date.now() + pair.expires_in * 1000 });

  /** Whose credential it is, asked of the server, so that one that is not accepted is not kept. */
  async function present(next) {
    const me = await call("GET", "/api/v1/users/me", undefined, next.token);
    keep({ ...next, name: me.name, role: me.role });
  }

  const exchange = (refresh) => call("POST", "/api/v1/users/refresh", { refresh_token: refresh });

  async function renew() {
    const old = kept;
    try {
      const pair = await exchange(old.refresh);
      // Nobody brings back a session that was ended meanwhile.
      if (kept === old) {
        keep({ ...old, ...session(pair) });
      }
    } catch (problem) {
      if (kept === old && problem.status === 401) {
        keep(null);
      }
    } finally {
      renewing = undefined;
    }
  }

  return {
    get current() {
      return kept;
    },
    async signIn(email, password, code) {
      await present(session(await call("POST", "/api/v1/users/login", { email, password, ...(code && { code }) })));
    },
    async useKey(key) {
      // A header could not hold it.
      if (!/^[!-~]+$/.test(key)) {
        throw { detail: "A key has letters, digits and underscores alone, as creating it has answered it." };
      }
      await present({ token: key });
    },
    /** The token to call with, renewed first where it is about to end. */
    async token() {
      if (kept?.refresh && Date.now() > kept.ends - early) {
        renewing ??= renew();
        await renewing;
      }
      return kept?.token;
    },
    async signOut() {
      const { token, refresh, ends } = kept;
      keep(null);
      if (refresh) {
        // What cannot be ended any more has ended. A token that has ended itself cannot end its session.
        const renewed = Date.now() < ends ? undefined : await exchange(refresh).catch(() => {});
        await call("POST", "/api/v1/users/logout", undefined, renewed?.access_token ?? token).catch(() => {});
      }
    },
  };
})();

{
  const panel = document.querySelector("[data-sign-in]");
  const part = (selector) => panel.querySelector(selector);
  const refusal = part(".refusal");

  function show() {
    const { current } = credential;
    part(".signed-in").hidden = !current;
    part(".signed-out").hidden = Boolean(current);
    part("#signed-in-as").textContent = current ? `Signed in as ${current.name}` : "";
    part("[data-role]").textContent = current ? (current.refresh ? current.role : `${current.role}, with an API key`) : "";
  }

  /** Does what a form is for, and says what the server has against it. */
  async function attempt(form, action) {
    const button = form.querySelector("button");
    button.disabled = true;
    refusal.hidden = true;
    try {
      await action(new FormData(form));
      // Whoever comes next finds nothing that was typed.
      panel.querySelectorAll("form").forEach((each) => each.reset());
      askForCode(false);
      part("#signed-in-as").focus();
    } catch (problem) {
      if (problem.code === "second_factor_required") {
        askForCode(true);
      }
      refusal.textContent = [problem.detail, ...(problem.errors ?? []).map((e) => `${e.pointer}: ${e.detail}`)].join(" ");
      refusal.hidden = false;
    } finally {
      button.disabled = false;
    }
  }

  function askForCode(asked) {
    const field = part("[data-code]");
    const input = field.querySelector("input");
    field.hidden = !asked;
    input.required = asked;
    if (asked) {
      input.focus();
    }
  }

  part("[data-password]").addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(event.target, (data) => credential.signIn(data.get("email"), data.get("password"), data.get("code")));
  });
  part("[data-key]").addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(event.target, (data) => credential.useKey(data.get("key").trim()));
  });
  part("[data-sign-out]").addEventListener("click", async () => {
    await credential.signOut();
    part("input[name=email]").focus();
  });
  document.addEventListener("credential", show);
  show();
}
