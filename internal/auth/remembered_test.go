package auth_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/project"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
	"github.com/aicoordination/coordinator/internal/user"
)

// ask returns whose the credential is.
func (r reception) ask(t testing.TB, credential string) (access.Actor, error) {
	t.Helper()
	if auth.IsAPIKey(credential) {
		actor, err := r.auth.AuthenticateAPIKey(t.Context(), credential, "192.0.2.1")
		r.auth.WaitForTouch()
		return actor, err
	}
	return r.auth.Authenticate(t.Context(), credential)
}

// scene is somebody with two sessions, at two replicas for whom real time stands
// still.
type scene struct {
	here, there reception
	box         *postbox
	// user is asked about, by the tokens of actor or an API key; other is its
	// second session.
	user         db.User
	tokens       auth.Tokens
	actor, other access.Actor
	admin        access.Actor
	statements   map[string]*dbtest.Statements
}

func newScene(t *testing.T, role db.Role, change func(*auth.Config)) *scene {
	t.Helper()
	url := dbtest.URL(t)
	s := &scene{box: &postbox{}, statements: map[string]*dbtest.Statements{}}
	late := &atomic.Int64{}
	for name, r := range map[string]*reception{"here": &s.here, "there": &s.there} {
		pool, statements := dbtest.Recorded(t, url)
		s.statements[name] = statements
		*r = reception{db: dbx.New(pool), late: late}
		r.auth = r.replica(t, func(c *auth.Config) {
			c.Mailer = s.box
			if change != nil {
				change(c)
			}
		})
		r.auth.StopTime()
	}
	s.admin = factory.Actor(factory.User(t, s.here.db, &factory.UserOpts{Role: db.RoleAdmin}))
	s.user = factory.User(t, s.here.db, &factory.UserOpts{Role: role, PasswordHash: new(factory.PasswordHash(password))})
	s.tokens, s.actor = s.here.login(t, s.user)
	_, s.other = s.here.login(t, s.user)
	return s
}

// agentKey makes the user an agent with the role, and returns its key.
func (s *scene) agentKey(t *testing.T, role db.Role) string {
	t.Helper()
	agent := factory.User(t, s.here.db, &factory.UserOpts{Kind: db.PrincipalKindAgent, Role: role, OwnerID: &s.user.ID})
	_, key := s.here.key(t, s.other, func(p *auth.CreateAPIKeyParams) { p.PrincipalID = &agent.ID })
	return key
}

func (s *scene) setRole(t *testing.T, role db.Role) {
	t.Helper()
	_, err := user.New(s.here.db, s.here.now).Update(t.Context(), s.admin, s.user.ID, nil, db.UserUpdateParams{Role: &role})
	expect.OK(t, err)
}

func (s *scene) deleteUser(t *testing.T) {
	t.Helper()
	expect.OK(t, user.New(s.here.db, s.here.now).Delete(t.Context(), s.admin, s.user.ID, nil))
}

// enrol sets up a second factor in the session.
func (s *scene) enrol(t *testing.T, actor access.Actor) {
	t.Helper()
	e := enrolled{reception: s.here, user: s.user, actor: actor}.begin(t)
	_, err := s.here.auth.ConfirmSecondFactor(t.Context(), actor, e.code(t, 0))
	expect.OK(t, err)
	s.here.pass(step)
}

// forgotten is a change of what was remembered of a credential.
type forgotten struct {
	role   db.Role
	change func(*auth.Config)
	// credential is that which is asked about; nil for the session's token.
	credential func(t *testing.T, s *scene) string
	do         func(t *testing.T, s *scene)
	// left is what is different afterwards; nil where nothing is left.
	left func(*access.Actor)
}

