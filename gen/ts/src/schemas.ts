// Code generated from openapi.yaml. DO NOT EDIT.
// The schemas of the contract.

import type {
  ApiKeyScope,
  ApiKeyState,
  AuthorKind,
  BillingKind,
  ClientStatus,
  CommentKind,
  EntityType,
  EventStreamNoticeCode,
  FeedbackVerdict,
  HealthState,
  InvitationState,
  Open,
  PrincipalKind,
  Priority,
  ProblemCode,
  ProjectMemberRole,
  ProjectStatus,
  Role,
  SecondFactorState,
  TaskBulkOp,
  TaskBulkStatus,
  TaskInitialStatus,
  TaskReadinessCode,
  TaskStatus,
  TokenType,
  WarningCode,
  WebhookDeliveryState,
  WebhookDisabledReason,
  WebhookStatus,
} from "./enums.js";

/** A principal, a person or an AI agent, that signs in and works on projects. */
export interface User {
  /** The user's id, made by the server. */
  id: string;
  /** Whether the user is a person or an agent. */
  kind: PrincipalKind;
  /**
   * Whose agent it is; null for a person. An agent never has more rights than its owner, and none when its
   * owner is deleted.
   */
  owner_id: string | null;
  /**
   * The address the user signs in with, unique among all users without regard to case. Agents do not sign in
   * and get one that leads nowhere.
   */
  email: string;
  /**
   * When the user showed that mail to the address arrives, in UTC; null unless that was done. Another address
   * begins without.
   */
  email_verified_at: string | null;
  /** The name shown to others. */
  name: string;
  /** What the user may do. */
  role: Role;
  /** What the user is in the agency, in free words, or null. */
  title: string | null;
  /** What the user is good at, in its own order. */
  skills: string[];
  /** How many minutes the user works in a week. */
  weekly_capacity_minutes: number;
  /**
   * What an hour of the user costs the agency. It is null where nobody has said so, and for everybody below
   * managers.
   */
  cost_rate: Money | null;
  /** The IANA time zone in which the user's days begin and end. */
  time_zone: string;
  /** The user's language and region, a BCP 47 tag. */
  locale: string;
  /**
   * How often the record has changed, counted from 1. It is the number in the `ETag` header and the one that
   * `If-Match` is compared with.
   */
  version: number;
  /** When the record was created, in UTC. */
  created_at: string;
  /** Who created the record; null when the service itself did. */
  created_by: string | null;
  /** When the record last changed, in UTC. */
  updated_at: string;
  /** Who made the last change; null when the service itself did. */
  updated_by: string | null;
  /** When the record was deleted, in UTC; null unless it is. */
  deleted_at: string | null;
  /** Who deleted the record; null unless it is, and when the service itself did. */
  deleted_by: string | null;
}

/** One page of users. */
export interface UserPage {
  /** The users of this page, in the order asked for. */
  data: User[];
  /** Which page this is and how many there are. */
  page: PageInfo;
}

/** A place where somebody is signed in. */
export interface Session {
  /** The id of the session. */
  id: string;
  /** Whether it is the one that the request is made in. */
  is_current: boolean;
  /** When it was opened, in UTC. */
  created_at: string;
  /** When it was last refreshed, or opened, in UTC. */
  last_used_at: string;
  /** When it ends unless it is refreshed before, in UTC. */
  expires_at: string;
  /** The address that it was opened from. */
  ip: string | null;
  /** The program that it was opened with, as that calls itself. */
  user_agent: string | null;
}

/** One page of sessions. */
export interface SessionPage {
  /** The sessions of this page, newest first. */
  data: Session[];
  /** Which page this is and how many there are. */
  page: PageInfo;
}

/** Public keys (RFC 7517). */
export interface JSONWebKeySet {
  /** The keys, the one that signs first. */
  keys: JSONWebKey[];
}

/** An Ed25519 key that verifies access tokens (RFC 8037). */
export interface JSONWebKey {
  /** The type of the key, `OKP`. */
  kty: string;
  /** The curve, `Ed25519`. */
  crv: string;
  /** The public key in base64url. */
  x: string;
  /** The id that tokens name it by, which is its thumbprint (RFC 7638). */
  kid: string;
  /** What it is for, `sig`. */
  use: string;
  /** The algorithm of its signatures, `EdDSA`. */
  alg: string;
}

/**
 * A JSON merge patch of a user: a field that is absent keeps its value, and null clears one that may be null.
 */
export interface UserUpdate {
  /** The address to sign in with, unique among all users without regard to case. */
  email?: string | undefined;
  /** The name shown to others. */
  name?: string | undefined;
  /** What the user may do. */
  role?: Role | undefined;
  /** What the user is in the agency, in free words, or null. */
  title?: string | null | undefined;
  /** What the user is good at, in its own order. */
  skills?: readonly string[] | undefined;
  /** How many minutes the user works in a week. */
  weekly_capacity_minutes?: number | undefined;
  /** What an hour of the user costs the agency, or null. */
  cost_rate?: CostRate | null | undefined;
  /** The IANA time zone in which the user's days begin and end, such as `Europe/Berlin`. */
  time_zone?: string | undefined;
  /** The user's language and region, a BCP 47 tag such as `de-AT`, stored in its canonical form. */
  locale?: string | undefined;
}

/** All fields of a user that can be written. One that is left out gets its default. */
export interface UserReplace {
  /** The address to sign in with, unique among all users without regard to case. */
  email: string;
  /** The name shown to others. */
  name: string;
  /** What the user may do. */
  role: Role;
  /** What the user is in the agency, in free words, or null. */
  title?: string | null | undefined;
  /**
   * What the user is good at, in its own order.
   * @defaultValue `[]`
   */
  skills?: readonly string[] | undefined;
  /**
   * How many minutes the user works in a week.
   * @defaultValue `2400`
   */
  weekly_capacity_minutes?: number | undefined;
  /** What an hour of the user costs the agency, or null. */
  cost_rate?: CostRate | null | undefined;
  /**
   * The IANA time zone in which the user's days begin and end, such as `Europe/Berlin`.
   * @defaultValue `"UTC"`
   */
  time_zone?: string | undefined;
  /**
   * The user's language and region, a BCP 47 tag such as `de-AT`, stored in its canonical form.
   * @defaultValue `"en"`
   */
  locale?: string | undefined;
}

/** What an hour costs. */
export interface CostRate {
  /** The amount in the currency's minor unit, such as cents. */
  amount_minor: number;
  /** The currency's ISO 4217 code. */
  currency: string;
}

/** How a user wants to be worked with. */
export interface UserPreferences {
  /** The user. */
  user_id: string;
  /** The IANA time zone in which the user's days begin and end, such as `Europe/Berlin`. */
  time_zone: string;
  /** The user's language and region, a BCP 47 tag such as `de-AT`, stored in its canonical form. */
  locale: string;
  /** When the user works, in its time zone. */
  working_hours: WorkingHours;
  /** Which news reach the user through which channel. */
  notifications: NotificationSettings;
  /** The version of the user, which the preferences share. */
  version: number;
}

/** A JSON merge patch of the preferences: what is absent keeps its value. */
export interface UserPreferencesUpdate {
  /** The IANA time zone in which the user's days begin and end, such as `Europe/Berlin`. */
  time_zone?: string | undefined;
  /** The user's language and region, a BCP 47 tag such as `de-AT`, stored in its canonical form. */
  locale?: string | undefined;
  /** When the user works, in its time zone. */
  working_hours?: WorkingHoursChange | undefined;
  /** Which news reach the user through which channel. */
  notifications?: NotificationSettingsChange | undefined;
}

/**
 * All preferences. One that is left out gets its default: UTC, English, no working hours, and all
 * notifications.
 */
export interface UserPreferencesReplace {
  /**
   * The IANA time zone in which the user's days begin and end, such as `Europe/Berlin`.
   * @defaultValue `"UTC"`
   */
  time_zone?: string | undefined;
  /**
   * The user's language and region, a BCP 47 tag such as `de-AT`, stored in its canonical form.
   * @defaultValue `"en"`
   */
  locale?: string | undefined;
  /** When the user works, in its time zone. */
  working_hours?: WorkingHoursChange | undefined;
  /** Which news reach the user through which channel. */
  notifications?: NotificationSettingsChange | undefined;
}

/** The hours of each weekday, in the order of the day; a day without any is empty. */
export interface WorkingHours {
  /** The hours of Monday, which do not overlap. */
  monday: WorkingPeriod[];
  /** The hours of Tuesday, which do not overlap. */
  tuesday: WorkingPeriod[];
  /** The hours of Wednesday, which do not overlap. */
  wednesday: WorkingPeriod[];
  /** The hours of Thursday, which do not overlap. */
  thursday: WorkingPeriod[];
  /** The hours of Friday, which do not overlap. */
  friday: WorkingPeriod[];
  /** The hours of Saturday, which do not overlap. */
  saturday: WorkingPeriod[];
  /** The hours of Sunday, which do not overlap. */
  sunday: WorkingPeriod[];
}

/**
 * The hours of the weekdays that are named. A day that is absent keeps its hours in a merge patch, and has
 * none in a replacement.
 */
export interface WorkingHoursChange {
  /** The hours of Monday, which do not overlap. */
  monday?: readonly WorkingPeriod[] | undefined;
  /** The hours of Tuesday, which do not overlap. */
  tuesday?: readonly WorkingPeriod[] | undefined;
  /** The hours of Wednesday, which do not overlap. */
  wednesday?: readonly WorkingPeriod[] | undefined;
  /** The hours of Thursday, which do not overlap. */
  thursday?: readonly WorkingPeriod[] | undefined;
  /** The hours of Friday, which do not overlap. */
  friday?: readonly WorkingPeriod[] | undefined;
  /** The hours of Saturday, which do not overlap. */
  saturday?: readonly WorkingPeriod[] | undefined;
  /** The hours of Sunday, which do not overlap. */
  sunday?: readonly WorkingPeriod[] | undefined;
}

/** A stretch of a day. */
export interface WorkingPeriod {
  /** When it begins, as HH:MM. */
  from: string;
  /** When it ends, as HH:MM and later than it begins; `24:00` is the end of the day. */
  to: string;
}

/** Which news reach a user through which channel. */
export interface NotificationSettings {
  /** What is sent by e-mail. */
  email: NotificationKinds;
  /** What is shown within the application. */
  in_app: NotificationKinds;
}

/**
 * The channels that are named. What is absent keeps its value in a merge patch, and is on in a replacement.
 */
export interface NotificationSettingsChange {
  /** What is sent by e-mail. */
  email?: NotificationKindsChange | undefined;
  /** What is shown within the application. */
  in_app?: NotificationKindsChange | undefined;
}

/** Of which news a channel tells. */
export interface NotificationKinds {
  /** Somebody mentions the user. */
  mentioned: boolean;
  /** The user is given a task. */
  assigned: boolean;
  /** A task of the user changes its status. */
  status_changed: boolean;
  /** Somebody answers a comment of the user. */
  comment_replied: boolean;
  /** A task of the user is due soon. */
  due_soon: boolean;
}

/** The news that are named. What is absent keeps its value in a merge patch, and is on in a replacement. */
export interface NotificationKindsChange {
  /** Somebody mentions the user. */
  mentioned?: boolean | undefined;
  /** The user is given a task. */
  assigned?: boolean | undefined;
  /** A task of the user changes its status. */
  status_changed?: boolean | undefined;
  /** Somebody answers a comment of the user. */
  comment_replied?: boolean | undefined;
  /** A task of the user is due soon. */
  due_soon?: boolean | undefined;
}

/** How much of its time a user has promised, over the tasks that the caller can see. */
export interface UserWorkload {
  /** The user. */
  user_id: string;
  /** How many minutes the user works in a week. */
  capacity_minutes: number;
  /** The weeks asked for, from the current one on. */
  weeks: WorkloadWeek[];
  /** What is committed after the last of the weeks. */
  later_minutes: number;
  /** What is left of the tasks without a due date. */
  unscheduled_minutes: number;
  /** How many open tasks are counted. */
  open_tasks: number;
  /** How many of them should have been finished. */
  overdue_tasks: number;
  /** How many of them have no due date. */
  unscheduled_tasks: number;
  /** How many of them have neither an estimate nor remaining minutes; they count as no minutes. */
  unestimated_tasks: number;
  /** When this was reckoned, in UTC. */
  generated_at: string;
}

/** What a user can do in a week, and what is asked of it. */
export interface WorkloadWeek {
  /** The ISO 8601 week. */
  week: string;
  /** Its Monday. */
  starts_on: string;
  /** How many minutes the user works in the week. */
  capacity_minutes: number;
  /** How many of them its tasks ask for. */
  committed_minutes: number;
  /** What is left; 0 when the week is overbooked. */
  free_minutes: number;
  /** Whether more is asked for than there is time. */
  is_overbooked: boolean;
  /** How many tasks have a share in the week. */
  tasks: number;
  /** How many tasks are due in the week. */
  due_tasks: number;
}

/** One page of changes. */
export interface EventPage {
  /** The changes of this page, newest first. */
  data: Event[];
  /** Which page this is and how many there are. */
  page: PageInfo;
}

/** A change of one entity: who did what to it, when and how. */
export interface Event {
  /** The number of the event; a later one of the same entity has a higher one. */
  id: number;
  /** When it happened, in UTC. */
  occurred_at: string;
  /** Who did it; null when the service itself did. */
  actor: EventActor | null;
  /**
   * What the actor proved itself with: `session:` and the id of the session, `api_key:` and the id of the API
   * key, `system` for the service itself, or `anonymous`.
   */
  credential: string;
  /** The `X-Request-ID` of the request that did it; null when none did. */
  request_id: string | null;
  /** What was changed. */
  entity_type: Open<EntityType>;
  /** The id of what was changed. */
  entity_id: string;
  /** The project it belongs to; null when it belongs to none. */
  project_id: string | null;
  /** What was done, such as `task.created`. New actions may be added. */
  action: string;
  /** The fields that changed. What the caller may not know is left out. */
  changes: EventChanges;
  /** The version of the entity afterwards; null when it has none. */
  version: number | null;
}

