package auth_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// seenWrongly counts what is in seen_projects and should not be, or the other
// way around.
const seenWrongly = `
	WITH should AS (
		SELECT user_id AS viewer_id, project_id FROM project_members UNION ALL SELECT viewer_id, project_id FROM limited_key_projects
	), has AS (SELECT viewer_id, project_id FROM seen_projects)
	SELECT (SELECT count(*) FROM (TABLE should EXCEPT ALL TABLE has) a) + (SELECT count(*) FROM (TABLE has EXCEPT ALL TABLE should) b)`

// An owner who is demoted at the moment at which it becomes one.
func TestAnOwnerWhoIsDemotedMeanwhileIsSeenSo(t *testing.T) {
	t.Parallel()
	r := setup(t, nil)
	owner := factory.User(t, r.db, &factory.UserOpts{Role: db.RoleManager})
	agent := factory.User(t, r.db, &factory.UserOpts{Kind: db.PrincipalKindAgent, Role: db.RoleManager, OwnerID: &owner.ID})
	project := factory.Project(t, r.db, nil)
	_, _, err := r.auth.CreateAPIKey(t.Context(), factory.Actor(owner), auth.CreateAPIKeyParams{
		Name: "Script", Scopes: []string{"tasks:read"}, PrincipalID: &agent.ID, ProjectIDs: []uuid.UUID{project.ID},
	})
	expect.OK(t, err)
	exec := func(sql string, args ...any) func() error {
		return func() error {
			_, err := r.db.Exec(t.Context(), sql, args...)
			return err
		}
	}
	for round := range 100 {
		expect.OK(t, exec("UPDATE users SET owner_id = NULL WHERE id = $1", agent.ID)())
		expect.OK(t, exec("UPDATE users SET role = 'manager' WHERE id = $1", owner.ID)())
		for _, err := range expect.Together(
			exec("UPDATE users SET owner_id = $2 WHERE id = $1", agent.ID, owner.ID),
			exec("UPDATE users SET role = 'user' WHERE id = $1", owner.ID),
		) {
			expect.OK(t, err)
		}
		if n := expect.Count(t, r.db, seenWrongly); n != 0 {
			t.Fatalf("after round %d %d places are wrong", round, n)
		}
	}
}

// Whatever happens at the same time, what is seen is afterwards what follows
// from teams, roles, owners, clients and the keys' lists.
func TestWhatIsSeenFollowsWhateverHappensTogether(t *testing.T) {
	t.Parallel()
	r := setup(t, nil)
	random := rand.New(rand.NewPCG(1, 2))
	owner := factory.User(t, r.db, &factory.UserOpts{Role: db.RoleManager})
	agent := factory.User(t, r.db, &factory.UserOpts{Kind: db.PrincipalKindAgent, Role: db.RoleManager, OwnerID: &owner.ID})
	clients := []uuid.UUID{factory.Client(t, r.db, nil).ID, factory.Client(t, r.db, nil).ID}
	var projects []uuid.UUID
	for range 4 {
		projects = append(projects, factory.Project(t, r.db, &factory.ProjectOpts{ClientID: &clients[random.IntN(2)]}).ID)
	}
	exec := func(sql string, args ...any) func() error {
		return func() error {
			_, err := r.db.Exec(t.Context(), sql, args...)
			return err
		}
	}
	creates := func(params auth.CreateAPIKeyParams) func() error {
		params.Name, params.Scopes = "Script", []string{"tasks:read"}
		actor := factory.Actor(owner)
		return func() error {
			_, _, err := r.auth.CreateAPIKey(t.Context(), actor, params)
			return err
		}
	}
	seen := 0
	for round := range 60 {
		people := []uuid.UUID{owner.ID, agent.ID}
		project, client, who := projects[random.IntN(4)], clients[random.IntN(2)], people[random.IntN(2)]
		happens := []func() error{
			exec("INSERT INTO project_members (project_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", project, who),
			exec("DELETE FROM project_members WHERE project_id = $1", project),
			exec("DELETE FROM project_members WHERE user_id = $1", who),
			exec("UPDATE users SET role = 'user' WHERE id = $1", who),
			exec("UPDATE users SET role = 'manager' WHERE id = $1", who),
			exec("UPDATE users SET owner_id = nullif($2, owner_id) WHERE id = $1", agent.ID, owner.ID),
			exec("UPDATE projects SET client_id = $2 WHERE id = $1", project, client),
			exec("UPDATE projects SET client_id = NULL WHERE id = $1", project),
			exec("INSERT INTO projects (id, name, client_id) VALUES (gen_random_uuid(), 'Another', $1)", client),
			exec("UPDATE api_keys SET revoked_at = now() WHERE principal_id = $1", who),
			creates(auth.CreateAPIKeyParams{ProjectIDs: []uuid.UUID{project}}),
			creates(auth.CreateAPIKeyParams{ClientIDs: []uuid.UUID{client}}),
			creates(auth.CreateAPIKeyParams{PrincipalID: &agent.ID, ProjectIDs: projects, ClientIDs: clients}),
		}
		random.Shuffle(len(happens), func(i, j int) { happens[i], happens[j] = happens[j], happens[i] })
		for _, err := range expect.Together(happens[:6]...) {
			// Who is not an agent's owner any more makes it no key; that two
			// statements outside of the service wait for each other is theirs to repeat.
			_ = err
		}
		if n := expect.Count(t, r.db, seenWrongly); n != 0 {
			t.Fatalf("after round %d %d places are wrong", round, n)
		}
		seen += expect.Count(t, r.db, "SELECT count(*) FROM limited_key_projects")
	}
	if seen < 1000 {
		t.Errorf("the keys saw %d projects in all rounds, which proves little", seen)
	}
	// The control: what goes past the triggers is found.
	_, err := r.db.Exec(t.Context(), fmt.Sprintf("INSERT INTO seen_projects (viewer_id, project_id) VALUES (gen_random_uuid(), '%s')", projects[0]))
	expect.OK(t, err)
	if n := expect.Count(t, r.db, seenWrongly); n != 1 {
		t.Errorf("%d places are wrong, want 1", n)
	}
}
