package bench

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// tick is the unit of the times in /proc, which Linux gives to every program
// alike, whatever the kernel itself counts in.
const tick = 10 * time.Millisecond

// Accounting tells who had the processors: the service, PostgreSQL, this
// program with the load it generates, and others.
type Accounting struct {
	// Services are the process ids of the services.
	Services []int
	// Servers are those of the PostgreSQL servers, each with all its children.
	Servers []int
}

// Usage is processor time between two readings.
type Usage struct {
	Service, Postgres, Load time.Duration
	// Others is the share of the machine that none of these had.
	Others float64
}

// reading is what has been used so far.
type reading struct {
	service, postgres, load time.Duration
	// busy and all are the machine's.
	busy, all time.Duration
}

// Begin reads what has been used so far. The function that it returns tells
// what has been used since.
func (a Accounting) Begin() (end func() (Usage, error), err error) {
	before, err := a.read()
	if err != nil {
		return nil, err
	}
	return func() (Usage, error) {
		after, err := a.read()
		if err != nil {
			return Usage{}, err
		}
		u := Usage{Service: after.service - before.service, Postgres: after.postgres - before.postgres, Load: after.load - before.load}
		if all := after.all - before.all; all > 0 {
			others := after.busy - before.busy - u.Service - u.Postgres - u.Load
			u.Others = max(0, float64(others)/float64(all))
		}
		return u, nil
	}, nil
}

func (a Accounting) read() (reading, error) {
	var r reading
	var err error
	if r.busy, r.all, err = machineTimes(); err != nil {
		return r, err
	}
	for _, pid := range a.Services {
		p, err := processOf(pid)
		if err != nil {
			return r, err
		}
		r.service += p.own
	}
	processes, err := allProcesses()
	if err != nil {
		return r, err
	}
	for _, server := range a.Servers {
		postmaster, err := processOf(server)
		if err != nil {
			return r, err
		}
		// Those that have ended are in what the postmaster has waited for.
		r.postgres += postmaster.own + postmaster.waitedFor
		for _, p := range processes {
			if p.parent == server {
				r.postgres += p.own
			}
		}
	}
	// pgbench and wrk have ended, and been waited for, whenever this is read.
	self, err := processOf(os.Getpid())
	if err != nil {
		return r, err
	}
	r.load = self.own + self.waitedFor
	return r, nil
}

// process is what /proc tells of one.
type process struct {
	parent         int
	own, waitedFor time.Duration
}

func processOf(pid int) (process, error) {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return process{}, fmt.Errorf("reading the times of process %d: %w", pid, err)
	}
	return parseProcess(string(content))
}

// parseProcess reads /proc/<pid>/stat, described in proc(5). The second field is
// the program's name in parentheses, which may hold anything.
func parseProcess(stat string) (process, error) {
	_, rest, found := cutLast(stat, ") ")
	fields := strings.Fields(rest)
	if !found || len(fields) < 15 {
		return process{}, fmt.Errorf("unexpected times of a process: %q", stat)
	}
	var numbers [5]int
	for i, field := range []string{fields[1], fields[11], fields[12], fields[13], fields[14]} {
		n, err := parseInt(field)
		if err != nil {
			return process{}, err
		}
		numbers[i] = n
	}
	return process{
		parent: numbers[0], own: time.Duration(numbers[1]+numbers[2]) * tick, waitedFor: time.Duration(numbers[3]+numbers[4]) * tick,
	}, nil
}

func cutLast(s, separator string) (before, after string, found bool) {
	if i := strings.LastIndex(s, separator); i >= 0 {
		return s[:i], s[i+len(separator):], true
	}
	return s, "", false
}

func allProcesses() ([]process, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, fmt.Errorf("listing the processes: %w", err)
	}
	var all []process
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		p, err := processOf(pid)
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ESRCH) { // it has ended meanwhile
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// machineTimes reads the first line of /proc/stat. What the hypervisor gave to
// others counts as busy.
func machineTimes() (busy, all time.Duration, err error) {
	content, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, 0, fmt.Errorf("reading the machine's times: %w", err)
	}
	line, _, _ := strings.Cut(string(content), "\n")
	fields := strings.Fields(line)
	if len(fields) < 9 || fields[0] != "cpu" {
		return 0, 0, fmt.Errorf("unexpected times of the machine: %q", line)
	}
	// user nice system idle iowait irq softirq steal; the rest is in these already.
	for i, field := range fields[1:9] {
		n, err := parseInt(field)
		if err != nil {
			return 0, 0, err
		}
		spent := time.Duration(n) * tick
		all += spent
		interrupts := i == 5 || i == 6
		if i != 3 && i != 4 && (!interrupts || interruptsAreCharged()) {
			busy += spent
		}
	}
	return busy, all, nil
}

// interruptsAreCharged tells whether the kernel charges the time of interrupts,
// which is mostly the loopback interface's, to the process it interrupted too.
// Where it does not, nobody knows whose it is, and it is left out.
var interruptsAreCharged = sync.OnceValue(func() bool {
	var config []byte
	if packed, err := os.ReadFile("/proc/config.gz"); err == nil {
		if reader, err := gzip.NewReader(bytes.NewReader(packed)); err == nil {
			config, _ = io.ReadAll(reader) // what cannot be read tells nothing
		}
	}
	if len(config) == 0 {
		if release, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
			config, _ = os.ReadFile("/boot/config-" + strings.TrimSpace(string(release)))
		}
	}
	return bytes.Contains(config, []byte("# CONFIG_IRQ_TIME_ACCOUNTING is not set"))
})

func parseInt(text string) (int, error) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		return 0, fmt.Errorf("reading a number: %w", err)
	}
	return n, nil
}
