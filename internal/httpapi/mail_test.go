package httpapi_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/job"
	"github.com/aicoordination/coordinator/internal/mail"
	"github.com/aicoordination/coordinator/internal/test/apitest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/smtptest"
)

// journal is what a server and its mailer have logged.
type journal struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buffer.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buffer.String()
}

// mailing is a server that hands its mail to a real mail server.
type mailing struct {
	*caller
	post    *smtptest.Server
	journal *journal
}

func setupMail(t *testing.T, mode auth.Registration, change func(*mail.Options)) mailing {
	t.Helper()
	m := mailing{post: smtptest.New(t, nil), journal: &journal{}}
	logger := slog.New(slog.NewJSONHandler(m.journal, &slog.HandlerOptions{Level: slog.LevelDebug}))
	options := m.post.Options()
	options.Logger, options.AppURL = logger, "https://app.agency.example"
	if change != nil {
		change(&options)
	}
	mailer, err := mail.New(options)
	expect.OK(t, err)
	queue, err := job.NewQueue(logger)
	expect.OK(t, err)
	post, err := job.NewPost(queue, mailer, apitest.Secret, logger)
	expect.OK(t, err)
	m.caller = setup(t, &apitest.Options{Logger: logger, Auth: func(c *auth.Config) { c.Registration, c.Mailer = mode, post }})
	works := job.NewWorks()
	works.Queue("default", 2)
	job.AddMail(works, post, m.Auth().MailPasswordReset)
	runner, err := job.NewRunner(job.Options{DB: m.DB, Patience: time.Second, Logger: logger}, works)
	expect.OK(t, err)
	expect.OK(t, runner.Start(t.Context()))
	t.Cleanup(func() {
		bounded, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		expect.OK(t, runner.Stop(bounded))
	})
	return m
}

// anonymously posts without a token.
func (m mailing) anonymously(path string, body object) apitest.Response {
	m.t.Helper()
	return m.Do(apitest.Request{Method: http.MethodPost, Path: path, Body: body})
}

const (
	registerPath = "/api/v1/users/register"
	resetPath    = "/api/v1/users/password-reset"
	verifyPath   = "/api/v1/users/email-verification"
)

