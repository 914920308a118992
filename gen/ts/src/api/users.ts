// Code generated from openapi.yaml. DO NOT EDIT.
// The operations of the tag users.

import type { EntityType, PrincipalKind, Role } from "../enums.js";
import type { RequestOptions } from "../options.js";
import { iterate, type CursorParams, type List } from "../pages.js";
import { call, type ApiPromise } from "../resource.js";
import type {
  AgentCreate,
  AgentQuality,
  EmailVerification,
  Event,
  EventPage,
  JSONWebKeySet,
  Login,
  LogoutRequest,
  PasswordChange,
  PasswordReset,
  PasswordResetRequest,
  RecoveryCodes,
  RecoveryCodesReplace,
  RefreshRequest,
  SecondFactor,
  SecondFactorBegin,
  SecondFactorConfirm,
  SecondFactorEnrolment,
  SecondFactorRemove,
  Session,
  SessionPage,
  TokenPair,
  User,
  UserPage,
  UserPreferences,
  UserPreferencesReplace,
  UserPreferencesUpdate,
  UserRegister,
  UserReplace,
  UserStatistics,
  UserUpdate,
  UserWorkload,
} from "../schemas.js";
import type { Transport } from "../transport.js";

export interface ListSessionsParams extends CursorParams {
}

export interface ListUsersParams extends CursorParams {
  /**
   * The order: one or more of `name`, `email`, `created_at` and `updated_at`, separated by commas, each with
   * a leading minus for descending. The id is always the last key.
   * @defaultValue `"-created_at"`
   */
  sort?: string | undefined;
  /** Only users with one of these roles. */
  role?: readonly Role[] | undefined;
  /** Only people, or only agents. */
  kind?: readonly PrincipalKind[] | undefined;
  /** Only users who have at least one of these skills, spelled exactly so. */
  skill?: readonly string[] | undefined;
  /** Only users whose name or e-mail address contains this text, upper and lower case alike. */
  q?: string | undefined;
  /**
   * With true deleted users are listed as well; `deleted_at` tells them apart. Managers and admins may ask
   * for it.
   * @defaultValue `false`
   */
  include_deleted?: boolean | undefined;
}

export interface GetUserWorkloadParams {
  /**
   * How many weeks to look ahead, the current one included.
   * @defaultValue `4`
   */
  weeks?: number | undefined;
}

export interface ListUserActivityParams extends CursorParams {
  /** Only changes of entities of this type, such as `task`. */
  entity_type?: EntityType | undefined;
  /** Only these actions, such as `task.created`. */
  action?: readonly string[] | undefined;
  /** Only what happened at this moment or later. */
  from?: string | undefined;
  /** Only what happened before this moment. */
  to?: string | undefined;
}

export interface GetUserHistoryParams extends CursorParams {
}

export interface GetAgentQualityParams {
  /** Only comments of this day and later, in UTC. */
  from?: string | undefined;
  /** Only comments of this day and earlier, in UTC. */
  to?: string | undefined;
}

export interface GetUserStatisticsParams {
  /**
   * The first day of the period, in UTC and included; without it the period has no beginning. The period
   * bounds what happens over time, such as what was completed, logged or earned, and not how things stand,
   * such as what is open, ready, overdue or budgeted.
   */
  from?: string | undefined;
  /** The last day of the period, in UTC and included; without it the period has no end. */
  to?: string | undefined;
}

/**
 * Accounts, how their owners sign in, and the people and agents behind them: profiles, preferences, workload,
 * statistics and history.
 */
export interface UsersApi {
  /**
   * Open an account.
   *
   * Opens an account for a person, who can then sign in. Nobody needs to be signed in. With an
   * `invitation_token`, which works once, it opens at once: the address must be the invited one, the role is
   * that of the invitation, and whoever invited must still be there, and allowed to. An address that is in
   * use is then a conflict of the kind `already_exists`; an invitation that came by mail has verified the
   * address. Without one, anybody may ask where registration is open, and it is forbidden elsewhere, the
   * detail says why. The address is sent a token, with which `verifyEmail` opens the account with the role
   * `user`; it works for 15 minutes. If the address has an account, nothing changes and its owner is told by
   * mail. The answer is the same, and no sooner than after a fixed time, whether or not it has; an address is
   * sent three mails an hour at most. Until it opens, the account can neither be seen nor signed in to, and
   * keeps nobody from the address: of several requests the one whose token comes back counts. With an
   * invitation it writes `user.created` and `invitation.accepted`; otherwise nothing is written before
   * `verifyEmail`.
   *
   * @throws ApiError with the status 403, 409 or 422.
   * @see registerUser
   */
  register(body: UserRegister, options?: RequestOptions): ApiPromise<User | undefined>;

