package access

import "github.com/google/uuid"

// MemberRole is what somebody may do on one project's team; empty for who is not on it.
type MemberRole string

// The roles on a team.
const (
	MemberLead        MemberRole = "lead"
	MemberContributor MemberRole = "contributor"
	MemberViewer      MemberRole = "viewer"
)

// Project is what the rules below need to know of a project and the actor's place on it.
type Project struct {
	ManagerID *uuid.UUID
	// Member is the actor's role on the team, empty when it is not on it.
	Member MemberRole
}

// CanManage tells whether the actor may change the project itself: its
// fields, status and team. That is an admin, and the manager who manages it.
func (a Actor) CanManage(p Project) bool {
	if a.Role == RoleAdmin {
		return true
	}
	return a.Role == RoleManager && p.ManagerID != nil && *p.ManagerID == a.ID
}

// CanContribute tells whether the actor may create and change the project's
// tasks: who manages it, and its team except the viewers.
func (a Actor) CanContribute(p Project) bool {
	return a.CanManage(p) || p.Member == MemberLead || p.Member == MemberContributor
}

// CanChangeTask tells whether the actor may change one task: who contributes
// to its project, and whoever it is assigned to.
func (a Actor) CanChangeTask(p Project, assigneeID *uuid.UUID) bool {
	return a.CanContribute(p) || (assigneeID != nil && *assigneeID == a.ID)
}

// CanDeleteTask tells whether the actor may delete one task: who manages the
// project, its leads, and who made the task while still contributing.
func (a Actor) CanDeleteTask(p Project, createdBy *uuid.UUID) bool {
	if a.CanManage(p) || p.Member == MemberLead {
		return true
	}
	return a.CanContribute(p) && createdBy != nil && *createdBy == a.ID
}

// CanChangeTime tells whether the actor may change or delete one entry of time:
// who manages the project, and whose time it is while still contributing.
func (a Actor) CanChangeTime(p Project, userID uuid.UUID) bool {
	return a.CanManage(p) || (a.CanContribute(p) && userID == a.ID)
}

// CanBeAssigned tells whether somebody of the role, with that place on the
// team, can be given the project's tasks: who can see and work on them.
func CanBeAssigned(role Role, member MemberRole) bool {
	return role.AtLeast(RoleManager) || member == MemberLead || member == MemberContributor
}
