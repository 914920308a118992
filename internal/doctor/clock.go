package doctor

import (
	"context"
	"time"
)

const (
	// oddSkew shows in the order of what replicas write, and badSkew is where
	// one-time codes of a second factor begin to fail.
	oddSkew = 2 * time.Second
	badSkew = 30 * time.Second
)

func clock(ctx context.Context, s Subject) Outcome {
	begin := time.Now()
	var theirs time.Time
	if err := s.DB.QueryRow(ctx, "SELECT clock_timestamp()").Scan(&theirs); err != nil {
		return broken("", "%v", plain(err))
	}
	took := time.Since(begin)
	return judgeSkew(theirs.Sub(begin.Add(took/2)), took/2)
}

// judgeSkew judges how far the database's clock is before ours, as exactly as
// it can be told.
func judgeSkew(skew, exactly time.Duration) Outcome {
	const mend = "synchronise both machines' clocks (timedatectl set-ntp true)"
	skew = skew.Round(time.Millisecond)
	switch distance := skew.Abs() - exactly; {
	case distance > badSkew:
		return broken(mend, "the database's clock is off from this machine's by %s", skew)
	case distance > oddSkew:
		return warning(mend, "the database's clock is off from this machine's by %s", skew)
	}
	return well("the database's clock is off from this machine's by %s", skew)
}