/** The fields that changed, by name. */
export type EventChanges = Record<string, EventChange>;

/** Changes in the order in which they were committed, and where they lead on. */
export interface EventFeed {
  /** The changes, oldest first. */
  data: Event[];
  /** What to send as `after` to go on behind these changes; there is one on every page. */
  next_cursor: string;
  /** Whether more may follow at once; a page without any change can have this too. */
  has_more: boolean;
}

/** What the stream says of itself, as the data of `reset` and `end`. */
export interface EventStreamNotice {
  code: Open<EventStreamNoticeCode>;
  /** A sentence that says what to do about it. */
  detail: string;
}

/** Who made a change. */
export interface EventActor {
  /** The user's id. */
  id: string;
  /** Whether it is a person or an agent; null when the caller cannot see who it is. */
  kind: PrincipalKind | null;
  /** Its name; null when the caller cannot see who it is. */
  name: string | null;
}

/** The value of a field, of whatever type the field has. */
export type EventValue = unknown;

/** A field before and after a change, each of whatever type the field has. */
export interface EventChange {
  /** What it was; null when it had no value. */
  old: EventValue | null;
  /** What it became; null when it has no value. */
  new: EventValue | null;
}

/** What somebody gives to open an account. */
export interface UserRegister {
  /** The address to sign in with. It must not be in use, without regard to case. */
  email: string;
  /**
   * The password to sign in with, of at least 12 characters unless a setting says otherwise (from 8 to 64),
   * and at most 128. Any characters will do. Common passwords and ones made of the person's own name or
   * address are refused. It is stored as a hash only.
   */
  password: string;
  /** The name shown to others. */
  name: string;
  /**
   * The token of an invitation, which is for this address and gives the account its role. Without one the
   * account has the role `user`, where registration is open.
   */
  invitation_token?: string | undefined;
}

/** Whose password is to be reset. */
export interface PasswordResetRequest {
  /** The address that the person signs in with, upper and lower case alike. */
  email: string;
}

/** A new password, and the token that allows to set it. */
export interface PasswordReset {
  /** The token from the mail. */
  token: string;
  /**
   * The new password. As for `registerUser`, it has at least 12 characters unless a setting says otherwise,
   * is none of the common ones and not made of the person's own name or address. It is stored as a hash only.
   */
  password: string;
}

/** What shows that an address is somebody's. */
export interface EmailVerification {
  /** The token from the mail. */
  token: string;
}

/**
 * An address that was asked to open an account with a role. It is worth what its sender may do when it is
 * accepted.
 */
export interface Invitation {
  /** The invitation's id, made by the server. */
  id: string;
  /** The address that is invited. */
  email: string;
  /** What the account may do. */
  role: Role;
  /** Whether it can be accepted, and why not. */
  state: InvitationState;
  /** Whether its token was mailed to the address, and shown to nobody else. */
  is_mailed: boolean;
  /** When the invitation was made, in UTC. */
  created_at: string;
  /** Who invites. */
  created_by: string;
  /** Until when it can be accepted, in UTC. */
  expires_at: string;
  /** When it was accepted, in UTC; null unless it was. */
  accepted_at: string | null;
  /** The account that was opened by it; null unless one was. */
  accepted_by: string | null;
  /** When it was taken back or replaced, in UTC; null unless it was. */
  revoked_at: string | null;
  /** Who took it back or replaced it; null unless somebody did. */
  revoked_by: string | null;
}

/** Whom to invite, and as what. */
export interface InvitationCreate {
  /** The address to invite. It must not be that of an account. */
  email: string;
  /** What the account is to be allowed; not above the role of who invites. */
  role: Role;
}

/** An invitation that was made just now. */
export interface InvitationCreated {
  /** The invitation. */
  invitation: Invitation;
  /**
   * What `registerUser` takes as `invitation_token`, to be handed to whom it is for. It cannot be read again.
   * It is null where it was mailed.
   */
  token: string | null;
}

/** One page of invitations. */
export interface InvitationPage {
  /** The invitations of this page, in the order asked for. */
  data: Invitation[];
  /** Which page this is and how many there are. */
  page: PageInfo;
}

/** The credentials of a user. */
export interface Login {
  /** The address the user signs in with, upper and lower case alike. */
  email: string;
  /** The user's password. */
  password: string;
  /**
   * The six digits that the user's authenticator shows, where a second factor is active. A code is taken
   * once, half a minute early or late at the most.
   */
  code?: string | undefined;
  /**
   * A recovery code that has not been used, where the authenticator is lost. It is looked at when there is no
   * `code`.
   */
  recovery_code?: string | undefined;
  /** What the last sign-in on this device returned. One that is not valid, or of another user, is ignored. */
  device_token?: string | null | undefined;
}

/** A password and the one that replaces it. */
export interface PasswordChange {
  /** The password that holds until now. */
  current_password: string;
  /** The password to sign in with from now on, under the rules of a registration's. */
  new_password: string;
}

/** How a user's second factor stands. */
export interface SecondFactor {
  /** Whether there is one. */
  state: SecondFactorState;
  /**
   * Whether the user's role requires one. While it does and there is none, a session may do nothing but set
   * it up.
   */
  is_required: boolean;
  /** Since when it is active, in UTC; null when it is not. */
  confirmed_at: string | null;
  /** How many recovery codes have not been used. */
  recovery_codes_left: number;
}

/** What it takes to begin to set up a second factor. */
export interface SecondFactorBegin {
  /** The caller's present password. */
  password: string;
}

/** What an authenticator is set up with. It is shown once. */
export interface SecondFactorEnrolment {
  /** The secret in base32, to be typed into the authenticator. */
  secret: string;
  /** The secret and how codes follow from it, as the URI that a QR code shows. */
  uri: string;
}

/** The code that makes a second factor active. */
export interface SecondFactorConfirm {
  /** The six digits that the authenticator shows. */
  code: string;
}

/** The code that new recovery codes take. */
export interface RecoveryCodesReplace {
  /** The six digits that the authenticator shows. */
  code: string;
}

/** A user's recovery codes. They are shown once, and only their hashes are stored. */
export interface RecoveryCodes {
  /** The codes. Each signs in one time in place of a code of the authenticator. */
  codes: string[];
}

/** What it takes to remove one's second factor. */
export interface SecondFactorRemove {
  /** The caller's present password. */
  password: string;
  /** The six digits that the authenticator shows; one of the two codes is needed. */
  code?: string | undefined;
  /** A recovery code that has not been used; it is looked at when there is no `code`. */
  recovery_code?: string | undefined;
}

/** The refresh token that is exchanged for a new pair. */
export interface RefreshRequest {
  /** The refresh token of the last pair. It works once. */
  refresh_token: string;
}

/** Names a session to end besides the current one. */
export interface LogoutRequest {
  /**
   * A refresh token of the caller, whose session ends too. One that is unknown, expired or somebody else's is
   * ignored.
   */
  refresh_token?: string | undefined;
}

/** A session's two tokens: a short one for requests and a long one to get the next pair with. */
export interface TokenPair {
  /** A signed JWT that is sent with each request in `Authorization: Bearer …`. */
  access_token: string;
  /** An opaque secret that `refreshSession` exchanges, once, for a new pair. */
  refresh_token: string;
  /** How the access token is sent. */
  token_type: TokenType;
  /** Seconds until the access token expires. */
  expires_in: number;
  /**
   * Marks the device as one that has signed in: send it with the next sign-in of the same user, and the
   * failures of others do not keep this device out. It opens nothing by itself and ends 90 days after it was
   * returned, or when the password changes. Null when a pair is refreshed.
   */
  device_token: string | null;
}

/** A new agent. */
export interface AgentCreate {
  /** The name shown to others. */
  name: string;
  /**
   * What the agent may do, at most what its owner may.
   * @defaultValue `"user"`
   */
  role?: Role | undefined;
  /** What the agent is in the agency, in free words, or null. */
  title?: string | null | undefined;
  /**
   * What the agent is good at, in its own order.
   * @defaultValue `[]`
   */
  skills?: readonly string[] | undefined;
}

/**
 * Which events - one such as `task.updated`, all of a kind of record as in `task.*`, or `*` for all. Those of
 * clients, contacts and users are sent to endpoints without a project alone.
 */
export type WebhookEventType = string;

/** An address to which changes are sent, without its secrets. */
export interface Webhook {
  /** The id of the record, made by the server. */
  id: string;
  /** The project whose events it gets; null for those of everything. */
  project_id: string | null;
  /** What the endpoint is for, in its maker's words. */
  name: string;
  /** The address that is sent to. */
  url: string;
  /** Which events it gets. */
  event_types: WebhookEventType[];
  /** Whether changes are sent to it. */
  status: WebhookStatus;
  /** When it was disabled, in UTC; null unless it is. */
  disabled_at: string | null;
  /** Why it is disabled; null unless it is. */
  disabled_reason: Open<WebhookDisabledReason> | null;
  /**
   * Until when nothing is tried, in UTC, because it could not be reached or asked for it; null where nothing
   * keeps deliveries from it.
   */
  paused_until: string | null;
  /** When a delivery first failed after the last that did not, in UTC; null where none has. */
  failing_since: string | null;
  /** When something was last delivered to it, in UTC; null before anything ever was. */
  last_delivered_at: string | null;
  /** Until when messages are signed with the secret before as well, in UTC; null without one. */
  previous_secret_expires_at: string | null;
  /**
   * How often the record has changed, counted from 1. It is the number in the `ETag` header and the one that
   * `If-Match` is compared with. Deliveries are no change.
   */
  version: number;
  /** When it was made, in UTC. */
  created_at: string;
  /** Who made it; null when that account is gone. */
  created_by: string | null;
  /** When it was last changed, in UTC. */
  updated_at: string;
  /** Who changed it last; null for the service itself, and when that account is gone. */
  updated_by: string | null;
}

/** One page of endpoints. */
export interface WebhookPage {
  /** The endpoints of this page, in the order asked for. */
  data: Webhook[];
  /** Which page this is and how many there are. */
  page: PageInfo;
}

/** An endpoint with a secret that was just made. */
export interface WebhookWithSecret {
  /** What messages are verified with, which is told this once. */
  secret: string;
  /** The endpoint. */
  webhook: Webhook;
}

/**
 * What is sent to an endpoint: a change, or with the type `webhook.test` what `testWebhook` asked for. Fields
 * may be added.
 */
export interface WebhookMessage {
  /**
   * What happened, such as `task.updated`; the `action` of the event. New ones may be added, so that `*` and
   * `task.*` bring types that are not known yet.
   */
  type: string;
  /** When it happened, in UTC. When it was sent is in `webhook-timestamp`. */
  timestamp: string;
  /** The event. */
  data: WebhookEvent;
}

/**
 * A change as it is sent to endpoints. Fields that not everybody may know are left out. That of a test has
 * the endpoint itself as its entity, no `id`, since nothing happened, and no changes.
 */
export interface WebhookEvent {
  /** The endpoint that it was sent to. */
  webhook_id: string;
  /** The number of the event; a later one of the same entity has a higher one. Null for a test. */
  id: number | null;
  /** When it happened, in UTC. */
  occurred_at: string;
  /** Who did it; null when the service itself did, and for a test. */
  actor_id: string | null;
  /** What was changed. */
  entity_type: Open<EntityType>;
  /** The id of what was changed. */
  entity_id: string;
  /** The project it belongs to; null when it belongs to none, and for a test. */
  project_id: string | null;
  /** What was done, such as `task.created`. New actions may be added. */
  action: string;
  /** The fields that changed, each before and after. */
  changes: EventChanges;
  /** The version of the entity afterwards; null when it has none. */
  version: number | null;
}

/** A new endpoint. */
export interface WebhookCreate {
  /** The project whose events it is to get; those of everything when it is left out, which is for admins. */
  project_id?: string | undefined;
  /** What the endpoint is for. */
  name: string;
  /** The address to send to, which has to be public and to begin with `https://`. */
  url: string;
  /** Which events it is to get. */
  event_types: readonly WebhookEventType[];
}

/** A JSON merge patch of an endpoint. */
export interface WebhookUpdate {
  /** What the endpoint is for. */
  name?: string | undefined;
  /** The address to send to, which has to be public and to begin with `https://`. */
  url?: string | undefined;
  /** Which events it is to get. */
  event_types?: readonly WebhookEventType[] | undefined;
}

/** How the secret is to be replaced. */
export interface WebhookSecretRotate {
  /**
   * For how many hours messages are signed with the old secret as well.
   * @defaultValue `24`
   */
  overlap_hours?: number | undefined;
}

/** A message to an endpoint, and what came of it. */
export interface WebhookDelivery {
  /** The id of the record, made by the server. */
  id: string;
  /** The endpoint it is for. */
  webhook_id: string;
  /** The `webhook-id` header, the same with every attempt. */
  message_id: string;
  /** The number of the event in the log of changes; null for a test. */
  event_id: number | null;
  /** What was done, such as `task.updated`. New types may be added. */
  event_type: string;
  /** What it was done to. */
  entity_type: Open<EntityType>;
  /** The id of what it was done to. */
  entity_id: string;
  /** How far it is. */
  state: WebhookDeliveryState;
  /** How often it was sent. */
  attempts: number;
  /** When it was queued, in UTC. */
  created_at: string;
  /** When it is tried next at the earliest, in UTC; null unless it is pending. */
  next_attempt_at: string | null;
  /** When it was last tried, in UTC; null before it ever was. */
  last_attempt_at: string | null;
  /** When it was delivered, in UTC; null unless it was. */
  delivered_at: string | null;
  /** The status of the last answer; null without one. */
  response_status: number | null;
  /** How long the last attempt took; null before there was any. */
  latency_milliseconds: number | null;
  /** Why the last attempt failed, or why there is no other; null where nothing has. */
  error: string | null;
  /** How the body of the last answer begins, at most 1 KiB of it; null where there was none. */
  response_excerpt: string | null;
}

/** One page of deliveries. */
export interface WebhookDeliveryPage {
  /** The deliveries of this page, the latest change first. */
  data: WebhookDelivery[];
  /** Which page this is and how many there are. */
  page: PageInfo;
}

