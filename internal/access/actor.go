// Package access owns who is acting and what a principal of a role may do:
// the actor of a request, the roles, the table of operations and permissions,
// and the rules over projects and teams. It reads nothing from the database:
// whoever asks brings the facts.
package access

import (
	"context"

	"github.com/google/uuid"
)

// Role is what a principal may do everywhere; each holds the rights of the one before.
type Role string

// The roles, from least to most.
const (
	RoleUser    Role = "user"
	RoleManager Role = "manager"
	RoleAdmin   Role = "admin"
)

// AtLeast tells whether the role holds the rights of the other.
func (r Role) AtLeast(other Role) bool { return r.rank() >= other.rank() && other.rank() > 0 }

func (r Role) rank() int {
	switch r {
	case RoleUser:
		return 1
	case RoleManager:
		return 2
	case RoleAdmin:
		return 3
	}
	return 0
}

// SecondFactorDue is what a session still owes of the second factor, and may do
// little else before.
type SecondFactorDue string

// What a session may owe; nothing when it is empty.
const (
	// DueSetUp is owed by who has no second factor while their role requires one.
	DueSetUp SecondFactorDue = "set_up"
	// DuePass is owed by a session that was opened without the second factor
	// that there is by now.
	DuePass SecondFactorDue = "pass"
)

// FewProjects is up to how many projects it is faster to read all that is in
// them than to go through everything there is until a page is full.
const FewProjects = 200

// Actor is who a request or a command acts for.
// The zero Actor is nobody: it sees nothing and may do nothing.
type Actor struct {
	ID   uuid.UUID
	Role Role
	// SessionID is the sign-in whose token was sent; zero without one.
	SessionID uuid.UUID
	// SigningKey is the id of the key that signed that token.
	SigningKey string
	// APIKeyID is the key that was sent; zero without one.
	APIKeyID uuid.UUID
	// SecondFactorDue is what the session still owes of the second factor.
	SecondFactorDue SecondFactorDue
	// Scopes are what the key may be used for; empty without one.
	Scopes Scopes
	// Limited tells that the key is for some projects and clients alone.
	Limited bool
	// IsAgent tells that the actor is an agent and no person.
	IsAgent bool
	// RequiresIfMatch tells that the key has to name the version of what it changes.
	RequiresIfMatch bool
	// SeesFewProjects tells that the actor sees at most [FewProjects] projects
	// through teams or its key's lists. It decides how what the actor sees is
	// looked for, and never what it sees.
	SeesFewProjects bool
	// System marks the program itself: the first start, the command line, jobs.
	System bool
	// RequestID is written with everything that the actor changes.
	RequestID string
}

// System returns the actor for what the program does of its own accord.
func System() Actor { return Actor{Role: RoleAdmin, System: true} }

// SeesAll tells whether visibility does not depend on teams: managers and up
// see everything, users the projects on whose team they are, and a limited key
// those of its lists that its principal sees.
func (a Actor) SeesAll() bool { return a.Role.AtLeast(RoleManager) && !a.Limited }

// Administers tells whether the actor acts as an administrator of everything and
// everybody. A limited key does not, whoever it is of: it is for its projects.
// Nor does a session that owes its second factor.
func (a Actor) Administers() bool {
	return a.Role.AtLeast(RoleAdmin) && !a.Limited && a.SecondFactorDue == ""
}

// ViewerID is by whom what is seen is looked up where [Actor.SeesAll] is false:
// the actor, or its limited key. Whose something is, is told by ID in either case.
func (a Actor) ViewerID() uuid.UUID {
	if a.Limited {
		return a.APIKeyID
	}
	return a.ID
}

// Credential names what the actor proved itself with, for the event log.
func (a Actor) Credential() string {
	switch {
	case a.System:
		return "system"
	case a.SessionID != uuid.Nil:
		return "session:" + a.SessionID.String()
	case a.APIKeyID != uuid.Nil:
		return "api_key:" + a.APIKeyID.String()
	}
	return "anonymous"
}

// IDOrNil returns the actor's id for a nullable column.
func (a Actor) IDOrNil() *uuid.UUID {
	if a.ID == uuid.Nil {
		return nil
	}
	return &a.ID
}

// ActorKey is the key under which a context has the actor, as an *Actor, for
// whoever makes a context with more in it than that.
type ActorKey struct{}

// WithActor returns a context that carries the actor.
func WithActor(ctx context.Context, actor Actor) context.Context {
	return context.WithValue(ctx, ActorKey{}, &actor)
}

// FromContext returns the actor of the request, the zero Actor when there is none.
func FromContext(ctx context.Context) Actor {
	if actor, ok := ctx.Value(ActorKey{}).(*Actor); ok {
		return *actor
	}
	return Actor{}
}
