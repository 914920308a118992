package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// However settings are printed, logged or encoded, no secret shows.
func TestSecretsAreMasked(t *testing.T) {
	t.Parallel()

	const password = "hunter2hunter2"

	invocation := mustParse(t, nil, []string{
		"COORDINATOR_ADMIN_PASSWORD=" + password,
		"COORDINATOR_MAIL_URL=smtps://ana:" + password + "@mail.example.com", "COORDINATOR_MAIL_FROM=ana@example.com",
		"DATABASE_URL=postgres://ana:" + password + "@db/app?sslpassword=" + password + "&application_name=" + password,
		"REDIS_URL=rediss://ana:" + password + "@redis:6380/0?client_name=" + password,
	})

	if got := invocation.Serve.AdminPassword.Reveal(); got != password {
		t.Errorf("Reveal = %q, want the password", got)
	}

	if got := invocation.Serve.URL.Reveal(); !strings.Contains(got, password) {
		t.Errorf("Reveal = %q, want the password in it", got)
	}

	server := invocation.Serve.MailURL.Server()
	if server.Password.Reveal() != password {
		t.Errorf("the mail server is %+v, want the password in it", server)
	}

	var printed bytes.Buffer

	for _, value := range []any{
		invocation.Serve.MailURL, *server, invocation, *invocation, invocation.Serve, invocation.Serve.Database,
		invocation.Serve.AdminPassword, invocation.Serve.URL, invocation.Serve.RedisURL,
		[]Secret{invocation.Serve.AdminPassword},
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T", "%08.3f"} {
			fmt.Fprintf(&printed, verb+"\n", value)
		}

		encoded, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}

		printed.Write(encoded)
		slog.New(slog.NewTextHandler(&printed, nil)).Info("x", "value", value)
		slog.New(slog.NewJSONHandler(&printed, nil)).Info("x", "value", value)
	}

	fmt.Fprintln(&printed, invocation.Serve.AdminPassword.String(), invocation.Serve.AdminPassword.GoString(),
		invocation.Serve.URL.String(), invocation.Serve.URL.GoString(), invocation.Serve.MailURL.String(), invocation.Serve.MailURL.GoString(),
		invocation.Serve.RedisURL.String(), invocation.Serve.RedisURL.GoString())

	// %x would print the text in hexadecimal.
	for _, secret := range []string{password, fmt.Sprintf("%x", password), fmt.Sprintf("%X", password)} {
		if at := strings.Index(printed.String(), secret); at >= 0 {
			t.Errorf("a secret is printed: …%s", printed.String()[max(0, at-80):at])
		}
	}

	for _, shown := range []string{mask, "postgres://ana:xxxxx@db:5432/app", "smtps://ana:xxxxx@mail.example.com", "rediss://redis:6380"} {
		if !strings.Contains(printed.String(), shown) {
			t.Errorf("%q is not printed", shown)
		}
	}
}

func TestEmptySecretsShowAsEmpty(t *testing.T) {
	t.Parallel()

	if got := fmt.Sprintf("[%v%s%v%v]", Secret(""), DatabaseURL(""), DatabaseURL("").Redacted(), RedisURL("")); got != "[]" {
		t.Errorf("printed %q, want []", got)
	}
}

func TestDatabaseURLRedacted(t *testing.T) {
	t.Parallel()

	for given, want := range map[DatabaseURL]string{
		"postgres://ana:hunter2@db/app":                                   "postgres://ana:xxxxx@db:5432/app",
		"postgresql://ana@db:6432/app?sslmode=disable":                    "postgres://ana@db:6432/app",
		"postgres://ana:hunter2@h1:1,h2:2/app":                            "postgres://ana:xxxxx@h1:1,h2:2/app",
		"postgres://ana:hunter2@[::1]:5432/app":                           "postgres://ana:xxxxx@[::1]:5432/app",
		"postgres://db/app?user=ana&password=hunter2":                     "postgres://ana:xxxxx@db:5432/app",
		"host=db user=ana password=hunter2 dbname=app port=1":             "postgres://ana:xxxxx@db:1/app",
		"host=/run/postgresql user=ana password=hunter2 dbname=app":       "postgres://ana:xxxxx@%2Frun%2Fpostgresql:5432/app",
		"host='db' user='a b' password='hunter2 \\'x' dbname='an app'":    "postgres://a%20b:xxxxx@db:5432/an%20app",
		"postgres://ana:hunter2@db:port/app":                              mask,
		"this is no address and may well be a password that went astray ": mask,
	} {
		if got := given.Redacted(); got != want {
			t.Errorf("Redacted(%q) = %q, want %q", given.Reveal(), got, want)
		}
	}
}

func TestMailServers(t *testing.T) {
	t.Parallel()

	for url, want := range map[string]*MailServer{
		"":                                    nil,
		"log:":                                nil,
		"smtp://mail.example.com":             {Host: "mail.example.com", Port: 587, Security: "starttls"},
		"smtp://mail.example.com:25/":         {Host: "mail.example.com", Port: 25, Security: "starttls"},
		"smtps://ana@mail.example.com":        {Host: "mail.example.com", Port: 465, Security: "tls", User: "ana"},
		"smtp://ana%40a.b:p%2Fw%3A@mail:2525": {Host: "mail", Port: 2525, Security: "starttls", User: "ana@a.b", Password: "p/w:"},
		"smtp://localhost:25?tls=none":        {Host: "localhost", Port: 25, Security: "none"},
		"smtp://[::1]:25?tls=none":            {Host: "::1", Port: 25, Security: "none"},
		"smtp://127.0.0.2:25?tls=none":        {Host: "127.0.0.2", Port: 25, Security: "none"},
	} {
		if d := diff(want, MailURL(url).Server()); d != "" {
			t.Errorf("%s (-want +got):\n%s", url, d)
		}
	}
}

func TestMailServerNeedsASender(t *testing.T) {
	t.Parallel()

	want := []string{"--mail-from (COORDINATOR_MAIL_FROM): required with a mail server"}
	if got := mistakesOf(t, []string{"--mail-url=smtp://mail"}, nil); len(got) != 1 || got[0] != want[0] {
		t.Errorf("mistakes %q, want %q", got, want)
	}

	mustParse(t, []string{"--mail-url=log:"}, nil)
}

func TestOpenRegistrationNeedsMail(t *testing.T) {
	t.Parallel()

	want := "--mail-url (COORDINATOR_MAIL_URL): required where anybody may register, for an account opens by mail; log: writes it to the log"
	if got := mistakesOf(t, []string{"--registration=open"}, nil); len(got) != 1 || got[0] != want {
		t.Errorf("mistakes %q, want %q", got, want)
	}

	mustParse(t, []string{"--registration=open", "--mail-url=log:"}, nil)
	mustParse(t, []string{"--demo"}, nil)
}
