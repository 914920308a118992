package auth

import (
	"context"
	"fmt"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
)

// Registration says who may open an account.
type Registration string

// The modes of registration. Anything else is as closed.
const (
	// RegistrationOpen lets anybody make an account of the role user.
	RegistrationOpen Registration = "open"
	// RegistrationInvitation takes an invitation by a manager or an admin.
	RegistrationInvitation Registration = "invitation"
	// RegistrationClosed takes one by an admin: nobody else makes accounts.
	RegistrationClosed Registration = "closed"
)

// refuseStrangers returns Forbidden unless anybody may register.
func (r Registration) refuseStrangers() error {
	switch r {
	case RegistrationOpen:
		return nil
	case RegistrationInvitation:
		return apperr.New(apperr.Forbidden, "Registration takes an invitation here. Ask a manager for one and send its token as invitation_token.")
	default:
		return apperr.New(apperr.Forbidden, "Registration is closed here. Ask an administrator for an invitation.")
	}
}

// mayInvite returns Forbidden unless somebody of the role may invite somebody
// as the other. It holds when an invitation is made, and again when it is accepted.
func (r Registration) mayInvite(inviter, as access.Role) error {
	if !inviter.AtLeast(access.RoleManager) {
		return apperr.New(apperr.Forbidden, "Managers and administrators invite others.")
	}
	if r != RegistrationOpen && r != RegistrationInvitation && !inviter.AtLeast(access.RoleAdmin) {
		return apperr.New(apperr.Forbidden, "Registration is closed here: administrators alone invite others.")
	}
	if !inviter.AtLeast(as) {
		return apperr.New(apperr.Forbidden, "You cannot invite anybody as %s: your own role is %s.", as, inviter)
	}
	return nil
}

// AcceptInvitation makes the account that somebody was invited to by the token
// that comes with it. The invitation decides the role. It returns Forbidden when
// the invitation is not valid, a validation error when it is for another
// address, and AlreadyExists when the address is taken.
func (s *Service) AcceptInvitation(ctx context.Context, actor access.Actor, account Account) (db.User, error) {
	token := hashToken(account.InvitationToken)
	// Looked at before the password is hashed, which costs more than all the rest.
	apart := dbx.Apart(ctx)
	found, err := db.New(s.db).InvitationGetByToken(apart, token)
	if err := s.checkInvitation(apart, db.New(s.db), found, err, account.Email); err != nil {
		return db.User{}, err
	}
	hash, err := s.newHash(ctx, "/password", account.Password, person{name: account.Name, email: account.Email})
	if err != nil {
		return db.User{}, err
	}
	return dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (db.User, error) {
		invitation, err := q.InvitationGetByTokenForUpdate(ctx, token)
		if err := s.checkInvitation(ctx, q, invitation, err, account.Email); err != nil {
			return db.User{}, err
		}
		now := s.config.Now()
		account := account
		account.Email, account.Role = invitation.Email, access.Role(invitation.Role)
		if invitation.IsMailed {
			account.verifiedAt = &now
		}
		user, err := insertUser(ctx, q, actor, account, hash)
		if err != nil {
			return db.User{}, err
		}
		accepted, err := q.InvitationAccept(ctx, db.InvitationAcceptParams{ID: invitation.ID, UserID: user.ID, Now: now})
		if err != nil {
			return db.User{}, fmt.Errorf("marking the invitation accepted: %w", err)
		}
		err = event.Record(ctx, q, actor, event.Event{
			Entity: "invitation", ID: invitation.ID, Action: "accepted", Before: invitation, After: accepted,
		})
		if err != nil || user.EmailVerifiedAt != nil {
			return user, err
		}
		return user, s.mailVerification(ctx, q, user.ID)
	})
}

// checkInvitation tells what is wrong with an invitation that was read with the
// error. Who holds its token may know.
func (s *Service) checkInvitation(ctx context.Context, q *db.Queries, invitation db.Invitation, readErr error, email string) error {
	if dbx.IsNotFound(readErr) {
		return apperr.New(apperr.Forbidden, "There is no such invitation. Ask for a new one.")
	}
	if readErr != nil {
		return fmt.Errorf("reading the invitation: %w", readErr)
	}
	switch InvitationState(invitation, s.config.Now()) {
	case InvitationAccepted:
		return apperr.New(apperr.Forbidden, "This invitation was used already. Sign in, or ask for a new one.")
	case InvitationRevoked:
		return apperr.New(apperr.Forbidden, "This invitation was taken back. Ask for a new one.")
	case InvitationExpired:
		return apperr.New(apperr.Forbidden, "This invitation has expired. Ask for a new one.")
	case InvitationPending:
	}
	if !sameAddress(invitation.Email, email) {
		return apperr.InvalidField("/email", "not_invited", "This invitation is for another address. Use the one that was invited.")
	}
	inviter, err := q.UserGetRole(ctx, invitation.CreatedBy)
	if err != nil && !dbx.IsNotFound(err) {
		return fmt.Errorf("reading who invites: %w", err)
	}
	// Who is gone has the role "", and may do nothing.
	if s.config.Registration.mayInvite(access.Role(inviter), access.Role(invitation.Role)) != nil {
		return apperr.New(apperr.Forbidden, "Who sent this invitation may no longer invite you. Ask for a new one.")
	}
	return nil
}
