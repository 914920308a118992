package comment

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

func TestProvenanceSuitsItsAuthor(t *testing.T) {
	t.Parallel()
	ai, help := &AI{Provider: "p", Model: "m"}, &Assistance{Provider: "p", Model: "m"}
	for name, test := range map[string]struct {
		author   db.AuthorKind
		ai       *AI
		assisted *Assistance
		want     []string
	}{
		"AgentSaysHowItCameAbout":       {db.AuthorKindAgent, ai, nil, nil},
		"AgentMustSay":                  {db.AuthorKindAgent, nil, nil, []string{"/ai required"}},
		"AgentIsNotAssisted":            {db.AuthorKindAgent, ai, help, []string{"/assisted_by not_allowed"}},
		"AgentHearsOfBothMistakes":      {db.AuthorKindAgent, nil, help, []string{"/ai required", "/assisted_by not_allowed"}},
		"PersonSaysNothing":             {db.AuthorKindHuman, nil, nil, nil},
		"PersonMayDeclareHelp":          {db.AuthorKindHuman, nil, help, nil},
		"PersonIsNoAgent":               {db.AuthorKindHuman, ai, nil, []string{"/ai not_allowed"}},
		"SystemSaysNothing":             {db.AuthorKindSystem, nil, nil, nil},
		"SystemIsNeitherAgentNorHelped": {db.AuthorKindSystem, ai, help, []string{"/ai not_allowed", "/assisted_by not_allowed"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := checkProvenance(test.author, test.ai, test.assisted)
			if test.want == nil {
				expect.OK(t, err)
				return
			}
			expect.Fields(t, err, test.want...)
		})
	}
}

func TestNamedIn(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		body string
		want string
	}{
		"Nobody":                       {"Mail ana@agency.example about it.", ""},
		"AtTheStart":                   {"@ana@agency.example please look", "ana@agency.example"},
		"EndOfASentence":               {"Ask @ana@agency.example. And @ben@agency.example!", "ana@agency.example ben@agency.example"},
		"InParentheses":                {"(@ana@agency.example)", "ana@agency.example"},
		"AnyCaseEachOnce":              {"@Ana@Agency.example @ana@agency.EXAMPLE", "ana@agency.example"},
		"OneAfterTheOther":             {"@ana@agency.example,@ben@agency.example\n@cleo@agency.example", "ana@agency.example ben@agency.example cleo@agency.example"},
		"PlusAndDots":                  {"@a.b+c@sub.agency.example", "a.b+c@sub.agency.example"},
		"LettersOfAnyAlphabet":         {"@åsa@bücher.example", "åsa@bücher.example"},
		"BareNameStaysText":            {"@ana and @here", ""},
		"DomainWithoutADotStaysText":   {"@ana@agency", ""},
		"WithinAnotherAddressIsNobody": {"x@ana@agency.example", ""},
		"Empty":                        {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := strings.Join(namedIn(test.body), " "); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestWhoMayDoWhatWithAComment(t *testing.T) {
	t.Parallel()
	author, manager, other, project := uuid.New(), uuid.New(), uuid.New(), uuid.New()
	onProject, onClient := target{projectID: &project, managerID: &manager}, target{clientID: &other}
	type rights struct{ Edit, Delete, RestoreOwnDeletion, RestoreOthersDeletion bool }
	for name, test := range map[string]struct {
		actor access.Actor
		about target
		want  rights
	}{
		"AuthorOnAProject":                  {access.Actor{ID: author, Role: access.RoleUser}, onProject, rights{true, true, true, false}},
		"AuthorOnAClient":                   {access.Actor{ID: author, Role: access.RoleUser}, onClient, rights{true, true, true, false}},
		"SomebodyElse":                      {access.Actor{ID: other, Role: access.RoleUser}, onProject, rights{}},
		"SomebodyElseOnAClient":             {access.Actor{ID: other, Role: access.RoleUser}, onClient, rights{}},
		"ProjectsManager":                   {access.Actor{ID: manager, Role: access.RoleManager}, onProject, rights{false, true, true, true}},
		"ProjectsManagerWhoIsNoManagerNow":  {access.Actor{ID: manager, Role: access.RoleUser}, onProject, rights{}},
		"AnotherManager":                    {access.Actor{ID: other, Role: access.RoleManager}, onProject, rights{}},
		"AnyManagerOnAClient":               {access.Actor{ID: other, Role: access.RoleManager}, onClient, rights{false, true, true, true}},
		"Admin":                             {access.Actor{ID: other, Role: access.RoleAdmin}, onProject, rights{false, true, true, true}},
		"AdminOnAClient":                    {access.Actor{ID: other, Role: access.RoleAdmin}, onClient, rights{false, true, true, true}},
		"Nobody":                            {access.Actor{}, onProject, rights{}},
		"NobodyOnAClient":                   {access.Actor{}, onClient, rights{}},
		"ManagerWhoIsTheAuthorMayDoItAll":   {access.Actor{ID: author, Role: access.RoleManager}, onClient, rights{true, true, true, true}},
		"SystemDeletesAndNeverChangesWords": {access.System(), onProject, rights{false, true, true, true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			row := db.Comment{AuthorID: &author, DeletedBy: &author}
			byOther := row
			byOther.DeletedBy = &other
			got := rights{
				checkAuthor(test.actor, row) == nil, checkDelete(test.actor, test.about, row) == nil,
				checkRestore(test.actor, test.about, row) == nil, checkRestore(test.actor, test.about, byOther) == nil,
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("rights (-want +got):\n%s", diff)
			}
		})
	}

	t.Run("NobodyIsTheAuthorOfWhatTheSystemSays", func(t *testing.T) {
		t.Parallel()
		expect.Code(t, checkAuthor(access.System(), db.Comment{}), apperr.Forbidden)
		expect.Code(t, checkDelete(access.Actor{}, onProject, db.Comment{}), apperr.Forbidden)
	})
}

func TestCorrectionSuitsTheVerdict(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		verdict    db.FeedbackVerdict
		correction *string
		want       string
	}{
		{db.FeedbackVerdictAccepted, nil, ""},
		{db.FeedbackVerdictAccepted, new("better"), "/correction not_allowed"},
		{db.FeedbackVerdictEdited, nil, "/correction required"},
		{db.FeedbackVerdictEdited, new("better"), ""},
		{db.FeedbackVerdictRejected, nil, ""},
		{db.FeedbackVerdictRejected, new("better"), ""},
		{db.FeedbackVerdictFlagged, nil, ""},
		{db.FeedbackVerdictFlagged, new("better"), ""},
	} {
		err := checkFeedback(test.verdict, test.correction)
		if test.want == "" {
			expect.OK(t, err)
			continue
		}
		expect.Fields(t, err, test.want)
	}
}
