package e2e_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/emersion/go-smtp"

	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/otlptest"
	"github.com/aicoordination/coordinator/internal/test/smtptest"
)

// secretCases are the ways in which secrets come into the program. To add one,
// add a line: its name, and how it is planted. See the builders below.
var secretCases = []struct {
	name  string
	plant planting
}{
	// Passwords in bodies.
	{"PasswordThatIsWrong", inBody("POST", "/api/v1/users/login", `{"email":"admin@agency.example","password":"%s"}`)},
	{"PasswordOfNobody", inBody("POST", "/api/v1/users/login", `{"email":"nobody@agency.example","password":"%s"}`)},
	{"PasswordTypedAsAddress", inBody("POST", "/api/v1/users/login", `{"email":"%s","password":"correct horse battery"}`)},
	{"PasswordTypedAsValidAddress", inBody("POST", "/api/v1/users/login", `{"email":"%s@agency.example","password":"correct horse battery"}`)},
	{"PasswordOfANewAccount", inBody("POST", "/api/v1/users/register", `{"email":"new@agency.example","password":"%s","name":"New"}`)},
	{"PasswordOfATakenAddress", inBody("POST", "/api/v1/users/register", `{"email":"admin@agency.example","password":"%s","name":"Admin"}`)},
	{"PasswordInCutJSON", inBody("POST", "/api/v1/users/login", `{"email":"admin@agency.example","password":"%s`)},
	{"PasswordInWrongJSON", inBody("POST", "/api/v1/users/login", `{"email":"admin@agency.example" "password":"%s"}`)},
	{"PasswordBeforeMore", inBody("POST", "/api/v1/users/login", `{"email":"admin@agency.example","password":"%s"} and more`)},
	{"PasswordWithNUL", inBody("POST", "/api/v1/users/login", `{"email":"admin@agency.example","password":"%s\u0000"}`)},
	{"PasswordOfWrongType", inBody("POST", "/api/v1/users/login", `{"email":"admin@agency.example","password":["%s"]}`)},
	{"PasswordThatIsTooLong", inBody("POST", "/api/v1/users/login", `{"email":"admin@agency.example","password":"%s`+strings.Repeat("x", 2000)+`"}`)},
	{"PasswordWhereThereIsNone", inBody("PATCH", "/api/v1/users/me", `{"password":"%s"}`)},
	{"PasswordOfAnUnknownField", inBody("POST", "/api/v1/clients", `{"name":"Harbour Coffee","password":"%s"}`)},
	{"PasswordAsAForm", with(inBody("POST", "/api/v1/users/login", `email=admin@agency.example&password=%s`), "Content-Type", "application/x-www-form-urlencoded")},

	// Tokens and keys.
	{"AccessTokenThatIsGood", func(t *testing.T, s *site) string { t.Helper(); return s.access }},
	{"RefreshTokenThatIsGood", func(t *testing.T, s *site) string {
		t.Helper()
		s.send(t, "POST", "/api/v1/users/refresh", `{"refresh_token":"`+s.refresh+`"}`, nil)
		return s.refresh
	}},
	{"RefreshTokenThatIsUsed", func(t *testing.T, s *site) string {
		t.Helper()
		s.send(t, "POST", "/api/v1/users/refresh", `{"refresh_token":"`+s.refresh+`"}`, nil)
		return s.refresh
	}},
	{"RefreshTokenThatIsNone", inBody("POST", "/api/v1/users/refresh", `{"refresh_token":"%s"}`)},
	{"AccessTokenThatIsForged", inHeader("GET", "/api/v1/users/me", "Authorization", "Bearer %s", tokenForm)},
	{"AccessTokenWithoutItsScheme", inHeader("GET", "/api/v1/users/me", "Authorization", "%s", tokenForm)},
	{"AccessTokenInTheQuery", inPath("GET", "/api/v1/tasks?access_token=%s", tokenForm)},
	{"OpaqueTokenInTheQuery", inPath("GET", "/api/v1/tasks?token=%s", opaqueForm)},
	{"AccessTokenInThePath", inPath("GET", "/api/v1/tasks/%s", tokenForm)},
	{"OpaqueTokenInThePath", inPath("POST", "/api/v1/invitations/%s/accept", opaqueForm)},
	{"MadeUpPasswordInThePath", inPath("GET", "/api/v1/users/%s", madeUpForm)},
	{"AccessTokenAsRequestID", inHeader("POST", "/api/v1/clients", "X-Request-ID", "%s", shortTokenForm)},
	{"OpaqueTokenAsRequestID", inHeader("POST", "/api/v1/clients", "X-Request-ID", "%s", opaqueForm)},
	{"APIKey", inHeader("GET", "/api/v1/users/me", "Authorization", "Bearer %s", apiKeyForm)},
	{"APIKeyAsRequestID", inHeader("POST", "/api/v1/clients", "X-Request-ID", "%s", apiKeyForm)},
	{"BasicCredentials", func(t *testing.T, s *site) string {
		t.Helper()
		encoded := base64.StdEncoding.EncodeToString([]byte("admin:" + s.next(plainForm)))
		s.send(t, "GET", "/api/v1/users/me", "", http.Header{"Authorization": {"Basic " + encoded}})
		return encoded
	}},
	{"Cookie", inHeader("GET", "/api/v1/users/me", "Cookie", "session=%s", plainForm)},
	{"Referrer", inHeader("GET", "/api/v1/users/me", "Referer", "https://app.example.com/reset?token=%s", plainForm)},
	{"CookieInHeadersThatAreTooLarge", inHeader("GET", "/livez", "Cookie", "session=%s; "+strings.Repeat("x=y; ", 20_000), plainForm)},

	// What second factors, mail, known devices and API keys brought along.
	{"SecretOfASecondFactor", secondFactorSecret},
	{"RecoveryCodeThatIsUsed", recoveryCode(0)},
	{"RecoveryCodeThatIsLeft", recoveryCode(9)},
	{"RecoveryCodeThatIsNone", inBody("POST", "/api/v1/users/login", `{"email":"cleo@agency.example","password":"`+plantedPassword+`","recovery_code":"%s"}`)},
	{"InvitationTokenThatIsUsed", invitationToken},
	{"InvitationTokenThatIsNone", inBody("POST", "/api/v1/users/register", `{"email":"new@agency.example","password":"seven stray balloons","name":"New","invitation_token":"%s-and-more-of-it"}`)},
	{"PasswordResetTokenThatIsUsed", resetToken},
	{"PasswordResetTokenThatIsNone", inBody("POST", "/api/v1/users/password-reset/confirm", `{"token":"%s-and-more-of-it","password":"seven stray balloons"}`)},
	{"PasswordResetTokenInTheQuery", inPath("POST", "/api/v1/users/password-reset/confirm?token=%s", opaqueForm)},
	{"VerificationTokenThatIsUsed", verificationToken},
	{"VerificationTokenThatIsNone", inBody("POST", "/api/v1/users/email-verification", `{"token":"%s-and-more-of-it"}`)},
	{"DeviceTokenThatIsGood", deviceToken},
	{"DeviceTokenThatIsNone", inBody("POST", "/api/v1/users/login", `{"email":"dora@agency.example","password":"wrong password","device_token":"%s"}`)},
	{"APIKeyThatIsGood", apiKey(good)},
	{"APIKeyThatIsMistyped", apiKey(mistyped)},
	{"APIKeyThatIsRevoked", apiKey(revoked)},

	// Settings of the server that runs.
	{"PasswordOfTheAdministrator", func(*testing.T, *site) string { return adminPassword }},
	{"SecretKey", func(_ *testing.T, s *site) string { return s.secretKey }},
	{"PasswordOfRedisThatIsRefused", func(_ *testing.T, s *site) string { return s.redisPassword }},
	{"PasswordOfTheMailServer", func(*testing.T, *site) string { return smtptest.Password }},
	{"PasswordOfTheDatabasesOwner", func(_ *testing.T, s *site) string { return s.ownerPassword }},

	// Settings with which it does not start, and commands.
	{"DatabaseThatIsNotThere", atStart("DATABASE_URL=postgres://ana:%s@127.0.0.1:1/agency", plainForm)},
	{"DatabaseWhoseHostIsUnknown", atStart("DATABASE_URL=postgres://ana:%s@db.invalid/agency", plainForm)},
	{"DatabaseInPairs", atStart("DATABASE_URL=host=127.0.0.1 port=1 user=ana password=%s dbname=agency", plainForm)},
	{"DatabaseOfWrongForm", atStart("DATABASE_URL=mysql://ana:%s@db/agency", plainForm)},
	{"DatabaseWithAnUnescapedPassword", atStart("DATABASE_URL=postgres://ana:%s/%%zz@db/agency", plainForm)},
	{"SecretKeyThatIsTooShort", atStart("COORDINATOR_SECRET_KEY=%s", func(n int) string {
		return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "short-key-%04d", n))
	})},
	{"SecretKeyThatIsNone", atStart("COORDINATOR_SECRET_KEY=%s!", plainForm)},
	{"AdministratorsPasswordThatIsTooLong", atStart("COORDINATOR_ADMIN_PASSWORD=%s"+strings.Repeat("x", 200), plainForm)},
	{"RedisOfWrongForm", atStart("REDIS_URL=http://:%s@redis", plainForm)},
	{"OwnerThatIsNotThere", atStart("DATABASE_OWNER_URL=postgres://ana:%s@127.0.0.1:1/agency", plainForm)},
	{"OwnerOfWrongForm", atStart("DATABASE_OWNER_URL=mysql://ana:%s@db/agency", plainForm)},
	{"OwnerWithAnUnescapedPassword", atStart("DATABASE_OWNER_URL=postgres://ana:%s/%%zz@db/agency", plainForm)},
	{"MailServerOfWrongForm", atStart("COORDINATOR_MAIL_URL=http://ana:%s@mail.agency.example", plainForm)},
	{"MailServerWithoutEncryption", atStart("COORDINATOR_MAIL_URL=smtp://ana:%s@mail.agency.example:25?tls=none", plainForm)},
	{"MailServerWithAnUnescapedPassword", atStart("COORDINATOR_MAIL_URL=smtp://ana:%s/%%zz@mail.agency.example", plainForm)},
	{"MailServerWithoutASender", atStart("COORDINATOR_MAIL_URL=smtp://ana:%s@mail.agency.example", plainForm)},
	{"MailServerThatRefusesThePassword", refusedByMail},
	{"VariableThatIsUnknown", atStart("COORDINATOR_ADMIN_PASWORD=%s", plainForm)},
	{"PasswordOnTheStandardInput", func(t *testing.T, s *site) string {
		t.Helper()
		secret := s.next(plainForm)
		s.ran(runWithInput(t, secret+strings.Repeat("x", 200)+"\n", []string{"DATABASE_URL=" + s.database}, "user", "create", "--email=ben@agency.example", "--password-stdin"))
		return secret
	}},
	{"PasswordOfACreatedUser", func(t *testing.T, s *site) string {
		t.Helper()
		secret := s.next(plainForm)
		s.ran(run(t, []string{"DATABASE_URL=" + s.database, "COORDINATOR_USER_PASSWORD=" + secret}, "user", "create", "--email=cem@agency.example"))
		return secret
	}},
	{"HashOfAnImportedUser", inImport(`{"email":"%d@old.example","name":"Old","role":"user","password_hash":"$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$%s"}`, 0)},
	{"HashOfAUserThatIsThere", inImport(`{"email":"admin@agency.example","name":"%d","role":"user","password_hash":"$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$%s"}`, 1)},
	{"HashThatIsTooDear", inImport(`{"email":"%d@old.example","name":"Old","role":"user","password_hash":"$2a$31$1234567890%s"}`, 1)},
	{"HashInCutJSON", inImport(`{"email":"%d@old.example","name":"Old","role":"user","password_hash":"$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$%s`, 1)},
	{"HashAsAName", inImport(`{"email":"%d@old.example","name":"Old","role":"user","$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$%s":"password_hash"}`, 1)},
	{"HashAsARole", inImport(`{"email":"%d@old.example","name":"Old","role":"%s","password_hash":""}`, 1)},
	{"HashInAFileWithoutAHeader", inImport("%d@old.example,Old,user,$argon2id$v=19$m=65536;t=2;p=1$c29tZXNhbHQ$%s", 1)},
	{"HashInTooManyColumns", inImport("email,name,role,password_hash\n%d@old.example,Old,user,,,$argon2id$v=19$m=65536;t=2;p=1$c29tZXNhbHQ$%s", 1)},
}

