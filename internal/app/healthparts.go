package app

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"github.com/aicoordination/coordinator/internal/httpapi"
)

// watchParts adds what is there only in some installations, or is made after
// the first probes.
func (a *App) watchParts() {
	a.health.watch("audit", false, probeEvery, a.lookAtSeal)
	if a.mailer.Delivers() {
		a.health.watch("mail", false, mailEvery, func(ctx context.Context, _ *httpapi.Check) error { return a.mailer.Check(ctx) })
	}
	if a.limiter.IsShared() {
		a.health.watch("redis", false, probeEvery, func(ctx context.Context, check *httpapi.Check) (err error) {
			check.Version, err = a.limiter.Check(ctx)
			return err
		})
	}
	if a.database.db.HasReplica() {
		a.health.watch("replica", false, probeEvery, func(_ context.Context, check *httpapi.Check) error {
			lag, err := a.database.db.CheckReplica()
			check.Detail = fmt.Sprintf("%s behind at most.", lag.Round(time.Millisecond))
			return err
		})
	}
	if a.database.private != nil {
		a.health.watch("disk", false, probeEvery, func(_ context.Context, check *httpapi.Check) error {
			return lookAtDisk(a.config.DataDir, check)
		})
	}
}

// lookAtSeal tells whether the audit log is sealed, by this process or another.
func (a *App) lookAtSeal(_ context.Context, check *httpapi.Check) error {
	state := a.sealer.State()
	check.Detail = fmt.Sprintf("Sealed up to position %d.", state.Position)
	if since := time.Since(state.SealedAt); since > lateSeal {
		check.State, check.Err = httpapi.CheckDegraded, state.Err
		check.Detail = fmt.Sprintf("Not sealed for %s; the log has why.", since.Round(time.Second))
	}
	return nil
}

// lookAtDisk tells how much space is left for the private PostgreSQL.
func lookAtDisk(dir string, check *httpapi.Check) error {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(dir, &disk); err != nil {
		return fmt.Errorf("reading the space of %s: %w", dir, err)
	}
	// The types of the fields are another on each system.
	free, whole := float64(disk.Bavail)*float64(disk.Bsize), float64(disk.Blocks)*float64(disk.Bsize)
	check.Detail = fmt.Sprintf("%.1f GiB of %.1f GiB are free.", free/(1<<30), whole/(1<<30))
	if free < littleSpace || free < littleShare*whole {
		check.State = httpapi.CheckDegraded
	}
	return nil
}
