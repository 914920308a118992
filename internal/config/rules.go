package config

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// problem is a mistake that a rule found in settings that are each readable.
type problem struct {
	// flag is the setting to change; with the others in flags it breaks the rule.
	flag  string
	flags []string
	given string
	text  string
}

// checkRules records what breaks the rules of the command. A rule about a
// setting that is refused already is left out.
func (p *parser) checkRules(command Command) {
	var problems []problem

	switch command {
	case CommandServe:
		problems = append(p.cli.Serve.problems(), p.cli.Serve.Database.problems(true)...)
	case CommandMigrateUp, CommandMigrateDown, CommandMigrateStatus:
		problems = p.cli.Migrate.Database.problems(false)
	case CommandUserCreate:
		problems = append(p.cli.User.Create.problems(), p.cli.User.Create.Database.problems(false)...)
	case CommandDemo:
		problems = p.cli.Demo.Database.problems(false)
	case CommandAuditHead:
		problems = p.cli.Audit.Head.problems(false)
	case CommandAuditVerify:
		problems = p.cli.Audit.Verify.problems(p.cli.Audit.Verify.SecretKey == "")
	case CommandHelp, CommandVersion, CommandOpenAPI:
	}

	for _, found := range problems {
		known := true
		for _, flag := range append(found.flags, found.flag) {
			known = known && !p.refused[flag]
		}

		if known {
			p.mistakes = append(p.mistakes, Mistake{Setting: p.label(found.flag), Given: found.given, Problem: found.text})
		}
	}
}

// problems: only the server keeps something in the data directory, its keys,
// when the database is elsewhere.
func (d Database) problems(keepsKeys bool) []problem {
	if d.OwnerURL != "" && d.URL == "" {
		return []problem{{
			flag:  "database-owner-url",
			flags: []string{"database-url"},
			text:  "it is the owner of which database? set DATABASE_URL to it, as the role that the service runs as",
		}}
	}

	if d.DataDir != "" || (d.URL != "" && !keepsKeys) {
		return nil
	}

	return []problem{{
		flag:  "data-dir",
		flags: []string{"database-url"},
		text:  "this user has no home directory to put the data in; set COORDINATOR_DATA_DIR to a directory",
	}}
}

func (s Serve) problems() []problem {
	if s.RefreshTokenTTL >= s.AccessTokenTTL {
		return nil
	}

	return []problem{{
		flag:  "refresh-token-ttl",
		flags: []string{"access-token-ttl"},
		given: quote(short(s.RefreshTokenTTL)),
		text:  "expected at least the life of an access token, " + short(s.AccessTokenTTL),
	}}
}

// short writes a duration as people do, 10m and not 10m0s.
func short(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}

	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}

	return text
}

func (u *UserCreate) problems() []problem {
	var found []problem

	if u.Email == "" {
		found = append(found, problem{flag: "email", text: required})
	}

	if u.Password != "" && u.PasswordStdin {
		found = append(found, problem{flag: "password-stdin", flags: []string{"password"}, text: "the password is given already; use one of the two"})
	}

	if u.Password != "" {
		if err := u.checkPassword(u.Password); err != nil {
			found = append(found, problem{flag: "password", flags: []string{"role"}, text: err.Error()})
		}
	}

	return found
}

func (u *UserCreate) checkPassword(password Secret) error {
	least := minPassword
	if u.Role == "admin" {
		least = minAdminPassword
	}

	_, err := passwordOf(least)(password.Reveal())

	return err
}

// ReadPassword takes the password from the first line of r when PasswordStdin
// asks for it. Its error is a Mistakes when the password is not accepted.
func (u *UserCreate) ReadPassword(r io.Reader) error {
	if !u.PasswordStdin {
		return nil
	}

	line, err := bufio.NewReader(io.LimitReader(r, 4*maxPassword+2)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading the password from the standard input: %w", err)
	}

	password := Secret(strings.TrimRight(line, "\r\n"))
	if err := u.checkPassword(password); err != nil {
		return Mistakes{{Setting: "--password-stdin", Problem: err.Error()}}
	}

	u.Password = password

	return nil
}