// TestSecretsAppearNowhere plants secrets in the running program, and looks for
// them in everything that it writes: its log at the level debug, with every
// statement as a slow one, its metrics and traces, what it prints, its errors,
// its responses to mistakes, and the log of events.
func TestSecretsAppearNowhere(t *testing.T) {
	t.Parallel()

	redis := miniredis.RunT(t)
	redis.RequireAuth("the right one")

	logFile := filepath.Join(t.TempDir(), "coordinator.log")
	collector := otlptest.New(t)
	owner := dbtest.OwnerURL(t)
	s := &site{
		secretKey:     base64.StdEncoding.EncodeToString([]byte("a secret key of 32 bytes at least")),
		redisPassword: "plant-redis-password",
		database:      dbtest.ApplicationURL(t, owner),
		mail:          smtptest.New(t, func(m *smtp.Server) { m.TLSConfig, m.AllowInsecureAuth = nil, true }),
	}
	owner, s.ownerPassword = withPassword(t, owner, "plant-owner-password")
	s.server = start(t, newDataDir(t), slices.Concat(admin, s.mailSettings(smtptest.Password), []string{
		"DATABASE_URL=" + s.database, "DATABASE_OWNER_URL=" + owner,
		"COORDINATOR_LOG_LEVEL=debug", "COORDINATOR_SECRET_KEY=" + s.secretKey,
		"COORDINATOR_RATE_LIMIT_SIGN_IN=1000", // and not 0, with which Redis would not be asked
		"REDIS_URL=redis://:" + s.redisPassword + "@" + redis.Addr(),
		"COORDINATOR_LOG_FILE=" + logFile, "COORDINATOR_SLOW_QUERY=1ns",
		"OTEL_EXPORTER_OTLP_ENDPOINT=" + collector.URL,
	})...)
	s.access = s.signIn(t, adminEmail, adminPassword).AccessToken
	// Of another session, which ends with the reuse of its token.
	s.refresh = s.signIn(t, adminEmail, adminPassword).RefreshToken

	planted := map[string]string{}

	for _, c := range secretCases {
		secret := c.plant(t, s)
		if len(secret) < 10 {
			t.Fatalf("%s plants %q, which could be there by chance", c.name, secret)
		}

		planted[c.name] = secret
	}

	for n, secret := range s.more {
		planted[fmt.Sprintf("More%d", n)] = secret
	}

	// The control: what is no secret is found by the same search.
	const control = "control-request-0001"

	s.send(t, "POST", "/api/v1/clients", `{"name":"Control Room"}`, http.Header{"X-Request-Id": {control}})

	read := func() string {
		log, err := os.ReadFile(logFile)
		if err != nil {
			t.Fatal(err)
		}

		return string(log)
	}
	metrics := scrape(t, regexp.MustCompile(`http://[^"\s]+/metrics`).FindString(read()))

	s.stop(t)

	searched := map[string]string{
		"the log":    read(),
		"the errors": s.stderr.String(),
		"metrics":    metrics,
		"traces":     collector.Raw(),
		"the output": s.stdout.String(),
		"answers":    s.answers.String(),
		"commands":   s.commands.String(),
		"events":     strings.Join(query[string](t, s.database, "SELECT to_jsonb(e)::text FROM events e"), "\n"),
	}
	size := 0

	for place, text := range searched {
		size += len(text)

		for name, secret := range planted {
			if at := strings.Index(text, secret); at >= 0 {
				t.Errorf("%s is in %s: …%s", name, place, text[max(0, at-120):at])
			}
		}

		t.Logf("%s: %d bytes", place, len(text))
	}

	t.Logf("%d secrets planted, %d bytes searched", len(planted), size)

	for _, place := range []string{"the log", "events", "traces"} {
		if !strings.Contains(searched[place], control) {
			t.Errorf("the control is not in %s", place)
		}
	}

	if !strings.Contains(s.answers.String(), "Send the body as UTF-8 JSON") || !strings.Contains(searched["the log"], "redis does not answer") {
		t.Error("what is searched lacks what has to be there")
	}

	if !strings.Contains(metrics, `reason="credential_refused"`) {
		t.Errorf("the metrics lack what has to be there: %s", metrics)
	}
}

