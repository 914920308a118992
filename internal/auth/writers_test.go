package auth_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// read are the tables of which SessionGetActor and APIKeyGetActor tell something,
// and those that their triggers derive seen_projects from.
const read = `sessions|users|second_factors|signing_keys|project_members|seen_projects|api_keys|api_key_projects|api_key_clients`

// TestEveryStatementThatChangesAPrincipalIsKnown fails for a new statement that
// writes what is remembered of principals. Look at it: it has to write an event,
// in its transaction, that changesStanding takes for such a change and that
// TestWhatIsRememberedIsForgottenWithEveryChange tests; or to leave whoever is
// signed in as they are.
func TestEveryStatementThatChangesAPrincipalIsKnown(t *testing.T) {
	t.Parallel()
	known := map[string]string{
		"APIKeyInsert":               "nobody has used it yet",
		"APIKeyProjectInsertMany":    "nobody has used it yet",
		"APIKeyClientInsertMany":     "nobody has used it yet",
		"APIKeyTouch":                "that it was used is not of the actor",
		"APIKeyRename":               "api_key.updated",
		"APIKeyRevoke":               "api_key.revoked",
		"APIKeyRevokeByPrincipal":    "api_key.revoked",
		"ExpireSessions":             "they are over",
		"ProjectCloneTeam":           "project.member_added",
		"ProjectImportDeleteMembers": "project.member_removed",
		"ProjectImportMembers":       "project.member_added or project.member_role_changed",
		"ProjectMemberInsert":        "project.member_added",
		"ProjectMemberUpdateRole":    "project.member_role_changed",
		"ProjectMemberDelete":        "project.member_removed",
		"PurgeAPIKeys":               "its principal was deleted before",
		"PurgeEmptyUser":             "it was deleted before",
		"PurgeUser":                  "it was deleted before",
		"SecondFactorBegin":          "it counts once it is confirmed",
		"SecondFactorConfirm":        "user.second_factor_added",
		"SecondFactorUseStep":        "what was used is not of the actor",
		"SecondFactorDelete":         "user.second_factor_removed, unless it never counted",
		"SessionForgetSecondFactor":  "user.second_factor_removed",
		"SessionPassSecondFactor":    "user.second_factor_added",
		"SessionInsert":              "nobody has used it yet",
		"SessionRevoke":              "session.revoked",
		"SessionRevokeByUser":        "session.revoked",
		"SessionRevokeLive":          "session.revoked",
		"SessionTouch":               "it goes on for longer, which is read when it would have ended",
		"SigningKeyInsert":           "nothing is signed with it yet",
		"SigningKeyProlong":          "whether it was dropped stays",
		"SigningKeyRetire":           "signing_key.retired",
		"SigningKeyDrop":             "signing_key.retired or signing_key.dropped",
		"UserDelete":                 "user.deleted",
		"UserImport":                 "nobody has signed in yet",
		"UserInsert":                 "nobody has signed in yet",
		"UserRehashPassword":         "the password is the same",
		"UserResetPassword":          "user.password_reset",
		"UserRestore":                "user.restored",
		"UserUpdate":                 "user.updated",
		"UserUpdatePassword":         "user.password_changed",
		"UserVerifyEmail":            "user.email_verified",
	}
	files, err := filepath.Glob("../../queries/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("the queries: %v, %v", files, err)
	}
	name := regexp.MustCompile(`(?m)^-- name: (\w+)`)
	write := regexp.MustCompile(`(?i)\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+(?:` + read + `)\b`)
	var found []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		names := name.FindAllSubmatchIndex(text, -1)
		for i, at := range names {
			end := len(text)
			if i+1 < len(names) {
				end = names[i+1][0]
			}
			if write.Match(text[at[0]:end]) {
				found = append(found, string(text[at[2]:at[3]]))
			}
		}
	}
	slices.Sort(found)
	var listed []string
	for statement := range known {
		listed = append(listed, statement)
	}
	slices.Sort(listed)
	if diff := cmp.Diff(listed, found); diff != "" {
		t.Errorf("statements that write what is remembered (-known +there):\n%s", diff)
	}
}
