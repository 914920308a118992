package localpg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// clusterBase holds the clusters of all major versions of a data directory.
func clusterBase(dataDir string) string {
	return filepath.Join(dataDir, "postgresql")
}

// clusterDir is the cluster of one major version.
func clusterDir(dataDir string, major int) string {
	return filepath.Join(clusterBase(dataDir), strconv.Itoa(major))
}

// existingMajor returns the major version of the data below base, 0 when there
// is none. Of several the newest counts: the older ones are what an upgrade by
// hand left behind.
func existingMajor(base string) (int, error) {
	entries, err := os.ReadDir(base)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}

	if err != nil {
		return 0, fmt.Errorf("looking for existing data: %w", err)
	}

	newest := 0

	for _, entry := range entries {
		major, err := strconv.Atoi(entry.Name())
		if err != nil || !entry.IsDir() {
			continue
		}

		content, err := os.ReadFile(filepath.Join(base, entry.Name(), "PG_VERSION"))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}

		if err != nil {
			return 0, fmt.Errorf("reading the version of existing data: %w", err)
		}

		if strings.TrimSpace(string(content)) != entry.Name() {
			return 0, fmt.Errorf("%s holds data of PostgreSQL %s, not %s; move it to a directory of that name",
				filepath.Join(base, entry.Name()), strings.TrimSpace(string(content)), entry.Name())
		}

		newest = max(newest, major)
	}

	return newest, nil
}

// removeLeftover removes the directory of an initdb whose parent was killed.
// The kernel has interrupted that initdb, but until it has ended it writes.
func removeLeftover(ctx context.Context, path string) error {
	for giveUp := time.Now().Add(memoryLimit); ; {
		err := os.RemoveAll(path)
		if err == nil || time.Now().After(giveUp) || pause(ctx, pollInterval) != nil {
			return err
		}
	}
}

// initCluster creates the cluster unless it is there. initdb works in a
// directory beside it that takes the cluster's name when it is complete, so a
// cluster that exists is whole, and what an interrupted initdb left is removed.
func initCluster(ctx context.Context, opts Options, binaries Binaries, owner account) error {
	dir := clusterDir(opts.DataDir, binaries.Major)

	if _, err := os.Stat(filepath.Join(dir, "PG_VERSION")); err == nil {
		return nil
	}

	base := clusterBase(opts.DataDir)

	leftovers, err := filepath.Glob(filepath.Join(base, ".initdb-*"))
	if err != nil {
		return fmt.Errorf("looking for an interrupted initdb: %w", err)
	}

	for _, leftover := range leftovers {
		if err := removeLeftover(ctx, leftover); err != nil {
			return fmt.Errorf("removing an interrupted initdb: %w", err)
		}
	}

	work, err := os.MkdirTemp(base, ".initdb-")
	if err != nil {
		return fmt.Errorf("creating the cluster's directory: %w", err)
	}

	defer os.RemoveAll(work) // after the rename there is nothing of that name

	if err := owner.own(work); err != nil {
		return err
	}

	opts.Logger.InfoContext(ctx, "creating a PostgreSQL cluster", "version", binaries.Version, "dir", dir)

	// With the order of the C locale, which no upgrade of the operating system
	// changes under an index, but with Unicode's idea of upper and lower case,
	// where the machine has it: else a search for "Ä" does not find "ä".
	output, err := runInitdb(ctx, binaries, owner, work, "--lc-ctype=C.UTF-8")
	if err != nil && strings.Contains(output, "invalid locale name") {
		output, err = runInitdb(ctx, binaries, owner, work)
	}

	if ctx.Err() != nil {
		return fmt.Errorf("creating the cluster: %w", ctx.Err())
	}

	if err != nil {
		return fmt.Errorf("creating the cluster: initdb: %w: %s", err, lastLines(output, 10))
	}

	// Two callers cannot be here: both would hold the instance lock.
	if err := os.Rename(work, dir); err != nil {
		return fmt.Errorf("putting the new cluster in place: %w", err)
	}

	return syncDir(base)
}

// runInitdb makes a cluster in an empty directory and returns what it printed.
func runInitdb(ctx context.Context, binaries Binaries, owner account, dir string, extra ...string) (string, error) {
	// Only the owner can open the socket, so every local connection is trusted.
	arguments := append([]string{
		"-D", dir, "-U", superuser, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-instructions",
	}, extra...)

	cmd := owner.command(ctx, filepath.Join(binaries.Dir, "initdb"), arguments...)
	endWithParent(cmd.SysProcAttr)

	// Interrupted, it ends its own children and releases their memory.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }

	output, err := runOnOwnThread(cmd)

	return string(output), err
}

// syncDir makes a rename in the directory durable.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("opening %s to sync it: %w", path, err)
	}
	defer dir.Close()

	if err := dir.Sync(); err != nil {
		return fmt.Errorf("syncing %s: %w", path, err)
	}

	return nil
}