  /**
   * Sign in.
   *
   * Begins a session and returns its first pair of tokens. Nobody needs to be signed in. A wrong address and
   * a wrong password are answered alike, as unauthenticated, and no sooner than after a fixed time. Failures
   * are counted by address, whether or not it has an account: after five each further attempt has to wait
   * longer (`rate_limited`), and after ten nothing is tried for 15 minutes (`account_locked`). A device that
   * has signed in before sends the `device_token` it got then: it has a counter of its own, which the
   * attempts of others do not touch. Where the user has set up a second factor, the password alone is
   * answered by `second_factor_required`: send `code` or `recovery_code` along; a wrong one is
   * unauthenticated. Where the user's role requires a second factor and there is none yet, the session may do
   * nothing but set it up. Writes `session.created`, and `user.recovery_code_used` where one is; a failure
   * writes `sign_in.failed`.
   *
   * @throws ApiError with the status 409, 422 or 423.
   * @see login
   */
  login(body: Login, options?: RequestOptions): ApiPromise<TokenPair>;

  /**
   * Get the next pair of tokens.
   *
   * Exchanges a refresh token for a new pair; the old refresh token stops working. Sent again within ten
   * seconds it gets the same new refresh token once more, in case the answer was lost; sent later it ends its
   * whole session, since it may have been stolen. Nobody needs to be signed in. A token that is unknown, used
   * or expired is unauthenticated. No event is written, but `session.revoked` where a refresh token that was
   * used before ends its session.
   *
   * @throws ApiError with the status 409 or 422.
   * @see refreshSession
   */
  refreshSession(body: RefreshRequest, options?: RequestOptions): ApiPromise<TokenPair>;

  /**
   * Sign out.
   *
   * Ends the session of the access token: neither it nor its refresh token works afterwards. Everybody signed
   * in may do it, and nobody with an API key. Writes `session.revoked`.
   *
   * @throws ApiError with the status 403, 409 or 422.
   * @see logout
   */
  logout(body?: LogoutRequest, options?: RequestOptions): ApiPromise<void>;

  /**
   * Change one's password.
   *
   * Replaces the caller's password and ends all its other sessions; the current one stays. Everybody signed
   * in may do it, with the password that holds until now, and nobody with an API key. A wrong one is a field
   * error at `/current_password` and counts like a failed sign-in. The new password has to keep the rules of
   * the service: its least length (12 characters unless a setting says otherwise), not a common password, and
   * not made of the person's own name or address. Writes `user.password_changed`, and `session.revoked` for
   * each session that ends; a wrong password writes `sign_in.failed`.
   *
   * @throws ApiError with the status 403, 409, 422 or 423.
   * @see changePassword
   */
  changePassword(body: PasswordChange, options?: RequestOptions): ApiPromise<void>;

  /**
   * Read the caller's own account.
   *
   * Returns the user that the request is made as. Everybody signed in may do it.
   *
   * @throws ApiError with the status 403 or 422.
   * @see getCurrentUser
   */
  me(options?: RequestOptions): ApiPromise<User>;

  /**
   * Ask for a password reset.
   *
   * Mails the person with this address a token, with which `resetPassword` sets a new password. It works
   * once, for 15 minutes, and only the last one does. Nobody needs to be signed in. The answer is the same,
   * after the same time, whether or not there is such an account; an address is sent three an hour at most.
   * No event is written.
   *
   * @throws ApiError with the status 409 or 422.
   * @see requestPasswordReset
   */
  requestPasswordReset(body: PasswordResetRequest, options?: RequestOptions): ApiPromise<void>;

  /**
   * Set a new password by a token.
   *
   * Sets the password of whom the token was mailed to, and ends all of its sessions. Nobody needs to be
   * signed in. The token works once; one that is unknown, used, expired, replaced by a later one or meant for
   * something else is refused as a validation error of `/token`. The user is told of it by mail. Writes
   * `user.password_reset`, and `session.revoked` for each session that ends.
   *
   * @throws ApiError with the status 409 or 422.
   * @see resetPassword
   */
  resetPassword(body: PasswordReset, options?: RequestOptions): ApiPromise<void>;