/** What is known of an API key, without the key itself. */
export interface ApiKey {
  /** The id of the record, made by the server. */
  id: string;
  /** Who acts with the key. */
  principal_id: string;
  /** What the key is for, in its owner's words. */
  name: string;
  /** How the key begins, to tell it from others. */
  prefix: string;
  /** What the key may be used for. */
  scopes: Open<ApiKeyScope>[];
  /** Whether the key is for the projects and clients below alone. */
  is_limited: boolean;
  /** Whether every change with the key that takes `If-Match` needs it. */
  require_if_match: boolean;
  /** The projects that the key is limited to. */
  project_ids: string[];
  /** The clients that the key is limited to, with all their projects. */
  client_ids: string[];
  /** Whether the key can be used now. */
  state: ApiKeyState;
  /**
   * How often the record has changed, counted from 1. It is the number in the `ETag` header and the one that
   * `If-Match` is compared with. Being used is no change.
   */
  version: number;
  /** When the key was made, in UTC. */
  created_at: string;
  /** Who made the key. */
  created_by: string;
  /** When the key stops working, in UTC. */
  expires_at: string;
  /** When the key was last used, to the minute and in UTC; null before it ever was. */
  last_used_at: string | null;
  /** The address it was last used from; null before it ever was. */
  last_used_ip: string | null;
  /** When the key was revoked, in UTC; null unless it was. */
  revoked_at: string | null;
  /** Who revoked the key; null unless somebody has. */
  revoked_by: string | null;
}

/** One page of API keys. */
export interface ApiKeyPage {
  /** The keys of this page, in the order asked for. */
  data: ApiKey[];
  /** Which page this is and how many there are. */
  page: PageInfo;
}

/** A new API key. */
export interface ApiKeyCreate {
  /** What the key is for. */
  name: string;
  /** Who is to act with it - an agent that the caller owns, or the caller, as when it is left out. */
  principal_id?: string | undefined;
  /** What the key may be used for. */
  scopes: readonly ApiKeyScope[];
  /** When the key is to stop working, at most 366 days from now; after 90 days when it is left out. */
  expires_at?: string | undefined;
  /**
   * Whether every change with the key that takes `If-Match` is to need it, so that it overwrites nothing
   * which it has not read.
   * @defaultValue `false`
   */
  require_if_match?: boolean | undefined;
  /**
   * The projects that the key is limited to, each of which the caller has to see. Left out, they are no
   * limit, and a key with clients is limited to these alone.
   */
  project_ids?: readonly string[] | undefined;
  /**
   * The clients that the key is limited to with all their projects, each of which the caller has to see. Left
   * out, they are no limit, and a key with projects is limited to these alone.
   */
  client_ids?: readonly string[] | undefined;
}

/** A JSON merge patch of an API key, of which the name alone can change. */
export interface ApiKeyUpdate {
  /** What the key is for. */
  name?: string | undefined;
}

/** An API key that was just made. */
export interface ApiKeyCreated {
  /** The key itself, which is told this once. */
  key: string;
  /** What is known of it from now on. */
  api_key: ApiKey;
}

/** A company or person for whom projects are done. */
export interface Client {
  /** The client's id, made by the server. */
  id: string;
  /** The client's name. */
  name: string;
  /** The name in contracts and on invoices, or null. */
  legal_name: string | null;
  /** The address to write to, or null. */
  email: string | null;
  /** The number to call, as it was entered, or null. */
  phone: string | null;
  /** The client's site, an http or https address, or null. */
  website: string | null;
  /** The postal address, or null. */
  address: string | null;
  /** The client's line of business, in free words, or null. */
  industry: string | null;
  /** The kind of client the agency counts it to, in free words, or null. */
  segment: string | null;
  /** Where the relation stands. */
  status: ClientStatus;
  /** Why the client came into its status, or null where no reason was given. */
  status_reason: string | null;
  /** The person who looks after the client, or null when nobody does. */
  owner_id: string | null;
  /** What the client is worth a year, not negative, or null. */
  annual_value: Money | null;
  /** When and how the client pays, in free words, or null. */
  payment_terms: string | null;
  /**
   * Words to group clients by, in the order given. Space around them is taken off, and one that is given
   * twice counts once.
   */
  tags: string[];
  /** Anything else worth knowing, in Markdown, or null. */
  notes: string | null;
  /** Facts of the agency's own making, by their names. */
  custom_fields: CustomFields;
  /** The client's ids in other systems, by the system's name. */
  external_references: ExternalReferences;
  /** The system that the record was imported from, or null. It is there exactly when `external_id` is. */
  external_source: string | null;
  /**
   * The record's id in that system, or null. No two clients that are not deleted have the same one of the
   * same system.
   */
  external_id: string | null;
  /**
   * How often the record has changed, counted from 1. It is the number in the `ETag` header and the one that
   * `If-Match` is compared with.
   */
  version: number;
  /** When the record was created, in UTC. */
  created_at: string;
  /** Who created the record; null when the service itself did. */
  created_by: string | null;
  /** When the record last changed, in UTC. */
  updated_at: string;
  /** Who made the last change; null when the service itself did. */
  updated_by: string | null;
  /** When the record was deleted, in UTC; null while it is not. */
  deleted_at: string | null;
  /** Who deleted the record; null while it is not deleted, and when the service itself did it. */
  deleted_by: string | null;
  /** The related records that `include` asks for; null when it asks for none. */
  included: ClientIncluded | null;
}

/**
 * The writable fields of a new client. An optional field that is left out is null or empty, except the
 * status.
 */
export interface ClientCreate {
  /** The client's name. */
  name: string;
  /** The name in contracts and on invoices, or null. */
  legal_name?: string | null | undefined;
  /** The address to write to, or null. */
  email?: string | null | undefined;
  /** The number to call, as it was entered, or null. */
  phone?: string | null | undefined;
  /** The client's site, an http or https address, or null. */
  website?: string | null | undefined;
  /** The postal address, or null. */
  address?: string | null | undefined;
  /** The client's line of business, in free words, or null. */
  industry?: string | null | undefined;
  /** The kind of client the agency counts it to, in free words, or null. */
  segment?: string | null | undefined;
  /**
   * Where the relation stands at the start.
   * @defaultValue `"lead"`
   */
  status?: ClientStatus | undefined;
  /** The person who looks after the client, or null when nobody does. */
  owner_id?: string | null | undefined;
  /** What the client is worth a year, not negative, or null. */
  annual_value?: Money | null | undefined;
  /** When and how the client pays, in free words, or null. */
  payment_terms?: string | null | undefined;
  /**
   * Words to group clients by, in the order given. Space around them is taken off, and one that is given
   * twice counts once.
   * @defaultValue `[]`
   */
  tags?: readonly string[] | undefined;
  /** Anything else worth knowing, in Markdown, or null. */
  notes?: string | null | undefined;
  /** Facts of the agency's own making, by their names. */
  custom_fields?: CustomFields | undefined;
  /** The client's ids in other systems, by the system's name. */
  external_references?: ExternalReferences | undefined;
  /** The system that the record was imported from, or null. It is there exactly when `external_id` is. */
  external_source?: string | null | undefined;
  /**
   * The record's id in that system, or null. No two clients that are not deleted have the same one of the
   * same system.
   */
  external_id?: string | null | undefined;
}

/** All writable fields of a client. An optional field that is left out becomes null or empty. */
export interface ClientReplace {
  /** The client's name. */
  name: string;
  /** The name in contracts and on invoices, or null. */
  legal_name?: string | null | undefined;
  /** The address to write to, or null. */
  email?: string | null | undefined;
  /** The number to call, as it was entered, or null. */
  phone?: string | null | undefined;
  /** The client's site, an http or https address, or null. */
  website?: string | null | undefined;
  /** The postal address, or null. */
  address?: string | null | undefined;
  /** The client's line of business, in free words, or null. */
  industry?: string | null | undefined;
  /** The kind of client the agency counts it to, in free words, or null. */
  segment?: string | null | undefined;
  /** The person who looks after the client, or null when nobody does. */
  owner_id?: string | null | undefined;
  /** What the client is worth a year, not negative, or null. */
  annual_value?: Money | null | undefined;
  /** When and how the client pays, in free words, or null. */
  payment_terms?: string | null | undefined;
  /**
   * Words to group clients by, in the order given. Space around them is taken off, and one that is given
   * twice counts once.
   * @defaultValue `[]`
   */
  tags?: readonly string[] | undefined;
  /** Anything else worth knowing, in Markdown, or null. */
  notes?: string | null | undefined;
  /** Facts of the agency's own making, by their names. */
  custom_fields?: CustomFields | undefined;
  /** The client's ids in other systems, by the system's name. */
  external_references?: ExternalReferences | undefined;
  /** The system that the record was imported from, or null. It is there exactly when `external_id` is. */
  external_source?: string | null | undefined;
  /**
   * The record's id in that system, or null. No two clients that are not deleted have the same one of the
   * same system.
   */
  external_id?: string | null | undefined;
}

/**
 * A JSON merge patch of a client: a field that is absent keeps its value, and null clears one that may be
 * null.
 */
export interface ClientUpdate {
  /** The client's name. */
  name?: string | undefined;
  /** The name in contracts and on invoices, or null. */
  legal_name?: string | null | undefined;
  /** The address to write to, or null. */
  email?: string | null | undefined;
  /** The number to call, as it was entered, or null. */
  phone?: string | null | undefined;
  /** The client's site, an http or https address, or null. */
  website?: string | null | undefined;
  /** The postal address, or null. */
  address?: string | null | undefined;
  /** The client's line of business, in free words, or null. */
  industry?: string | null | undefined;
  /** The kind of client the agency counts it to, in free words, or null. */
  segment?: string | null | undefined;
  /** The person who looks after the client, or null when nobody does. */
  owner_id?: string | null | undefined;
  /** What the client is worth a year, not negative, or null. */
  annual_value?: Money | null | undefined;
  /** When and how the client pays, in free words, or null. */
  payment_terms?: string | null | undefined;
  /**
   * Words to group clients by, in the order given. Space around them is taken off, and one that is given
   * twice counts once.
   */
  tags?: readonly string[] | undefined;
  /** Anything else worth knowing, in Markdown, or null. */
  notes?: string | null | undefined;
  /** Facts of the agency's own making, by their names. */
  custom_fields?: CustomFieldsUpdate | null | undefined;
  /** The client's ids in other systems, by the system's name. */
  external_references?: ExternalReferencesUpdate | null | undefined;
  /** The system that the record was imported from, or null. It is there exactly when `external_id` is. */
  external_source?: string | null | undefined;
  /**
   * The record's id in that system, or null. No two clients that are not deleted have the same one of the
   * same system.
   */
  external_id?: string | null | undefined;
}

/**
 * Facts of the agency's own making, by their names: lower-case letters, digits and underscores after a
 * letter, at most 50 characters. A value is a text of at most 1000 characters, a number, true, false or null.
 */
export type CustomFields = Record<string, unknown>;

/**
 * A JSON merge patch of custom fields: a name that is absent keeps its value, and null removes it. Names and
 * values are those of `CustomFields`, of which at most 50 may be left.
 */
export type CustomFieldsUpdate = Record<string, unknown>;

/**
 * The record's ids in other systems, by the system's name: lower-case letters, digits and underscores after a
 * letter, at most 50 characters.
 */
export type ExternalReferences = Record<string, string>;

/**
 * A JSON merge patch of external references: a system that is absent keeps its id, and null removes it. At
 * most 20 may be left.
 */
export type ExternalReferencesUpdate = Record<string, string | null>;

/** A client's related records; what was not asked for is null. */
export interface ClientIncluded {
  /**
   * The client's projects that the caller can see, newest first, at most 100; see `listClientProjects` for
   * all of them. Null when they were not asked for.
   */
  projects: Project[] | null;
  /**
   * The people to talk to, the primary one first, at most 100; see `listClientContacts` for all of them. Null
   * when they were not asked for.
   */
  contacts: ClientContact[] | null;
}

/** Somebody to talk to at a client. */
export interface ClientContact {
  /** The contact's id, made by the server. */
  id: string;
  /** The client at which the contact works. */
  client_id: string;
  /** The person's name. */
  name: string;
  /** What the person does at the client, such as Head of Marketing, or null. */
  position: string | null;
  /** The address to write to, or null. */
  email: string | null;
  /** The number to call, as it was entered, or null. */
  phone: string | null;
  /** Whether this is the one to turn to first. A client has at most one such contact. */
  is_primary: boolean;
  /** Anything else worth knowing, in Markdown, or null. */
  notes: string | null;
  /**
   * How often the record has changed, counted from 1. It is the number in the `ETag` header and the one that
   * `If-Match` is compared with.
   */
  version: number;
  /** When the record was created, in UTC. */
  created_at: string;
  /** Who created the record; null when the service itself did. */
  created_by: string | null;
  /** When the record last changed, in UTC. */
  updated_at: string;
  /** Who made the last change; null when the service itself did. */
  updated_by: string | null;
}

/** The writable fields of a new contact. An optional field that is left out is null, or false. */
export interface ClientContactCreate {
  /** The person's name. */
  name: string;
  /** What the person does at the client, such as Head of Marketing, or null. */
  position?: string | null | undefined;
  /** The address to write to, or null. */
  email?: string | null | undefined;
  /** The number to call, as it was entered, or null. */
  phone?: string | null | undefined;
  /**
   * Whether this is the one to turn to first. A client has at most one such contact.
   * @defaultValue `false`
   */
  is_primary?: boolean | undefined;
  /** Anything else worth knowing, in Markdown, or null. */
  notes?: string | null | undefined;
}

/** All writable fields of a contact. An optional field that is left out becomes null, or false. */
export interface ClientContactReplace {
  /** The person's name. */
  name: string;
  /** What the person does at the client, such as Head of Marketing, or null. */
  position?: string | null | undefined;
  /** The address to write to, or null. */
  email?: string | null | undefined;
  /** The number to call, as it was entered, or null. */
  phone?: string | null | undefined;
  /**
   * Whether this is the one to turn to first. A client has at most one such contact.
   * @defaultValue `false`
   */
  is_primary?: boolean | undefined;
  /** Anything else worth knowing, in Markdown, or null. */
  notes?: string | null | undefined;
}