// Every token that is mailed works when it comes back over HTTP, and stands in
// no line of the log.
func TestMailedTokensWork(t *testing.T) {
	t.Parallel()
	m := setupMail(t, auth.RegistrationOpen, nil)
	var tokens []string
	next := func(t *testing.T, subject, to string) string {
		t.Helper()
		got := m.post.Next(t)
		if got.Header.Get("Subject") != subject || len(got.To) != 1 || got.To[0] != to {
			t.Fatalf("to %v came %s", got.To, got.Header.Get("Subject"))
		}
		if got.Token() != "" {
			tokens = append(tokens, got.Token())
		}
		return got.Token()
	}
	me := func(email, password string) api.User {
		t.Helper()
		var pair api.TokenPair
		m.anonymously("/api/v1/users/login", object{"email": email, "password": password}).MustDecode(t, http.StatusOK, &pair)
		var user api.User
		m.Do(apitest.Request{Method: http.MethodGet, Path: "/api/v1/users/me", Token: pair.AccessToken}).MustDecode(t, http.StatusOK, &user)
		return user
	}

	t.Run("Invitation", func(t *testing.T) {
		created := create[api.InvitationCreated](m.caller, "/api/v1/invitations", object{"email": "mia@agency.example", "role": "manager"})
		if !created.Token.IsNull() || !created.Invitation.IsMailed || created.Invitation.State != api.InvitationStatePending {
			t.Errorf("the answer is %+v", created)
		}
		token := next(t, "You are invited to Coordinator", "mia@agency.example")
		m.anonymously(registerPath, object{"email": "mia@agency.example", "password": "the first password", "name": "Mia", "invitation_token": token}).
			MustDecode(t, http.StatusCreated, nil)
		if mia := me("mia@agency.example", "the first password"); mia.Role != api.RoleManager || mia.EmailVerifiedAt.IsNull() {
			t.Errorf("the account is %+v", mia)
		}
	})
	t.Run("Registration", func(t *testing.T) {
		m.anonymously(registerPath, object{"email": "ben@agency.example", "password": "the first password", "name": "Ben"}).MustDecode(t, http.StatusAccepted, nil)
		token := next(t, "Confirm your registration", "ben@agency.example")
		m.anonymously("/api/v1/users/login", object{"email": "ben@agency.example", "password": "the first password"}).MustProblem(t, http.StatusUnauthorized, "unauthenticated")
		m.anonymously(verifyPath, object{"token": token}).MustDecode(t, http.StatusNoContent, nil)
		if ben := me("BEN@agency.example", "the first password"); ben.EmailVerifiedAt.IsNull() || ben.Role != api.RoleUser || ben.Kind != api.PrincipalKindHuman {
			t.Errorf("the account is %+v", ben)
		}
	})
	t.Run("AnotherAddressIsVerifiedAnew", func(t *testing.T) {
		ben := me("ben@agency.example", "the first password")
		var changed api.User
		m.send(http.MethodPatch, "/api/v1/users/"+ben.ID.String(), object{"name": "Benjamin", "email": "BEN@agency.example"}, nil).MustDecode(t, http.StatusOK, &changed)
		if changed.EmailVerifiedAt.IsNull() {
			t.Error("the same address in capitals is unverified")
		}
		m.send(http.MethodPatch, "/api/v1/users/"+ben.ID.String(), object{"email": "benjamin@agency.example"}, nil).MustDecode(t, http.StatusOK, &changed)
		if !changed.EmailVerifiedAt.IsNull() {
			t.Error("another address is verified already")
		}
		// The address before is told; the letters may overtake one another.
		var token string
		for range 2 {
			got := m.post.Next(t)
			switch subject := got.Header.Get("Subject"); {
			case subject == "A change to your account" && got.To[0] == "BEN@agency.example":
			case subject == "Verify your e-mail address" && got.To[0] == "benjamin@agency.example":
				token = got.Token()
				tokens = append(tokens, token)
			default:
				t.Errorf("to %v came %s", got.To, subject)
			}
		}
		m.anonymously(verifyPath, object{"token": token}).MustDecode(t, http.StatusNoContent, nil)
	})
	t.Run("PasswordReset", func(t *testing.T) {
		m.anonymously(resetPath, object{"email": "MIA@agency.example"}).MustDecode(t, http.StatusAccepted, nil)
		token := next(t, "Reset your password", "mia@agency.example")
		m.anonymously(resetPath+"/confirm", object{"token": token, "password": "the second password"}).MustDecode(t, http.StatusNoContent, nil)
		me("mia@agency.example", "the second password")
		next(t, "A change to your account", "mia@agency.example")
		m.anonymously(resetPath+"/confirm", object{"token": token, "password": "the third password"}).
			MustProblem(t, http.StatusUnprocessableEntity, "validation_failed")
	})
	t.Run("NoneIsLogged", func(t *testing.T) {
		logged := m.journal.String()
		if len(tokens) != 4 || !strings.Contains(logged, "mail sent") {
			t.Errorf("there were %d tokens, and the log is %s", len(tokens), logged)
		}
		for _, secret := range append(tokens, smtptest.Password, "the second password") {
			if strings.Contains(logged, secret) {
				t.Errorf("the log has the secret %s", secret)
			}
		}
	})
}

func TestTokensAreLoggedOnlyWhenTold(t *testing.T) {
	t.Parallel()
	for name, toLog := range map[string]bool{"Log": true, "NoMail": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := setupMail(t, auth.RegistrationClosed, func(o *mail.Options) { o.Server, o.Log = nil, toLog })
			created := create[api.InvitationCreated](m.caller, "/api/v1/invitations", object{"email": "mia@agency.example", "role": "user"})
			token, err := created.Token.Get()
			expect.OK(t, err)
			if created.Invitation.IsMailed || strings.Contains(m.journal.String(), token) != toLog {
				t.Errorf("mailed %v, and the log is %s", created.Invitation.IsMailed, m.journal.String())
			}
			// The answer has it this once.
			if listed := m.get("/api/v1/invitations"); strings.Contains(string(listed.Body), token) {
				t.Errorf("the list tells the token: %s", listed.Body)
			}
			m.anonymously(registerPath, object{"email": "mia@agency.example", "password": "a long enough password", "name": "Mia", "invitation_token": token}).
				MustDecode(t, http.StatusCreated, nil)
		})
	}
}

