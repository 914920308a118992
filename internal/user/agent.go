package user

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
)

// agentDomain is where the addresses of agents are: RFC 2606 keeps the domain
// from ever leading anywhere.
const agentDomain = "agents.invalid"

// CreateAgentParams are what an agent is made from.
type CreateAgentParams struct {
	Name   string
	Role   access.Role
	Title  *string
	Skills []string
}

// CreateAgent makes an agent that belongs to the actor. It returns Forbidden for
// an agent, and a validation error when the role is above the actor's or a skill
// is named twice.
func (s *Service) CreateAgent(ctx context.Context, actor access.Actor, params CreateAgentParams) (db.User, error) {
	skills, wrong := normalizeSkills(params.Skills)
	if !actor.Role.AtLeast(params.Role) {
		wrong = append(wrong, roleAboveOwner(actor.Role))
	}
	if len(wrong) > 0 {
		return db.User{}, apperr.Invalid(wrong...)
	}
	return dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (db.User, error) {
		if err := refuseAgents(ctx, q, actor); err != nil {
			return db.User{}, err
		}
		id := uuid.Must(uuid.NewV7())
		row, err := q.UserInsert(ctx, db.UserInsertParams{
			ID: id, Kind: db.PrincipalKindAgent, OwnerID: actor.IDOrNil(), Email: fmt.Sprintf("agent-%s@%s", id, agentDomain),
			Name: strings.TrimSpace(params.Name), Role: db.Role(params.Role), Title: trimmed(params.Title), Skills: skills, CreatedBy: actor.IDOrNil(),
		})
		if err != nil {
			return db.User{}, fmt.Errorf("inserting an agent: %w", err)
		}
		return row, record(ctx, q, actor, "created", nil, row)
	})
}

// refuseAgents keeps agents from owning agents: what one may do depends on its
// owner's role, and would no longer depend on that of the person behind both.
func refuseAgents(ctx context.Context, q *db.Queries, actor access.Actor) error {
	row, err := get(ctx, q, actor, actor.ID)
	if err != nil {
		return err
	}
	if row.Kind == db.PrincipalKindAgent {
		return apperr.New(apperr.Forbidden, "An agent belongs to a person. Let your owner make it.")
	}
	return nil
}

// checkOwnersRole refuses a role for an agent that is above its owner's. It says
// so early: what the agent may do is the lesser of the two in any case.
func checkOwnersRole(ctx context.Context, q *db.Queries, row db.User, role *db.Role) error {
	if role == nil || row.OwnerID == nil {
		return nil
	}
	owner, err := q.UserGetRole(ctx, *row.OwnerID)
	if dbx.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the agent's owner: %w", err)
	}
	if !access.Role(owner).AtLeast(access.Role(*role)) {
		return apperr.Invalid(roleAboveOwner(access.Role(owner)))
	}
	return nil
}

func roleAboveOwner(owner access.Role) apperr.Field {
	return apperr.Field{
		Pointer: "/role", Code: "above_owner",
		Detail: fmt.Sprintf("An agent's role is at most its owner's, which is %s.", owner),
	}
}

// owns tells whether the user is an agent of the actor's.
func owns(actor access.Actor, row db.User) bool {
	return row.OwnerID != nil && *row.OwnerID == actor.ID
}