/**
 * A JSON merge patch of a contact: a field that is absent keeps its value, and null clears one that may be
 * null.
 */
export interface ClientContactUpdate {
  /** The person's name. */
  name?: string | undefined;
  /** What the person does at the client, such as Head of Marketing, or null. */
  position?: string | null | undefined;
  /** The address to write to, or null. */
  email?: string | null | undefined;
  /** The number to call, as it was entered, or null. */
  phone?: string | null | undefined;
  /** Whether this is the one to turn to first. A client has at most one such contact. */
  is_primary?: boolean | undefined;
  /** Anything else worth knowing, in Markdown, or null. */
  notes?: string | null | undefined;
}

/** A client that a search has found. */
export interface ClientSearchHit {
  /** The client. */
  client: Client;
  /** How well it matches, between 0 and 1; comparable within one search alone. */
  score: number;
  /** The fields that match, in the order of the record. */
  highlights: SearchHighlight[];
}

/** One page of the clients that a search has found. */
export interface ClientSearchPage {
  /** The matches of this page, the best first. */
  data: ClientSearchHit[];
  /** Which page this is and how many matches there are, counted up to 500. */
  page: PageInfo;
}

/** One page of a client's contacts. */
export interface ClientContactPage {
  /** The contacts of this page, in the order asked for. */
  data: ClientContact[];
  /** Which page this is and how many there are. */
  page: PageInfo;
}

/** One page of clients. */
export interface ClientPage {
  /** The clients of this page, in the order asked for. */
  data: Client[];
  /** Which page this is and how many there are. */
  page: PageInfo;
}

/** A move of a client to another status. */
export interface ClientStatusChange {
  /** The status to move to. */
  status: ClientStatus;
  /** Why the client moves, kept in the client's history. */
  reason?: string | null | undefined;
}

/** Work for a client, done by a team and divided into tasks. */
export interface Project {
  /** The project's id, made by the server. */
  id: string;
  /** The client the project is done for, or null for one without a client. */
  client_id: string | null;
  /** The user who manages the project, or null when nobody does. */
  manager_id: string | null;
  /** The project's name. */
  name: string;
  /** What the project is about, in Markdown, or null. */
  description: string | null;
  /** Where the project stands. */
  status: ProjectStatus;
  /** Why the project came into its status, or null where no reason was given. */
  status_reason: string | null;
  /** How urgent the project is. */
  priority: Priority;
  /** The first day of the project, or null. */
  starts_on: string | null;
  /** The last day of the project, not before the first, or null. */
  ends_on: string | null;
  /** When the project was completed, in UTC; null when it has not been. */
  completed_at: string | null;
  /** How the project's work is billed. */
  billing_kind: Open<BillingKind>;
  /** What the project may cost the client, or null. */
  budget: Money | null;
  /** What an hour of work is billed at, in the currency of the budget, or null. */
  hourly_rate: Money | null;
  /** The project's tags, in the order in which they were given. */
  tags: string[];
  /** The system that the project was imported from, or null. */
  external_source: string | null;
  /** The project's id in that system, or null. */
  external_id: string | null;
  /**
   * How often the record has changed, counted from 1. It is the number in the `ETag` header and the one that
   * `If-Match` is compared with.
   */
  version: number;
  /** When the record was created, in UTC. */
  created_at: string;
  /** Who created the record; null when the service itself did. */
  created_by: string | null;
  /** When the record last changed, in UTC. */
  updated_at: string;
  /** Who made the last change; null when the service itself did. */
  updated_by: string | null;
  /** When the project was deleted, in UTC; null when it is not. */
  deleted_at: string | null;
  /** Who deleted the project; null when it is not deleted or the service itself did. */
  deleted_by: string | null;
  /** The related records that `include` asked for, or null where it asked for none. */
  included: ProjectIncluded | null;
  /**
   * What a change or a copy has led to that somebody should look at. It is empty on reads, and the warning
   * goes away with the answer.
   */
  warnings: Warning[];
}

/** Records related to a project, as far as they were asked for. */
export interface ProjectIncluded {
  /** The project's client; null where it has none or was not asked for. */
  client: Client | null;
  /**
   * The first 100 members of the project's team, in the order in which they joined, or null where they were
   * not asked for.
   */
  team: ProjectMember[] | null;
  /**
   * The first 100 tasks of the project by their position, without deleted ones, or null where they were not
   * asked for. `listTasks` has the others.
   */
  tasks: Task[] | null;
}

/** Something that a change has led to and that does not forbid it. */
export interface Warning {
  /** What it is, for programs. */
  code: Open<WarningCode>;
  /** What it is and what to do about it, a sentence for people. */
  detail: string;
  /** The tasks that it is about, the earliest due first, at most 100 of them. */
  task_ids: string[];
}

/**
 * The writable fields of a new project, which begins in the status `planning`. An optional field that is left
 * out is null, except the manager, the priority, the billing kind and the tags.
 */
export interface ProjectCreate {
  /** The project's name. */
  name: string;
  /** The client the project is done for, or null for one without a client. */
  client_id?: string | null | undefined;
  /**
   * The user who manages the project. Left out it is the caller; null leaves the project without a manager.
   */
  manager_id?: string | null | undefined;
  /** What the project is about, in Markdown, or null. */
  description?: string | null | undefined;
  /**
   * How urgent the project is.
   * @defaultValue `"medium"`
   */
  priority?: Priority | undefined;
  /** The first day of the project, or null. */
  starts_on?: string | null | undefined;
  /** The last day of the project, not before the first, or null. */
  ends_on?: string | null | undefined;
  /**
   * How the project's work is billed.
   * @defaultValue `"time_and_materials"`
   */
  billing_kind?: BillingKind | undefined;
  /** What the project may cost the client, at least 0, or null. */
  budget?: Money | null | undefined;
  /** What an hour of work is billed at, at least 0 and in the currency of the budget, or null. */
  hourly_rate?: Money | null | undefined;
  /** The project's tags, without the spaces around them. */
  tags?: readonly string[] | undefined;
  /** The system that the project was imported from, or null. It goes with `external_id`. */
  external_source?: string | null | undefined;
  /**
   * The project's id in that system, or null. It goes with `external_source`; no two projects have both
   * alike.
   */
  external_id?: string | null | undefined;
}

/**
 * All writable fields of a project. An optional field that is left out gets the value it has in a new
 * project.
 */
export interface ProjectReplace {
  /** The project's name. */
  name: string;
  /** The client the project is done for, or null for one without a client. */
  client_id?: string | null | undefined;
  /**
   * The user who manages the project. Left out it is the caller; null leaves the project without a manager.
   */
  manager_id?: string | null | undefined;
  /** What the project is about, in Markdown, or null. */
  description?: string | null | undefined;
  /**
   * How urgent the project is.
   * @defaultValue `"medium"`
   */
  priority?: Priority | undefined;
  /** The first day of the project, or null. */
  starts_on?: string | null | undefined;
  /** The last day of the project, not before the first, or null. */
  ends_on?: string | null | undefined;
  /**
   * How the project's work is billed.
   * @defaultValue `"time_and_materials"`
   */
  billing_kind?: BillingKind | undefined;
  /** What the project may cost the client, at least 0, or null. */
  budget?: Money | null | undefined;
  /** What an hour of work is billed at, at least 0 and in the currency of the budget, or null. */
  hourly_rate?: Money | null | undefined;
  /** The project's tags, without the spaces around them. */
  tags?: readonly string[] | undefined;
  /** The system that the project was imported from, or null. It goes with `external_id`. */
  external_source?: string | null | undefined;
  /**
   * The project's id in that system, or null. It goes with `external_source`; no two projects have both
   * alike.
   */
  external_id?: string | null | undefined;
}

/**
 * A JSON merge patch of a project: a field that is absent keeps its value, and null clears one that may be
 * null.
 */
export interface ProjectUpdate {
  /** The project's name. */
  name?: string | undefined;
  /** The client the project is done for, or null for one without a client. */
  client_id?: string | null | undefined;
  /** The user who manages the project; null leaves it without a manager. */
  manager_id?: string | null | undefined;
  /** What the project is about, in Markdown, or null. */
  description?: string | null | undefined;
  /** How urgent the project is. */
  priority?: Priority | undefined;
  /** The first day of the project, or null. */
  starts_on?: string | null | undefined;
  /** The last day of the project, not before the first, or null. */
  ends_on?: string | null | undefined;
  /** How the project's work is billed. */
  billing_kind?: BillingKind | undefined;
  /** What the project may cost the client, at least 0, or null. */
  budget?: Money | null | undefined;
  /** What an hour of work is billed at, at least 0 and in the currency of the budget, or null. */
  hourly_rate?: Money | null | undefined;
  /** The project's tags, without the spaces around them. */
  tags?: readonly string[] | undefined;
  /** The system that the project was imported from, or null. It goes with `external_id`. */
  external_source?: string | null | undefined;
  /**
   * The project's id in that system, or null. It goes with `external_source`; no two projects have both
   * alike.
   */
  external_id?: string | null | undefined;
}

/** How a copy of a project differs from its source. */
export interface ProjectClone {
  /** The first day of the copy, from which all its dates follow. */
  starts_on: string;
  /** The copy's name. Left out it is that of the source. */
  name?: string | undefined;
  /**
   * The client the copy is done for. Left out it is that of the source; null leaves the copy without a
   * client.
   */
  client_id?: string | null | undefined;
  /** The user who manages the copy. Left out it is the caller; null leaves the copy without a manager. */
  manager_id?: string | null | undefined;
  /**
   * Whether the team of the source joins that of the copy, in the same roles.
   * @defaultValue `true`
   */
  include_team?: boolean | undefined;
  /**
   * Whether tasks stay assigned. Who cannot be assigned in the copy, because they are not on its team or have
   * been deleted, is left out.
   * @defaultValue `false`
   */
  include_assignees?: boolean | undefined;
}

/** One page of projects. */
export interface ProjectPage {
  /** The projects of this page, in the order asked for. */
  data: Project[];
  /** Which page this is and how many there are. */
  page: PageInfo;
}

/** A move of a project to another status. */
export interface ProjectStatusChange {
  /** The status to move to. */
  status: ProjectStatus;
  /**
   * Why the project moves. It is required to move from `completed` back to `active`, and is kept in the
   * project's history.
   */
  reason?: string | null | undefined;
  /**
   * Completes the project even if it has open tasks, which stay as they are. It has no effect on other moves.
   * @defaultValue `false`
   */
  force?: boolean | undefined;
}

/** A user's place on the team of a project. */
export interface ProjectMember {
  /** The project. */
  project_id: string;
  /** The user on its team. */
  user_id: string;
  /** What the member may do in the project. */
  role: ProjectMemberRole;
  /** When the user joined the team, in UTC. */
  created_at: string;
  /** Who added the user; null when the service itself did. */
  created_by: string | null;
}

/** One page of a project's team. */
export interface ProjectMemberPage {
  /** The members of this page, in the order in which they joined. */
  data: ProjectMember[];
  /** Which page this is and how many there are. */
  page: PageInfo;
}

/** Another role on a project's team. */
export interface ProjectMemberRoleChange {
  /** The role to give. */
  role: ProjectMemberRole;
}

/** How a user joins a team. */
export interface ProjectMemberAdd {
  /**
   * What the member may do in the project.
   * @defaultValue `"contributor"`
   */
  role?: ProjectMemberRole | undefined;
}

/**
 * How a project stands, counted over its tasks and subtasks that are not deleted, and what happened in it in
 * the period.
 */
export interface ProjectStatistics {
  /** The project. */
  project_id: string;
  /** When the numbers were counted, in UTC. */
  generated_at: string;
  /** The first day of the period, as it was asked for; null for no bound. */
  from: string | null;
  /** The last day of the period, as it was asked for; null for no bound. */
  to: string | null;
  /** All tasks. */
  total: number;
  /** The tasks by status. */
  by_status: TaskStatusCounts;
  /** The tasks by priority. */
  by_priority: TaskPriorityCounts;
  /** Tasks in the status `todo` of which every prerequisite is done. */
  ready: number;
  /** Open tasks that are held up, by the status `blocked` or by a prerequisite that is not done. */
  blocked: number;
  /** Open tasks whose due date lies before today, in UTC. */
  overdue: number;
  /** Tasks that are neither done nor cancelled. */
  open: number;
  /** Done tasks in percent of those not cancelled; null when there are none. */
  completion_percent: number | null;
  /**
   * The same weighted by the estimates, which is the estimated minutes of done tasks in percent of those of
   * tasks not cancelled. Tasks without an estimate do not count; null when none has one.
   */
  weighted_completion_percent: number | null;
  /** The sum of the estimates of the tasks that are not cancelled, in minutes. */
  estimated_minutes: number;
  /**
   * What is left to do of the open tasks, in minutes. For each it is what somebody has said to remain,
   * otherwise the estimate less what has been logged and not below 0, and 0 without both.
   */
  remaining_minutes: number;
  /** The minutes logged in the period, also on tasks that have been deleted since. */
  logged_minutes: number;
  /** Those of the logged minutes that are billable. */
  billable_minutes: number;
  /** How good the estimates of the tasks were that were completed in the period. */
  estimate_accuracy: EstimateAccuracy;
  /**
   * From `started_at` to `completed_at`, of the tasks completed in the period that have both, in this order.
   */
  cycle_time: DurationStatistics;
  /**
   * From `created_at`, or `started_at` where that is earlier, to `completed_at`, of the tasks completed in
   * the period. One that an import has brought in counts only if it was completed after either.
   */
  lead_time: DurationStatistics;
  /**
   * What was completed in the period by ISO week, oldest first. Weeks without anything are included, from the
   * first with something to the one of today or of the end of the period, whichever is earlier. The latest
   * 520 weeks at most.
   */
  throughput: WeekThroughput[];
  /** How much of the budget is used. It is not bounded by the period. */
  budget: ProjectBudgetStatistics;
  /** When the project should end and when it will. It is not bounded by the period. */
  schedule: ProjectScheduleStatistics;
  /** The members of the team, and whoever else has an open task or has logged time in the period, by id. */
  members: ProjectMemberStatistics[];
}

