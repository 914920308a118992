package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/aicoordination/coordinator/internal/localpg"
)

// replicated is a PostgreSQL with the data set and a streaming replica of it.
type replicated struct {
	options          Options
	work, secret     string
	primary, replica *Postgres
}

// openReplicated loads the data set or takes it from a former run, and starts a
// replica, which begins as a copy of the primary that was stopped for it.
func openReplicated(ctx context.Context, o Options) (r *replicated, err error) {
	r = &replicated{options: o, work: filepath.Join(o.Dir, "work")}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.close(context.WithoutCancel(ctx)))
		}
	}()
	if r.secret, err = newSecret(); err != nil {
		return r, err
	}
	if err = r.startPrimary(ctx); err != nil {
		return r, err
	}
	dataset, err := LoadDataset(ctx, r.primary, o.Tasks)
	if err != nil {
		return r, err
	}
	if err = dataset.Copy(ctx, database); err != nil {
		return r, err
	}
	stopped := r.primary
	r.primary = nil
	if err = stopped.Stop(ctx); err != nil {
		return r, err
	}
	dir := filepath.Join(r.work, "replica")
	if err = copyCluster(ctx, o.Dir, dir); err != nil {
		return r, err
	}
	if err = r.startPrimary(ctx); err != nil {
		return r, err
	}
	if r.replica, err = r.primary.replicate(ctx, dir, o.settings()); err != nil {
		return r, err
	}
	if _, err = r.primary.Warm(ctx, database); err != nil {
		return r, err
	}
	return r, r.catchUp(ctx)
}

func (r *replicated) startPrimary(ctx context.Context) (err error) {
	settings := r.options.settings()
	settings["max_wal_senders"] = "4"
	r.primary, err = StartPostgres(ctx, r.options.Dir, settings, slog.New(slog.DiscardHandler))
	return err
}

// copyCluster copies the data of a server that is stopped, and makes a replica of it.
func copyCluster(ctx context.Context, from, to string) error {
	if err := os.MkdirAll(to, 0o711); err != nil {
		return fmt.Errorf("making the directory of the replica: %w", err)
	}
	cluster := filepath.Join(to, "postgresql")
	if output, err := exec.CommandContext(ctx, "cp", "-a", filepath.Join(from, "postgresql"), cluster).CombinedOutput(); err != nil {
		return fmt.Errorf("copying the primary: %w\n%s", err, output)
	}
	versions, err := filepath.Glob(filepath.Join(cluster, "*", "PG_VERSION"))
	if err != nil || len(versions) != 1 {
		return fmt.Errorf("the copy has %d clusters: %w", len(versions), err)
	}
	// By copying, for its owner's sake: what stands in the file does not matter.
	signal := filepath.Join(filepath.Dir(versions[0]), "standby.signal")
	if output, err := exec.CommandContext(ctx, "cp", "-p", versions[0], signal).CombinedOutput(); err != nil {
		return fmt.Errorf("making a replica of the copy: %w\n%s", err, output)
	}
	return nil
}

// replicate starts a replica of the server, which is reached over its socket.
func (p *Postgres) replicate(ctx context.Context, dir string, further map[string]string) (*Postgres, error) {
	address, err := url.Parse(p.server.URL())
	if err != nil {
		return nil, fmt.Errorf("reading the address of the primary: %w", err)
	}
	query := address.Query()
	settings := maps.Clone(Settings)
	maps.Copy(settings, further)
	maps.Copy(settings, map[string]string{
		"hot_standby": "on", "hba_file": filepath.Join(p.Dir, "pg_hba.conf"),
		"primary_conninfo": fmt.Sprintf("host='%s' port=%s user=%s", query.Get("host"), query.Get("port"), query.Get("user")),
	})
	replica := &Postgres{Dir: dir, Settings: settings}
	if replica.server, err = localpg.Start(ctx, localpg.Options{DataDir: dir, Settings: settings, Logger: slog.New(slog.DiscardHandler)}); err != nil {
		return nil, fmt.Errorf("starting the replica: %w", err)
	}
	replica.Version = replica.server.Version()
	return replica, nil
}

// replicaURL is the replica's address as the application.
func (r *replicated) replicaURL() string {
	address, err := url.Parse(r.replica.server.ApplicationURL())
	if err != nil {
		panic(err) // localpg has made it
	}
	address.Path = "/" + database
	return address.String()
}

// catchUp waits until the replica has what the primary has now.
func (r *replicated) catchUp(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	primary, err := r.primary.Connect(ctx, database)
	if err != nil {
		return err
	}
	defer func() { _ = primary.Close(context.WithoutCancel(ctx)) }()
	var end string
	if err := primary.QueryRow(ctx, "SELECT pg_current_wal_lsn()::text").Scan(&end); err != nil {
		return fmt.Errorf("asking how far the primary is: %w", err)
	}
	replica, err := r.replica.Connect(ctx, database)
	if err != nil {
		return err
	}
	defer func() { _ = replica.Close(context.WithoutCancel(ctx)) }()
	for {
		var there bool
		if err := replica.QueryRow(ctx, "SELECT pg_last_wal_replay_lsn() >= $1::text::pg_lsn", end).Scan(&there); err != nil {
			return fmt.Errorf("asking how far the replica is: %w", err)
		}
		if there {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.New("the replica does not catch up")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// close stops both servers and removes the replica and the copy of the data set.
func (r *replicated) close(ctx context.Context) error {
	var all []error
	if r.replica != nil {
		all = append(all, r.replica.Stop(ctx))
	}
	if r.primary != nil {
		all = append(all, r.primary.Execute(ctx, "postgres", "DROP DATABASE IF EXISTS "+database+" WITH (FORCE)"), r.primary.Stop(ctx))
	}
	return errors.Join(append(all, os.RemoveAll(r.work))...)
}
