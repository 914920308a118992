package access_test

import (
	"testing"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/internal/access"
)

func TestProjectRules(t *testing.T) {
	t.Parallel()
	me, other := uuid.New(), uuid.New()
	mine, others := &me, &other

	type rights struct{ manage, contribute, changeMine, changeOthers, deleteMine, deleteOthers bool }
	everything := rights{true, true, true, true, true, true}
	// Whose task it is counts for who cannot contribute as well.
	seesOnly := rights{changeMine: true}

	for name, test := range map[string]struct {
		role    access.Role
		manager *uuid.UUID
		member  access.MemberRole
		want    rights
	}{
		"AdminDoesEverything":             {access.RoleAdmin, others, "", everything},
		"AdminOfAProjectWithoutManager":   {access.RoleAdmin, nil, access.MemberViewer, everything},
		"ManagerOfTheProject":             {access.RoleManager, mine, "", everything},
		"ManagerOfAnotherProject":         {access.RoleManager, others, "", seesOnly},
		"ManagerWhereNobodyManages":       {access.RoleManager, nil, "", seesOnly},
		"ManagerOnAnothersTeam":           {access.RoleManager, others, access.MemberContributor, rights{contribute: true, changeMine: true, changeOthers: true, deleteMine: true}},
		"UserNamedManagerIsNone":          {access.RoleUser, mine, "", seesOnly},
		"Lead":                            {access.RoleUser, others, access.MemberLead, rights{false, true, true, true, true, true}},
		"Contributor":                     {access.RoleUser, others, access.MemberContributor, rights{contribute: true, changeMine: true, changeOthers: true, deleteMine: true}},
		"Viewer":                          {access.RoleUser, others, access.MemberViewer, seesOnly},
		"UserWhoIsNotOnTheTeam":           {access.RoleUser, others, "", seesOnly},
		"NobodyWhereNobodyManages":        {"", nil, "", seesOnly},
		"UnknownPlaceOnTheTeamIsWorthNil": {access.RoleUser, others, "guest", seesOnly},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := access.Actor{ID: me, Role: test.role}
			p := access.Project{ManagerID: test.manager, Member: test.member}
			got := rights{
				a.CanManage(p), a.CanContribute(p),
				a.CanChangeTask(p, mine), a.CanChangeTask(p, others),
				a.CanDeleteTask(p, mine), a.CanDeleteTask(p, others),
			}
			if got != test.want {
				t.Errorf("may %+v, want %+v", got, test.want)
			}
			if a.CanChangeTask(p, nil) != test.want.changeOthers {
				t.Errorf("CanChangeTask of nobody's task = %v", a.CanChangeTask(p, nil))
			}
			if a.CanDeleteTask(p, nil) != test.want.deleteOthers {
				t.Errorf("CanDeleteTask of nobody's task = %v", a.CanDeleteTask(p, nil))
			}
		})
	}
}

func TestCanBeAssigned(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		role   access.Role
		member access.MemberRole
		want   bool
	}{
		{access.RoleUser, "", false},
		{access.RoleUser, access.MemberViewer, false},
		{access.RoleUser, access.MemberContributor, true},
		{access.RoleUser, access.MemberLead, true},
		{access.RoleManager, "", true},
		{access.RoleManager, access.MemberViewer, true},
		{access.RoleAdmin, "", true},
		{"", "", false},
	} {
		if got := access.CanBeAssigned(test.role, test.member); got != test.want {
			t.Errorf("CanBeAssigned(%q, %q) = %v, want %v", test.role, test.member, got, test.want)
		}
	}
}

func TestCanChangeTime(t *testing.T) {
	t.Parallel()
	me, other := uuid.New(), uuid.New()
	for name, test := range map[string]struct {
		role         access.Role
		manager      *uuid.UUID
		member       access.MemberRole
		mine, others bool
	}{
		"Admin":                   {access.RoleAdmin, nil, "", true, true},
		"ManagerOfTheProject":     {access.RoleManager, &me, "", true, true},
		"ManagerOfAnotherProject": {access.RoleManager, &other, "", false, false},
		"Lead":                    {access.RoleUser, &other, access.MemberLead, true, false},
		"Contributor":             {access.RoleUser, &other, access.MemberContributor, true, false},
		"Viewer":                  {access.RoleUser, &other, access.MemberViewer, false, false},
		"WhoIsNotOnTheTeam":       {access.RoleUser, &other, "", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			actor, project := access.Actor{ID: me, Role: test.role}, access.Project{ManagerID: test.manager, Member: test.member}
			if actor.CanChangeTime(project, me) != test.mine || actor.CanChangeTime(project, other) != test.others {
				t.Errorf("its own: %v, another's: %v", actor.CanChangeTime(project, me), actor.CanChangeTime(project, other))
			}
		})
	}
}