  /**
   * Ask for a mail that verifies the address.
   *
   * Mails the caller a token, with which `verifyEmail` shows that the address is the caller's. It works once,
   * for 15 minutes, and only the last one does; an address is sent three an hour at most, and one that is
   * verified already none. Everybody signed in may do it, and nobody with an API key. No event is written.
   *
   * @throws ApiError with the status 403, 409 or 422.
   * @see requestEmailVerification
   */
  requestEmailVerification(options?: RequestOptions): ApiPromise<void>;

  /**
   * Verify an address by a token.
   *
   * Marks the address that the token was mailed to as verified. The token of a registration opens the account
   * that was asked for, unless the address has one by now. Nobody needs to be signed in. The token works
   * once; one that is unknown, used, expired, replaced by a later one, meant for something else or sent to an
   * address that the user no longer has is refused as a validation error of `/token`. Writes
   * `user.email_verified`, or `user.created` for the account of a registration.
   *
   * @throws ApiError with the status 409 or 422.
   * @see verifyEmail
   */
  verifyEmail(body: EmailVerification, options?: RequestOptions): ApiPromise<void>;

  /**
   * Read the state of one's second factor.
   *
   * Tells whether the caller signs in with a second factor, how many recovery codes are left, and whether the
   * caller's role requires one. Everybody signed in may do it, also in a session that may do nothing else
   * before a second factor is set up.
   *
   * @throws ApiError with the status 403 or 422.
   * @see getSecondFactor
   */
  getSecondFactor(options?: RequestOptions): ApiPromise<SecondFactor>;

  /**
   * Begin to set up a second factor.
   *
   * Makes the secret for an authenticator app (TOTP, RFC 6238: SHA-1, six digits, thirty seconds) and shows
   * it this once, as text and as the URI for a QR code. It takes the caller's present password. The second
   * factor counts from `confirmSecondFactor` on; until then this can be repeated, and the newest secret is
   * the one that counts. Where one is active it is a conflict: remove it first. After five attempts in a row
   * with a wrong password or code, further ones are refused for fifteen minutes as `rate_limited`. Everybody
   * signed in may do it, and nobody with an API key. No event is written before it is confirmed.
   *
   * @throws ApiError with the status 403, 409 or 422.
   * @see beginSecondFactor
   */
  beginSecondFactor(body: SecondFactorBegin, options?: RequestOptions): ApiPromise<SecondFactorEnrolment>;

  /**
   * Set up the second factor.
   *
   * Makes the second factor active by a first code of the authenticator, and returns ten recovery codes,
   * shown this once: each signs in one time in place of a code. The session of the call counts as having
   * passed the second factor; every other session of the caller ends. Without one that was begun, and where
   * one is active, it is a conflict. After five attempts in a row with a wrong code, further ones are refused
   * for fifteen minutes as `rate_limited`. Everybody signed in may do it, and nobody with an API key. Writes
   * `user.second_factor_added`, and `session.revoked` for each session that ends.
   *
   * @throws ApiError with the status 403, 409 or 422.
   * @see confirmSecondFactor
   */
  confirmSecondFactor(body: SecondFactorConfirm, options?: RequestOptions): ApiPromise<RecoveryCodes>;

  /**
   * Get new recovery codes.
   *
   * Returns ten new recovery codes, shown this once; those from before stop working. It takes a code of the
   * authenticator. Without an active second factor it is a conflict. After five attempts in a row with a
   * wrong code, further ones are refused for fifteen minutes as `rate_limited`. Everybody signed in may do
   * it, and nobody with an API key. Writes `user.recovery_codes_replaced`.
   *
   * @throws ApiError with the status 403, 409 or 422.
   * @see replaceRecoveryCodes
   */
  replaceRecoveryCodes(body: RecoveryCodesReplace, options?: RequestOptions): ApiPromise<RecoveryCodes>;

