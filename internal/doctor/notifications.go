package doctor

import (
	"context"
	"time"
)

// notifyPatience is how long a notification may take.
const notifyPatience = 3 * time.Second

func notifications(ctx context.Context, s Subject) Outcome {
	listener, err := s.DB.Pool().Acquire(ctx)
	if err != nil {
		return broken("", "%v", plain(err))
	}
	// A connection that listens is of no use to others.
	conn := listener.Hijack()
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	const mend = "set COORDINATOR_JOBS_POLL_ONLY=true, or reach the database directly: a pooler of transactions passes no notifications on"
	if _, err := conn.Exec(ctx, "LISTEN coordinator_doctor"); err != nil {
		return broken(mend, "listening: %v", plain(err))
	}
	begin := time.Now()
	if _, err := s.DB.Exec(ctx, "SELECT pg_notify('coordinator_doctor', '')"); err != nil {
		return broken(mend, "notifying: %v", plain(err))
	}
	patient, cancel := context.WithTimeout(ctx, notifyPatience)
	defer cancel()
	if _, err := conn.WaitForNotification(patient); err != nil {
		if s.Config.PollOnly {
			return well("not passed on, and not needed: jobs are looked for every second")
		}
		return broken(mend, "a notification does not arrive within %s", notifyPatience)
	}
	return well("a notification arrives after %s", time.Since(begin).Round(100*time.Microsecond))
}
