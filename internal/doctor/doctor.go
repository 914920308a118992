// Package doctor looks at everything that a service needs, as it is set up on
// this machine, and says of each thing whether it is well and what mends it.
// It changes nothing and sends nothing.
//
// Each check has a file of its own and a line in [checks].
package doctor

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/aicoordination/coordinator/internal/config"
	"github.com/aicoordination/coordinator/internal/dbx"
)

// checkTimeout is how long one check may take.
const checkTimeout = 8 * time.Second

// State is how something is.
type State string

// The states. What is Unknown could not be looked at because of something else
// that is broken, which says so itself.
const (
	Well    State = "ok"
	Warning State = "warning"
	Broken  State = "broken"
	Unknown State = "unknown"
)

// Outcome is what a check has found.
type Outcome struct {
	Name  string `json:"name"`
	State State  `json:"state"`
	// Found is how it is, and Mend what to do about it.
	Found string `json:"found"`
	Mend  string `json:"mend,omitempty"`
}

// Subject is the service that is looked at.
type Subject struct {
	Config config.Serve
	// DB connects as the service does, and Owner as the owner of the schema,
	// which may be the same. Both are nil where DatabaseError says why.
	DB, Owner     *dbx.DB
	DatabaseError error
	// NoDatabase says that there is none yet, and that the first start makes it.
	NoDatabase bool
	KeysDir    string
}

type check struct {
	name string
	// needsDatabase is unknown while that cannot be reached.
	needsDatabase bool
	look          func(context.Context, Subject) Outcome
}

// checks are in the order in which they are told.
var checks = []check{
	{"configuration", false, configuration},
	{"database", false, reachable},
	{"PostgreSQL version", true, version},
	{"extensions", true, extensions},
	{"roles and grants", true, roles},
	{"migrations", true, migrations},
	{"connection pooler", true, pooler},
	{"LISTEN and NOTIFY", true, notifications},
	{"clock", true, clock},
	{"secret key", false, secretKey},
	{"signing key", true, signingKey},
	{"disk space", false, disk},
	{"background jobs", true, jobs},
	{"mail", false, mailServer},
	{"Redis", false, redisServer},
	{"address", false, address},
}

// Examine runs every check, all at the same time.
func Examine(ctx context.Context, s Subject) []Outcome {
	outcomes := make([]Outcome, len(checks))
	var running sync.WaitGroup
	for i, c := range checks {
		running.Go(func() {
			outcomes[i] = c.run(ctx, s)
			outcomes[i].Name = c.name
		})
	}
	running.Wait()
	return outcomes
}

func (c check) run(ctx context.Context, s Subject) Outcome {
	if c.needsDatabase && s.DB == nil {
		return Outcome{State: Unknown, Found: "not looked at, for want of the database"}
	}
	bounded, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	done := make(chan Outcome, 1)
	go func() { done <- c.look(bounded, s) }()
	select {
	case outcome := <-done:
		return outcome
	case <-time.After(checkTimeout + time.Second):
		return Outcome{State: Broken, Found: fmt.Sprintf("no answer within %s", checkTimeout), Mend: "find out why it hangs: a firewall that drops packets looks like this"}
	}
}

// IsBroken tells whether anything is.
func IsBroken(outcomes []Outcome) bool {
	for _, outcome := range outcomes {
		if outcome.State == Broken {
			return true
		}
	}
	return false
}

func well(format string, args ...any) Outcome {
	return Outcome{State: Well, Found: fmt.Sprintf(format, args...)}
}

func warning(mend, format string, args ...any) Outcome {
	return Outcome{State: Warning, Found: fmt.Sprintf(format, args...), Mend: mend}
}

func broken(mend, format string, args ...any) Outcome {
	return Outcome{State: Broken, Found: fmt.Sprintf(format, args...), Mend: mend}
}

// marks are what stands before a line, with its colour.
var marks = map[State]struct{ sign, colour string }{
	Well: {"✔", "\x1b[32m"}, Warning: {"⚠", "\x1b[33m"}, Broken: {"✖", "\x1b[31m"}, Unknown: {"–", "\x1b[90m"},
}

// Text is the outcomes for a person.
func Text(outcomes []Outcome, coloured bool) string {
	var text strings.Builder
	for _, o := range outcomes {
		mark := marks[o.State].sign
		if coloured {
			mark = marks[o.State].colour + mark + "\x1b[0m"
		}
		fmt.Fprintf(&text, "%s %-18s  %s\n", mark, o.Name, oneLine(o.Found))
		if o.Mend != "" {
			fmt.Fprintf(&text, "  %-18s  → %s\n", "", o.Mend)
		}
	}
	return text.String()
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