func changesOfSessions() map[string]forgotten {
	return map[string]forgotten{
		"Logout": {do: func(t *testing.T, s *scene) {
			t.Helper()
			expect.OK(t, s.here.auth.Logout(t.Context(), s.actor, nil))
		}},
		"LogoutByTheRefreshToken": {do: func(t *testing.T, s *scene) {
			t.Helper()
			expect.OK(t, s.here.auth.Logout(t.Context(), s.other, &s.tokens.Refresh))
		}},
		"SessionRevoked": {do: func(t *testing.T, s *scene) {
			t.Helper()
			expect.OK(t, s.here.auth.RevokeSession(t.Context(), s.other, s.actor.SessionID))
		}},
		"OtherSessionsRevoked": {do: func(t *testing.T, s *scene) {
			t.Helper()
			expect.OK(t, s.here.auth.RevokeOtherSessions(t.Context(), s.other))
		}},
		"SessionsEndedByAnAdmin": {do: func(t *testing.T, s *scene) {
			t.Helper()
			expect.OK(t, s.here.auth.RevokeUserSessions(t.Context(), s.admin, s.user.ID))
		}},
		"PasswordChanged": {do: func(t *testing.T, s *scene) {
			t.Helper()
			expect.OK(t, s.here.auth.ChangePassword(t.Context(), s.other, password, otherPassword))
		}},
		"PasswordReset": {do: func(t *testing.T, s *scene) {
			t.Helper()
			expect.OK(t, s.here.auth.RequestPasswordReset(t.Context(), s.user.Email))
			token := s.box.only(t, s.here, "password_reset").token
			expect.OK(t, s.here.auth.ResetPassword(t.Context(), access.Actor{}, token, otherPassword))
		}},
		"RefreshTokenReused": {do: func(t *testing.T, s *scene) {
			t.Helper()
			_, err := s.here.refresh(t, s.tokens.Refresh)
			expect.OK(t, err)
			s.here.pass(grace + time.Second)
			_, err = s.here.refresh(t, s.tokens.Refresh)
			expect.Code(t, err, apperr.Unauthenticated)
		}},
		"SigningKeyDropped": {do: func(t *testing.T, s *scene) {
			t.Helper()
			_, err := auth.RotateKeys(t.Context(), s.here.db, secret, auth.Rotation{Now: s.here.now(), Revoke: true})
			expect.OK(t, err)
		}},
		"SecondFactorSetUp": {
			change: requiring(access.RoleUser),
			do: func(t *testing.T, s *scene) {
				t.Helper()
				s.enrol(t, s.actor)
			},
			left: func(a *access.Actor) { a.SecondFactorDue = "" },
		},
		"SecondFactorSetUpInAnotherSession": {do: func(t *testing.T, s *scene) {
			t.Helper()
			s.enrol(t, s.other)
		}},
		"SecondFactorRemoved": {
			credential: func(t *testing.T, s *scene) string {
				t.Helper()
				s.enrol(t, s.actor)
				return s.tokens.Access
			},
			do: func(t *testing.T, s *scene) {
				t.Helper()
				expect.OK(t, s.here.auth.ResetSecondFactor(t.Context(), s.admin, s.user.ID))
			},
		},
	}
}

func changesOfAccounts() map[string]forgotten {
	return map[string]forgotten{
		"Demoted": {
			role: db.RoleAdmin,
			do: func(t *testing.T, s *scene) {
				t.Helper()
				s.setRole(t, db.RoleUser)
			},
			left: func(a *access.Actor) { a.Role = access.RoleUser },
		},
		"PromotedToWhatRequiresASecondFactor": {
			change: requiring(access.RoleManager),
			do: func(t *testing.T, s *scene) {
				t.Helper()
				s.setRole(t, db.RoleManager)
			},
			left: func(a *access.Actor) { a.Role, a.SecondFactorDue = access.RoleManager, access.DueSetUp },
		},
		"Deleted": {do: func(t *testing.T, s *scene) {
			t.Helper()
			s.deleteUser(t)
		}},
		"OnOneTeamMore": {
			credential: func(t *testing.T, s *scene) string {
				t.Helper()
				_, err := s.here.db.Exec(t.Context(), `WITH made AS (INSERT INTO projects (id, name) SELECT gen_random_uuid(), 'Project' FROM generate_series(1, $2::int) RETURNING id)
					INSERT INTO project_members (project_id, user_id) SELECT id, $1 FROM made`, s.user.ID, access.FewProjects)
				expect.OK(t, err)
				return s.tokens.Access
			},
			do: func(t *testing.T, s *scene) {
				t.Helper()
				one := factory.Project(t, s.here.db, nil)
				_, err := project.New(s.here.db, s.here.now).AddMember(t.Context(), s.admin, one.ID, s.user.ID, db.ProjectMemberRoleViewer)
				expect.OK(t, err)
			},
			left: func(a *access.Actor) { a.SeesFewProjects = false },
		},
	}
}

