package doctor

import (
	"cmp"
	"context"
	"time"

	"github.com/aicoordination/coordinator/internal/config"
	"github.com/aicoordination/coordinator/internal/dbx"
)

// notifications finds out whether who listens is told, past the pooler where a
// way there is set.
func notifications(ctx context.Context, s Subject) Outcome {
	if s.Config.PollOnly || s.Config.Pooler == config.PoolerTransaction && s.Config.DirectURL == "" {
		return well("not needed: jobs are looked for every second")
	}
	begin := time.Now()
	if err := dbx.CheckListen(ctx, cmp.Or(s.Config.DirectURL.Reveal(), s.DB.Pool().Config().ConnString())); err != nil {
		return broken("set DATABASE_DIRECT_URL to PostgreSQL itself, or COORDINATOR_JOBS_POLL_ONLY=true", "%v", plain(err))
	}
	return well("a notification arrives within %s", time.Since(begin).Round(time.Millisecond))
}
