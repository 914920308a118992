package job

import (
	"context"
	"fmt"
	"time"

	"github.com/aicoordination/coordinator/internal/dbx"
)

// State tells how far behind background work is.
type State struct {
	// Lag is for how long the job has been due that has waited longest; zero
	// when none waits.
	Lag time.Duration
	// Leader names the process that adds the periodic jobs; empty when none does.
	Leader string
}

// ReadState reads the state from the database.
func ReadState(ctx context.Context, d *dbx.DB) (State, error) {
	var s State
	var lag float64
	err := d.QueryRow(ctx, `
		SELECT coalesce(extract(epoch FROM now() - (
		           SELECT min(scheduled_at) FROM `+dbx.JobSchema+`.river_job WHERE state = 'available' AND scheduled_at <= now())), 0)::float8,
		       coalesce((SELECT leader_id FROM `+dbx.JobSchema+`.river_leader WHERE expires_at > now() LIMIT 1), '')`).Scan(&lag, &s.Leader)
	if err != nil {
		return State{}, fmt.Errorf("reading the state of background work: %w", err)
	}
	s.Lag = time.Duration(lag * float64(time.Second))
	return s, nil
}
