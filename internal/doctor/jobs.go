package doctor

import (
	"context"
	"time"

	"github.com/aicoordination/coordinator/internal/dbx"
)

const (
	// lateAfter is how long a job waits where too few are at work, and
	// stoppedAfter where nobody is.
	lateAfter    = 5 * time.Minute
	stoppedAfter = time.Hour
	// stuckAfter is longer than any job takes.
	stuckAfter = time.Hour
)

func jobs(ctx context.Context, s Subject) Outcome {
	var waiting, discarded, stuck int64
	var lag float64
	err := s.DB.QueryRow(ctx, `SELECT count(*) FILTER (WHERE state = 'available'), count(*) FILTER (WHERE state = 'discarded'),
			count(*) FILTER (WHERE state = 'running' AND attempted_at < now() - make_interval(secs => $1)),
			coalesce(extract(epoch FROM now() - min(scheduled_at) FILTER (WHERE state = 'available')), 0)::float8
		FROM `+dbx.JobSchema+`.river_job`, stuckAfter.Seconds()).Scan(&waiting, &discarded, &stuck, &lag)
	if err != nil {
		return broken("run `coordinator migrate up`", "%v", plain(err))
	}
	late := (time.Duration(lag) * time.Second).Round(time.Second)
	switch {
	case late > stoppedAfter:
		return broken("start the service, which does them; its log says why one fails", "%d wait, the first of them for %s: nobody does them", waiting, late)
	case stuck > 0:
		return warning("restart the replica that is at them; another takes them over", "%d are at work for more than %s", stuck, stuckAfter)
	case late > lateAfter:
		return warning("look for what holds them up in the log of the service", "%d wait, the first of them for %s", waiting, late)
	case discarded > 0:
		return warning("`coordinator jobs list` says why, and `coordinator jobs retry` tries them again", "%d were given up", discarded)
	case waiting == 0:
		return well("none waits")
	}
	return well("%d wait, the first of them for %s", waiting, late)
}