// unlimited switches off the limits that tests of the load would run into.
var unlimited = []string{
	"COORDINATOR_RATE_LIMIT_SIGN_IN=0", "COORDINATOR_RATE_LIMIT_WRITE=0", "COORDINATOR_RATE_LIMIT_SEARCH=0",
	"COORDINATOR_RATE_LIMIT_READ=0", "COORDINATOR_RATE_LIMIT_ADDRESS=0",
}

// planting plants a secret and returns it.
type planting func(t *testing.T, s *site) string

// site is where secrets are planted, with what came back.
type site struct {
	*server
	mail                                              *smtptest.Server
	database, secretKey, redisPassword, ownerPassword string
	access, refresh                                   string

	// recovery are codes of a second factor; more is what has to appear nowhere
	// besides what the cases return.
	recovery, more []string

	// header is sent with every request.
	header http.Header

	planted           int
	answers, commands bytes.Buffer
}

// next makes a secret that nothing else is like.
func (s *site) next(form func(n int) string) string {
	s.planted++

	return form(s.planted)
}

// Forms of secrets.
func plainForm(n int) string  { return fmt.Sprintf("plant-%04d-hunter", n) }
func madeUpForm(n int) string { return fmt.Sprintf("PLANT%04dPEHPK3PXPJBSWY3DPE", n) }
func opaqueForm(n int) string { return fmt.Sprintf("Plant%04dq7Xw2vJk0bM3nR5tY8uI1oP4aS6dF9gH2j", n) }

