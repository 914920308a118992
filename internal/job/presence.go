package job

import (
	"context"
	"log/slog"
	"time"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
)

const (
	// presenceInterval is how often a runner says that it is there.
	presenceInterval = 2 * time.Second
	// presenceLife is how long it counts as being there after having said so.
	presenceLife = 10 * time.Second
	// presenceKept is how long one is remembered that is not.
	presenceKept = 24 * time.Hour
)

// presence tells the other runners that this one is there, and takes the jobs
// of those that are not from them: of a process that was killed. River does so
// by itself when a job has been running for an hour, by which time nobody waits
// for the letter any more. It needs no session of its own, so it works behind a
// pooler too.
type presence struct {
	id     string
	db     *dbx.DB
	logger *slog.Logger
}

// rescueSQL makes the jobs that run where nobody is any more ready to be taken
// again. One that has no attempt left is River's to discard.
const rescueSQL = `
WITH rescued AS (
	UPDATE ` + dbx.JobSchema + `.river_job j SET state = 'available', scheduled_at = now()
	WHERE j.id IN (
		SELECT o.id FROM ` + dbx.JobSchema + `.river_job o
		WHERE o.state = 'running' AND o.attempt < o.max_attempts
		  AND NOT EXISTS (SELECT 1 FROM job_runners r
			WHERE r.id = o.attempted_by[array_upper(o.attempted_by, 1)] AND r.seen_at > now() - make_interval(secs => $1))
		FOR UPDATE SKIP LOCKED)
	RETURNING j.id
)
SELECT count(*) FROM rescued`

// show says that the runner is there.
func (p *presence) show(ctx context.Context) error {
	return db.New(p.db).JobRunnerShow(ctx, db.JobRunnerShowParams{ID: p.id, Forgotten: presenceKept.Seconds()})
}

// run goes on saying so until the context ends.
func (p *presence) run(ctx context.Context) {
	ticker := time.NewTicker(presenceInterval)
	defer ticker.Stop()
	// shown is when it was last said; zero while it cannot be.
	var shown time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := p.show(ctx); err != nil {
			if ctx.Err() == nil {
				p.logger.WarnContext(ctx, "background work: the database cannot be told that this process is there", "error", err)
			}
			shown = time.Time{}
			continue
		}
		// After a pause of the database's the others have not said so either:
		// they get a round before anything is taken from them.
		before := shown
		shown = time.Now()
		if before.IsZero() || shown.Sub(before) > presenceLife/2 {
			continue
		}
		var rescued int
		err := p.db.QueryRow(ctx, rescueSQL, presenceLife.Seconds()).Scan(&rescued)
		switch {
		case err != nil && ctx.Err() == nil:
			p.logger.WarnContext(ctx, "background work: the jobs of processes that have died cannot be looked for", "error", err)
		case rescued > 0:
			p.logger.WarnContext(ctx, "background work: took over the jobs of a process that has died", "jobs", rescued)
		}
	}
}
