package config

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

// Command is what the program was asked to do.
type Command string

// The commands. CommandHelp asks for nothing more: Parse has printed the help.
const (
	CommandHelp                  Command = "help"
	CommandVersion               Command = "version"
	CommandServe                 Command = "serve"
	CommandMigrateUp             Command = "migrate up"
	CommandMigrateDown           Command = "migrate down"
	CommandMigrateStatus         Command = "migrate status"
	CommandUserCreate            Command = "user create"
	CommandKeysRotate            Command = "keys rotate"
	CommandKeysList              Command = "keys list"
	CommandJobsList              Command = "jobs list"
	CommandJobsRetry             Command = "jobs retry"
	CommandJobsCancel            Command = "jobs cancel"
	CommandUserImport            Command = "user import"
	CommandUserResetSecondFactor Command = "user reset-second-factor"
	CommandDemo                  Command = "demo"
	CommandAuditHead             Command = "audit head"
	CommandAuditVerify           Command = "audit verify"
	CommandDoctor                Command = "doctor"
	CommandDump                  Command = "dump"
	CommandRestore               Command = "restore"
	CommandOpenAPI               Command = "openapi"
)

// Invocation is one call of the program: the command and its settings. The
// settings of other commands are at their defaults.
type Invocation struct {
	Command Command
	CLI
}

// Parse reads args, without the program's name, and environ, in the form of
// os.Environ. It prints help to stdout when that is asked for.
//
// Every mistake is found in one go: the error is then a Mistakes, which holds
// no secret.
func Parse(args, environ []string, stdout, stderr io.Writer) (*Invocation, error) {
	return parse(args, environ, thisMachine(), stdout, stderr)
}

func parse(args, environ []string, host machine, stdout, stderr io.Writer) (*Invocation, error) {
	p, err := newParser(newEnvironment(environ), host, stdout, stderr)
	if err != nil {
		return nil, err
	}

	given := p.scan(args)

	switch {
	case given.help:
		return &Invocation{Command: CommandHelp}, p.printHelp(given.path)
	case given.version || Command(given.command()) == CommandVersion:
		// Whoever asks for the version may be finding out why the settings are
		// refused, so they are not looked at.
		if len(p.mistakes) > 0 {
			return nil, p.mistakes
		}

		return &Invocation{Command: CommandVersion}, nil
	}

	if !given.unknownCommand {
		// Of the shape of a command line, scan has recorded what is wrong, and bad
		// values are recorded on the way; so kong finds nothing to refuse but the
		// lack of a subcommand.
		if _, err := p.kong.Parse(given.canonical()); err != nil && !given.incomplete {
			return nil, fmt.Errorf("reading the command line: %w", err)
		}
	}

	p.checkUnknownVariables()

	command := Command(given.command())
	p.checkRules(command)

	if len(p.mistakes) > 0 {
		return nil, p.mistakes
	}

	for _, db := range p.databases() {
		if db.MaxConns == 0 {
			db.MaxConns = AutomaticMaxConns(p.host.cores)
		}
	}

	settle(&p.cli.Serve)
	settle(&p.cli.Doctor.Serve)

	if _, given := p.source["shutdown-grace"]; !given {
		p.cli.Serve.ShutdownGrace = graceOf(p.cli.Serve.Addr)
	}

	if create := &p.cli.User.Create; create.Name == "" {
		create.Name = create.Email[:max(0, strings.LastIndex(create.Email, "@"))]
	}

	return &Invocation{Command: command, CLI: p.cli}, nil
}

// parser reads one command line. Kong holds the grammar, converts values and
// prints help; the parser is around it because kong stops at the first mistake.
type parser struct {
	kong     *kong.Kong
	cli      CLI
	env      environment
	host     machine
	mistakes Mistakes
	// source names how a setting was given, "--addr" or "COORDINATOR_ADDR", by
	// the flag's name; one left at its default is not in it.
	source map[string]string
	// refused holds the flags that have a mistake already, so that a rule about
	// two settings does not complain about a value that was never read.
	refused map[string]bool
}

func newParser(env environment, host machine, stdout, stderr io.Writer) (*parser, error) {
	p := &parser{env: env, host: host, source: map[string]string{}, refused: map[string]bool{}}

	k, err := kong.New(&p.cli,
		kong.Name("coordinator"),
		kong.Description("Coordinator is the backend through which people and AI agents coordinate client work. "+
			"Settings are flags or variables; a flag wins over its variable. "+
			"It exits with 0 when it did what it was asked to, which for serve includes an orderly stop by a signal; 1 when it failed or had to cut requests off; "+
			"2 when the settings are mistaken; 3 when the audit log could not be checked; and by the signal itself when that came a second time."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(int) {}),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: helpWidth}),
		kong.ValueFormatter(formatHelp),
		mappers(),
		kong.Resolvers(kong.ResolverFunc(p.fromEnvironment)),
		kong.PostBuild(p.takeOver),
	)
	if err != nil {
		return nil, fmt.Errorf("building the command line's grammar: %w", err)
	}

	p.kong = k

	return p, nil
}

// takeOver makes kong record a bad value and go on, where it would stop, and
// keeps it from reading the process's environment.
func (p *parser) takeOver(k *kong.Kong) error {
	return kong.Visit(k.Model, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok {
			flag.Mapper = recorder{parser: p, mapper: flag.Mapper}
			// The tags remain readable through Tag.Get.
			flag.Tag.Envs, flag.Envs = nil, nil
			flag.Tag.Enum, flag.Enum = "", ""

			if flag.Name == "data-dir" {
				// Kong expands variables in defaults.
				flag.Default = strings.ReplaceAll(defaultDataDir(p.env, p.host), "$", "$$")
			}

			if flag.PlaceHolder == "" {
				flag.PlaceHolder = joinChoices(flag, "|")
			}
		}

		return next(nil)
	})
}

// fromEnvironment is kong's resolver: it gives the value of the flag's variable,
// or nil when that is not set.
func (p *parser) fromEnvironment(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	variable := flag.Tag.Get("env")

	value := p.env[variable]
	if value == "" {
		return nil, nil //nolint:nilnil // Kong's way to say that there is no value.
	}

	p.source[flag.Name] = variable

	return value, nil
}

// databases lists the database settings of every command.
func (p *parser) databases() []*Database {
	return []*Database{
		&p.cli.Serve.Database, &p.cli.Migrate.Database, &p.cli.User.Create.Database, &p.cli.User.Import.Database, &p.cli.User.ResetSecondFactor.Database,
		&p.cli.Keys.Rotate.Database, &p.cli.Keys.List.Database, &p.cli.Demo.Database,
		&p.cli.Jobs.List.Database, &p.cli.Jobs.Retry.Database, &p.cli.Jobs.Cancel.Database,
		&p.cli.Audit.Head.Database, &p.cli.Audit.Verify.Database,
		&p.cli.Doctor.Database, &p.cli.Dump.Database, &p.cli.Restore.Database,
	}
}

// AutomaticMaxConns is the size of the connection pool on a machine with that
// many processor cores. PostgreSQL does the most work with about two busy
// connections a core and less with more, and a server that holds many keeps
// other replicas from theirs.
func AutomaticMaxConns(cores int) int32 {
	const least, most = 4, 32

	return int32(min(max(2*cores, least), most))
}