func changesOfKeys() map[string]forgotten {
	ofUser := func(t *testing.T, s *scene) string {
		t.Helper()
		_, key := s.here.key(t, s.other, nil)
		return key
	}
	ofAgent := func(t *testing.T, s *scene) string {
		t.Helper()
		return s.agentKey(t, db.RoleManager)
	}
	return map[string]forgotten{
		"KeyRevoked": {
			credential: ofUser,
			do: func(t *testing.T, s *scene) {
				t.Helper()
				var id uuid.UUID
				expect.OK(t, s.here.db.QueryRow(t.Context(), "SELECT id FROM api_keys").Scan(&id))
				expect.OK(t, s.here.auth.RevokeAPIKey(t.Context(), s.other, id))
			},
		},
		"PrincipalDemoted": {
			role: db.RoleAdmin, credential: ofUser,
			do: func(t *testing.T, s *scene) {
				t.Helper()
				s.setRole(t, db.RoleUser)
			},
			left: func(a *access.Actor) { a.Role = access.RoleUser },
		},
		"PrincipalDeleted": {
			credential: ofUser,
			do: func(t *testing.T, s *scene) {
				t.Helper()
				s.deleteUser(t)
			},
		},
		"OwnerDemoted": {
			role: db.RoleManager, credential: ofAgent,
			do: func(t *testing.T, s *scene) {
				t.Helper()
				s.setRole(t, db.RoleUser)
			},
			left: func(a *access.Actor) { a.Role = access.RoleUser },
		},
		"OwnerDeleted": {
			role: db.RoleManager, credential: ofAgent,
			do: func(t *testing.T, s *scene) {
				t.Helper()
				s.deleteUser(t)
			},
		},
	}
}

// What is remembered of a credential is forgotten at once by the replica on which
// it changes, and after a second by another, for every kind of change. That time
// stands still shows that it is not forgotten anyway.
func TestWhatIsRememberedIsForgottenWithEveryChange(t *testing.T) {
	t.Parallel()
	for group, changes := range map[string]map[string]forgotten{
		"Session": changesOfSessions(), "Account": changesOfAccounts(), "APIKey": changesOfKeys(),
	} {
		for name, test := range changes {
			t.Run(group+"/"+name, func(t *testing.T) {
				t.Parallel()
				role := test.role
				if role == "" {
					role = db.RoleUser
				}
				s := newScene(t, role, test.change)
				credential := s.tokens.Access
				if test.credential != nil {
					credential = test.credential(t, s)
				}
				var before access.Actor
				for name, r := range map[string]reception{"here": s.here, "there": s.there} {
					var err error
					before, err = r.ask(t, credential)
					expect.OK(t, err)
					again := s.statements[name].During(func() {
						if got, err := r.ask(t, credential); err != nil || got != before {
							t.Errorf("%s: asked again it is %+v, %v", name, got, err)
						}
					})
					if len(again) > 0 {
						t.Errorf("%s: asked again it takes %d statements, the first is %s", name, len(again), again[0].SQL)
					}
				}
				test.do(t, s)
				want := before
				if test.left != nil {
					test.left(&want)
				}
				check := func(where string, r reception) {
					t.Helper()
					got, err := r.ask(t, credential)
					switch {
					case test.left == nil:
						expect.Code(t, err, apperr.Unauthenticated)
					case err != nil || got != want:
						t.Errorf("%s it is %+v, %v, want %+v", where, got, err, want)
					}
				}
				check("where it changed", s.here)
				if got, err := s.there.ask(t, credential); err != nil || got != before {
					t.Errorf("elsewhere it is not what it was before: %+v, %v", got, err)
				}
				s.there.auth.Wait(time.Second)
				check("a second later elsewhere", s.there)
			})
		}
	}
}

// What decides over accounts and credentials does not wait for that second.
func TestWhoIsAskedAboutAnewIsNotRemembered(t *testing.T) {
	t.Parallel()
	s := newScene(t, db.RoleUser, nil)
	_, key := s.here.key(t, s.actor, nil)
	for _, credential := range []string{s.tokens.Access, key} {
		_, err := s.there.ask(t, credential)
		expect.OK(t, err)
	}
	s.deleteUser(t)
	for _, credential := range []string{s.tokens.Access, key} {
		_, err := s.there.ask(t, credential)
		expect.OK(t, err) // the control
	}
	_, err := s.there.auth.AuthenticateAnew(t.Context(), s.tokens.Access)
	expect.Code(t, err, apperr.Unauthenticated)
	_, err = s.there.auth.AuthenticateAPIKeyAnew(t.Context(), key, "")
	expect.Code(t, err, apperr.Unauthenticated)
	// And what was found out counts from then on.
	for _, credential := range []string{s.tokens.Access, key} {
		_, err := s.there.ask(t, credential)
		expect.Code(t, err, apperr.Unauthenticated)
	}
}

