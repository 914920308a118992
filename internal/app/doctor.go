package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/aicoordination/coordinator/internal/config"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/doctor"
)

const (
	// doctorConns are enough for every check at the same time.
	doctorConns = 16
	// doctorPatience bounds the start of a private PostgreSQL that is not up, and
	// the first connection to another.
	doctorPatience = 30 * time.Second
)

// ErrBroken says that the doctor has found something.
var ErrBroken = errors.New("something is broken: each line with ✖ says what mends it")

// Doctor checks everything that the service needs and prints what it found.
func Doctor(ctx context.Context, cfg config.Doctor, stdout io.Writer) (err error) {
	s, closeAll := subject(ctx, cfg.Serve)
	defer func() { err = errors.Join(err, closeAll()) }()
	outcomes := doctor.Examine(ctx, s)
	if cfg.JSON {
		encoder := json.NewEncoder(stdout)
		encoder.SetIndent("", "  ")
		err = encoder.Encode(map[string]any{"broken": doctor.IsBroken(outcomes), "checks": outcomes})
	} else {
		terminal, ok := stdout.(*os.File)
		_, err = fmt.Fprint(stdout, doctor.Text(outcomes, ok && isTerminal(terminal)))
	}
	if err == nil && doctor.IsBroken(outcomes) {
		return ErrBroken
	}
	return err
}

// subject connects as the service would. What does not work is for a check to tell.
func subject(ctx context.Context, cfg config.Serve) (doctor.Subject, func() error) {
	s := doctor.Subject{Config: cfg, KeysDir: keysDir(cfg.DataDir)}
	none := func() error { return nil }
	if cfg.URL == "" {
		// Looking makes nothing.
		if found, _ := filepath.Glob(filepath.Join(cfg.DataDir, "postgresql", "*", "PG_VERSION")); len(found) == 0 {
			s.NoDatabase = true
			return s, none
		}
	}
	bounded, cancel := context.WithTimeout(ctx, doctorPatience)
	defer cancel()
	d, err := openShared(bounded, cfg.Database, commandLogger())
	if err != nil {
		s.DatabaseError = err
		return s, none
	}
	var opened []*dbx.DB
	closeAll := func() error {
		for _, pool := range opened {
			pool.Close()
		}
		return d.close(context.WithoutCancel(ctx))
	}
	for address, into := range map[string]**dbx.DB{d.url: &s.DB, d.ownerAddress(): &s.Owner} {
		var opts []dbx.Option
		if d.pooled {
			opts = append(opts, dbx.BehindPooler())
		}
		pool, err := dbx.Open(bounded, address, doctorConns, opts...)
		if err != nil {
			s.DB, s.Owner, s.DatabaseError = nil, nil, err
			return s, closeAll
		}
		*into, opened = pool, append(opened, pool)
	}
	if s.Owner == nil || s.DB == nil {
		// One address for both: the map has the last of them alone.
		only := opened[0]
		s.DB, s.Owner = only, only
	}
	return s, closeAll
}
