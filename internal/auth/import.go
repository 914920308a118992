package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
)

// importBatch is how many accounts are written by one statement.
const importBatch = 1000

// ImportedAccount is an account as another system has it.
type ImportedAccount struct {
	Email, Name string
	Role        access.Role
	Kind        db.PrincipalKind
	// PasswordHash is one that [CheckImportedHash] accepts; empty for none.
	PasswordHash string
	CreatedAt    time.Time
}

// ImportOptions say what is done with the accounts.
type ImportOptions struct {
	// DryRun writes everything and takes it back.
	DryRun bool
	// SkipExisting leaves out the addresses that have an account.
	SkipExisting bool
}

// Imported is what came of an import.
type Imported struct {
	Created int
	// Existing are the addresses that have an account already, as they were
	// given. Unless they are skipped, nothing is imported when there are any.
	Existing []string
}

// errDryRun takes everything back that a dry run has written.
var errDryRun = errors.New("this is a dry run")

// ImportAccounts makes all of the accounts or none. It returns AlreadyExists
// when one of their addresses is taken while it runs.
func ImportAccounts(ctx context.Context, d *dbx.DB, actor access.Actor, accounts []ImportedAccount, options ImportOptions) (Imported, error) {
	var done Imported
	err := dbx.WithTx(ctx, d, func(q *db.Queries) error {
		done = Imported{}
		emails := make([]string, len(accounts))
		for i, account := range accounts {
			emails[i] = account.Email
		}
		var err error
		if done.Existing, err = q.UserListTakenEmails(ctx, emails); err != nil {
			return fmt.Errorf("looking for existing accounts: %w", err)
		}
		if len(done.Existing) > 0 && !options.SkipExisting {
			return nil
		}
		taken := map[string]bool{}
		for _, email := range done.Existing {
			taken[email] = true
		}
		left := slices.DeleteFunc(slices.Clone(accounts), func(a ImportedAccount) bool { return taken[a.Email] })
		for batch := range slices.Chunk(left, importBatch) {
			if err := importAccounts(ctx, q, actor, batch); err != nil {
				return err
			}
		}
		done.Created = len(left)
		if options.DryRun {
			return errDryRun
		}
		return nil
	})
	if errors.Is(err, errDryRun) {
		err = nil
	}
	return done, err
}

func importAccounts(ctx context.Context, q *db.Queries, actor access.Actor, accounts []ImportedAccount) error {
	var params db.UserImportParams
	for _, account := range accounts {
		params.Ids = append(params.Ids, uuid.Must(uuid.NewV7()))
		params.Kinds = append(params.Kinds, string(account.Kind))
		params.Emails = append(params.Emails, account.Email)
		params.Names = append(params.Names, account.Name)
		params.Roles = append(params.Roles, string(account.Role))
		params.PasswordHashes = append(params.PasswordHashes, account.PasswordHash)
		params.CreatedAts = append(params.CreatedAts, account.CreatedAt)
	}
	users, err := q.UserImport(ctx, params)
	if err != nil {
		return fmt.Errorf("importing users: %w", err)
	}
	events := make([]event.Event, len(users))
	for i, user := range users {
		events[i] = event.Event{Entity: "user", ID: user.ID, Action: "created", After: user, Version: user.Version}
	}
	return event.RecordEach(ctx, q, actor, events)
}
