// Command coordinator is the backend through which people and AI agents
// coordinate client work. It serves the API and has the commands to run it.
//
// Its exit code is 0 on success, 1 when the command failed, and 2 when the
// settings are mistaken; nothing was started or changed then. "audit verify"
// ends with 1 when the audit log was tampered with, and with 3 when it could
// not tell.
//
// SIGTERM and an interrupt begin an orderly stop, after which the code is 0, or
// 1 when requests or jobs had to be cut off. A second one ends the process at
// once, by that signal: a shell shows 143 or 130.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/aicoordination/coordinator/internal/app"
	"github.com/aicoordination/coordinator/internal/config"
)

// The exit codes. Scripts rely on them.
const (
	exitOK       = 0
	exitFailure  = 1
	exitMistakes = 2
	exitUnknown  = 3
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal begins an orderly stop. From then on signals have their
	// ordinary effect, so that a second one ends the program at once.
	context.AfterFunc(ctx, stop)

	os.Exit(run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}

// run is the program without what is global to its process. It returns the
// exit code.
func run(ctx context.Context, args, environ []string, stdin io.Reader, stdout, stderr io.Writer) int {
	invocation, err := config.Parse(args, environ, stdout, stderr)
	if err == nil {
		err = execute(ctx, invocation, stdin, stdout, stderr)
	}

	if err == nil {
		return exitOK
	}

	_, _ = fmt.Fprintf(stderr, "coordinator: %v\n", err)

	if mistakes := config.Mistakes(nil); errors.As(err, &mistakes) {
		_, _ = fmt.Fprintln(stderr, `Run "coordinator --help" or "coordinator COMMAND --help" to see what is accepted.`)

		return exitMistakes
	}

	if errors.Is(err, app.ErrAuditUnknown) {
		return exitUnknown
	}

	return exitFailure
}

// execute runs the command.
func execute(ctx context.Context, invocation *config.Invocation, stdin io.Reader, stdout, stderr io.Writer) error {
	switch invocation.Command {
	case config.CommandHelp:
		// Parse has printed it.
		return nil
	case config.CommandVersion:
		_, err := fmt.Fprintln(stdout, app.Version())

		return err
	case config.CommandServe:
		return app.Serve(ctx, invocation.Serve, stdout)
	case config.CommandMigrateUp:
		return app.MigrateUp(ctx, invocation.Migrate.Database, stdout)
	case config.CommandMigrateDown:
		return app.MigrateDown(ctx, invocation.Migrate.Database, stdout)
	case config.CommandMigrateStatus:
		return app.MigrateStatus(ctx, invocation.Migrate.Database, stdout)
	case config.CommandUserCreate:
		create := invocation.User.Create
		if err := create.ReadPassword(stdin); err != nil {
			return err
		}

		return app.CreateUser(ctx, create, stdout)
	case config.CommandKeysRotate:
		return app.RotateKeys(ctx, invocation.Keys.Rotate, stdout)
	case config.CommandKeysList:
		return app.ListKeys(ctx, invocation.Keys.List.Database, stdout)
	case config.CommandJobsList:
		return app.ListJobs(ctx, invocation.Jobs.List, stdout)
	case config.CommandJobsRetry:
		return app.RetryJobs(ctx, invocation.Jobs.Retry, stdout)
	case config.CommandJobsCancel:
		return app.CancelJob(ctx, invocation.Jobs.Cancel, stdout)
	case config.CommandUserResetSecondFactor:
		return app.ResetSecondFactor(ctx, invocation.User.ResetSecondFactor, stdout)
	case config.CommandUserImport:
		return app.ImportUsers(ctx, invocation.User.Import, stdin, stdout)
	case config.CommandDemo:
		return app.LoadDemo(ctx, invocation.Demo, stdout)
	case config.CommandAuditHead:
		return app.AuditHead(ctx, invocation.Audit.Head.Database, stdout)
	case config.CommandAuditVerify:
		return app.AuditVerify(ctx, invocation.Audit.Verify, stdout)
	case config.CommandDoctor:
		return app.Doctor(ctx, invocation.Doctor, stdout)
	case config.CommandDump:
		return app.Dump(ctx, invocation.Dump, stdout, stderr)
	case config.CommandRestore:
		return app.Restore(ctx, invocation.Restore, stdin, stdout)
	case config.CommandOpenAPI:
		return app.WriteOpenAPI(invocation.OpenAPI.Format, stdout)
	default:
		return fmt.Errorf("there is no command %q", invocation.Command)
	}
}
