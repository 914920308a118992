package auth

import (
	"testing"
	"time"
)

func TestStandingCounts(t *testing.T) {
	t.Parallel()
	service := time.Date(2026, time.June, 15, 12, 0, 0, 0, time.UTC)
	asked := time.Now()
	for name, test := range map[string]struct {
		age     time.Duration
		wall    bool
		changes uint64
		ends    time.Duration
		want    bool
	}{
		"JustNow":                    {0, false, 0, time.Hour, true},
		"AlmostASecondAgo":           {time.Second - 1, false, 0, time.Hour, true},
		"ASecondAgo":                 {time.Second, false, 0, time.Hour, false},
		"ChangedSince":               {0, false, 1, time.Hour, false},
		"EndsNow":                    {0, false, 0, 0, false},
		"AboutToEnd":                 {0, false, 0, 1, true},
		"TheMachineSlept":            {time.Minute, true, 0, time.Hour, false},
		"TheClockWasPutBack":         {-time.Minute, true, 0, time.Hour, false},
		"TheClockWasPutForwardALess": {time.Second - 1, true, 0, time.Hour, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			present := asked.Add(test.age)
			found := standing{ends: service.Add(test.ends), asked: moment{at: asked}}
			if test.wall {
				// Only the wall clock has gone on: neither has the other.
				present, found.asked.at = present.Round(0), asked.Round(0)
			}
			s := &standings{now: func() time.Time { return present }}
			s.changes.Store(test.changes)
			if got := s.counts(found, service); got != test.want {
				t.Errorf("it counts: %v", got)
			}
		})
	}
}

// What is not known to leave principals as they are is taken to change them.
func TestChangesStanding(t *testing.T) {
	t.Parallel()
	for change, want := range map[string]bool{
		"session.revoked": true, "user.updated": true, "user.deleted": true, "user.restored": true, "user.second_factor_added": true,
		"user.second_factor_removed": true, "user.password_reset": true, "api_key.revoked": true, "api_key.updated": true,
		"signing_key.retired": true, "signing_key.dropped": true, "project.member_added": true, "project.member_removed": true,
		"client.deleted": true, "something.else": true, "": true,
		"session.created": false, "user.created": false, "api_key.created": false, "api_key.used": false,
		"task.created": false, "comment.created": false, "time_entry.created": false, "sign_in.failed": false,
	} {
		if got := changesStanding(change); got != want {
			t.Errorf("%q changes it: %v", change, got)
		}
	}
}
