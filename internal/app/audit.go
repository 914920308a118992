package app

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/aicoordination/coordinator/internal/audit"
	"github.com/aicoordination/coordinator/internal/config"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/seal"
)

// ErrAuditUnknown says that the audit log could not be read or checked, which
// says nothing of whether it was tampered with.
var ErrAuditUnknown = errors.New("the audit log could not be checked")

// ErrTampered says that the audit log is not what was sealed.
var ErrTampered = errors.New("the audit log was tampered with")

// AuditHead prints where the audit log's chain ends.
func AuditHead(ctx context.Context, cfg config.Database, stdout io.Writer) error {
	return auditing(ctx, cfg, func(d *database) error {
		head, ok, err := audit.ReadHead(ctx, d.db)
		if err != nil {
			return err
		}
		if !ok {
			return errors.New("nothing is sealed yet; a service that runs seals every second")
		}
		_, err = fmt.Fprintln(stdout, head)
		return err
	})
}

// AuditVerify checks the audit log and prints what it found.
func AuditVerify(ctx context.Context, cfg config.AuditVerify, stdout io.Writer) error {
	var noted *audit.Head
	if cfg.Head != "" {
		head, err := audit.ParseHead(cfg.Head)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrAuditUnknown, err)
		}
		noted = &head
	}
	// None is made here: it would be the wrong one.
	secret, err := seal.FindSecret(cfg.SecretKey.Reveal(), keysDir(cfg.DataDir))
	if err != nil {
		return fmt.Errorf("%w: %w; set COORDINATOR_SECRET_KEY, or COORDINATOR_DATA_DIR, to that of the service", ErrAuditUnknown, err)
	}
	var report audit.Report
	err = auditing(ctx, cfg.Database, func(d *database) error {
		report, err = audit.Verify(ctx, d.db, secret, noted)
		return err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "Verified: %d\nNot sealed yet: %d\n", report.Verified, report.Unsealed)
	if err == nil && report.Finding == nil && report.Head.Hash != nil {
		_, err = fmt.Fprintf(stdout, "Head: %s\n", report.Head)
	}
	if report.Finding != nil {
		return errors.Join(fmt.Errorf("%w: %s", ErrTampered, report.Finding), err)
	}
	return err
}

// auditing runs fn on a database that has the chain.
func auditing(ctx context.Context, cfg config.Database, fn func(*database) error) error {
	err := withDatabase(ctx, cfg, func(d *database) error {
		if err := dbx.CheckMigrated(ctx, d.db); err != nil {
			return err
		}
		return fn(d)
	})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrAuditUnknown, err)
	}
	return nil
}