  /**
   * Remove one's second factor.
   *
   * Removes the caller's second factor and its recovery codes: the password alone signs in again. It takes
   * the present password and a code or a recovery code. Every other session of the caller ends. While the
   * caller's role requires a second factor it is forbidden. Without an active one it is a conflict. After
   * five attempts in a row with a wrong password or code, further ones are refused for fifteen minutes as
   * `rate_limited`. Everybody signed in may do it, and nobody with an API key. Writes
   * `user.second_factor_removed`, and `session.revoked` for each session that ends.
   *
   * @throws ApiError with the status 403, 409 or 422.
   * @see removeSecondFactor
   */
  removeSecondFactor(body: SecondFactorRemove, options?: RequestOptions): ApiPromise<void>;

  /**
   * List the caller's sessions.
   *
   * Returns where the caller is signed in, newest first. Sessions that have ended are left out. Everybody
   * signed in may do it, and nobody with an API key.
   *
   * @throws ApiError with the status 403 or 422.
   * @see listSessions
   */
  listSessions(params?: ListSessionsParams, options?: RequestOptions): ApiPromise<SessionPage>;

  /** All that `listSessions` returns, page after page. */
  iterateSessions(params?: ListSessionsParams, options?: RequestOptions): List<Session, SessionPage>;

  /**
   * Sign out everywhere else.
   *
   * Ends every session of the caller but the one that the request is made in. Their tokens are refused from
   * the next request on, by other replicas within a second. Everybody signed in may do it, and nobody with an
   * API key. Writes `session.revoked` for each of them.
   *
   * @throws ApiError with the status 403 or 422.
   * @see revokeOtherSessions
   */
  revokeOtherSessions(options?: RequestOptions): ApiPromise<void>;

  /**
   * End one of the caller's sessions.
   *
   * Ends the session: its tokens are refused from the next request on, by other replicas within a second. It
   * may be the one that the request is made in. Everybody signed in may do it, and nobody with an API key.
   * Writes `session.revoked`.
   *
   * @throws ApiError with the status 403, 404 or 422.
   * @see revokeSession
   */
  revokeSession(sessionId: string, options?: RequestOptions): ApiPromise<void>;

  /**
   * List users.
   *
   * Returns the people and agents the caller can see, newest first unless `sort` says otherwise; deleted ones
   * are left out unless `include_deleted` asks for them. Users see themselves, their agents, everybody who
   * shares a project's team with them and the managers of these projects; managers and admins see everybody.
   * Filters are combined with and.
   *
   * @throws ApiError with the status 403 or 422.
   * @see listUsers
   */
  list(params?: ListUsersParams, options?: RequestOptions): ApiPromise<UserPage>;

  /** All that `list` returns, page after page. */
  iterate(params?: ListUsersParams, options?: RequestOptions): List<User, UserPage>;

  /**
   * Read a user.
   *
   * Returns one user. Users see themselves, everybody who shares a project's team with them and the managers
   * of these projects; managers and admins see everybody. Who cannot be seen, or is deleted, is not found.
   *
   * @throws ApiError with the status 403, 404 or 422.
   * @see getUser
   */
  get(userId: string, options?: RequestOptions): ApiPromise<User>;

  /**
   * Replace a user.
   *
   * Replaces all fields of a user that can be written; one that is left out gets its default. Admins who are
   * signed in may do it; a person changes its own profile with `updateUser`. What it does beside, whose role
   * it changes and when it conflicts is as with `updateUser`. The working hours and notification settings are
   * replaced with `replaceUserPreferences`. A stale `If-Match` is refused. Writes `user.updated`, and
   * `task.assigned` for each task that the user is taken off.
   *
   * @throws ApiError with the status 403, 404, 409, 412, 422 or 428.
   * @see replaceUser
   */
  replace(userId: string, body: UserReplace, options?: RequestOptions): ApiPromise<User>;

  /**
   * Change a user.
   *
   * Changes the given fields of a user. A person changes its own name, title, skills, time zone and locale,
   * and those of its agents; everything of everybody, and so the address, role, capacity and cost rate, is
   * changed by admins. An API key changes neither address nor role, and one that is limited to projects or
   * clients nothing. A new role holds from the next request on, at other replicas within a second; who no
   * longer sees all projects by it is taken off the open tasks of those on whose team they are neither lead
   * nor contributor. Nobody changes their own role, an admin no more than others: another one is forbidden,
   * the one they have changes nothing. The role of the last admin is kept: changing it is a conflict of the
   * kind `last_admin`, and an address that is in use one of the kind `already_exists`. The body is a JSON
   * merge patch: absent keeps, null clears. The content type `application/merge-patch+json` is accepted as
   * well. A stale `If-Match` is refused. Writes `user.updated`, and `task.assigned` for each task that the
   * user is taken off.
   *
   * @throws ApiError with the status 403, 404, 409, 412, 422 or 428.
   * @see updateUser
   */
  update(userId: string, body: UserUpdate, options?: RequestOptions): ApiPromise<User>;

