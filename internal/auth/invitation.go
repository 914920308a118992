package auth

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/page"
)

const (
	invitationTTL = 72 * time.Hour
	// maxInvitations is how often an address is invited within invitationWindow:
	// nobody's mailbox is to be filled by us.
	maxInvitations   = 5
	invitationWindow = time.Hour
)

// The states of an invitation.
const (
	InvitationPending  = "pending"
	InvitationAccepted = "accepted"
	InvitationExpired  = "expired"
	InvitationRevoked  = "revoked"
)

// InvitationState is the invitation's state at the time, as the statement of
// the list has it.
func InvitationState(row db.Invitation, at time.Time) string {
	switch {
	case row.AcceptedAt != nil:
		return InvitationAccepted
	case row.RevokedAt != nil:
		return InvitationRevoked
	case !row.ExpiresAt.After(at):
		return InvitationExpired
	}
	return InvitationPending
}

// Invited is an invitation as its reader sees it.
type Invited struct {
	db.Invitation
	State string
}

func (s *Service) invited(row db.Invitation) Invited {
	return Invited{Invitation: row, State: InvitationState(row, s.config.Now())}
}

// Invite invites an address to open an account of the role. The token is empty
// when it was mailed. It returns Forbidden when the actor may not invite
// anybody as that, AlreadyExists when the address has an account, and
// RateLimited when it was invited too often.
func (s *Service) Invite(ctx context.Context, actor access.Actor, email string, role access.Role) (Invited, string, error) {
	if err := s.config.Registration.mayInvite(actor.Role, role); err != nil {
		return Invited{}, "", err
	}
	email = strings.TrimSpace(email)
	token, hash := newToken()
	mailed := s.config.Mailer.Delivers()
	var inviter db.User
	row, err := dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (db.Invitation, error) {
		now := s.config.Now()
		if err := q.InvitationLockAddress(ctx, email); err != nil {
			return db.Invitation{}, fmt.Errorf("locking the address: %w", err)
		}
		// First of all: who accepts the one before holds a lock on it, and the
		// account is there once it is released.
		if err := replaceInvitations(ctx, q, actor, email, now); err != nil {
			return db.Invitation{}, err
		}
		if err := checkInvitable(ctx, q, email, now); err != nil {
			return db.Invitation{}, err
		}
		var err error
		if inviter, err = q.UserGet(ctx, db.UserGetParams{ID: actor.ID, SeesAll: true, ViewerID: actor.ViewerID()}); err != nil {
			return db.Invitation{}, fmt.Errorf("reading who invites: %w", err)
		}
		created, err := q.InvitationInsert(ctx, db.InvitationInsertParams{
			ID: uuid.Must(uuid.NewV7()), Email: email, Role: db.Role(role), TokenHash: hash, IsMailed: mailed,
			CreatedAt: now, CreatedBy: actor.ID, ExpiresAt: now.Add(invitationTTL),
		})
		if err != nil {
			return db.Invitation{}, fmt.Errorf("inserting an invitation: %w", err)
		}
		return created, event.Record(ctx, q, actor, event.Event{Entity: "invitation", ID: created.ID, Action: "created", After: created})
	})
	if err != nil {
		return Invited{}, "", err
	}
	text := token
	dbx.OnceCommitted(ctx, func() {
		s.config.Mailer.Invitation(ctx, row.Email, inviter.Name, string(row.Role), text, row.ExpiresAt)
	})
	if mailed {
		token = ""
	}
	return s.invited(row), token, nil
}

