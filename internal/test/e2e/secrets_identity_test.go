package e2e_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/pquerna/otp/totp"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/smtptest"
)

// plantedPassword is that of the accounts in which secrets are planted.
const plantedPassword = "plant-password-of-accounts"

// mailSettings let a server send its mail for real.
func (s *site) mailSettings(password string) []string {
	server := s.mail.Options().Server
	address := url.URL{
		Scheme: "smtp", User: url.UserPassword(smtptest.User, password), RawQuery: "tls=none",
		Host: net.JoinHostPort(server.Host, strconv.Itoa(server.Port)),
	}

	return []string{"COORDINATOR_MAIL_URL=" + address.String(), "COORDINATOR_MAIL_FROM=coordinator@agency.example"}
}

// withPassword gives an address of the test's database a password. Where that
// asks for none this one is not looked at; where it does, it has its own.
func withPassword(t *testing.T, address, password string) (changed, secret string) {
	t.Helper()

	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}

	if own, isSet := parsed.User.Password(); isSet {
		return address, own
	}

	return address + "&password=" + password, password
}

// call makes a call that succeeds, and reads what is answered.
func (s *site) call(t *testing.T, token, method, path, body string, answer any) {
	t.Helper()

	status, text := s.send(t, method, path, body, bearer(token))
	if status >= http.StatusBadRequest {
		t.Fatalf("%s %s: %d %s", method, path, status, text)
	}

	if answer == nil {
		return
	}

	if err := json.Unmarshal(text, answer); err != nil {
		t.Fatal(err)
	}
}

// mistake makes a call that is refused as the caller's mistake.
func (s *site) mistake(t *testing.T, token, method, path, body string) {
	t.Helper()

	status, text := s.send(t, method, path, body, bearer(token))
	if status < http.StatusBadRequest || status >= http.StatusInternalServerError {
		t.Fatalf("%s %s: %d %s, want a mistake", method, path, status, text)
	}
}

func bearer(token string) http.Header {
	if token == "" {
		return nil
	}

	return http.Header{"Authorization": {"Bearer " + token}}
}

// login signs in with the planted password; more are members of the body.
func (s *site) login(t *testing.T, email, more string) api.TokenPair {
	t.Helper()

	var tokens api.TokenPair

	s.call(t, "", "POST", "/api/v1/users/login", loginBody(email, more), &tokens)

	return tokens
}

func loginBody(email, more string) string {
	return fmt.Sprintf(`{"email":%q,"password":%q%s}`, email, plantedPassword, more)
}

// tokenFrom waits for the mail to somebody that holds a token.
func (s *site) tokenFrom(t *testing.T, email string) string {
	t.Helper()

	for {
		letter := s.mail.Next(t)
		if token := letter.Token(); token != "" && slices.Contains(letter.To, email) {
			return token
		}
	}
}

func secondFactorSecret(t *testing.T, s *site) string {
	t.Helper()

	const email, path = "cleo@agency.example", "/api/v1/users/me/second-factor"

	s.createUser(t, email, plantedPassword, "Cleo")
	s.more = append(s.more, plantedPassword)
	cleo := s.login(t, email, "").AccessToken

	var enrolment api.SecondFactorEnrolment

	s.mistake(t, cleo, "POST", path, `{"password":"not the one"}`)
	s.call(t, cleo, "POST", path, `{"password":"`+plantedPassword+`"}`, &enrolment)

	code := func(later time.Duration) string {
		shown, err := totp.GenerateCode(enrolment.Secret, time.Now().Add(later))
		if err != nil {
			t.Fatal(err)
		}

		return shown
	}

	var recovery api.RecoveryCodes

	s.mistake(t, cleo, "POST", path+"/confirm", `{"code":"`+enrolment.Secret+`"}`)
	s.call(t, cleo, "POST", path+"/confirm", `{"code":"`+code(0)+`"}`, &recovery)
	s.mistake(t, cleo, "POST", path, `{"password":"`+plantedPassword+`"}`)
	s.mistake(t, "", "POST", "/api/v1/users/login", loginBody(email, ""))
	s.login(t, email, `,"code":"`+code(30*time.Second)+`"`)
	s.mistake(t, "", "POST", "/api/v1/users/login", loginBody(email, `,"code":"`+code(30*time.Second)+`"`))

	s.recovery = recovery.Codes
	s.more = append(s.more, s.recovery...)

	return enrolment.Secret
}