  /**
   * Deactivate a user.
   *
   * Deletes a user: it cannot sign in, all its sessions and API keys end at once, those of its agents stop
   * working as long as it is gone, and it disappears from every list. It is taken off its open tasks, since
   * nobody would work on them, and stays named on finished ones and wherever else its id stands. Its address
   * is free for another account. Its places on teams are kept for `restoreUser`. The last admin cannot be
   * deleted: that is a conflict of the kind `last_admin`. Admins may do it, and the owner of an agent. A
   * stale `If-Match` is refused. Writes `user.deleted`, and with it `session.revoked`, `api_key.revoked` and
   * `task.assigned` for each session, key and task.
   *
   * @throws ApiError with the status 403, 404, 409, 412, 422 or 428.
   * @see deleteUser
   */
  delete(userId: string, options?: RequestOptions): ApiPromise<void>;

  /**
   * Restore a deleted user.
   *
   * Brings a deleted user back, with its places on teams; one that is not deleted is answered as it is. Its
   * sessions stay ended and the tasks it was taken off stay with whoever has them. When another account has
   * taken its address meanwhile it is a conflict of the kind `already_exists`. Admins may do it. Writes
   * `user.restored`.
   *
   * @throws ApiError with the status 403, 404, 409 or 422.
   * @see restoreUser
   */
  restore(userId: string, options?: RequestOptions): ApiPromise<User>;

  /**
   * Unlock a user's sign-in.
   *
   * Forgets the failed attempts to sign in as the user, so that it can sign in at once. Where none are
   * counted nothing changes. Admins who are signed in may do it. Writes `user.unlocked`.
   *
   * @throws ApiError with the status 403, 404, 409 or 422.
   * @see unlockUser
   */
  unlock(userId: string, options?: RequestOptions): ApiPromise<void>;

  /**
   * Remove somebody else's second factor.
   *
   * Removes the second factor of a user who has lost the authenticator and the recovery codes, and ends all
   * its sessions. The user then signs in with the password alone and, where its role requires it, sets up a
   * new one. A user without a second factor is left as it is. Admins who are signed in may do it, for others
   * and not for themselves. Writes `user.second_factor_removed`, and `session.revoked` for each session that
   * ends.
   *
   * @throws ApiError with the status 403, 404 or 422.
   * @see resetUserSecondFactor
   */
  resetSecondFactor(userId: string, options?: RequestOptions): ApiPromise<void>;

  /**
   * Sign a user out everywhere.
   *
   * Ends every session of the user: their tokens are refused from the next request on, by other replicas
   * within a second, and the user has to sign in again. Admins who are signed in may do it. Writes
   * `session.revoked` for each of them.
   *
   * @throws ApiError with the status 403, 404 or 422.
   * @see revokeUserSessions
   */
  revokeSessions(userId: string, options?: RequestOptions): ApiPromise<void>;

  /**
   * Read a user's preferences.
   *
   * Returns how a user wants to be worked with. The user itself and admins may do it. The preferences share
   * the version of the user.
   *
   * @throws ApiError with the status 403, 404 or 422.
   * @see getUserPreferences
   */
  getPreferences(userId: string, options?: RequestOptions): ApiPromise<UserPreferences>;

  /**
   * Replace a user's preferences.
   *
   * Replaces all preferences: what is left out gets its default. The user itself and admins may do it. A
   * stale `If-Match` is refused. Writes `user.updated`.
   *
   * @throws ApiError with the status 403, 404, 412, 422 or 428.
   * @see replaceUserPreferences
   */
  replacePreferences(
    userId: string,
    body: UserPreferencesReplace,
    options?: RequestOptions,
  ): ApiPromise<UserPreferences>;

  /**
   * Change a user's preferences.
   *
   * Changes the given preferences. The user itself and admins may do it. The body is a JSON merge patch: what
   * is absent is kept, also within `working_hours` and `notifications`; the hours of a day are replaced as a
   * whole. The content type `application/merge-patch+json` is accepted as well. A stale `If-Match` is
   * refused. Writes `user.updated`.
   *
   * @throws ApiError with the status 403, 404, 412, 422 or 428.
   * @see updateUserPreferences
   */
  updatePreferences(
    userId: string,
    body: UserPreferencesUpdate,
    options?: RequestOptions,
  ): ApiPromise<UserPreferences>;