func apiKeyForm(n int) string {
	return fmt.Sprintf("ck_live_0197f3a07c1e7d2a_Plant%04d8Jx2kLmN4pQr", n)
}

func shortTokenForm(n int) string {
	return "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxIn0.UGxhbnQ" + fmt.Sprintf("%04d", n) + "c2lnbmF0dXJl"
}

func tokenForm(n int) string {
	return "eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwiZXhwIjo0MTAyNDQ0ODAwfQ.UGxhbnQ" + fmt.Sprintf("%04d", n) + strings.Repeat("c2lnbmF0dXJl", 6)
}

func inBody(method, path, body string) planting {
	return func(t *testing.T, s *site) string {
		t.Helper()
		secret := s.next(plainForm)
		s.send(t, method, path, fmt.Sprintf(body, secret), nil)

		return secret
	}
}

// with sends another header along.
func with(plant planting, name, value string) planting {
	return func(t *testing.T, s *site) string {
		t.Helper()
		s.header = http.Header{name: {value}}
		defer func() { s.header = nil }()

		return plant(t, s)
	}
}

func inHeader(method, path, name, value string, form func(int) string) planting {
	return func(t *testing.T, s *site) string {
		t.Helper()
		secret := s.next(form)
		s.send(t, method, path, "", http.Header{http.CanonicalHeaderKey(name): {fmt.Sprintf(value, secret)}})

		return secret
	}
}

