package doctor

import (
	"testing"
	"time"
)

// What no test can bring about on the machine it runs on is judged by numbers:
// an old PostgreSQL, a clock that is off, a disk that is full.
func TestNumbersAreJudged(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		got  Outcome
		want State
	}{
		"OldPostgreSQL":    {judgeVersion(14, "14.9"), Broken},
		"OldestPostgreSQL": {judgeVersion(15, "15.0"), Well},
		"ExactClock":       {judgeSkew(-time.Second, 0), Well},
		"SlowAnswer":       {judgeSkew(4*time.Second, 3*time.Second), Well},
		"OddClock":         {judgeSkew(-5*time.Second, 0), Warning},
		"WrongClock":       {judgeSkew(time.Minute, time.Second), Broken},
		"FullDisk":         {judgeSpace("/data", 100*mib, true), Broken},
		"NearlyFullDisk":   {judgeSpace("/data", 900*mib, true), Warning},
		"FreeDisk":         {judgeSpace("/data", 2000*mib, true), Well},
		"KeysOnFullDisk":   {judgeSpace("/data", 0, false), Warning},
		"KeysNeedLittle":   {judgeSpace("/data", mib, false), Well},
	} {
		if c.got.State != c.want {
			t.Errorf("%s is %s, want %s: %s", name, c.got.State, c.want, c.got.Found)
		}
		if (c.got.Mend == "") != (c.want == Well) {
			t.Errorf("%s is mended by %q", name, c.got.Mend)
		}
	}
}