  /**
   * Compare a user's capacity with its tasks.
   *
   * Returns, for each ISO 8601 week from the current one in UTC, the minutes the user can work and those that
   * its open tasks ask for. What is left of a task is its `remaining_minutes`, or else its estimate less its
   * progress; a task with subtasks is counted through them. It is spread evenly over the weeks from the
   * current one to that of its due date; what is overdue falls into the current one. Only tasks the caller
   * can see are counted. Whoever sees the user may do it.
   *
   * @throws ApiError with the status 403, 404 or 422.
   * @see getUserWorkload
   */
  getWorkload(
    userId: string,
    params?: GetUserWorkloadParams,
    options?: RequestOptions,
  ): ApiPromise<UserWorkload>;

  /**
   * List what a user did.
   *
   * Returns the changes a user made, newest first, as far as the caller can see what was changed. To users,
   * what is deleted takes its changes along. Sign-ins are shown to the user itself and to admins. Whoever
   * sees the user may do it.
   *
   * @throws ApiError with the status 403, 404 or 422.
   * @see listUserActivity
   */
  listActivity(
    userId: string,
    params?: ListUserActivityParams,
    options?: RequestOptions,
  ): ApiPromise<EventPage>;

  /** All that `listActivity` returns, page after page. */
  iterateActivity(
    userId: string,
    params?: ListUserActivityParams,
    options?: RequestOptions,
  ): List<Event, EventPage>;

  /**
   * Read the history of a user.
   *
   * Returns every change of a user, newest first: who made it, when, through which credential, and what the
   * fields were and became. Whoever sees the user may do it; managers and admins also when it is deleted.
   * What somebody costs is left out for users. The working hours and notification settings are shown to the
   * user itself and to admins.
   *
   * @throws ApiError with the status 403, 404 or 422.
   * @see getUserHistory
   */
  getHistory(userId: string, params?: GetUserHistoryParams, options?: RequestOptions): ApiPromise<EventPage>;

  /** All that `getHistory` returns, page after page. */
  iterateHistory(
    userId: string,
    params?: GetUserHistoryParams,
    options?: RequestOptions,
  ): List<Event, EventPage>;

  /**
   * Measure how people judge an agent.
   *
   * Returns how people have judged what an agent said, over its comments that the caller can see: by verdict,
   * by model and by kind of comment, and how the confidence it stated compares with what people accepted. A
   * comment that several people have judged counts once for each of them; what was edited, rejected or
   * flagged was not accepted. For a user who is a person it is a conflict.
   *
   * @throws ApiError with the status 403, 404, 409 or 422.
   * @see getAgentQuality
   */
  getQuality(
    userId: string,
    params?: GetAgentQualityParams,
    options?: RequestOptions,
  ): ApiPromise<AgentQuality>;

  /**
   * Create an agent.
   *
   * Creates an AI agent that belongs to the caller. It does not sign in: make an API key for it with
   * `createApiKey`. What it may do is what its role and its owner's role both allow, whatever becomes of them
   * later, and its role cannot be above its owner's. Managers and admins may do it, people alone: agents own
   * no agents. The agent's owner changes its name, title and skills with `updateUser` and deletes it with
   * `deleteUser`. An API key that is limited to projects or clients cannot do it. Writes `user.created`.
   *
   * @throws ApiError with the status 403, 409 or 422.
   * @see createAgent
   */
  createAgent(body: AgentCreate, options?: RequestOptions): ApiPromise<User>;

  /**
   * Read what a user does.
   *
   * Counts the tasks and the time of a user, over the projects that the caller can see. Everybody sees
   * itself, whoever shares a team with it and the managers of its projects; managers and admins see
   * everybody. What the caller cannot see is not found.
   *
   * @throws ApiError with the status 403, 404 or 422.
   * @see getUserStatistics
   */
  getStatistics(
    userId: string,
    params?: GetUserStatisticsParams,
    options?: RequestOptions,
  ): ApiPromise<UserStatistics>;

