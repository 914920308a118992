package project

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/transfer"
)

// team is who is on it, as what.
type team map[uuid.UUID]db.ProjectMemberRole

// teamChange is somebody's place before and after, nil for none.
type teamChange struct {
	projectID     uuid.UUID
	before, after *db.ProjectMember
	// version is the project's after the line.
	version int64
}

// changeTeam is what the line changes of the team. The file has the whole team:
// who is left out leaves it.
func (i *importing) changeTeam(line transfer.Line[Record], projectID uuid.UUID) []teamChange {
	if !line.Gives("team") {
		return nil
	}
	now, after := i.teams[projectID], team{}
	for n, member := range line.Record.Team {
		person, ok := i.find(member.Address, now)
		field := fmt.Sprintf("team/%d", n)
		if _, twice := after[person.ID]; ok && twice {
			i.found.Add(line.Number, field, "repeated", "%s is on the team twice.", member.Address)
			continue
		}
		if !ok {
			i.found.Add(line.Number, field, "not_found", "There is nobody with the address %s.", member.Address)
			continue
		}
		after[person.ID] = member.Role
	}
	var changes []teamChange
	for _, id := range slices.SortedFunc(maps.Keys(merged(now, after)), func(a, b uuid.UUID) int { return cmp.Compare(a.String(), b.String()) }) {
		was, wasOn := now[id]
		is, isOn := after[id]
		if was == is && wasOn == isOn {
			continue
		}
		change := teamChange{projectID: projectID}
		if wasOn {
			change.before = &db.ProjectMember{ProjectID: projectID, UserID: id, Role: was}
		}
		if isOn {
			change.after = &db.ProjectMember{ProjectID: projectID, UserID: id, Role: is}
		}
		changes = append(changes, change)
	}
	return changes
}

// find prefers whoever is on the team already, though the account be deleted.
func (i *importing) find(address string, now team) (person struct{ ID uuid.UUID }, ok bool) {
	for id := range now {
		if p, found := i.people.Find(address, &id); found && p.ID == id {
			person.ID = id
			return person, true
		}
	}
	p, ok := i.people.Find(address, nil)
	person.ID = p.ID
	return person, ok
}

func merged(a, b team) team {
	all := maps.Clone(a)
	if all == nil {
		all = team{}
	}
	maps.Copy(all, b)
	return all
}

// writeTeams writes the changes and their events. Who can no longer be assigned
// is taken off the open tasks, as by SetMemberRole and RemoveMember.
func writeTeams(ctx context.Context, q *db.Queries, actor access.Actor, changes []teamChange) error {
	written := db.ProjectImportMembersParams{ActorID: actor.IDOrNil(), ProjectIds: []uuid.UUID{}, UserIds: []uuid.UUID{}, Roles: []string{}}
	gone := db.ProjectImportDeleteMembersParams{ProjectIds: []uuid.UUID{}, UserIds: []uuid.UUID{}}
	var events []event.Event
	for _, c := range changes {
		action := "member_added"
		switch {
		case c.after == nil:
			action = "member_removed"
			gone.ProjectIds, gone.UserIds = append(gone.ProjectIds, c.projectID), append(gone.UserIds, c.before.UserID)
		case c.before != nil:
			action = "member_role_changed"
		}
		if c.after != nil {
			written.ProjectIds, written.UserIds = append(written.ProjectIds, c.projectID), append(written.UserIds, c.after.UserID)
			written.Roles = append(written.Roles, string(c.after.Role))
		}
		events = append(events, teamEvent(db.Project{ID: c.projectID, Version: c.version}, action, c.before, c.after))
	}
	if err := q.ProjectImportMembers(ctx, written); err != nil {
		return fmt.Errorf("writing imported teams: %w", err)
	}
	if err := q.ProjectImportDeleteMembers(ctx, gone); err != nil {
		return fmt.Errorf("writing imported teams: %w", err)
	}
	if err := event.RecordEach(ctx, q, actor, events); err != nil {
		return err
	}
	for _, c := range changes {
		if c.before == nil {
			continue
		}
		place := access.MemberRole("")
		if c.after != nil {
			place = access.MemberRole(c.after.Role)
		}
		if err := unassignUnlessAble(ctx, q, actor, c.projectID, c.before.UserID, place); err != nil {
			return err
		}
	}
	return nil
}