/**
 * How the minutes logged on finished tasks compare with their estimates. Each task that has an estimate and
 * logged time gives one ratio, all of its logged minutes divided by its estimate. 1 is as estimated; 2 took
 * twice as long.
 */
export interface EstimateAccuracy {
  /** The number of tasks compared. */
  tasks: number;
  /** The median of the ratios, interpolated between the two in the middle; null without a task. */
  median_ratio: number | null;
  /** The arithmetic mean of the ratios; null without a task. */
  mean_ratio: number | null;
}

/** How long tasks took, by the calendar and not by the clock of whoever worked on them. */
export interface DurationStatistics {
  /** The number of tasks measured. */
  tasks: number;
  /** The median in minutes, interpolated between two tasks and rounded; null without a task. */
  p50_minutes: number | null;
  /** The 90th percentile in minutes, interpolated between two tasks and rounded; null without a task. */
  p90_minutes: number | null;
}

/** What was completed in one ISO week. */
export interface WeekThroughput {
  /** The Monday on which the week begins, in UTC. */
  week_starts_on: string;
  /** The tasks that were completed. */
  completed: number;
  /** The sum of their estimates, in minutes. */
  estimated_minutes: number;
}

/**
 * How much of a project's budget is used. What is spent is what the billable time comes to at the rates that
 * were copied onto the entries, rounded half up entry by entry, whatever the kind of billing.
 */
export interface ProjectBudgetStatistics {
  /** How the work is billed. */
  billing_kind: Open<BillingKind>;
  /** The budget; null when there is none. */
  planned: Money | null;
  /** What has been spent so far, one amount for each currency. */
  spent: Money[];
  /**
   * The budget less what has been spent in its currency, negative when it is overrun; null without a budget.
   */
  remaining: Money | null;
  /** What has been spent in percent of the budget; null without a budget, or with one of 0. */
  used_percent: number | null;
  /**
   * What is spent a week in the project's currency. It is the average of the last four weeks up to today, or
   * of the weeks since the first spending when they are fewer; null when nothing was spent in them.
   */
  burn_per_week: Money | null;
  /**
   * The day on which more had been spent than planned, or on which nothing will be left at the present burn;
   * null when neither happens within ten years.
   */
  runs_out_on: string | null;
  /** Whether more has been spent than planned. */
  overrun: boolean;
}

/**
 * When a project should end and when it will. The forecast takes every coming week to be as productive as one
 * of the last twelve full ISO weeks, each equally likely and none before the first completion, and says after
 * how many weeks the open tasks are finished with a given probability. It is computed exactly and not by
 * chance, so that the same facts give the same date. It is null when nothing is open, when nothing was
 * completed in those weeks, and beyond ten years.
 */
export interface ProjectScheduleStatistics {
  /** When the project should begin. */
  starts_on: string | null;
  /** When the project should end. */
  ends_on: string | null;
  /** When the open tasks are finished with a probability of at least 50 percent. */
  forecast_p50_on: string | null;
  /** When the open tasks are finished with a probability of at least 80 percent. */
  forecast_p80_on: string | null;
  /** The chain of open tasks that takes the longest. */
  critical_path: CriticalPath;
}

/**
 * The longest chain of open tasks of which each waits for the one before, as its prerequisite or as its
 * subtask. However many people work on a project, it takes at least as long.
 */
export interface CriticalPath {
  /** What is left to do of the tasks in the chain, in minutes, as in `remaining_minutes`. */
  minutes: number;
  /** The tasks, in the order in which they can be done. Empty when nothing is known to remain. */
  task_ids: string[];
}

/** What somebody has to do and has done in one project. */
export interface ProjectMemberStatistics {
  /** The user. */
  user_id: string;
  /** The open tasks assigned to the user. */
  open_tasks: number;
  /** The minutes that the user logged in the period. */
  logged_minutes: number;
}

/** What a user has to do and has done, counted over the projects that the caller can see. */
export interface UserStatistics {
  /** The user. */
  user_id: string;
  /** When the numbers were counted, in UTC. */
  generated_at: string;
  /** The first day of the period, as it was asked for; null for no bound. */
  from: string | null;
  /** The last day of the period, as it was asked for; null for no bound. */
  to: string | null;
  /** Open tasks assigned to the user. */
  assigned: number;
  /** Those of them in the status `in_progress`. */
  in_progress: number;
  /** Those of them whose due date lies before today, in UTC. */
  overdue: number;
  /** Tasks assigned to the user that were completed in the period. */
  completed: number;
  /**
   * Those completed by their due date, in percent of the completed tasks that have one; null when none has.
   */
  on_time_percent: number | null;
  /** How good the estimates of the completed tasks were. */
  estimate_accuracy: EstimateAccuracy;
  /** The minutes that the user logged in the period. */
  logged_minutes: number;
  /** Those of the logged minutes that are billable. */
  billable_minutes: number;
  /**
   * The time logged in the period by day, oldest first; days without any are left out. The latest 366 at
   * most.
   */
  logged_by_day: DayTime[];
  /** The time logged in the period by project, most first. The hundred with the most at most. */
  logged_by_project: ProjectTime[];
  /**
   * When the user last changed something in a project that the caller can see, in UTC and whatever the
   * period; null when it never has.
   */
  last_activity_at: string | null;
}

/** The time logged on one day. */
export interface DayTime {
  /** The day. */
  spent_on: string;
  /** The minutes logged. */
  minutes: number;
  /** Those of them that are billable. */
  billable_minutes: number;
}

/** The time logged in one project. */
export interface ProjectTime {
  /** The project. */
  project_id: string;
  /** Its name. */
  name: string;
  /** The minutes logged. */
  minutes: number;
  /** Those of them that are billable. */
  billable_minutes: number;
}

/** What a client is worth, counted over its projects that the caller can see. */
export interface ClientStatistics {
  /** The client. */
  client_id: string;
  /** When the numbers were counted, in UTC. */
  generated_at: string;
  /** The first day of the period, as it was asked for; null for no bound. */
  from: string | null;
  /** The last day of the period, as it was asked for; null for no bound. */
  to: string | null;
  /** All projects. */
  projects: number;
  /** The projects by status. */
  projects_by_status: ProjectStatusCounts;
  /** Their open tasks. */
  open_tasks: number;
  /** Those of the open tasks whose due date lies before today, in UTC. */
  overdue_tasks: number;
  /**
   * The budgets of the projects that are active, on hold, completed or archived, one amount for each
   * currency.
   */
  contracted: Money[];
  /** The budgets of the projects in planning, one amount for each currency. */
  pipeline: Money[];
  /** What was earned and spent in the period. */
  results: RevenueStatistics;
  /**
   * The same by month, oldest first. Months in which nothing was completed or logged are left out. The latest
   * 120 at most.
   */
  by_month: ClientMonthStatistics[];
  /** The same by project, oldest first. The newest 500 at most. */
  by_project: ClientProjectStatistics[];
  /**
   * When the client or one of the projects was first changed, in UTC and whatever the period; null when
   * never.
   */
  first_activity_at: string | null;
  /**
   * When the client or one of the projects was last changed, in UTC and whatever the period; null when never.
   */
  last_activity_at: string | null;
}

/** What was earned with work, and what the work cost. */
export interface RevenueStatistics {
  /** The minutes logged. */
  logged_minutes: number;
  /** Those of the logged minutes that are billable. */
  billable_minutes: number;
  /**
   * The revenue earned, one amount for each currency. Of `fixed` and `retainer` projects under contract it is
   * the budget times the completion that was reached, weighted by estimates, or by the number of tasks where
   * none has an estimate. Of `time_and_materials` it is the billable time at the rates copied onto it,
   * rounded half up entry by entry. Of `internal` projects it is nothing.
   */
  recognised: Money[];
  /**
   * What the logged time cost at the cost rates copied onto it, billable or not, one amount for each
   * currency; null for callers who are not managers.
   */
  labour_cost: Money[] | null;
  /** The revenue less the labour cost, for each currency; null for callers who are not managers. */
  margin: Money[] | null;
  /**
   * The revenue for each hour logged, billable or not, for each currency. An hour belongs to the currency of
   * its rate, or of its project when it has none. Currencies without an hour are left out; null for callers
   * who are not managers.
   */
  effective_hourly_rate: Money[] | null;
}

/** One month of a client's. */
export interface ClientMonthStatistics {
  /** The first day of the month. */
  month_starts_on: string;
  /** What was earned and spent in that part of the month that lies in the period. */
  results: RevenueStatistics;
}

/** One project of a client's. */
export interface ClientProjectStatistics {
  /** The project. */
  project_id: string;
  /** Its name. */
  name: string;
  /** Its status. */
  status: ProjectStatus;
  /** How its work is billed. */
  billing_kind: Open<BillingKind>;
  /** Its budget when it is active, on hold, completed or archived; null otherwise, or without a budget. */
  contracted: Money | null;
  /** Its open tasks. */
  open_tasks: number;
  /** Those of the open tasks whose due date lies before today, in UTC. */
  overdue_tasks: number;
  /** What was earned and spent in the period. */
  results: RevenueStatistics;
}

/** How everything stands that the caller can see. */
export interface Overview {
  /** When the numbers were counted, in UTC. */
  generated_at: string;
  /** The first day of the period, as it was asked for; null for no bound. */
  from: string | null;
  /** The last day of the period, as it was asked for; null for no bound. */
  to: string | null;
  /** The projects by status. */
  projects_by_status: ProjectStatusCounts;
  /** The clients by status. */
  clients_by_status: ClientStatusCounts;
  /** The tasks by status. */
  tasks_by_status: TaskStatusCounts;
  /** Tasks in the status `todo` of which every prerequisite is done. */
  ready: number;
  /** Open tasks that are held up, by the status `blocked` or by a prerequisite that is not done. */
  blocked: number;
  /** Open tasks whose due date lies before today, in UTC. */
  overdue: number;
  /** Open tasks that are due between today and the Sunday that comes, in UTC. */
  due_this_week: number;
  /** Open tasks assigned to the caller. */
  my_open_tasks: number;
  /** The minutes logged by everybody from Monday to Sunday of this ISO week. */
  logged_minutes_this_week: number;
  /**
   * What was completed in the period by ISO week, oldest first; of the last eight weeks when `from` is left
   * out. Weeks without anything are included from the first with something on.
   */
  throughput: WeekThroughput[];
  /** The projects with the most overdue tasks, most first. Ten at most. */
  overdue_projects: OverdueProject[];
}

/** A project with overdue tasks. */
export interface OverdueProject {
  /** The project. */
  project_id: string;
  /** Its name. */
  name: string;
  /** Its overdue tasks. */
  overdue: number;
}

/** The number of projects in each status. */
export interface ProjectStatusCounts {
  /** Projects in the status `planning`. */
  planning: number;
  /** Projects in the status `active`. */
  active: number;
  /** Projects in the status `on_hold`. */
  on_hold: number;
  /** Projects in the status `completed`. */
  completed: number;
  /** Projects in the status `cancelled`. */
  cancelled: number;
  /** Projects in the status `archived`. */
  archived: number;
}

/** The number of clients in each status. */
export interface ClientStatusCounts {
  /** Clients in the status `lead`. */
  lead: number;
  /** Clients in the status `prospect`. */
  prospect: number;
  /** Clients in the status `active`. */
  active: number;
  /** Clients in the status `inactive`. */
  inactive: number;
  /** Clients in the status `churned`. */
  churned: number;
}

/** The number of tasks in each status. The seven numbers add up to the total. */
export interface TaskStatusCounts {
  /** Tasks in the status `backlog`. */
  backlog: number;
  /** Tasks in the status `todo`. */
  todo: number;
  /** Tasks in the status `in_progress`. */
  in_progress: number;
  /** Tasks in the status `in_review`. */
  in_review: number;
  /** Tasks in the status `blocked`. */
  blocked: number;
  /** Tasks in the status `done`. */
  done: number;
  /** Tasks in the status `cancelled`. */
  cancelled: number;
}

/** The number of tasks of each priority. The four numbers add up to the total. */
export interface TaskPriorityCounts {
  /** Tasks of the priority `low`. */
  low: number;
  /** Tasks of the priority `medium`. */
  medium: number;
  /** Tasks of the priority `high`. */
  high: number;
  /** Tasks of the priority `urgent`. */
  urgent: number;
}

/** A piece of work in a project. */
export interface Task {
  /** The task's id, made by the server. */
  id: string;
  /** The project the task belongs to. It never changes. */
  project_id: string;
  /** The task this one is a subtask of, in the same project, or null. Parents never form a cycle. */
  parent_id: string | null;
  /** What is to be done, in one line. */
  title: string;
  /** What is to be done, in Markdown, or null. */
  description: string | null;
  /** What stage the task is in. */
  status: TaskStatus;
  /** The reason given with the last change of status, or null. */
  status_reason: string | null;
  /** How urgent the task is. */
  priority: Priority;
  /** Who works on the task, or null. */
  assignee_id: string | null;
  /** How much work the task is, in minutes, or null. */
  estimate_minutes: number | null;
  /** The day by which the task is to be done, or null. */
  due_date: string | null;
  /**
   * How far the task is, in percent. A task that is done is at 100. A parent's progress is derived from its
   * subtasks, leaving out cancelled and deleted ones: their average, weighted by estimate and rounded down,
   * so that a parent reads 100 only when all of them do. A subtask without an estimate weighs what its own
   * subtasks weigh together; where those have no estimate either, it weighs as much as its siblings with one
   * do on average, rounded to a minute, or 1 where none has one. Any other task is as far as was last said.
   * What a parent derives changes neither its version nor its ETag.
   */
  progress: number;
  /** Whether some prerequisite is not done. A cancelled or deleted prerequisite does not count as done. */
  is_blocked: boolean;
  /** The tasks that must be done before this one starts, in ascending order of their ids. */
  prerequisite_ids: string[];
  /** When the task was done, in UTC; null when it is not. */
  completed_at: string | null;
  /** When the task first became `in_progress`, in UTC; null when it never was. */
  started_at: string | null;
  /** Words to find the task by, in the order given. */
  tags: string[];
  /** How much work is still to do, in minutes, or null when nobody has said so. */
  remaining_minutes: number | null;
  /**
   * Where the task stands among the tasks of its project: the texts sort, byte by byte, as the tasks do. A
   * new task comes last; `setTaskPosition` moves it.
   */
  position: string;
  /** The other system that `external_id` is from, or null. */
  external_source: string | null;
  /**
   * The task's id in another system, or null. No two tasks that are not deleted have the same source and id.
   */
  external_id: string | null;
  /**
   * How often the record has changed, counted from 1. It is the number in the `ETag` header and the one that
   * `If-Match` is compared with.
   */
  version: number;
  /** When the record was created, in UTC. */
  created_at: string;
  /** Who created the record; null when the service itself did. */
  created_by: string | null;
  /** When the record last changed, in UTC. */
  updated_at: string;
  /** Who made the last change; null when the service itself did. */
  updated_by: string | null;
  /** When the task was deleted, in UTC; null when it is not. */
  deleted_at: string | null;
  /** Who deleted the task; null when nobody or the service itself did. */
  deleted_by: string | null;
  /** The related records that `include` asked for; null when it was not given. */
  included: TaskIncluded | null;
}