// recoveryCode is one of those that secondFactorSecret was given. The first is
// used twice; the others are left.
func recoveryCode(n int) planting {
	return func(t *testing.T, s *site) string {
		t.Helper()

		more := `,"recovery_code":"` + s.recovery[n] + `"`

		if n == 0 {
			s.login(t, "cleo@agency.example", more)
			s.mistake(t, "", "POST", "/api/v1/users/login", loginBody("cleo@agency.example", more))
		} else {
			s.mistake(t, "", "POST", "/api/v1/users/me/second-factor/remove", `{"password":"not the one"`+more+`}`)
		}

		return s.recovery[n]
	}
}

func invitationToken(t *testing.T, s *site) string {
	t.Helper()

	const email, path = "gus@agency.example", "/api/v1/users/register"

	s.call(t, "", "POST", "/api/v1/invitations", `{"email":"`+email+`","role":"user"}`, nil)

	token := s.tokenFrom(t, email)
	body := func(email, password string) string {
		return fmt.Sprintf(`{"email":%q,"password":%q,"name":"Gus","invitation_token":%q}`, email, password, token)
	}

	s.mistake(t, "", "POST", path, body("other@agency.example", plantedPassword))
	s.mistake(t, "", "POST", path, body(email, "password1234"))
	s.call(t, "", "POST", path, body(email, plantedPassword), nil)
	s.mistake(t, "", "POST", path, body("again@agency.example", plantedPassword))
	s.mistake(t, "", "DELETE", "/api/v1/invitations/"+token, "")

	return token
}

func resetToken(t *testing.T, s *site) string {
	t.Helper()

	const email, path = "erik@agency.example", "/api/v1/users/password-reset"

	s.createUser(t, email, plantedPassword, "Erik")
	s.call(t, "", "POST", path, `{"email":"`+email+`"}`, nil)
	s.more = append(s.more, s.tokenFrom(t, email))
	s.call(t, "", "POST", path, `{"email":"`+email+`"}`, nil)

	token := s.tokenFrom(t, email)
	body := func(token, password string) string {
		return fmt.Sprintf(`{"token":%q,"password":%q}`, token, password)
	}

	s.mistake(t, "", "POST", path+"/confirm", body(s.more[len(s.more)-1], "seven stray balloons")) // another has taken its place
	s.mistake(t, "", "POST", path+"/confirm", body(token, "password1234"))
	s.call(t, "", "POST", path+"/confirm", body(token, "seven stray balloons"), nil)
	s.mistake(t, "", "POST", path+"/confirm", body(token, "seven stray balloons"))

	return token
}

func verificationToken(t *testing.T, s *site) string {
	t.Helper()

	const email, path = "fia@agency.example", "/api/v1/users/email-verification"

	s.createUser(t, email, plantedPassword, "Fia")
	s.call(t, s.login(t, email, "").AccessToken, "POST", "/api/v1/users/me/email-verification", "", nil)

	token := s.tokenFrom(t, email)

	s.mistake(t, "", "POST", "/api/v1/users/password-reset/confirm", `{"token":"`+token+`","password":"seven stray balloons"}`)
	s.call(t, "", "POST", path, `{"token":"`+token+`"}`, nil)
	s.mistake(t, "", "POST", path, `{"token":"`+token+`"}`)

	return token
}

func deviceToken(t *testing.T, s *site) string {
	t.Helper()

	const email = "dora@agency.example"

	s.createUser(t, email, plantedPassword, "Dora")

	token := s.login(t, email, "").DeviceToken.MustGet()
	more := `,"device_token":"` + token + `"`

	s.mistake(t, "", "POST", "/api/v1/users/login", `{"email":"`+email+`","password":"not the one"`+more+`}`)
	s.mistake(t, "", "POST", "/api/v1/users/login", `{"email":"`+adminEmail+`","password":"not the one"`+more+`}`)

	if renewed, err := s.login(t, email, more).DeviceToken.Get(); err == nil && renewed != token {
		s.more = append(s.more, renewed)
	}

	return token
}

