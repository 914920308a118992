package obs_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/aicoordination/coordinator/internal/obs"
)

const (
	jwt     = "eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJlLXNpZ25hdHVyZQ"
	refresh = "q7Xw2vJk0bM3nR5tY8uI1oP4aS6dF9gH2jK5lZ7xC0v" // 43 characters, as 32 bytes are.
	apiKey  = "ck_live_0197f3a07c1e7d2a_8Jx2kLmN4pQrS6tUvW8xYz0A"
)

func TestTextsThatLookSecretAreMasked(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ text, secret, kept string }{
		"JWT":                           {"cannot verify " + jwt + ": expired", jwt, "cannot verify ***: expired"},
		"BeginningOfAJWT":               {"token begins eyJhbGciOiJFZERTQSI", "eyJhbGciOiJFZERTQSI", "token begins"},
		"RefreshToken":                  {"session of " + refresh + " is gone", refresh, "session of *** is gone"},
		"APIKey":                        {"key " + apiKey + " is unknown", "8Jx2kLmN4pQrS6tUvW8xYz0A", "key ck_live_*** is unknown"},
		"UserInfoOfAURL":                {"dial postgres://ana:hunter2@db:5432/app: refused", "hunter2", "postgres://***@db:5432/app"},
		"UserInfoThatIsNotEscaped":      {"parse redis://:hun/ter@2@redis:6379", "hun/ter@2", "redis://***@redis:6379"},
		"Bearer":                        {"header Authorization: Bearer opaque-token-1", "opaque-token-1", "header"},
		"Basic":                         {"got Basic YW5hOmh1bnRlcjI= from 192.0.2.1", "YW5hOmh1bnRlcjI=", "from 192.0.2.1"},
		"QueryParameter":                {"GET /cb?state=1&access_token=hunter2&x=2", "hunter2", "&x=2"},
		"ConnectionPair":                {"host=db user=ana password='hun ter2' dbname=app", "hun ter2", "dbname=app"},
		"ConnectionPairPlain":           {"host=db password=hunter2 dbname=app", "hunter2", "dbname=app"},
		"JSONMember":                    {`cannot read {"email":"a","new_password":"hun\"ter2","n":1}`, `hun\"ter2`, `"n":1}`},
		"JSONMemberCutShort":            {`cannot read {"email":"a","password":"hunter2`, "hunter2", "cannot read"},
		"FieldOfAStruct":                {"login {Email:a Password:hunter2 N:1}", "hunter2", "N:1}"},
		"DetailOfAUniqueViolation":      {"duplicate key: Key (email, kind)=(ana@agency.example, human) already exists.", "ana@agency.example", "already exists."},
		"FailingRow":                    {"DETAIL: Failing row contains (1, hunter2, null).", "hunter2", "Failing row contains"},
		"ValueThatPostgreSQLCannotRead": {`ERROR: invalid input syntax for type uuid: "hunter2" (SQLSTATE 22P02)`, "hunter2", "(SQLSTATE 22P02)"},
		"ValueThatPgxCannotEncode":      {`failed to encode args[0]: unable to encode "hunter2" into binary format`, "hunter2", "into binary format"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := obs.Mask(test.text)
			if strings.Contains(got, test.secret) || !strings.Contains(got, test.kept) {
				t.Errorf("%q becomes %q", test.text, got)
			}
		})
	}
}

func TestOrdinaryTextsStay(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"request", "", "GET", "/api/v1/tasks/0197f3a0-7c1e-7d2a-9b3c-0123456789ab/dependencies/0197f3a0-7c1e-7d2a-9b3c-0123456789ac",
		"192.0.2.7", "2001:db8::1", "http://127.0.0.1:8080/api/v1?page=2", "creating a PostgreSQL cluster", "ana@agency.example",
		"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "context deadline exceeded",
		`ERROR: duplicate key value violates unique constraint "users_email_key" (SQLSTATE 23505)`,
		"dial tcp 127.0.0.1:6379: connect: connection refused", "trace-0123.abc", "the password is too short",
		"/tmp/coordinator/postgresql/15", "0197f3a0-7c1e-7d2a-9b3c-0123456789ab", "4bf92f3577b34da6a3ce929d0e0e4736",
	} {
		if got := obs.Mask(text); got != text {
			t.Errorf("%q becomes %q", text, got)
		}
		if got := obs.MaskPath(text); strings.HasPrefix(text, "/api") && got != text {
			t.Errorf("the path %q becomes %q", text, got)
		}
	}
}

