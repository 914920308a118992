package app

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	jsonv2 "github.com/go-json-experiment/json"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/config"
	"github.com/aicoordination/coordinator/internal/httpapi"
	"github.com/aicoordination/coordinator/internal/transfer"
)

// userColumns are what a line of a file of accounts says.
var userColumns = []transfer.Column{
	{Name: "email", Required: true},
	{Name: "name", Required: true},
	{Name: "role", Required: true},
	{Name: "kind"},
	{Name: "password_hash", Required: true},
	{Name: "created_at"},
}

// ImportUsers imports the accounts of a file, all of them or none, and says
// what it did. What is wrong in the file is the error, line by line. No hash is
// ever printed.
func ImportUsers(ctx context.Context, cfg config.UserImport, stdin io.Reader, stdout io.Writer) error {
	file := io.NopCloser(stdin)
	if cfg.File != "-" {
		opened, err := os.Open(cfg.File)
		if err != nil {
			return fmt.Errorf("opening the file of accounts: %w", err)
		}
		file = opened
	}
	defer file.Close()
	r := userReader{now: time.Now().UTC(), lines: map[string]int{}}
	if err := r.read(file); err != nil {
		return fmt.Errorf("reading the accounts: %w", err)
	}
	if r.found.Any() {
		return fileError{&r.found}
	}
	return withDatabase(ctx, cfg.Database, func(d *database) error {
		if err := d.migrate(ctx); err != nil {
			return err
		}
		done, err := auth.ImportAccounts(ctx, d.db, access.System(), r.accounts, auth.ImportOptions{DryRun: cfg.DryRun, SkipExisting: cfg.SkipExisting})
		if err != nil {
			return err
		}
		if len(done.Existing) > 0 && !cfg.SkipExisting {
			for _, email := range done.Existing {
				r.found.Add(r.lines[strings.ToLower(email)], "email", "already_exists", "There is an account with this address already; remove the line, or leave all such lines out with --skip-existing.")
			}
			return fileError{&r.found}
		}
		verb := "Imported"
		if cfg.DryRun {
			verb = "This was a dry run; it would have imported"
		}
		_, err = fmt.Fprintf(stdout, "%s %s.\n", verb, counted(done.Created, "account", "accounts"))
		if n := len(done.Existing); n > 0 && err == nil {
			_, err = fmt.Fprintf(stdout, "Left out %s that exist already.\n", counted(n, "account", "accounts"))
		}
		return err
	})
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// fieldName is what the name of a field can look like. The first line of a file
// without a header holds anything, hashes among it, and is not repeated.
var fieldName = regexp.MustCompile(`^[A-Za-z0-9_ -]{1,40}$`)

// fileError is the error of a file in which something is wrong.
type fileError struct{ found *transfer.Findings }

func (e fileError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "nothing was imported; %s wrong:", counted(e.found.Failed(), "line is", "lines are"))
	named := map[int]bool{}
	for _, m := range e.found.First() {
		named[m.Line] = true
		fmt.Fprintf(&b, "\n  line %d: ", m.Line)
		if fieldName.MatchString(m.Field) {
			b.WriteString(m.Field + ": ")
		}
		b.WriteString(m.Detail)
	}
	if left := e.found.Failed() - len(named); left > 0 {
		fmt.Fprintf(&b, "\n  and %s more", counted(left, "line", "lines"))
	}
	return b.String()
}

// userReader reads a file of accounts.
type userReader struct {
	now      time.Time
	accounts []auth.ImportedAccount
	found    transfer.Findings
	// lines are where the addresses stand, in lower case.
	lines map[string]int
}

// read reads NDJSON where the file begins with an object, and CSV otherwise.
func (r *userReader) read(file io.Reader) error {
	const lookahead = 512
	buffered := bufio.NewReader(file)
	begin, err := buffered.Peek(lookahead)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	format := transfer.CSV
	if bytes.HasPrefix(bytes.TrimLeft(begin, " \t\r\n\uFEFF"), []byte("{")) {
		format = transfer.NDJSON
	}
	return transfer.Read(buffered, format, userColumns, &r.found, r.take)
}

func (r *userReader) take(line int, object json.RawMessage) {
	// The errors of the decoder quote what they refuse, which may be a hash.
	var members map[string]any
	if err := jsonv2.Unmarshal(bytes.TrimPrefix(object, []byte("\uFEFF")), &members); err != nil || members == nil {
		r.found.Add(line, "", "syntax", "This is no JSON object in UTF-8 with each name once.")
		return
	}
	fields := map[string]string{}
	for name, value := range members {
		text, isText := value.(string)
		switch {
		case !slices.ContainsFunc(userColumns, func(c transfer.Column) bool { return c.Name == name }):
			r.found.Add(line, name, "unknown", "There is no such field; remove it.")
		case !isText && value != nil:
			r.found.Add(line, name, "not_text", "This has to be a text.")
		default:
			fields[name] = text
		}
	}
	if r.found.Has(line) {
		return
	}
	account := r.accountOf(line, fields)
	if !r.found.Has(line) {
		r.accounts = append(r.accounts, account)
	}
}

// accountOf checks every field, so that a line has all its mistakes named.
func (r *userReader) accountOf(line int, fields map[string]string) auth.ImportedAccount {
	a := auth.ImportedAccount{
		Email: strings.TrimSpace(fields["email"]), Name: strings.TrimSpace(fields["name"]),
		Role: access.Role(fields["role"]), Kind: db.PrincipalKindHuman,
		PasswordHash: fields["password_hash"], CreatedAt: r.now,
	}
	r.checkEmail(line, a.Email)
	const longest = 200
	if n := utf8.RuneCountInString(a.Name); n < 1 || n > longest || strings.ContainsFunc(a.Name, unicode.IsControl) {
		r.found.Add(line, "name", "invalid", "A name has 1 to %d characters, none of them a control character.", longest)
	}
	if !a.Role.AtLeast(access.RoleUser) {
		r.found.Add(line, "role", "invalid", "The role is one of user, manager, admin.")
	}
	if kind := fields["kind"]; kind != "" {
		a.Kind = db.PrincipalKind(kind)
	}
	if !a.Kind.Valid() {
		r.found.Add(line, "kind", "invalid", "The kind is human or agent; left out it is human.")
	}
	switch {
	case a.PasswordHash != "":
		if err := auth.CheckImportedHash(a.PasswordHash); err != nil {
			r.found.Add(line, "password_hash", "invalid", "%s", sentence(err.Error()))
		}
	case a.Kind == db.PrincipalKindHuman:
		r.found.Add(line, "password_hash", "required", "A person needs the hash of a password to sign in with.")
	}
	if text := fields["created_at"]; text != "" {
		created, err := time.Parse(time.RFC3339, text)
		if err != nil || created.After(r.now) || created.Year() < 1970 {
			r.found.Add(line, "created_at", "invalid", "Write a time that has passed, such as 2024-05-31T09:30:00Z.")
		}
		a.CreatedAt = created.UTC()
	}
	return a
}

func (r *userReader) checkEmail(line int, email string) {
	const longest = 254
	if len(email) > longest || !httpapi.IsEmail(email) {
		r.found.Add(line, "email", "invalid", "This is no e-mail address such as ana@example.com.")
		return
	}
	lower := strings.ToLower(email)
	if first, ok := r.lines[lower]; ok {
		r.found.Add(line, "email", "repeated", "Line %d has this address already.", first)
		return
	}
	r.lines[lower] = line
}

// sentence makes one of an error's text.
func sentence(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:] + "."
}