// apiKey makes a key, and plants what is made of it. Of the key it is the part
// behind its public id that is secret.
func apiKey(plant func(t *testing.T, s *site, key string, id uuid.UUID) string) planting {
	return func(t *testing.T, s *site) string {
		t.Helper()

		var made api.APIKeyCreated

		s.call(t, "", "POST", "/api/v1/api-keys", `{"name":"Nightly","scopes":["clients:read"]}`, &made)
		s.more = append(s.more, secretPart(made.Key))

		key := plant(t, s, made.Key, made.APIKey.ID)
		s.send(t, "GET", "/api/v1/clients", "", bearer(key))
		s.mistake(t, key, "GET", "/api/v1/tasks", "")    // beyond its scopes
		s.mistake(t, key, "GET", "/api/v1/api-keys", "") // for sessions alone
		s.mistake(t, "", "GET", "/api/v1/api-keys/"+key, "")

		return secretPart(key)
	}
}

func secretPart(key string) string { return key[strings.LastIndex(key, "_")+1:] }

func good(_ *testing.T, _ *site, key string, _ uuid.UUID) string { return key }

func mistyped(_ *testing.T, _ *site, key string, _ uuid.UUID) string {
	at := strings.LastIndex(key, "_") + 1
	other := "a"

	if key[at] == 'a' {
		other = "b"
	}

	return key[:at] + other + key[at+1:]
}

func revoked(t *testing.T, s *site, key string, id uuid.UUID) string {
	t.Helper()
	s.call(t, key, "GET", "/api/v1/clients", "", nil)
	s.call(t, "", "DELETE", "/api/v1/api-keys/"+id.String(), "", nil)

	return key
}

// refusedByMail sends a mail with a password that the mail server does not take.
func refusedByMail(t *testing.T, s *site) string {
	t.Helper()

	secret := s.next(plainForm)
	// On a database of its own: a job is done by any replica, and the others sign
	// in at the mail server as they should.
	owner := dbtest.OwnerURL(t)
	other := start(t, newDataDir(t), slices.Concat(admin, s.mailSettings(secret), []string{
		"DATABASE_URL=" + owner, "COORDINATOR_LOG_LEVEL=debug", "COORDINATOR_SECRET_KEY=" + s.secretKey,
	})...)

	doing(other.client(t, "").Users.RequestPasswordReset(t.Context(), api.PasswordResetRequest{Email: adminEmail})).
		succeeds(t)
	eventually(t, "a mail that is refused", func() bool { return strings.Contains(other.stderr.String(), "could not be sent") })
	other.stop(t)

	if n := query[int64](t, owner, "SELECT count(*) FROM river.river_job j WHERE position($1 IN j::text) > 0", secret)[0]; n != 0 {
		t.Errorf("%d jobs hold the password of the mail server", n)
	}

	s.ran(result{stdout: other.stdout.String(), stderr: other.stderr.String()})

	return secret
}

// inImport plants the hash of a password in a file of accounts, whose line has
// the number of an account and the hash.
func inImport(line string, code int) planting {
	return func(t *testing.T, s *site) string {
		t.Helper()

		secret := s.next(func(n int) string {
			return base64.RawStdEncoding.EncodeToString(fmt.Appendf(nil, "plant-%04d-the-hash-of-passwords", n))
		})
		file := filepath.Join(t.TempDir(), "users")

		if err := os.WriteFile(file, fmt.Appendf(nil, line+"\n", s.planted, secret), 0o600); err != nil {
			t.Fatal(err)
		}

		got := run(t, []string{"DATABASE_URL=" + s.database}, "user", "import", file)
		s.ran(got)

		if got.code != code {
			t.Errorf("importing %s ends with %d: %s", line, got.code, got.stderr)
		}

		return secret
	}
}