  /**
   * Read the keys that verify access tokens.
   *
   * Returns the public keys of the access tokens (RFC 7517): the one that signs, and after a rotation the one
   * before it. A service that verifies tokens itself reads it again when a token names a key that it does not
   * know; that a session has ended, it does not learn by that. Nobody needs to be signed in.
   *
   * @throws ApiError with the status 422.
   * @see getJWKS
   */
  getJWKS(options?: RequestOptions): ApiPromise<JSONWebKeySet>;
}

/** Binds {@link UsersApi} to a transport, for a bundle that needs nothing else. */
export function usersApi(transport: Transport): UsersApi {
  return {
    register: call(transport, "POST", "/api/v1/users/register", "body", "anonymous"),
    login: call(transport, "POST", "/api/v1/users/login", "body", "anonymous"),
    refreshSession: call(transport, "POST", "/api/v1/users/refresh", "body", "anonymous"),
    logout: call(transport, "POST", "/api/v1/users/logout", "body"),
    changePassword: call(transport, "POST", "/api/v1/users/me/password", "body"),
    me: call(transport, "GET", "/api/v1/users/me"),
    requestPasswordReset: call(transport, "POST", "/api/v1/users/password-reset", "body", "anonymous"),
    resetPassword: call(transport, "POST", "/api/v1/users/password-reset/confirm", "body", "anonymous"),
    requestEmailVerification: call(transport, "POST", "/api/v1/users/me/email-verification"),
    verifyEmail: call(transport, "POST", "/api/v1/users/email-verification", "body", "anonymous"),
    getSecondFactor: call(transport, "GET", "/api/v1/users/me/second-factor"),
    beginSecondFactor: call(transport, "POST", "/api/v1/users/me/second-factor", "body"),
    confirmSecondFactor: call(transport, "POST", "/api/v1/users/me/second-factor/confirm", "body"),
    replaceRecoveryCodes: call(transport, "POST", "/api/v1/users/me/second-factor/recovery-codes", "body"),
    removeSecondFactor: call(transport, "POST", "/api/v1/users/me/second-factor/remove", "body"),
    listSessions: call(transport, "GET", "/api/v1/users/me/sessions", "params"),
    iterateSessions: iterate(transport, "/api/v1/users/me/sessions", "cursor"),
    revokeOtherSessions: call(transport, "DELETE", "/api/v1/users/me/sessions"),
    revokeSession: call(transport, "DELETE", "/api/v1/users/me/sessions/{session_id}"),
    list: call(transport, "GET", "/api/v1/users", "params"),
    iterate: iterate(transport, "/api/v1/users", "cursor"),
    get: call(transport, "GET", "/api/v1/users/{user_id}"),
    replace: call(transport, "PUT", "/api/v1/users/{user_id}", "body"),
    update: call(transport, "PATCH", "/api/v1/users/{user_id}", "body"),
    delete: call(transport, "DELETE", "/api/v1/users/{user_id}"),
    restore: call(transport, "POST", "/api/v1/users/{user_id}/restore"),
    unlock: call(transport, "POST", "/api/v1/users/{user_id}/unlock"),
    resetSecondFactor: call(transport, "DELETE", "/api/v1/users/{user_id}/second-factor"),
    revokeSessions: call(transport, "DELETE", "/api/v1/users/{user_id}/sessions"),
    getPreferences: call(transport, "GET", "/api/v1/users/{user_id}/preferences"),
    replacePreferences: call(transport, "PUT", "/api/v1/users/{user_id}/preferences", "body"),
    updatePreferences: call(transport, "PATCH", "/api/v1/users/{user_id}/preferences", "body"),
    getWorkload: call(transport, "GET", "/api/v1/users/{user_id}/workload", "params"),
    listActivity: call(transport, "GET", "/api/v1/users/{user_id}/activity", "params"),
    iterateActivity: iterate(transport, "/api/v1/users/{user_id}/activity", "cursor"),
    getHistory: call(transport, "GET", "/api/v1/users/{user_id}/history", "params"),
    iterateHistory: iterate(transport, "/api/v1/users/{user_id}/history", "cursor"),
    getQuality: call(transport, "GET", "/api/v1/users/{user_id}/quality", "params"),
    createAgent: call(transport, "POST", "/api/v1/agents", "body"),
    getStatistics: call(transport, "GET", "/api/v1/users/{user_id}/statistics", "params"),
    getJWKS: call(transport, "GET", "/.well-known/jwks.json", "", "anonymous"),
  };
}
