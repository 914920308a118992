// Code generated from openapi.yaml. DO NOT EDIT.
// The operations of the tag invitations.

import type { InvitationState } from "../enums.js";
import type { RequestOptions } from "../options.js";
import { iterate, type CursorParams, type List } from "../pages.js";
import { call, type ApiPromise } from "../resource.js";
import type { Invitation, InvitationCreate, InvitationCreated, InvitationPage } from "../schemas.js";
import type { Transport } from "../transport.js";

export interface ListInvitationsParams extends CursorParams {
  /**
   * The order: one or more of `created_at`, `expires_at` and `email`, separated by commas, each with a
   * leading minus for descending. The id is always the last key.
   * @defaultValue `"-created_at"`
   */
  sort?: string | undefined;
  /** Only invitations in one of these states. */
  state?: readonly InvitationState[] | undefined;
}

/** Who is asked to open an account, and as what. */
export interface InvitationsApi {
  /**
   * List invitations.
   *
   * Returns the invitations that the caller has sent, newest first unless `sort` says otherwise; admins see
   * those of everybody. No token is among what is returned. Managers and admins may do it.
   *
   * @throws ApiError with the status 403 or 422.
   * @see listInvitations
   */
  list(params?: ListInvitationsParams, options?: RequestOptions): ApiPromise<InvitationPage>;

  /** All that `list` returns, page after page. */
  iterate(params?: ListInvitationsParams, options?: RequestOptions): List<Invitation, InvitationPage>;

  /**
   * Invite somebody.
   *
   * Invites an address to open an account with a role, which is not above the caller's own. The invitation
   * works once, for 72 hours, and takes the place of an earlier one for the address. Its token is mailed
   * where the service sends mail; elsewhere the answer holds it, this once. An address that has an account is
   * a conflict of the kind `already_exists`; one that was invited five times within an hour is refused as
   * `rate_limited`. Managers and admins who have signed in may do it; where registration is closed, admins
   * alone. Writes `invitation.created`, and `invitation.revoked` for the earlier one.
   *
   * @throws ApiError with the status 403, 409 or 422.
   * @see createInvitation
   */
  create(body: InvitationCreate, options?: RequestOptions): ApiPromise<InvitationCreated>;

  /**
   * Take an invitation back.
   *
   * Makes the invitation worthless; for one that is so already nothing changes. One that was accepted is a
   * conflict: deactivate the account in its place. Managers may do it with their own invitations, admins with
   * all; to a manager those of others do not exist. Writes `invitation.revoked`.
   *
   * @throws ApiError with the status 403, 404, 409 or 422.
   * @see revokeInvitation
   */
  revoke(invitationId: string, options?: RequestOptions): ApiPromise<void>;
}

/** Binds {@link InvitationsApi} to a transport, for a bundle that needs nothing else. */
export function invitationsApi(transport: Transport): InvitationsApi {
  return {
    list: call(transport, "GET", "/api/v1/invitations", "params"),
    iterate: iterate(transport, "/api/v1/invitations", "cursor"),
    create: call(transport, "POST", "/api/v1/invitations", "body"),
    revoke: call(transport, "DELETE", "/api/v1/invitations/{invitation_id}"),
  };
}
