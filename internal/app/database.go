package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/aicoordination/coordinator/internal/config"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/httpapi"
	"github.com/aicoordination/coordinator/internal/localpg"
)

// database is the one the configuration names: somebody else's, or a private
// PostgreSQL that lives as long as the program.
type database struct {
	db *dbx.DB
	// private is nil for a database of somebody else's.
	private *localpg.Server
	// address is how a person reaches it with psql, without a password.
	address string
}

// openShared is openDatabase for a command, which may run beside a service
// that has the private PostgreSQL: it is then a guest there.
func openShared(ctx context.Context, cfg config.Database, logger *slog.Logger) (*database, error) {
	d, err := openDatabase(ctx, cfg, logger)
	inUse, ok := errors.AsType[*localpg.InUseError](err)
	if !ok || inUse.URL == "" {
		return d, err
	}
	guest, err := dbx.Open(ctx, inUse.URL, cfg.MaxConns)
	if err != nil {
		return nil, err
	}
	return &database{db: guest, address: inUse.URL}, nil
}

func openDatabase(ctx context.Context, cfg config.Database, logger *slog.Logger) (*database, error) {
	if cfg.URL != "" {
		d, err := dbx.Open(ctx, cfg.URL.Reveal(), cfg.MaxConns)
		if err != nil {
			return nil, fmt.Errorf("%w (DATABASE_URL is %s)", err, cfg.URL.Redacted())
		}
		return &database{db: d, address: cfg.URL.Redacted()}, nil
	}
	private, err := localpg.Start(ctx, localpg.Options{
		DataDir: cfg.DataDir, BinDir: cfg.PGBinDir, AllowDownload: true, Logger: logger,
	})
	if _, ok := errors.AsType[*localpg.InUseError](err); ok {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("starting a private PostgreSQL (set DATABASE_URL to use one of your own): %w", err)
	}
	d, err := dbx.Open(ctx, private.URL(), cfg.MaxConns)
	if err != nil {
		return nil, errors.Join(err, private.Stop(context.WithoutCancel(ctx)))
	}
	return &database{db: d, private: private, address: private.URL()}, nil
}

// lost tells when the private PostgreSQL has ended although nobody stopped it.
// The program then ends too: whoever supervises it starts both again.
func (d *database) lost() <-chan error {
	if d.private == nil {
		return nil
	}
	lost := make(chan error, 1)
	go func() {
		<-d.private.Done()
		if err := d.private.Err(); err != nil {
			lost <- fmt.Errorf("the private PostgreSQL has ended: %w", err)
		}
	}()
	return lost
}

func (d *database) close(ctx context.Context) error {
	d.db.Close()
	if d.private == nil {
		return nil
	}
	return d.private.Stop(ctx)
}

func probes(d *database, started time.Time) httpapi.Probes {
	return httpapi.Probes{
		Version:   Version(),
		StartedAt: started,
		Ready:     func(ctx context.Context) error { return dbx.CheckMigrated(ctx, d.db) },
		Checks: func(ctx context.Context) []httpapi.Check {
			begin := time.Now()
			version, err := d.db.ServerVersion(ctx)
			return []httpapi.Check{{
				Name: "database", Err: err, Latency: time.Since(begin), Detail: "PostgreSQL " + version,
			}}
		},
	}
}