/**
 * The writable fields of a new task. An optional field that is left out is null, except the status and the
 * priority.
 */
export interface TaskCreate {
  /** The project the task belongs to. It never changes. */
  project_id: string;
  /** The task this one is a subtask of, in the same project, or null. Parents never form a cycle. */
  parent_id?: string | null | undefined;
  /** What is to be done, in one line. */
  title: string;
  /** What is to be done, in Markdown, or null. */
  description?: string | null | undefined;
  /**
   * The status the task begins in.
   * @defaultValue `"todo"`
   */
  status?: TaskInitialStatus | undefined;
  /**
   * How urgent the task is.
   * @defaultValue `"medium"`
   */
  priority?: Priority | undefined;
  /** Who works on the task, or null. */
  assignee_id?: string | null | undefined;
  /** How much work the task is, in minutes, or null. */
  estimate_minutes?: number | null | undefined;
  /** The day by which the task is to be done, or null. */
  due_date?: string | null | undefined;
  /**
   * How far the task is already, in percent; 0 when it is left out. It is derived once the task has subtasks.
   * @defaultValue `0`
   */
  progress?: number | undefined;
  /** Tasks of the same project that must be done before this one starts. */
  prerequisite_ids?: readonly string[] | undefined;
  /** Words to find the task by, in the order given; the spaces around each are dropped. */
  tags?: readonly string[] | undefined;
  /** How much work is still to do, in minutes, or null when nobody has said so. */
  remaining_minutes?: number | null | undefined;
  /** The other system that `external_id` is from; both are given, or neither. */
  external_source?: string | null | undefined;
  /**
   * The task's id in another system, or null. No two tasks that are not deleted have the same source and id.
   */
  external_id?: string | null | undefined;
}

/**
 * A JSON merge patch of a task: a field that is absent keeps its value, and null clears one that may be null.
 */
export interface TaskUpdate {
  /** The task this one is a subtask of, in the same project, or null. Parents never form a cycle. */
  parent_id?: string | null | undefined;
  /** What is to be done, in one line. */
  title?: string | undefined;
  /** What is to be done, in Markdown, or null. */
  description?: string | null | undefined;
  /** How urgent the task is. */
  priority?: Priority | undefined;
  /** Words to find the task by, in the order given; the spaces around each are dropped. */
  tags?: readonly string[] | undefined;
  /** How much work is still to do, in minutes, or null when nobody has said so. */
  remaining_minutes?: number | null | undefined;
  /** The other system that `external_id` is from; both are given, or neither. */
  external_source?: string | null | undefined;
  /**
   * The task's id in another system, or null. No two tasks that are not deleted have the same source and id.
   */
  external_id?: string | null | undefined;
  /** How much work the task is, in minutes, or null. */
  estimate_minutes?: number | null | undefined;
  /** The day by which the task is to be done, or null. */
  due_date?: string | null | undefined;
  /**
   * How far the task is, in percent. A parent's is derived from its subtasks and a task that is done is at
   * 100: any other value is refused there, with the codes `derived` and `done`. When a done task is reopened,
   * it is as far as it was before.
   */
  progress?: number | undefined;
}

/** A batch of changes of tasks. */
export interface TaskBulk {
  /**
   * Whether all is done or nothing; otherwise what can be done is done.
   * @defaultValue `true`
   */
  atomic?: boolean | undefined;
  /** The changes. No task is the subject of two of them. */
  items: readonly TaskBulkItem[];
}

/**
 * One change of a batch. With the op `create` the fields are those of `TaskCreate`, of which `project_id` and
 * `title` are required, with `ref`, `parent_ref` and `prerequisite_refs` beside them. With `update` they are
 * `id`, which is required, `version`, `parent_ref` and the fields of `TaskUpdate`: one that is absent keeps
 * its value, null clears it. With `delete` they are `id`, which is required, and `version`. A field that the
 * op does not have is refused with the code `not_for_op`.
 */
export interface TaskBulkItem {
  op: TaskBulkOp;
  /** The task to update or delete. */
  id?: string | undefined;
  /** The version that the change is meant for, as `If-Match` has it; without one it is meant for any. */
  version?: number | undefined;
  /**
   * A name for the new task by which other items of the batch refer to it. It is unique in the batch and not
   * stored.
   */
  ref?: string | undefined;
  /** The `ref` of the new task that this one is a subtask of; in place of `parent_id`. */
  parent_ref?: string | undefined;
  /**
   * The `ref` of each new task of the batch that must be done before this one starts, beside
   * `prerequisite_ids`; together they are a hundred at most.
   */
  prerequisite_refs?: readonly string[] | undefined;
  /** The project the task belongs to. It never changes. */
  project_id?: string | undefined;
  /** The task this one is a subtask of, in the same project, or null. Parents never form a cycle. */
  parent_id?: string | null | undefined;
  /** What is to be done, in one line. */
  title?: string | undefined;
  /** What is to be done, in Markdown, or null. */
  description?: string | null | undefined;
  /** The status the task begins in. */
  status?: TaskInitialStatus | undefined;
  /** How urgent the task is. */
  priority?: Priority | undefined;
  /** Who works on the task, or null. */
  assignee_id?: string | null | undefined;
  /** How much work the task is, in minutes, or null. */
  estimate_minutes?: number | null | undefined;
  /** The day by which the task is to be done, or null. */
  due_date?: string | null | undefined;
  /**
   * How far the task is already, in percent; 0 when it is left out. It is derived once the task has subtasks.
   */
  progress?: number | undefined;
  /** Tasks of the same project that must be done before this one starts. */
  prerequisite_ids?: readonly string[] | undefined;
  /** Words to find the task by, in the order given; the spaces around each are dropped. */
  tags?: readonly string[] | undefined;
  /** How much work is still to do, in minutes, or null when nobody has said so. */
  remaining_minutes?: number | null | undefined;
  /** The other system that `external_id` is from; both are given, or neither. */
  external_source?: string | null | undefined;
  /**
   * The task's id in another system, or null. No two tasks that are not deleted have the same source and id.
   */
  external_id?: string | null | undefined;
}

/** What has become of the items of a batch. */
export interface TaskBulkResults {
  /** One result for each item, in the order of the items. */
  results: TaskBulkResult[];
}

/** What has become of one item of a batch. */
export interface TaskBulkResult {
  /** The place of the item in the batch, counted from 0. */
  index: number;
  op: TaskBulkOp;
  /** The name that the item gave to its task, or null. */
  ref: string | null;
  status: TaskBulkStatus;
  /** The task that was created or changed; null when the item failed. */
  task_id: string | null;
  /** The task as it stands after the batch; null when it is deleted or the item failed. */
  task: Task | null;
  /**
   * Why the item failed, as the single operation would say it; null when it did not. Its pointers begin at
   * the body of the batch.
   */
  problem: Problem | null;
}

/**
 * The writable fields of a task as they are to be. An optional field that is left out becomes null, except
 * the priority, which becomes `medium`, and the tags, of which none are left. The status and the assignee
 * have operations of their own.
 */
export interface TaskReplace {
  /** The task this one is a subtask of, in the same project, or null. Parents never form a cycle. */
  parent_id?: string | null | undefined;
  /** What is to be done, in one line. */
  title: string;
  /** What is to be done, in Markdown, or null. */
  description?: string | null | undefined;
  /**
   * How urgent the task is.
   * @defaultValue `"medium"`
   */
  priority?: Priority | undefined;
  /** Words to find the task by, in the order given; the spaces around each are dropped. */
  tags?: readonly string[] | undefined;
  /** How much work is still to do, in minutes, or null when nobody has said so. */
  remaining_minutes?: number | null | undefined;
  /** The other system that `external_id` is from; both are given, or neither. */
  external_source?: string | null | undefined;
  /**
   * The task's id in another system, or null. No two tasks that are not deleted have the same source and id.
   */
  external_id?: string | null | undefined;
  /** How much work the task is, in minutes, or null. */
  estimate_minutes?: number | null | undefined;
  /** The day by which the task is to be done, or null. */
  due_date?: string | null | undefined;
  /**
   * How far the task is, in percent. A parent's is derived from its subtasks and a task that is done is at
   * 100: any other value is refused there, with the codes `derived` and `done`. Left out, it is 0 where it is
   * given by hand.
   */
  progress?: number | undefined;
}

/**
 * Related records of a task, as far as they were asked for and the caller can see them; they have no related
 * records of their own. Deleted ones are left out.
 */
export interface TaskIncluded {
  /** The first hundred direct subtasks in the order of the project; null when they were not asked for. */
  subtasks: Task[] | null;
  /**
   * The first hundred tasks that must be done before this one, in the order of the project; null when they
   * were not asked for.
   */
  prerequisites: Task[] | null;
  /**
   * The first hundred tasks that wait for this one, in the order of the project; null when they were not
   * asked for.
   */
  dependents: Task[] | null;
  /**
   * Who works on the task; null when it was not asked for, when nobody does, or when the caller cannot see
   * the user.
   */
  assignee: User | null;
  /** The task's project; null when it was not asked for. */
  project: Project | null;
}

/** A place among the tasks of the project: exactly one of the two says which. */
export interface TaskPosition {
  /** The task of the same project to stand directly after; null to come first. */
  after_id?: string | null | undefined;
  /** The task of the same project to stand directly before; null to come last. */
  before_id?: string | null | undefined;
}

/** Whether a task can be started, and why not. */
export interface TaskReadiness {
  /** Whether nothing keeps the task from being started. */
  ready: boolean;
  /** Everything that keeps it from being started; empty when it is ready. */
  reasons: TaskReadinessReason[];
}

/** Something that keeps a task from being started. */
export interface TaskReadinessReason {
  /** What it is. */
  code: Open<TaskReadinessCode>;
  /** A sentence that says what to do about it. */
  detail: string;
  /** The tasks in the way, deleted ones as well; empty when it is no other task. */
  task_ids: string[];
}

/** A task that a search has found. */
export interface TaskSearchHit {
  /** The task. */
  task: Task;
  /** How well it matches, between 0 and 1; comparable within one search alone. */
  score: number;
  /** The fields in which words of the search stand. */
  highlights: SearchHighlight[];
}

/** One page of the tasks that a search has found. */
export interface TaskSearchPage {
  /** The hits of this page, the best first. */
  data: TaskSearchHit[];
  /** Which page this is and how many there are. */
  page: PageInfo;
}

/** One page of tasks. */
export interface TaskPage {
  /** The tasks of this page, in the order asked for. */
  data: Task[];
  /** Which page this is and how many there are. */
  page: PageInfo;
}

/** A move of a task to another status. */
export interface TaskStatusChange {
  /** The status to move to. */
  status: TaskStatus;
  /**
   * Why the task moves. It is required to move to `blocked` and from `done` back to `in_progress`, and is
   * shown as the task's `status_reason`.
   */
  reason?: string | null | undefined;
}

/** Who is to work on a task. */
export interface TaskAssign {
  /** The user to assign the task to; null takes it away from whoever has it. */
  assignee_id: string | null;
}

/** The rule that one task must be done before another starts. */
export interface TaskDependency {
  /** The task that waits. */
  task_id: string;
  /** The task that must be done first. */
  prerequisite_id: string;
  /** When the dependency was added, in UTC. */
  created_at: string;
  /** Who added it; null when the service itself did. */
  created_by: string | null;
}

/** The task that must be done first. */
export interface TaskDependencyCreate {
  /** A task of the same project, neither the task itself nor one that waits for it. */
  prerequisite_id: string;
}

/** Time that somebody worked on a task on one day. */
export interface TimeEntry {
  /** The entry's id, made by the server. */
  id: string;
  /** The task that was worked on. It never changes. */
  task_id: string;
  /** The project of the task. It never changes. */
  project_id: string;
  /** Whose time it is. It never changes. */
  user_id: string;
  /** The day it was worked on. */
  spent_on: string;
  /** How long, in minutes. */
  minutes: number;
  /** What was done, or null. */
  note: string | null;
  /** Whether the client is billed for it. */
  billable: boolean;
  /**
   * What an hour is billed at, as it was when the entry was written or became billable; null when it is not
   * billable or the project had no rate.
   */
  billing_rate: Money | null;
  /** What the time comes to at the rate, rounded half up to the minor unit; null without a rate. */
  billing_amount: Money | null;
  /**
   * What an hour of the user cost when the entry was written. Managers and admins see it; to others it is
   * null.
   */
  cost_rate: Money | null;
  /** The system that the entry comes from, or null. It goes together with `external_id`. */
  external_source: string | null;
  /** What the entry is called there, or null. No two entries have the same reference. */
  external_id: string | null;
  /**
   * How often the record has changed, counted from 1. It is the number in the `ETag` header and the one that
   * `If-Match` is compared with.
   */
  version: number;
  /** When the record was created, in UTC. */
  created_at: string;
  /** Who created the record; null when the service itself did. */
  created_by: string | null;
  /** When the record last changed, in UTC. */
  updated_at: string;
  /** Who made the last change; null when the service itself did. */
  updated_by: string | null;
  /** Its related records, where `include` has asked for them; null otherwise. */
  included: TimeEntryIncluded | null;
}

