package config

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"time"
	"unicode/utf8"
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
		problems = append(problems, p.cli.Serve.replicaProblems()...)
	case CommandMigrateUp, CommandMigrateDown, CommandMigrateStatus:
		problems = p.cli.Migrate.Database.problems(false)
	case CommandUserCreate:
		problems = append(p.cli.User.Create.problems(), p.cli.User.Create.Database.problems(false)...)
	case CommandKeysRotate:
		problems = append(p.cli.Keys.Rotate.problems(), p.cli.Keys.Rotate.Database.problems(p.cli.Keys.Rotate.SecretKey == "")...)
	case CommandKeysList:
		problems = p.cli.Keys.List.Database.problems(false)
	case CommandJobsList:
		problems = p.cli.Jobs.List.Database.problems(false)
	case CommandJobsRetry:
		problems = append(p.cli.Jobs.Retry.problems(), p.cli.Jobs.Retry.Database.problems(false)...)
	case CommandJobsCancel:
		problems = append(p.cli.Jobs.Cancel.problems(), p.cli.Jobs.Cancel.Database.problems(false)...)
	case CommandUserImport:
		problems = p.cli.User.Import.Database.problems(false)
	case CommandUserResetSecondFactor:
		problems = p.cli.User.ResetSecondFactor.Database.problems(false)
		if p.cli.User.ResetSecondFactor.Email == "" {
			problems = append(problems, problem{flag: "email", text: required})
		}
	case CommandDemo:
		problems = p.cli.Demo.Database.problems(false)
	case CommandAuditHead:
		problems = p.cli.Audit.Head.problems(false)
	case CommandAuditVerify:
		problems = p.cli.Audit.Verify.problems(p.cli.Audit.Verify.SecretKey == "")
	case CommandDoctor:
		problems = append(p.cli.Doctor.Serve.problems(), p.cli.Doctor.Database.problems(true)...)
	case CommandDump:
		problems = p.cli.Dump.Database.problems(false)
	case CommandRestore:
		problems = p.cli.Restore.Database.problems(p.cli.Restore.SecretKey == "" && !p.cli.Restore.SecretLost)
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

// problems: only what needs the secret key has something in the data directory
// when the database is elsewhere.
func (d Database) problems(keepsKeys bool) []problem {
	if d.OwnerURL != "" && d.URL == "" {
		return []problem{{
			flag:  "database-owner-url",
			flags: []string{"database-url"},
			text:  "it is the owner of which database? set DATABASE_URL to it, as the role that the service runs as",
		}}
	}

	if d.DirectURL != "" && d.URL == "" {
		return []problem{{
			flag:  "database-direct-url",
			flags: []string{"database-url"},
			text:  "it is the direct way to which database? set DATABASE_URL to it, through the pooler",
		}}
	}

	if d.Pooler == PoolerTransaction && d.URL == "" {
		return []problem{{
			flag:  "db-pooler",
			flags: []string{"database-url"},
			given: quote(string(d.Pooler)),
			text:  "no pooler stands in front of the private PostgreSQL; set DATABASE_URL to the pooler's address",
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

// replicaProblems: how far a replica is belongs to that one server.
func (s Serve) replicaProblems() []problem {
	if s.ReplicaURL == "" {
		return nil
	}

	if s.URL == "" {
		return []problem{{
			flag:  "database-replica-url",
			flags: []string{"database-url"},
			text:  "it is the replica of which database? set DATABASE_URL to the primary",
		}}
	}

	if s.ReplicaURL.Hosts() > 1 {
		return []problem{{
			flag: "database-replica-url",
			text: "it names several servers, and each is behind by another measure; give each process the address of one replica",
		}}
	}

	return nil
}

func (s Serve) problems() []problem {
	var found []problem

	for _, life := range []struct {
		flag  string
		given time.Duration
	}{{"refresh-token-ttl", s.RefreshTokenTTL}, {"session-max-ttl", s.SessionMaxTTL}} {
		if life.given < s.AccessTokenTTL {
			found = append(found, problem{
				flag:  life.flag,
				flags: []string{"access-token-ttl"},
				given: quote(short(life.given)),
				text:  "expected at least the life of an access token, " + short(s.AccessTokenTTL),
			})
		}
	}

	if s.AdminPassword != "" {
		if err := s.checkLength(s.AdminPassword); err != nil {
			found = append(found, problem{flag: "admin-password", flags: []string{"password-min-length"}, text: err.Error()})
		}
	}

	if s.MailURL.Server() != nil && s.MailFrom == "" {
		found = append(found, problem{flag: "mail-from", flags: []string{"mail-url"}, text: required + " with a mail server"})
	}

	if s.Registration == RegistrationOpen && s.MailURL == "" {
		found = append(found, problem{
			flag: "mail-url", flags: []string{"registration"},
			text: required + " where anybody may register, for an account opens by mail; log: writes it to the log",
		})
	}

	return found
}

// settle replaces what was not said by what it then is.
func settle(s *Serve) {
	if s.Registration == "" {
		s.Registration = RegistrationClosed
		if s.Demo {
			s.Registration = RegistrationOpen
		}
	}

	if s.MailURL == "" && s.Demo {
		s.MailURL = mailToLog
	}
}

// defaultGrace is a few of the intervals at which load balancers usually look.
const defaultGrace = 5 * time.Second

// graceOf is the time that others get to notice that the service at the address
// stops. On a loopback address there are no others to send requests to.
func graceOf(addr string) time.Duration {
	host, _, err := net.SplitHostPort(addr)
	if ip, ipErr := netip.ParseAddr(host); err == nil && (host == "localhost" || ipErr == nil && ip.IsLoopback()) {
		return 0
	}

	return defaultGrace
}

func (p Passwords) checkLength(password Secret) error {
	if length := utf8.RuneCountInString(password.Reveal()); length < int(p.MinLength) {
		return fmt.Errorf("expected a password of %d to %d characters, none of them a control character", p.MinLength, maxPassword)
	}

	return nil
}

func (k KeysRotate) problems() []problem {
	if !k.SecretLost || k.Revoke {
		return nil
	}

	return []problem{{
		flag:  "secret-lost",
		flags: []string{"revoke"},
		text:  "without the secret key the keys there are verify nothing; revoke them as well, with --revoke",
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
		if err := u.checkLength(u.Password); err != nil {
			found = append(found, problem{flag: "password", flags: []string{"password-min-length"}, text: err.Error()})
		}
	}

	return found
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

	password, err := parsePassword(strings.TrimRight(line, "\r\n"))
	if err == nil {
		err = u.checkLength(password)
	}

	if err != nil {
		return Mistakes{{Setting: "--password-stdin", Problem: err.Error()}}
	}

	u.Password = password

	return nil
}