// What is remembered ends with the token, the session and the key to the moment,
// though nobody is asked meanwhile; and before it began, where the clock was put
// back.
func TestWhatIsRememberedEndsInTime(t *testing.T) {
	t.Parallel()

	t.Run("Token", func(t *testing.T) {
		t.Parallel()
		s := newScene(t, db.RoleUser, nil)
		const skew = 5 * time.Second
		s.here.pass(accessTTL - time.Nanosecond)
		_, err := s.here.ask(t, s.tokens.Access)
		expect.OK(t, err)
		s.here.pass(skew)
		_, err = s.here.ask(t, s.tokens.Access)
		expect.OK(t, err)
		s.here.pass(time.Second)
		s.here.wantUnauthenticated(t, s.tokens.Access)
		s.here.pass(-accessTTL - skew - time.Minute)
		s.here.wantUnauthenticated(t, s.tokens.Access)
	})

	t.Run("Session", func(t *testing.T) {
		t.Parallel()
		s := newScene(t, db.RoleUser, nil)
		s.here.exec(t, "UPDATE sessions SET expires_at = $2 WHERE id = $1", s.actor.SessionID, s.here.now().Add(time.Minute))
		s.here.pass(time.Minute - time.Microsecond)
		_, err := s.here.ask(t, s.tokens.Access)
		expect.OK(t, err)
		s.here.pass(time.Microsecond)
		s.here.wantUnauthenticated(t, s.tokens.Access)
	})

	t.Run("SessionThatIsRefreshed", func(t *testing.T) {
		t.Parallel()
		s := newScene(t, db.RoleUser, nil)
		s.here.exec(t, "UPDATE sessions SET expires_at = $2 WHERE id = $1", s.actor.SessionID, s.here.now().Add(time.Minute))
		_, err := s.here.ask(t, s.tokens.Access)
		expect.OK(t, err)
		_, err = s.there.refresh(t, s.tokens.Refresh)
		expect.OK(t, err)
		s.here.pass(2 * time.Minute)
		_, err = s.here.ask(t, s.tokens.Access)
		expect.OK(t, err)
	})

	t.Run("APIKey", func(t *testing.T) {
		t.Parallel()
		s := newScene(t, db.RoleUser, nil)
		_, key := s.here.key(t, s.actor, func(p *auth.CreateAPIKeyParams) { p.ExpiresAt = new(s.here.now().Add(time.Minute)) })
		s.here.pass(time.Minute - time.Microsecond)
		_, err := s.here.ask(t, key)
		expect.OK(t, err)
		s.here.pass(time.Microsecond)
		_, err = s.here.ask(t, key)
		expect.Code(t, err, apperr.Unauthenticated)
	})
}

// Whatever is refused is remembered as nothing, be it ever so like what is not.
func TestWhatIsRefusedIsNotRemembered(t *testing.T) {
	t.Parallel()
	s := newScene(t, db.RoleUser, nil)
	_, key := s.here.key(t, s.actor, nil)
	for _, credential := range []string{s.tokens.Access, key} {
		_, err := s.here.ask(t, credential)
		expect.OK(t, err)
	}
	known := s.here.auth.Remembered()
	header, _, _ := strings.Cut(s.tokens.Access, ".")
	// The header apart: a key that is none of ours is looked for, which takes its time.
	for i := len(header); i < len(s.tokens.Access); i++ {
		forged := []byte(s.tokens.Access)
		forged[i] ^= 1
		s.here.wantUnauthenticated(t, string(forged))
	}
	for _, forged := range []string{s.tokens.Access + "=", s.tokens.Access + "\n", " " + s.tokens.Access, key, ""} {
		s.here.wantUnauthenticated(t, forged)
	}
	for i := range len(key) {
		forged := []byte(key)
		forged[i] ^= 1
		_, err := s.here.auth.AuthenticateAPIKey(t.Context(), string(forged), "")
		expect.Code(t, err, apperr.Unauthenticated)
	}
	secretOfAnother := auth.KeyWith(key[8:20], strings.Repeat("a", 43))
	for _, forged := range []string{secretOfAnother, s.tokens.Access} {
		_, err := s.here.auth.AuthenticateAPIKey(t.Context(), forged, "")
		expect.Code(t, err, apperr.Unauthenticated)
	}
	if got := s.here.auth.Remembered(); got != known {
		t.Errorf("%d credentials are remembered, and %d were before", got, known)
	}
}