func inPath(method, path string, form func(int) string) planting {
	return func(t *testing.T, s *site) string {
		t.Helper()
		secret := s.next(form)
		s.send(t, method, fmt.Sprintf(path, secret), "", nil)

		return secret
	}
}

// atStart runs the program with a setting that keeps it from starting.
func atStart(setting string, form func(int) string) planting {
	return func(t *testing.T, s *site) string {
		t.Helper()
		secret := s.next(form)
		got := run(t, []string{"COORDINATOR_LOG_LEVEL=debug", "COORDINATOR_ADDR=127.0.0.1:0", "COORDINATOR_DATA_DIR=" + newDataDir(t), fmt.Sprintf(setting, secret)}, "serve")
		s.ran(got)

		if got.code == 0 {
			t.Errorf("%s lets the program start", setting)
		}

		return secret
	}
}

func (s *site) ran(r result) {
	s.commands.WriteString(r.stdout)
	s.commands.WriteString(r.stderr)
}

// send sends a request as the administrator, unless it has a credential of its
// own, and keeps what is answered to a mistake. What is answered else belongs to
// whoever has asked: it is returned, with the status.
func (s *site) send(t *testing.T, method, path, body string, header http.Header) (int, []byte) {
	t.Helper()

	request, err := http.NewRequestWithContext(t.Context(), method, s.origin+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}

	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+s.access)

	for _, more := range []http.Header{header, s.header} {
		maps.Copy(request.Header, more)
	}

	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()

	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}

	for name, values := range response.Header {
		fmt.Fprintf(&s.answers, "%s: %s\n", name, strings.Join(values, ", "))
	}

	if response.StatusCode >= http.StatusBadRequest {
		s.answers.Write(answer)
	}

	return response.StatusCode, answer
}
