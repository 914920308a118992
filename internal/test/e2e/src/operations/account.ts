// One's own account: opening it, signing in with one and two factors, losing and changing the password.
import assert from "node:assert/strict";

import { createClient, isApiError, signIn } from "@aicoordination/coordinator";

import { refused, totp, type World } from "./world.js";

export async function opensAnAccount({ baseUrl, nobody, letter, admin }: World): Promise<void> {
  const email = "nora@studio.example";
  const password = "seven stray balloons";
  // Nobody learns whether the address has an account: the letter says it.
  assert.equal(await nobody.users.register({ email, password, name: "Nora Berg" }), undefined);
  await refused(nobody.users.login({ email, password }), "unauthenticated");
  assert.equal(await nobody.users.verifyEmail({ token: await letter("registration", email) }), undefined);
  const nora = await (await signIn({ baseUrl, email, password })).users.me();
  assert.deepEqual([nora.email, nora.name, nora.role], [email, "Nora Berg", "user"]);
  assert.ok(nora.email_verified_at);

  assert.equal(admin.user.email_verified_at, null);
  assert.equal(await admin.client.users.requestEmailVerification(), undefined);
  await nobody.users.verifyEmail({ token: await letter("email_verification", admin.email) });
  assert.ok((await admin.client.users.me()).email_verified_at);
}

export async function keepsItsSessions({ baseUrl, nobody, person }: World): Promise<void> {
  const { email, password, client: laptop } = await person("Sam Sessions");
  const pair = await nobody.users.login({ email, password });
  assert.equal(pair.token_type, "Bearer");
  assert.ok(pair.device_token);
  const next = await nobody.users.refreshSession({ refresh_token: pair.refresh_token });
  assert.notEqual(next.refresh_token, pair.refresh_token);
  const phone = createClient({ baseUrl, token: next.access_token });
  const tablet = await signIn({ baseUrl, email, password });

  const { data: sessions } = await laptop.users.listSessions();
  assert.equal(sessions.length, 3);
  const [current] = sessions.filter((session) => session.is_current);
  const [ofTablet] = await tablet.users.iterateSessions().toArray().then((all) => all.filter((session) => session.is_current));
  assert.ok(current && ofTablet && current.id !== ofTablet.id);
  assert.equal(await laptop.users.revokeSession(ofTablet.id), undefined);
  await refused(tablet.users.me(), "unauthenticated");
  assert.equal((await phone.users.me()).email, email);

  assert.equal(await laptop.users.revokeOtherSessions(), undefined);
  await refused(phone.users.me(), "unauthenticated");
  assert.deepEqual((await laptop.users.listSessions()).data.map(({ id }) => id), [current.id]);

  assert.equal(await laptop.users.logout(), undefined);
  await refused(laptop.users.me(), "unauthenticated");
  // Signing out twice is no error for the client.
  await laptop.signOut();
}

export async function changesItsPassword({ baseUrl, nobody, person, letter }: World): Promise<void> {
  const { email, password, client } = await person("Paula Password");
  await assert.rejects(client.users.changePassword({ current_password: "another", new_password: "quiet winter garden" }), (error) =>
    isApiError(error, "validation_failed") && error.errors[0]?.pointer === "/current_password",
  );
  assert.equal(await client.users.changePassword({ current_password: password, new_password: "quiet winter garden" }), undefined);
  await refused(nobody.users.login({ email, password }), "unauthenticated");
  assert.ok(await nobody.users.login({ email, password: "quiet winter garden" }));

  assert.equal(await nobody.users.requestPasswordReset({ email }), undefined);
  const token = await letter("password_reset", email);
  assert.equal(await nobody.users.resetPassword({ token, password: "loud summer meadow" }), undefined);
  await refused(client.users.me(), "unauthenticated");
  assert.equal((await (await signIn({ baseUrl, email, password: "loud summer meadow" })).users.me()).email, email);
}

export async function signsInWithASecondFactor({ baseUrl, person, admin }: World): Promise<void> {
  const { user, email, password, client } = await person("Tessa Twofold");
  assert.deepEqual(await client.users.getSecondFactor(), { state: "none", is_required: false, confirmed_at: null, recovery_codes_left: 0 });

  const { secret, uri } = await client.users.beginSecondFactor({ password });
  assert.match(uri, /^otpauth:\/\/totp\//);
  const { codes } = await client.users.confirmSecondFactor({ code: totp(secret) });
  assert.equal(codes.length, 10);
  const { codes: replaced } = await client.users.replaceRecoveryCodes({ code: totp(secret, 30) });
  assert.equal(replaced.length, 10);
  assert.ok(!replaced.includes(codes[0]!));

  await refused(signIn({ baseUrl, email, password }), "second_factor_required");
  await refused(signIn({ baseUrl, email, password, recovery_code: codes[0] }), "unauthenticated");
  const again = await signIn({ baseUrl, email, password, recovery_code: replaced[0] });
  const { state, recovery_codes_left } = await again.users.getSecondFactor();
  assert.deepEqual([state, recovery_codes_left], ["active", 9]);

  assert.equal(await again.users.removeSecondFactor({ password, recovery_code: replaced[1] }), undefined);
  const without = await signIn({ baseUrl, email, password });

  // It is set up anew, the telephone is lost, and an administrator helps.
  const enrolment = await without.users.beginSecondFactor({ password });
  await without.users.confirmSecondFactor({ code: totp(enrolment.secret) });
  await refused(signIn({ baseUrl, email, password }), "second_factor_required");
  assert.equal(await admin.client.users.resetSecondFactor(user.id), undefined);
  assert.equal((await (await signIn({ baseUrl, email, password })).users.getSecondFactor()).state, "none");
}

export async function isHeldUpAndLetInAgain({ baseUrl, nobody, person, admin }: World): Promise<void> {
  const { user, email, password } = await person("Lou Locked");
  // A few mistakes are free; whoever guesses on has to wait, and is not made to here.
  const guesses: unknown[] = [];
  while (guesses.length < 10 && !isApiError(guesses.at(-1), "rate_limited", "account_locked")) {
    guesses.push(await nobody.users.login({ email, password: "a wrong guess" }, { retries: 0 }).catch((error: unknown) => error));
  }
  assert.ok(guesses.slice(0, 5).every((error) => isApiError(error, "unauthenticated")));
  const last = guesses.at(-1);
  assert.ok(isApiError(last, "rate_limited", "account_locked") && last.retryAfter! > 0);
  assert.equal(await admin.client.users.unlock(user.id), undefined);
  assert.equal((await (await signIn({ baseUrl, email, password })).users.me()).id, user.id);
}