func TestPathsLoseLongSegments(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{refresh, jwt, "JBSWY3DPEHPK3PXPJBSWY3DPEH", strings.Repeat("a", 25)} {
		if got := obs.MaskPath("/api/v1/invitations/" + secret + "/accept"); strings.Contains(got, secret) || got != "/api/v1/invitations/***/accept" {
			t.Errorf("the path becomes %q", got)
		}
	}
}

type credentials struct {
	Name     string
	Password string `json:"password"`
}

func TestLinesWithoutSecrets(t *testing.T) {
	t.Parallel()
	const secret = "hunter2-hunter2"
	attrs := []any{
		"password", secret, "new_password", secret, "Authorization", secret, "api_key", secret, "apiKey", secret, "cookie", secret,
		"set-cookie",
		[]string{secret},
		"dsn", secret, "DATABASE_URL", secret, "refresh_token", secret, "client_secret", []byte(secret),
		"error", fmt.Errorf("opening: %w", errors.New("postgres://a:"+secret+"@db/app")),
		slog.Group("http", slog.String("token", secret), slog.Group("deeper", slog.Any("secret", errors.New(secret)))),
		"body",
		credentials{"Ana", secret},
		"pointer", &credentials{"Ana", secret}, "map",
		map[string]string{"password": secret},
		"bytes", []byte("password=" + secret), "list",
		[]string{"password=" + secret},
		"lazy", slog.StringValue("token=" + secret),
		"n", 7, "ok", true, "kept", "words that stay", "kid", refresh,
	}
	for name, handler := range map[string]func(*bytes.Buffer) slog.Handler{
		"JSON": func(out *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(out, nil) },
		"Text": func(out *bytes.Buffer) slog.Handler { return slog.NewTextHandler(out, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, control bytes.Buffer
			slog.New(handler(&control)).Info("password="+secret, attrs...)
			logger := slog.New(obs.Handler{Handler: obs.Redacting{Handler: handler(&out)}})
			logger.Info("password="+secret, attrs...)
			logger.With(attrs...).WithGroup("group").With(attrs...).Info("again", attrs...)
			if !strings.Contains(control.String(), secret) {
				t.Error("the control has no secret")
			}
			if at := strings.Index(out.String(), secret); at >= 0 {
				t.Errorf("a secret is logged: …%s", out.String()[max(0, at-80):at])
			}
			for _, kept := range []string{"words that stay", refresh} {
				if strings.Count(out.String(), kept) != 4 {
					t.Errorf("%q is there %d times, want 4:\n%s", kept, strings.Count(out.String(), kept), out.String())
				}
			}
		})
	}
}

func TestUnmaskedIsForWhoAsksForIt(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	masking := slog.New(obs.Handler{Handler: obs.Redacting{Handler: slog.NewJSONHandler(&out, nil)}})
	ctx := obs.WithRequestID(t.Context(), "req-12345678")
	obs.Unmasked(masking).With("to", "ana@agency.example").InfoContext(ctx, "mail", "value", refresh)
	if !strings.Contains(out.String(), refresh) || !strings.Contains(out.String(), "req-12345678") {
		t.Errorf("the line is %s", out.String())
	}
	out.Reset()
	masking.InfoContext(ctx, "mail", "value", refresh)
	if strings.Contains(out.String(), refresh) {
		t.Errorf("the line is %s", out.String())
	}
	plain := slog.New(slog.NewJSONHandler(&out, nil))
	if obs.Unmasked(plain) != plain {
		t.Error("a logger that masks nothing becomes another one")
	}
}

func BenchmarkMask(b *testing.B) {
	for b.Loop() {
		obs.Mask("request")
		obs.MaskPath("/api/v1/tasks/0197f3a0-7c1e-7d2a-9b3c-0123456789ab/dependencies")
		obs.Mask("0197f3a0-7c1e-7d2a-9b3c-0123456789ab")
		obs.Mask("192.0.2.7")
	}
}