/**
 * Related records of a time entry, as far as they were asked for and the caller can see them; they have no
 * related records of their own. Deleted ones are left out.
 */
export interface TimeEntryIncluded {
  /** The task that was worked on; null when it was not asked for, or when it is deleted. */
  task: Task | null;
  /** Whose time it is; null when it was not asked for, or when the caller cannot see the user. */
  user: User | null;
}

/** The writable fields of a new time entry, and what it says of its task. */
export interface TimeEntryCreate {
  /** How long, in minutes. */
  minutes: number;
  /**
   * The day it was worked on. Tomorrow, in UTC, is the latest: somewhere it has begun. Left out, it is today,
   * in UTC.
   */
  spent_on?: string | undefined;
  /** What was done, or null. */
  note?: string | null | undefined;
  /**
   * Whether the client is billed for it. Left out, it is, unless the project's billing kind is `internal`.
   */
  billable?: boolean | undefined;
  /**
   * Whose time it is, a lead or contributor of the project's team, a manager or an admin. Left out, it is the
   * caller's.
   */
  user_id?: string | undefined;
  /** The system that the entry comes from, or null. It goes together with `external_id`. */
  external_source?: string | null | undefined;
  /** What the entry is called there, or null. No two entries have the same reference. */
  external_id?: string | null | undefined;
  /** What is still to do on the task, in minutes. Left out, the task keeps what it says. */
  remaining_minutes?: number | undefined;
  /**
   * How far the task is, in percent. Left out, the task keeps what it says. That of a task with subtasks
   * follows from theirs, and what is done is at 100: another value is refused as a validation error.
   */
  progress?: number | undefined;
}

/**
 * A JSON merge patch of a time entry: a field that is absent keeps its value, and null clears one that may be
 * null.
 */
export interface TimeEntryUpdate {
  /** How long, in minutes. */
  minutes?: number | undefined;
  /** The day it was worked on. Tomorrow, in UTC, is the latest: somewhere it has begun. */
  spent_on?: string | undefined;
  /** What was done, or null. */
  note?: string | null | undefined;
  /** Whether the client is billed for it. */
  billable?: boolean | undefined;
  /** The system that the entry comes from, or null. It goes together with `external_id`. */
  external_source?: string | null | undefined;
  /** What the entry is called there, or null. No two entries have the same reference. */
  external_id?: string | null | undefined;
}

/** All writable fields of a time entry. An optional one that is left out becomes its default. */
export interface TimeEntryReplace {
  /** How long, in minutes. */
  minutes: number;
  /** The day it was worked on. Tomorrow, in UTC, is the latest: somewhere it has begun. */
  spent_on: string;
  /** What was done, or null. */
  note?: string | null | undefined;
  /**
   * Whether the client is billed for it. Left out, it is, unless the project's billing kind is `internal`.
   */
  billable?: boolean | undefined;
  /** The system that the entry comes from, or null. It goes together with `external_id`. */
  external_source?: string | null | undefined;
  /** What the entry is called there, or null. No two entries have the same reference. */
  external_id?: string | null | undefined;
}

/** One page of time entries. */
export interface TimeEntryPage {
  /** The time entries of this page, in the order asked for. */
  data: TimeEntry[];
  /** Which page this is and how many there are. */
  page: PageInfo;
}

/** A timer that runs, the only one of its user. */
export interface Timer {
  /** Whose time it measures. */
  user_id: string;
  /** The task that is worked on. */
  task_id: string;
  /** The project of the task. */
  project_id: string;
  /** What is being done, for the time entry, or null. */
  note: string | null;
  /** Whether the client will be billed for it. */
  billable: boolean;
  /** When it was started, in UTC. */
  started_at: string;
}

/** What to write on the time entry when the timer is stopped. */
export interface TimerStart {
  /** What is being done, or null. */
  note?: string | null | undefined;
  /**
   * Whether the client is billed for it. Left out, it is, unless the project's billing kind is `internal`.
   */
  billable?: boolean | undefined;
}

/** What else to write down when the timer stops. */
export interface TimerStop {
  /** What was done, or null. Left out, the note of the timer stays. */
  note?: string | null | undefined;
  /** What is still to do on the task, in minutes. Left out, the task keeps what it says. */
  remaining_minutes?: number | undefined;
  /**
   * How far the task is, in percent. Left out, the task keeps what it says. That of a task with subtasks
   * follows from theirs, and what is done is at 100: another value is refused as a validation error.
   */
  progress?: number | undefined;
}

/** What a timer measured. */
export interface TimerStopped {
  /** The new time entries, one for each UTC day that the timer ran on, oldest first. */
  entries: TimeEntry[];
}

/** What a person or an agent says about a task, a project or a client. */
export interface Comment {
  /** The comment's id, made by the server. */
  id: string;
  /** The task it is about, or null. */
  task_id: string | null;
  /** The project it is about, or null. */
  project_id: string | null;
  /** The client it is about, or null. Exactly one of the three is set. */
  client_id: string | null;
  /** The comment it replies to, which may be deleted by now; null where it begins a thread. */
  reply_to_id: string | null;
  /** The comment that the thread began with; its own id where it began one. */
  thread_id: string;
  /** How many comments it stands below; 0 where it begins a thread. */
  depth: number;
  /** What the comment is for. */
  kind: Open<CommentKind>;
  /** What is said, in Markdown. */
  body: string;
  /** Who says it, as the credential had it. */
  author: CommentAuthor;
  /** Whom it mentions, ordered by id. */
  mentions: CommentMention[];
  /** How an agent's comment came about; null for everybody else's. */
  ai: AiProvenance | null;
  /** What a person declares to have been helped by, or null. */
  assisted_by: AiAssistance | null;
  /** How many comments reply to this one directly; deleted ones do not count. */
  reply_count: number;
  /** When the body was last changed, in UTC; null where it never was. */
  edited_at: string | null;
  /**
   * How often the record has changed, counted from 1. It is the number in the `ETag` header and the one that
   * `If-Match` is compared with.
   */
  version: number;
  /** When the record was created, in UTC. */
  created_at: string;
  /** Who created the record; null when the service itself did. */
  created_by: string | null;
  /** When the record last changed, in UTC. */
  updated_at: string;
  /** Who made the last change; null when the service itself did. */
  updated_by: string | null;
  /** When the record was deleted, in UTC; null where it is not. */
  deleted_at: string | null;
  /** Who deleted the record; null where it is not deleted, and when the service itself did. */
  deleted_by: string | null;
  /** Its related records, where `include` has asked for them; null otherwise. */
  included: CommentIncluded | null;
}

/**
 * Related records of a comment, as far as they were asked for and the caller can see them; they have no
 * related records of their own. Deleted ones are left out.
 */
export interface CommentIncluded {
  /**
   * Who says it; null when it was not asked for, when the service itself does, or when the caller cannot see
   * the user.
   */
  author: User | null;
  /** The first hundred direct replies, oldest first; null when they were not asked for. */
  replies: Comment[] | null;
}

/** The writable fields of a new comment. */
export interface CommentCreate {
  /**
   * What is said, in Markdown. `@` before an e-mail address, as in `@ana@agency.example`, mentions that user;
   * an address of nobody whom the author sees and who sees what the comment is about stays text.
   */
  body: string;
  /**
   * What the comment is for.
   * @defaultValue `"comment"`
   */
  kind?: CommentKind | undefined;
  /**
   * The comment to reply to, one on the same task, project or client; null begins a thread. A thread is at
   * most 50 replies deep.
   */
  reply_to_id?: string | null | undefined;
  /**
   * Users to mention beside those whom the body names. Each must be somebody whom the author sees and who
   * sees what the comment is about.
   */
  mentioned_ids?: readonly string[] | undefined;
  /** How the comment came about. It is required from an agent and refused from a person. */
  ai?: AiProvenanceInput | null | undefined;
  /** What a person declares to have been helped by, or null. It is refused from an agent. */
  assisted_by?: AiAssistance | null | undefined;
}

/** All writable fields of a comment; an optional one that is left out becomes its default. */
export interface CommentReplace {
  /**
   * What is said, in Markdown. `@` before an e-mail address, as in `@ana@agency.example`, mentions that user;
   * an address of nobody whom the author sees and who sees what the comment is about stays text.
   */
  body: string;
  /**
   * What the comment is for.
   * @defaultValue `"comment"`
   */
  kind?: CommentKind | undefined;
  /**
   * Users to mention beside those whom the body names. Each must be somebody whom the author sees and who
   * sees what the comment is about.
   */
  mentioned_ids?: readonly string[] | undefined;
  /** How the comment came about. It is required from an agent and refused from a person. */
  ai?: AiProvenanceInput | null | undefined;
  /** What a person declares to have been helped by, or null. It is refused from an agent. */
  assisted_by?: AiAssistance | null | undefined;
}

/**
 * A JSON merge patch of a comment: a field that is absent keeps its value, and null clears one that may be
 * null. `ai` and `assisted_by` are replaced as a whole.
 */
export interface CommentUpdate {
  /**
   * What is said, in Markdown. `@` before an e-mail address, as in `@ana@agency.example`, mentions that user;
   * an address of nobody whom the author sees and who sees what the comment is about stays text.
   */
  body?: string | undefined;
  /** What the comment is for. */
  kind?: CommentKind | undefined;
  /**
   * Users to mention beside those whom the body names. Each must be somebody whom the author sees and who
   * sees what the comment is about.
   */
  mentioned_ids?: readonly string[] | undefined;
  /** How the comment came about. It is required from an agent and refused from a person. */
  ai?: AiProvenanceInput | null | undefined;
  /** What a person declares to have been helped by, or null. It is refused from an agent. */
  assisted_by?: AiAssistance | null | undefined;
}

/** One page of comments. */
export interface CommentPage {
  /** The comments of this page, in the order asked for. */
  data: Comment[];
  /** Which page this is and how many there are. */
  page: PageInfo;
}

/** Who wrote a comment. It comes from the credential and cannot be set. */
export interface CommentAuthor {
  /** The user, or null for the service itself. */
  id: string | null;
  /** What the author is. */
  kind: AuthorKind;
}

/** Somebody whom a comment mentions. */
export interface CommentMention {
  /** The user. */
  id: string;
  /** The user's name; null where the caller does not see that user. */
  name: string | null;
}

/** How an agent's comment came about. */
export interface AiProvenance {
  /** Who runs the model. */
  provider: string;
  /** The model. */
  model: string;
  /** The version of the prompt, or null. */
  prompt_version: string | null;
  /** The run at the provider or in the agent's own log, or null. */
  run_id: string | null;
  /** How probable the agent holds it that people accept the comment, from 0 to 1, or null. */
  confidence: number | null;
  /** What was drawn on. */
  sources: AiSource[];
}

/** How an agent came to what it says. */
export interface AiProvenanceInput {
  /** Who runs the model. */
  provider: string;
  /** The model. */
  model: string;
  /** The version of the prompt. */
  prompt_version?: string | null | undefined;
  /** The run at the provider or in the agent's own log. */
  run_id?: string | null | undefined;
  /** How probable the agent holds it that people accept the comment, from 0 to 1. */
  confidence?: number | null | undefined;
  /** What was drawn on. */
  sources?: readonly AiSource[] | undefined;
}

/** Something that an agent has drawn on. */
export interface AiSource {
  /** What it is called. */
  title: string;
  /** Where it is, an http or https address. */
  url: string;
}

/** What has helped a person. */
export interface AiAssistance {
  /** Who runs the model. */
  provider: string;
  /** The model. */
  model: string;
}

/** What one person says of an agent's comment. */
export interface CommentFeedback {
  /** Who judges. */
  user_id: string;
  /** What the person did with it. */
  verdict: Open<FeedbackVerdict>;
  /** Why, or null. */
  reason: string | null;
  /** What the comment should have said, or null. */
  correction: string | null;
  /** When the person first judged it, in UTC. */
  created_at: string;
  /** When the judgement last changed, in UTC. */
  updated_at: string;
}

/** What a person says of an agent's comment. */
export interface CommentFeedbackSet {
  /** What the person did with it. */
  verdict: FeedbackVerdict;
  /** Why. */
  reason?: string | null | undefined;
  /** What the comment should have said. It is required with `edited` and refused with `accepted`. */
  correction?: string | null | undefined;
}

/** One page of judgements. */
export interface CommentFeedbackPage {
  /** The judgements of this page, in the order asked for. */
  data: CommentFeedback[];
  /** Which page this is and how many there are. */
  page: PageInfo;
}

/** How people have judged what an agent said, over the comments that the caller can see. */
export interface AgentQuality {
  /** The agent. */
  user_id: string;
  /** The first day that is counted, or null for no bound. */
  from: string | null;
  /** The last day that is counted, or null for no bound. */
  to: string | null;
  /** When this was counted, in UTC. */
  generated_at: string;
  /** The agent's comments in that time. */
  comments: number;
  /** Those of them that at least one person has judged. */
  judged_comments: number;
  /** All judgements on them. */
  judgements: JudgementCounts;
  /**
   * The judgements by model, ordered by provider and model. A model on whose comments there are none is left
   * out.
   */
  by_model: ModelQuality[];
  /**
   * The judgements by kind of comment, in the order of `CommentKind`. A kind on which there are none is left
   * out.
   */
  by_kind: CommentKindQuality[];
  /** How the stated confidence compares with what people accepted. */
  calibration: Calibration;
}

/** Judgements counted by verdict. A comment that several people have judged counts once for each of them. */
export interface JudgementCounts {
  /** All judgements. */
  total: number;
  /** Those that accepted it. */
  accepted: number;
  /** Those that took it with changes. */
  edited: number;
  /** Those that refused it. */
  rejected: number;
  /** Those that reported it. */
  flagged: number;
  /** The share of all judgements that accepted it; null without any. */
  acceptance_rate: number | null;
}

/** The judgements on what came from one model. */
export interface ModelQuality {
  /** Who runs the model. */
  provider: string;
  /** The model. */
  model: string;
  /** The judgements on it. */
  judgements: JudgementCounts;
}