// checkInvitable refuses to invite an address that has an account or was
// invited too often.
func checkInvitable(ctx context.Context, q *db.Queries, email string, now time.Time) error {
	_, err := q.UserGetByEmail(ctx, email)
	if err == nil {
		e := apperr.New(apperr.AlreadyExists, "There is an account with this e-mail address already.")
		e.Fields = []apperr.Field{{Pointer: "/email", Code: "taken", Detail: "This e-mail address is taken."}}
		return e
	}
	if !dbx.IsNotFound(err) {
		return fmt.Errorf("looking for an account of the address: %w", err)
	}
	recent, err := q.InvitationCountRecent(ctx, db.InvitationCountRecentParams{Email: email, Since: now.Add(-invitationWindow)})
	if err != nil {
		return fmt.Errorf("counting invitations of the address: %w", err)
	}
	if recent >= maxInvitations {
		e := apperr.New(apperr.RateLimited, "This address was invited %d times within an hour. Wait until it is invited again.", recent)
		e.RetryAfter = invitationWindow
		return e
	}
	return nil
}

// replaceInvitations takes back what invitations the address has.
func replaceInvitations(ctx context.Context, q *db.Queries, actor access.Actor, email string, now time.Time) error {
	replaced, err := q.InvitationReplace(ctx, db.InvitationReplaceParams{Email: email, ActorID: actor.ID, Now: now})
	if err != nil {
		return fmt.Errorf("replacing an invitation: %w", err)
	}
	for _, row := range replaced {
		if err := recordInvitationRevoked(ctx, q, actor, row); err != nil {
			return err
		}
	}
	return nil
}

func recordInvitationRevoked(ctx context.Context, q *db.Queries, actor access.Actor, row db.Invitation) error {
	before := row
	before.RevokedAt, before.RevokedBy = nil, nil
	return event.Record(ctx, q, actor, event.Event{Entity: "invitation", ID: row.ID, Action: "revoked", Before: before, After: row})
}

var invitationColumns = page.Columns{
	"created_at": {SQL: "i.created_at"},
	"expires_at": {SQL: "i.expires_at"},
	"email":      {SQL: "i.email"},
}

// ListInvitations returns a page of the invitations that the actor has sent, of
// everybody's for an admin, in any of the states; in all where none is named.
func (s *Service) ListInvitations(ctx context.Context, actor access.Actor, states []string, request page.Request) ([]Invited, page.Info, error) {
	list, err := dbx.NewList(s.db, invitationColumns, "i.id", request)
	if err != nil {
		return nil, page.Info{}, err
	}
	rows, err := db.New(list).InvitationList(ctx, db.InvitationListParams{
		SeesAll: actor.Role.AtLeast(access.RoleAdmin), ActorID: actor.ID, State: states, Now: s.config.Now(),
		RowLimit: list.Limit(), RowOffset: list.Offset(),
	})
	if err != nil {
		return nil, page.Info{}, fmt.Errorf("listing invitations: %w", err)
	}
	found := make([]Invited, len(rows))
	for i, row := range rows {
		found[i] = s.invited(row)
	}
	return found, list.Info(), nil
}

// RevokeInvitation takes an invitation back; one that was taken back is left as
// it is. It returns NotFound for what is neither the actor's nor the actor an
// admin, and Conflict when it was accepted.
func (s *Service) RevokeInvitation(ctx context.Context, actor access.Actor, id uuid.UUID) error {
	return dbx.WithTx(ctx, s.db, func(q *db.Queries) error {
		row, err := q.InvitationGetForUpdate(ctx, db.InvitationGetForUpdateParams{ID: id, SeesAll: actor.Role.AtLeast(access.RoleAdmin), ActorID: actor.ID})
		if err != nil {
			return fmt.Errorf("reading the invitation: %w", dbx.OrMissing(err, "invitation", id))
		}
		if row.AcceptedAt != nil {
			return apperr.New(apperr.Conflict, "This invitation was accepted. Deactivate the account %s in its place.", row.AcceptedBy)
		}
		if row.RevokedAt != nil {
			return nil
		}
		revoked, err := q.InvitationRevoke(ctx, db.InvitationRevokeParams{ID: id, ActorID: actor.ID, Now: s.config.Now()})
		if err != nil {
			return fmt.Errorf("revoking the invitation: %w", err)
		}
		return recordInvitationRevoked(ctx, q, actor, revoked)
	})
}

func sameAddress(a, b string) bool {
	return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
}
