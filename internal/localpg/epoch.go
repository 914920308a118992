package localpg

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
)

// RaiseEpoch makes the cluster of a data directory, on which no server runs,
// number its transactions from the given epoch: the upper half of an xid8. The
// lower half stays, which is all that rows on disk hold, so that nothing in the
// cluster becomes older or newer by it; no other part of PostgreSQL stores the
// epoch. It begins the write-ahead log anew: a backup of the cluster's files
// from before cannot be replayed beyond this.
func RaiseEpoch(ctx context.Context, opts Options, epoch uint32) error {
	opts, err := opts.withDefaults()
	if err != nil {
		return err
	}
	if opts.DataDir, err = makeDataDir(opts.DataDir); err != nil {
		return err
	}
	lock, err := lockInstance(ctx, opts.DataDir)
	if err != nil {
		return err
	}
	defer lock.release()
	major, err := existingMajor(clusterBase(opts.DataDir))
	if err != nil {
		return err
	}
	dir := clusterDir(opts.DataDir, major)
	owner, err := serverAccount(dir)
	if err != nil {
		return err
	}
	binaries, err := find(ctx, opts, owner, major)
	if err != nil {
		return err
	}
	program := filepath.Join(binaries.Dir, "pg_resetwal")
	if !isExecutable(program) {
		return fmt.Errorf("%s has no pg_resetwal, with which the next transaction is set; run \"%s\", or set PG_BIN_DIR to a PostgreSQL %d that has it",
			binaries.Dir, installCommand(opts.search, major), major)
	}
	// Without --force: it refuses a cluster that was not shut down in order.
	cmd := owner.command(ctx, program, "--epoch="+strconv.FormatUint(uint64(epoch), 10), "-D", dir)
	endWithParent(cmd.SysProcAttr)
	if output, err := runOnOwnThread(cmd); err != nil {
		return fmt.Errorf("setting the epoch of the transactions: pg_resetwal: %w: %s", err, lastLines(string(output), 5))
	}
	return nil
}