/** The judgements on comments of one kind. */
export interface CommentKindQuality {
  /** The kind of comment. */
  kind: Open<CommentKind>;
  /** The judgements on it. */
  judgements: JudgementCounts;
}

/**
 * How the stated confidence compares with what people accepted, over the judgements on comments that state
 * one. An agent that is calibrated has as many of its comments accepted as its confidence says.
 */
export interface Calibration {
  /** The judgements on comments that state a confidence. */
  judgements: number;
  /** The mean of the stated confidence over these; null without any. */
  mean_confidence: number | null;
  /** The share of these that accepted it; null without any. */
  acceptance_rate: number | null;
  /**
   * The distance between mean confidence and acceptance rate within each bucket, weighted by its judgements;
   * 0 is best, null without any.
   */
  expected_calibration_error: number | null;
  /**
   * The mean squared distance between the confidence and the outcome, which is 1 for accepted and 0 for any
   * other verdict; 0 is best, null without any.
   */
  brier_score: number | null;
  /** Ten buckets of a tenth each, from the least confidence to the most. */
  buckets: CalibrationBucket[];
}

/** The judgements on comments whose stated confidence lies between two bounds. */
export interface CalibrationBucket {
  /** The lower bound, which belongs to the bucket. */
  from: number;
  /** The upper bound, which belongs to the next bucket, and 1 to the last. */
  to: number;
  /** The judgements in the bucket. */
  judgements: number;
  /** The mean of the stated confidence in it; null without any. */
  mean_confidence: number | null;
  /** The share of its judgements that accepted it; null without any. */
  acceptance_rate: number | null;
}

/** Whether the service works. */
export interface HealthStatus {
  /** The state of the service. */
  status: HealthState;
  /** The version of the running binary. */
  version: string;
}

/** Whether the service and what it depends on work. */
export interface HealthDetails {
  /** The worst state among the checks. */
  status: HealthState;
  /** The version of the running binary. */
  version: string;
  /** When the process started, in UTC. */
  started_at: string;
  /** Seconds since the process started. */
  uptime_seconds: number;
  /** One entry for each thing the service depends on, by name. */
  checks: HealthCheck[];
}

/** The state of one thing the service depends on. */
export interface HealthCheck {
  /** What was checked, such as `database`. */
  name: string;
  /** The state of what was checked. */
  status: HealthState;
  /** How long the check took, in milliseconds; null when it was not measured. */
  latency_ms: number | null;
  /** The version of what was checked; null when it tells none, and for callers who are not admins. */
  version: string | null;
  /** What is wrong or worth knowing; null when nothing is, and for callers who are not admins. */
  detail: string | null;
}

/** An amount of money in one currency. Amounts of different currencies are never added up. */
export interface Money {
  /** The amount in the currency's minor unit, such as cents. */
  amount_minor: number;
  /** The currency's ISO 4217 code. */
  currency: string;
}

/** What an import did, or would have done. */
export interface ImportReport {
  /** Whether it was only tried. */
  dry_run: boolean;
  /** Whether what is counted was kept. It is not when one line is wrong, nor in a dry run. */
  applied: boolean;
  /** How many records were made. */
  created: number;
  /** How many records were changed. */
  updated: number;
  /** How many lines say what there is already. */
  unchanged: number;
  /** How many lines are wrong. */
  failed: number;
  /** What is wrong, by line; the first 1,000 mistakes. */
  errors: ImportError[];
}

/** One mistake in a file. */
export interface ImportError {
  /** The line it is on, counted from 1, a header included. */
  line: number;
  /** The column or field it is in; empty where it is the line as a whole. */
  field: string;
  /** What rule is broken, for a program to branch on. */
  code: string;
  /** What would be accepted, in a sentence. */
  detail: string;
}

/**
 * A client as a line of a file, in exports with every field. References are made by source and id, or by
 * e-mail address, so that a file can be taken to another server.
 */
export interface ClientRecord {
  /** The system that the client comes from; `coordinator` for one of this service. */
  source: string;
  /** What the client is called there; its own id where the source is `coordinator`. */
  external_id: string;
  /** The client's name; a new one needs it. */
  name?: string | undefined;
  /** The name in contracts and on invoices. */
  legal_name?: string | null | undefined;
  /** Where the client stands; `lead` for a new one. */
  status?: ClientStatus | undefined;
  /** Why the client is in its status. */
  status_reason?: string | null | undefined;
  /** The address to write to. */
  email?: string | null | undefined;
  /** The number to call. */
  phone?: string | null | undefined;
  /** The client's site. */
  website?: string | null | undefined;
  /** The postal address. */
  address?: string | null | undefined;
  /** The client's line of business. */
  industry?: string | null | undefined;
  /** The kind of client. */
  segment?: string | null | undefined;
  /** Who looks after the client, by e-mail address. */
  owner?: string | null | undefined;
  /** What the client is worth a year, in the currency's minor unit. */
  annual_value_amount_minor?: number | null | undefined;
  /** The currency of the annual value. */
  annual_value_currency?: string | null | undefined;
  /** When and how the client pays. */
  payment_terms?: string | null | undefined;
  /** Words to group clients by. */
  tags?: string[] | undefined;
  /** Anything else worth knowing, in Markdown. */
  notes?: string | null | undefined;
  /** Facts of the agency's own making, by their names. */
  custom_fields?: CustomFields | undefined;
  /** The client's ids in other systems, by the system's name. */
  external_references?: ExternalReferences | undefined;
}

/**
 * A project as a line of a file, in exports with every field. References are made by source and id, or by
 * e-mail address, so that a file can be taken to another server.
 */
export interface ProjectRecord {
  /** The system that the project comes from; `coordinator` for one of this service. */
  source: string;
  /** What the project is called there; its own id where the source is `coordinator`. */
  external_id: string;
  /** The project's name; a new one needs it. */
  name?: string | undefined;
  /** The system that the client comes from; it goes with `client_external_id`. */
  client_source?: string | null | undefined;
  /** What the client is called there. */
  client_external_id?: string | null | undefined;
  /** The manager or admin who answers for the project, by e-mail address. */
  manager?: string | null | undefined;
  /** What the project is about, in Markdown. */
  description?: string | null | undefined;
  /** Where the project stands; `planning` for a new one. */
  status?: ProjectStatus | undefined;
  /** Why the project is in its status. */
  status_reason?: string | null | undefined;
  /** How urgent the project is; `medium` for a new one. */
  priority?: Priority | undefined;
  /** The first day of the project. */
  starts_on?: string | null | undefined;
  /** The last day of the project, not before the first. */
  ends_on?: string | null | undefined;
  /** When the project was completed: of completed ones always, of archived ones where they were completed. */
  completed_at?: string | null | undefined;
  /** How the project's work is billed; `time_and_materials` for a new one. */
  billing_kind?: Open<BillingKind> | undefined;
  /** What the project may cost the client, in the currency's minor unit. */
  budget_amount_minor?: number | null | undefined;
  /** What an hour of work is billed at, in the currency's minor unit. */
  hourly_rate_amount_minor?: number | null | undefined;
  /** The one currency of budget and rate; there exactly when one of them is. */
  currency?: string | null | undefined;
  /** The project's tags. */
  tags?: string[] | undefined;
  /** Who is on the team, each as `address:role`; a member that is left out leaves it. */
  team?: string[] | undefined;
}

/**
 * A task as a line of a file, in exports with every field. References are made by source and id, or by e-mail
 * address, so that a file can be taken to another server.
 */
export interface TaskRecord {
  /** The system that the task comes from; `coordinator` for one of this service. */
  source: string;
  /** What the task is called there; its own id where the source is `coordinator`. */
  external_id: string;
  /** The system that the project comes from; a new task needs it. It never changes. */
  project_source?: string | undefined;
  /** What the project is called there; a new task needs it. It never changes. */
  project_external_id?: string | undefined;
  /** The system that the task this one is a subtask of comes from; it goes with `parent_external_id`. */
  parent_source?: string | null | undefined;
  /** What the task this one is a subtask of is called there. */
  parent_external_id?: string | null | undefined;
  /** What is to be done, in one line; a new task needs it. */
  title?: string | undefined;
  /** What is to be done, in Markdown. */
  description?: string | null | undefined;
  /** Where the task stands; `todo` for a new one. */
  status?: TaskStatus | undefined;
  /** Why the task is in its status; what is blocked needs it. */
  status_reason?: string | null | undefined;
  /** How urgent the task is; `medium` for a new one. */
  priority?: Priority | undefined;
  /** Who works on the task, by e-mail address. */
  assignee?: string | null | undefined;
  /** How much work the task is, in minutes. */
  estimate_minutes?: number | null | undefined;
  /** How much work is still to do, in minutes. */
  remaining_minutes?: number | null | undefined;
  /**
   * How far the task is by what somebody has said, in percent. What follows for its parents and from its
   * status is in no file.
   */
  progress?: number | undefined;
  /** The day by which the task is to be done. */
  due_date?: string | null | undefined;
  /** When work on the task first began. */
  started_at?: string | null | undefined;
  /** When the task was done: of done ones always, of others never. */
  completed_at?: string | null | undefined;
  /** Where the task stands among those of its project; they are ordered by these texts. */
  position?: string | undefined;
  /** Words to find the task by. */
  tags?: string[] | undefined;
  /** The tasks of the same project that must be done before this one starts, each as `source:external_id`. */
  prerequisites?: string[] | undefined;
}

/**
 * A time entry as a line of a file, in exports with every field. References are made by source and id, or by
 * e-mail address, so that a file can be taken to another server.
 */
export interface TimeEntryRecord {
  /** The system that the time entry comes from; `coordinator` for one of this service. */
  source: string;
  /** What the time entry is called there; its own id where the source is `coordinator`. */
  external_id: string;
  /** The system that the task comes from; a new entry needs it. It never changes. */
  task_source?: string | undefined;
  /** What the task is called there; a new entry needs it. It never changes. */
  task_external_id?: string | undefined;
  /** Whose time it is, by e-mail address; a new entry needs it. It never changes. */
  user?: string | null | undefined;
  /** The day it was worked on; a new entry needs it. */
  spent_on?: string | undefined;
  /** How long, in minutes; a new entry needs it. */
  minutes?: number | undefined;
  /** What was done. */
  note?: string | null | undefined;
  /** Whether the client is billed for it; a new entry needs it. */
  billable?: boolean | undefined;
  /** What an hour is billed at, in the currency's minor unit. */
  billing_rate_amount_minor?: number | null | undefined;
  /** The currency of the billing rate. */
  billing_rate_currency?: string | null | undefined;
  /** What an hour cost, in the currency's minor unit. Managers and admins see it; to others it is null. */
  cost_rate_amount_minor?: number | null | undefined;
  /** The currency of the cost rate. */
  cost_rate_currency?: string | null | undefined;
}

/** A field in which words of the search stand, and where. */
export interface SearchHighlight {
  /** The field's name, as the record has it. */
  field: string;
  /**
   * The field's text around its first match as HTML: each word that matches stands between `<mark>` and
   * `</mark>`, everything else is escaped, and `…` stands where a long text is cut.
   */
  snippet: string;
}

/** Which page of a list this is. */
export interface PageInfo {
  /** The number of this page, counted from 1; null when a cursor led to it. */
  page: number | null;
  /** The most items a page holds. */
  page_size: number;
  /**
   * The number of items that match the filters and that the caller can see: exact up to 10,000, an estimate
   * beyond; of a search the 500 best are counted. It is an estimate below, too, where counting takes long and
   * is being done already. Null when a cursor led here.
   */
  total: number | null;
  /**
   * The number of pages that can be asked for by their numbers: those that `total` makes, as far as the
   * 10,000th item; 0 when nothing matches, null when a cursor led here.
   */
  total_pages: number | null;
  /**
   * Whether `total` is all there is. False when there is more than is counted, and when nothing was counted.
   */
  total_is_exact: boolean;
  /**
   * Whether `total` is what is expected and not what was counted, as it is beyond 10,000, and below where
   * counting takes long and is being done already. False when it was counted, also where there is more than
   * that.
   */
  total_is_estimate: boolean;
  /** Whether another page follows this one. */
  has_more: boolean;
  /** What to send as `cursor` for the page that follows; null on the last one. */
  next_cursor: string | null;
}

/** An error, as RFC 9457 defines it. All things wrong with a request are named at once, in `errors`. */
export interface Problem {
  /** A page that explains the code, relative to the address of the service. */
  type: string;
  /** The code in words. It is the same for every error of this code. */
  title: string;
  /** The HTTP status of the response. */
  status: number;
  /** What went wrong this time and what to do about it, a sentence for people. */
  detail: string;
  /** The path of the request that failed. */
  instance: string;
  /** What went wrong, for programs. */
  code: Open<ProblemCode>;
  /** The id of the request, also in the `X-Request-ID` header; name it when asking for help. */
  request_id: string;
  /**
   * Everything that is wrong with the request, field by field. It is there when a field or parameter is to
   * blame.
   */
  errors?: ProblemField[];
  /**
   * With `illegal_transition`: the statuses that the record can move to from where it is. It may be empty.
   */
  allowed?: string[];
  /**
   * With `dependency_cycle`: the ids of the tasks along the cycle that the change would close. The first is
   * also the last.
   */
  cycle?: string[];
  /**
   * With `prerequisites_open`, `subtasks_open`, `parent_closed`, `open_tasks` and `timer_running`: the ids of
   * the tasks that stand in the way.
   */
  blocking_ids?: string[];
}

/** One thing that is wrong with a request, and its place. */
export interface ProblemField {
  /**
   * The place. For the body it is a JSON pointer (RFC 6901) such as `/title` or `/prerequisite_ids/0`, and
   * empty for the body as a whole. For a parameter it is where the parameter stands, a colon and its name:
   * `query:page_size`, `path:task_id`, `header:If-Match`.
   */
  pointer: string;
  /**
   * What is wrong there, for programs, such as `required`, `unknown`, `format`, `too_long` or `not_found`.
   */
  code: string;
  /** What is wrong there and what to do about it, a sentence for people. */
  detail: string;
}
