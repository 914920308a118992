package app

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/aicoordination/coordinator/internal/audit"
	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/backup"
	"github.com/aicoordination/coordinator/internal/config"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/localpg"
	"github.com/aicoordination/coordinator/internal/seal"
	"github.com/aicoordination/coordinator/internal/verify"
)

// spendPrivately is how many transactions a private PostgreSQL may be behind
// until it is worth a restart.
const spendPrivately = 200_000

// Dump writes the database into a file, or to stdout, and tells on stderr what
// it has written.
func Dump(ctx context.Context, cfg config.Dump, stdout, stderr io.Writer) error {
	if terminal, ok := stdout.(*os.File); ok && cfg.Output == "-" && isTerminal(terminal) {
		return errors.New("a dump is no text for a terminal: name a file with --output, or redirect it")
	}
	return withDatabase(ctx, cfg.Database, func(d *database) error {
		if err := dbx.CheckMigrated(ctx, d.db); err != nil {
			return err
		}
		return d.asOwner(ctx, func(owner *dbx.DB) error {
			source := backup.Source{DB: owner, Address: d.ownerAddress(), PGBinDir: cfg.PGBinDir, Version: Version()}
			var m backup.Manifest
			var err error
			if cfg.Output == "-" {
				m, err = backup.DumpTo(ctx, source, stdout)
			} else {
				m, err = backup.Dump(ctx, source, cfg.Output)
			}
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(stderr, "Dumped %d rows of %d tables, as they were at %s.\nThe secret key is not among them: keep it as well, and elsewhere.\n",
				total(m), len(m.Rows), m.TakenAt.Format("2006-01-02 15:04:05 MST"))
			return err
		})
	})
}

func total(m backup.Manifest) (rows int64) {
	for _, count := range m.Rows {
		rows += count
	}
	return rows
}

// ownerAddress is how the owner of the schema connects, past a pooler where a
// way there is known.
func (d *database) ownerAddress() string {
	return cmp.Or(d.owner.Reveal(), d.direct.Reveal(), d.url)
}

// Restore reads a dump into an empty database, and verifies it.
func Restore(ctx context.Context, cfg config.Restore, stdin io.Reader, stdout io.Writer) (err error) {
	file, err := openInput(cfg.File, stdin)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.close()) }()
	archive, err := backup.Open(file.File)
	if err != nil {
		return fmt.Errorf("%s: %w", cfg.File, err)
	}
	latest, err := dbx.LatestVersion()
	if err != nil {
		return err
	}
	if m := archive.Manifest; m.SchemaVersion > latest {
		return fmt.Errorf("the dump has version %d of the schema, and this binary knows no further than %d; restore it with version %s or later", m.SchemaVersion, latest, m.Version)
	}
	var secret []byte
	if !cfg.SecretLost {
		if secret, err = secretOf(cfg, archive.Manifest); err != nil {
			return err
		}
	}
	d, err := openFor(ctx, cfg.Database, archive.Manifest)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close(context.WithoutCancel(ctx))) }()
	return d.asOwner(ctx, func(owner *dbx.DB) error {
		target := backup.Target{DB: owner, Address: d.ownerAddress(), PGBinDir: cfg.PGBinDir}
		if err := backup.CheckEmpty(ctx, target); err != nil {
			return err
		}
		if err := backup.Restore(ctx, target, archive); err != nil {
			return err
		}
		left, err := d.finish(ctx, owner, cfg, archive.Manifest, secret)
		if err != nil {
			return errors.Join(fmt.Errorf("%w; the database is left empty", err), backup.Undo(context.WithoutCancel(ctx), target))
		}
		return tellRestored(stdout, cfg, archive.Manifest, left)
	})
}

// leftOut counts what was waiting in the dump and is left to the service that it is of.
type leftOut struct{ jobs, deliveries int64 }

// finish makes of what was restored what the service works on, and verifies it.
func (d *database) finish(ctx context.Context, owner *dbx.DB, cfg config.Restore, m backup.Manifest, secret []byte) (left leftOut, err error) {
	if m.SchemaVersion >= jobsSince && !cfg.WithJobs {
		if left.jobs, err = backup.DropJobs(ctx, owner); err != nil {
			return leftOut{}, err
		}
	}
	if err := d.migrate(ctx); err != nil {
		return leftOut{}, err
	}
	if !cfg.WithJobs {
		if left.deliveries, err = backup.DropDeliveries(ctx, owner); err != nil {
			return leftOut{}, err
		}
	}
	if _, err := owner.Exec(ctx, "ANALYZE"); err != nil {
		return leftOut{}, fmt.Errorf("gathering statistics: %w", err)
	}
	findings, err := verify.Run(ctx, owner)
	if err != nil {
		return leftOut{}, err
	}
	for _, finding := range findings {
		err = errors.Join(err, errors.New(finding.String()))
	}
	if err != nil {
		return leftOut{}, fmt.Errorf("what was restored breaks rules that always hold: %w", err)
	}
	if secret == nil {
		return left, nil
	}
	if _, err := auth.CheckKeys(ctx, d.db, secret); err != nil {
		return leftOut{}, err
	}
	if m.AuditHead == "" {
		return left, nil
	}
	head, err := audit.ParseHead(m.AuditHead)
	if err != nil {
		return leftOut{}, err
	}
	report, err := audit.Verify(ctx, d.db, secret, &head)
	if err != nil {
		return leftOut{}, err
	}
	if report.Finding != nil {
		return leftOut{}, fmt.Errorf("%w: %s", ErrTampered, report.Finding)
	}
	return left, nil
}

