package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/aicoordination/coordinator/gen/server"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/config"
	"github.com/aicoordination/coordinator/internal/dbx"
)

// withDatabase runs a command on the database the configuration names.
func withDatabase(ctx context.Context, cfg config.Database, fn func(*database) error) (err error) {
	d, err := openShared(ctx, cfg, commandLogger())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close(context.WithoutCancel(ctx))) }()
	err = fn(d)
	if refusal, ok := errors.AsType[*apperr.Error](err); ok && refusal.Code != apperr.Unavailable {
		// Said for whoever typed the command; what it came from says no more to them.
		return errors.New(refusal.Detail)
	}
	return err
}

// MigrateUp applies the pending migrations.
func MigrateUp(ctx context.Context, cfg config.Database, stdout io.Writer) error {
	return withDatabase(ctx, cfg, func(d *database) error {
		if err := d.migrate(ctx); err != nil {
			return err
		}
		return d.asOwner(ctx, func(owner *dbx.DB) error { return printMigrations(ctx, owner, stdout) })
	})
}

// MigrateDown takes the newest migration back.
func MigrateDown(ctx context.Context, cfg config.Database, stdout io.Writer) error {
	return withDatabase(ctx, cfg, func(d *database) error {
		var reversed *dbx.Migration
		err := d.asOwner(ctx, func(owner *dbx.DB) (err error) {
			reversed, err = dbx.MigrateDown(ctx, owner)
			return err
		})
		if err != nil {
			return err
		}
		if reversed == nil {
			_, err = fmt.Fprintln(stdout, "There is no migration to take back.")
			return err
		}
		_, err = fmt.Fprintf(stdout, "Took back %s.\n", reversed.Name)
		return err
	})
}

// MigrateStatus prints every migration and when it was applied.
func MigrateStatus(ctx context.Context, cfg config.Database, stdout io.Writer) error {
	return withDatabase(ctx, cfg, func(d *database) error {
		// As the owner, because a new database shows its role nothing yet.
		return d.asOwner(ctx, func(owner *dbx.DB) error { return printMigrations(ctx, owner, stdout) })
	})
}

func printMigrations(ctx context.Context, d *dbx.DB, stdout io.Writer) error {
	migrations, err := dbx.Migrations(ctx, d)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	for _, m := range migrations {
		state := "pending"
		if !m.AppliedAt.IsZero() {
			state = "applied " + m.AppliedAt.UTC().Format(time.RFC3339)
		}
		fmt.Fprintf(table, "%s\t%s\n", m.Name, state)
	}
	return table.Flush()
}

// passwordRules are the settings as auth takes them.
func passwordRules(cfg config.Passwords) auth.Passwords {
	return auth.Passwords{MinLength: int(cfg.MinLength), Scheme: auth.Scheme(cfg.Scheme)}
}

// CreateUser makes an account and prints its password when it was made up.
func CreateUser(ctx context.Context, cfg config.UserCreate, stdout io.Writer) error {
	password, madeUp := cfg.Password.Reveal(), false
	if password == "" {
		password, madeUp = rand.Text(), true
	}
	return withDatabase(ctx, cfg.Database, func(d *database) error {
		if err := d.migrate(ctx); err != nil {
			return err
		}
		user, err := auth.CreateAccount(ctx, d.db, access.System(), passwordRules(cfg.Passwords), auth.Account{
			Email: cfg.Email, Password: password, Name: cfg.Name, Role: access.Role(cfg.Role),
		})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(stdout, "Created the %s %s (%s).\n", user.Role, user.Email, user.ID)
		if madeUp && err == nil {
			_, err = fmt.Fprintf(stdout, "The password is %s and is shown this once.\n", password)
		}
		return err
	})
}

// ResetSecondFactor takes somebody's second factor away.
func ResetSecondFactor(ctx context.Context, cfg config.UserResetSecondFactor, stdout io.Writer) error {
	return withDatabase(ctx, cfg.Database, func(d *database) error {
		if err := dbx.CheckMigrated(ctx, d.db); err != nil {
			return err
		}
		had, err := auth.ResetSecondFactorOf(ctx, d.db, access.System(), cfg.Email, time.Now())
		if err != nil {
			return err
		}
		text := "%s has no second factor any more, and its sessions have ended.\n"
		if !had {
			text = "%s has no second factor.\n"
		}
		_, err = fmt.Fprintf(stdout, text, cfg.Email)
		return err
	})
}

// LoadDemo loads the demo data, unless they are there.
func LoadDemo(ctx context.Context, cfg config.Demo, stdout io.Writer) error {
	return withDatabase(ctx, cfg.Database, func(d *database) error {
		if err := d.migrate(ctx); err != nil {
			return err
		}
		loaded, err := loadDemo(ctx, d.db)
		if err != nil {
			return err
		}
		text := "The demo data are there already."
		if loaded {
			text = "Loaded the demo data."
		}
		_, err = fmt.Fprintf(stdout, "%s Sign in as %s with the password %s.\n", text, demoManagerEmail, demoPassword)
		return err
	})
}

// WriteOpenAPI prints the contract.
func WriteOpenAPI(format string, stdout io.Writer) error {
	document := server.SpecYAML
	if format == "json" {
		document = server.SpecJSON
	}
	_, err := stdout.Write(document())
	return err
}