// While the mail server is away every request is answered as ever, and the mail
// follows once it is back.
func TestMailServerThatIsDownLosesNoRequest(t *testing.T) {
	t.Parallel()
	m := setupMail(t, auth.RegistrationOpen, nil)
	m.post.Down(t)
	started := time.Now()
	want := map[string]bool{}
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		email := name + "@agency.example"
		want[email] = true
		create[api.InvitationCreated](m.caller, "/api/v1/invitations", object{"email": email, "role": "user"})
	}
	user := m.User(db.RoleUser)
	want[user.Email] = true
	m.anonymously(resetPath, object{"email": user.Email}).MustDecode(t, http.StatusAccepted, nil)
	took := time.Since(started)
	t.Logf("six requests took %s while the mail server was down", took)
	if took > 3*time.Second {
		t.Errorf("six requests took %s while the mail server was down", took)
	}
	for deadline := time.Now().Add(10 * time.Second); !strings.Contains(m.journal.String(), "could not be sent yet"); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("no attempt has failed")
		}
	}
	m.post.Up(t)
	for range len(want) {
		delete(want, m.post.Next(t).To[0])
	}
	if len(want) > 0 {
		t.Errorf("no mail has arrived for %v", want)
	}
}

// The answer does not tell whether there is an account. Neither does its time:
// what there is to do happens behind it, which shows in that the answer comes
// while the account is locked by somebody else.
func TestPasswordResetTellsNothing(t *testing.T) {
	t.Parallel()
	m := setupMail(t, auth.RegistrationClosed, nil)
	user := m.User(db.RoleUser)
	answer := func(email string) apitest.Response {
		got := m.Do(apitest.Request{Method: http.MethodPost, Path: resetPath, Body: object{"email": email}, Header: map[string]string{"X-Request-ID": "the-same-for-all"}})
		got.Header.Del("Date")
		return got
	}
	expect.OK(t, dbx.WithTx(t.Context(), m.DB, func(q *db.Queries) error {
		if _, err := q.UserLock(t.Context(), user.ID); err != nil {
			return err
		}
		known, unknown := answer(user.Email), answer("nobody@agency.example")
		if diff := cmp.Diff(unknown, known); diff != "" || known.Status != http.StatusAccepted {
			t.Errorf("the answers differ (-unknown +known):\n%s", diff)
		}
		if m.post.Waiting() != 0 {
			t.Error("mail was sent although the account is locked")
		}
		return nil
	}))
	if got := m.post.Next(t); got.To[0] != user.Email {
		t.Errorf("mail came for %v", got.To)
	}
}

// Nothing that can be called makes an administrator where no administrator wants one.
func TestNobodyBecomesAdministratorOverTheNetwork(t *testing.T) {
	t.Parallel()
	for _, mode := range []auth.Registration{auth.RegistrationOpen, auth.RegistrationInvitation, auth.RegistrationClosed} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			// Without setup: there is no administrator at all.
			a := apitest.New(t, &apitest.Options{Auth: func(c *auth.Config) { c.Registration = mode }})
			register := func(body object) apitest.Response {
				body["password"], body["name"] = "a long enough password", "Eve"
				return a.Do(apitest.Request{Method: http.MethodPost, Path: registerPath, Body: body})
			}
			register(object{"email": "eve@agency.example", "role": "admin"}).MustProblem(t, http.StatusUnprocessableEntity, "validation_failed")
			register(object{"email": "eve@agency.example", "invitation_token": "a token that was made out of nothing"}).MustProblem(t, http.StatusForbidden, "forbidden")
			status := http.StatusForbidden
			if mode == auth.RegistrationOpen {
				status = http.StatusAccepted
			}
			if got := register(object{"email": "eve@agency.example"}); got.Status != status {
				t.Errorf("registering gives %d: %s", got.Status, got.Body)
			}
			for _, role := range []db.Role{db.RoleUser, db.RoleManager} {
				user := a.User(role)
				token := a.Token(user)
				for _, r := range []apitest.Request{
					{Method: http.MethodPost, Path: "/api/v1/invitations", Body: object{"email": "root@agency.example", "role": "admin"}},
					{Method: http.MethodPatch, Path: "/api/v1/users/" + user.ID.String(), Body: object{"role": "admin"}},
					{Method: http.MethodPut, Path: "/api/v1/users/" + user.ID.String(), Body: object{"email": user.Email, "name": "x", "role": "admin"}},
				} {
					r.Token = token
					a.Do(r).MustProblem(t, http.StatusForbidden, "forbidden")
				}
			}
			if got := expect.Count(t, a.DB, "SELECT count(*) FROM users WHERE role = 'admin'"); got != 0 {
				t.Errorf("there are %d administrators", got)
			}
			if got := expect.Count(t, a.DB, "SELECT count(*) FROM invitations"); got != 0 {
				t.Errorf("there are %d invitations", got)
			}
		})
	}
}