// jobsSince is the version of the schema that has jobs.
const jobsSince = 21

func tellRestored(stdout io.Writer, cfg config.Restore, m backup.Manifest, left leftOut) error {
	_, err := fmt.Fprintf(stdout, "Restored %d rows of %d tables, as they were at %s.\n", total(m), len(m.Rows), m.TakenAt.Format("2006-01-02 15:04:05 MST"))
	if cfg.SecretLost {
		_, err2 := fmt.Fprintln(stdout, "Without the secret key the audit log was not verified. Run `coordinator keys rotate --revoke --secret-lost` before the service starts.")
		return errors.Join(err, err2)
	}
	_, err2 := fmt.Fprintf(stdout, "Every rule holds, the signing keys open, and the audit log is what was sealed up to %s.\n", orNothing(m.AuditHead))
	var err3 error
	if left != (leftOut{}) {
		_, err3 = fmt.Fprintf(stdout, "%d background jobs and %d deliveries to webhooks that were waiting are left out, so that nothing is sent twice; --with-jobs keeps them.\n",
			left.jobs, left.deliveries)
	}
	return errors.Join(err, err2, err3)
}

func orNothing(head string) string {
	if head == "" {
		return "now, which is nothing yet"
	}
	return head
}

// secretOf finds the secret key of the service that the dump is of.
func secretOf(cfg config.Restore, m backup.Manifest) ([]byte, error) {
	secret, err := seal.FindSecret(cfg.SecretKey.Reveal(), keysDir(cfg.DataDir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the secret key of the service is needed, which is not in its dump: set COORDINATOR_SECRET_KEY, or copy the file keys/secret-key "+
			"of the old data directory into %s; nothing was restored", keysDir(cfg.DataDir))
	}
	if err != nil {
		return nil, err
	}
	start, err := audit.Start(secret)
	if err != nil {
		return nil, err
	}
	if m.AuditStart != "" && m.AuditStart != hex.EncodeToString(start) {
		return nil, fmt.Errorf("the dump is of a service with another secret key than this one: set COORDINATOR_SECRET_KEY to that one, "+
			"or replace the file in %s by its; nothing was restored", keysDir(cfg.DataDir))
	}
	return secret, nil
}

// openFor opens the database and sees to it that its transactions come after
// those in the dump: the order of the log of changes is that of transactions.
func openFor(ctx context.Context, cfg config.Database, m backup.Manifest) (*database, error) {
	logger := commandLogger()
	d, err := openDatabase(ctx, cfg, logger)
	if err != nil {
		return nil, err
	}
	lag, err := backup.Lag(ctx, d.db, m.LastTransaction)
	switch {
	case err != nil || lag == 0:
	case d.private != nil && lag > spendPrivately:
		if err := d.close(ctx); err != nil {
			return nil, err
		}
		if err := localpg.RaiseEpoch(ctx, localpg.Options{DataDir: cfg.DataDir, BinDir: cfg.PGBinDir, Logger: logger}, backup.Epoch(m.LastTransaction)); err != nil {
			return nil, err
		}
		return openDatabase(ctx, cfg, logger)
	case backup.CanSpend(lag):
		logger.InfoContext(ctx, "using up transactions, so that the next ones come after those of the log of changes", "transactions", lag)
		err = backup.Spend(ctx, d.db, lag)
	default:
		err = fmt.Errorf("this PostgreSQL's transactions are %d behind those of the log of changes, which is ordered by them. Stop it, run as its account "+
			"`pg_resetwal --epoch=%d -D DIRECTORY-OF-ITS-DATA`, start it, and restore again; that begins its write-ahead log anew, "+
			"so take a new base backup afterwards. Nothing was restored", lag, backup.Epoch(m.LastTransaction))
	}
	if err != nil {
		return nil, errors.Join(err, d.close(context.WithoutCancel(ctx)))
	}
	return d, nil
}

// input is a file that was named, or a temporary one with the standard input.
type input struct {
	*os.File
	temporary bool
}

func openInput(path string, stdin io.Reader) (input, error) {
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return input{}, fmt.Errorf("opening the dump: %w", err)
		}
		return input{File: f}, nil
	}
	f, err := os.CreateTemp("", "coordinator-restore-*")
	if err != nil {
		return input{}, fmt.Errorf("making a temporary file: %w", err)
	}
	in := input{File: f, temporary: true}
	if _, err := io.Copy(f, stdin); err != nil {
		return input{}, errors.Join(fmt.Errorf("reading the dump: %w", err), in.close())
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return input{}, errors.Join(err, in.close())
	}
	return in, nil
}

func (i input) close() error {
	err := i.Close()
	if i.temporary {
		err = errors.Join(err, os.Remove(i.Name()))
	}
	return err
}
