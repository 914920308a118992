package bench

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/aicoordination/coordinator/internal/localpg"
)

// Pgbench runs a script over so many connections, prepared.
type Pgbench struct {
	Connections int

	program string
	dir     string
}

// FindPgbench returns pgbench of the server's version, which writes into dir
// what it works with.
func FindPgbench(ctx context.Context, p *Postgres, dir string, connections int) (*Pgbench, error) {
	version, _, _ := strings.Cut(p.Version, ".")
	major, err := parseInt(version)
	if err != nil {
		return nil, err
	}
	found, err := localpg.FindProgram(ctx, "", "pgbench", major)
	if err != nil {
		return nil, fmt.Errorf("there is no pgbench: %s (%w)", install, err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("making a directory for pgbench: %w", err)
	}
	return &Pgbench{Connections: connections, program: found.Path, dir: dir}, nil
}

// Transactions is what a run has come to.
type Transactions struct {
	Count int
	// Rate is the number a second, without the time to connect.
	Rate float64
}

// Run runs the floor over and over for so long, over TCP as the service does.
// Any transaction that fails is an error.
func (b *Pgbench) Run(ctx context.Context, database string, floor Floor, seed int, lasting time.Duration) (Transactions, error) {
	// Every user of the machine can read a command line.
	address, err := url.Parse(database)
	if err != nil {
		return Transactions{}, fmt.Errorf("reading the address of the database: %w", err)
	}
	secret, _ := address.User.Password()
	address.User = url.User(address.User.Username())
	ctx, cancel := context.WithTimeout(ctx, lasting+time.Minute)
	defer cancel()
	arguments := []string{
		"-n", "-M", "prepared", fmt.Sprintf("-c%d", b.Connections), "-j1",
		"-T", strconv.Itoa(max(1, int(lasting.Seconds()))), "--random-seed", strconv.Itoa(seed),
	}
	for i, script := range floor.Scripts {
		file := filepath.Join(b.dir, fmt.Sprintf("floor%d.sql", i))
		if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
			return Transactions{}, fmt.Errorf("writing the script for pgbench: %w", err)
		}
		arguments = append(arguments, "-f", file)
	}
	for name, value := range floor.Variables {
		arguments = append(arguments, "-D", name+"="+value)
	}
	cmd := exec.CommandContext(ctx, b.program, append(arguments, address.String())...)
	cmd.Env = append(localpg.Environment(), "PGPASSWORD="+secret)
	if len(floor.Options) > 0 {
		cmd.Env = append(cmd.Env, "PGOPTIONS=-c "+strings.Join(floor.Options, " -c "))
	}
	output, err := cmd.CombinedOutput()
	if err != nil {
		return Transactions{}, fmt.Errorf("running pgbench: %w\n%s", err, firstLines(string(output), 20))
	}
	return parseTransactions(string(output))
}

var (
	processed = regexp.MustCompile(`(?m)^number of transactions actually processed: (\d+)`)
	failed    = regexp.MustCompile(`(?m)^number of failed transactions: (\d+)`)
	rate      = regexp.MustCompile(`(?m)^tps = ([\d.]+) \(without initial connection time\)`)
)

func parseTransactions(output string) (Transactions, error) {
	var t Transactions
	count, perSecond, failures := processed.FindStringSubmatch(output), rate.FindStringSubmatch(output), failed.FindStringSubmatch(output)
	if count == nil || perSecond == nil {
		return t, fmt.Errorf("pgbench told no result:\n%s", output)
	}
	if failures != nil && failures[1] != "0" {
		return t, fmt.Errorf("%s transactions of pgbench failed:\n%s", failures[1], output)
	}
	var err error
	if t.Count, err = parseInt(count[1]); err != nil {
		return t, err
	}
	if t.Rate, err = strconv.ParseFloat(perSecond[1], 64); err != nil {
		return t, fmt.Errorf("reading the rate of pgbench: %w", err)
	}
	return t, nil
}

func firstLines(text string, n int) string {
	lines := strings.SplitN(text, "\n", n+1)
	return strings.Join(lines[:min(n, len(lines))], "\n")
}
