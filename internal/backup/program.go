package backup

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/url"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/aicoordination/coordinator/internal/localpg"
)

// libpqOnly are the settings of an address that pgconn does not hand out as
// they were given, by the variable in which a program takes them.
var libpqOnly = map[string]string{
	"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY", "sslsni": "PGSSLSNI",
	"channel_binding": "PGCHANNELBINDING", "target_session_attrs": "PGTARGETSESSIONATTRS", "krbsrvname": "PGKRBSRVNAME",
}

var pair = regexp.MustCompile(`(\w+)\s*=\s*('(?:[^'\\]|\\.)*'|\S*)`)

// environment is where the database is and as whom, for a program of
// PostgreSQL. Nothing of it is on a command line, which everybody can read.
func environment(address string) ([]string, error) {
	cfg, err := pgconn.ParseConfig(address)
	if err != nil {
		return nil, err
	}
	var hosts, ports []string
	add := func(host string, port uint16) {
		number := strconv.Itoa(int(port))
		for i := range hosts {
			if hosts[i] == host && ports[i] == number {
				return
			}
		}
		hosts, ports = append(hosts, host), append(ports, number)
	}
	add(cfg.Host, cfg.Port)
	for _, fallback := range cfg.Fallbacks {
		add(fallback.Host, fallback.Port)
	}
	env := append(localpg.Environment(),
		"PGHOST="+strings.Join(hosts, ","), "PGPORT="+strings.Join(ports, ","), "PGUSER="+cfg.User, "PGDATABASE="+cfg.Database,
		"PGPASSWORD="+cfg.Password, "PGAPPNAME=coordinator", "PGCONNECT_TIMEOUT=15", "PGCLIENTENCODING=UTF8")
	for name, value := range given(address) {
		if variable := libpqOnly[name]; variable != "" {
			env = append(env, variable+"="+value)
		}
	}
	slices.Sort(env)
	return env, nil
}

// given are the settings of an address by name.
func given(address string) map[string]string {
	settings := map[string]string{}
	if u, err := url.Parse(address); err == nil && u.Scheme != "" {
		for name, values := range u.Query() {
			settings[name] = values[len(values)-1]
		}
		return settings
	}
	unescape := strings.NewReplacer(`\'`, `'`, `\\`, `\`)
	for _, match := range pair.FindAllStringSubmatch(address, -1) {
		value := match[2]
		if quoted, ok := strings.CutPrefix(value, "'"); ok {
			value = strings.TrimSuffix(quoted, "'")
		}
		settings[match[1]] = unescape.Replace(value)
	}
	return settings
}

// run runs a program on the database. What it complains about is in the error.
func run(ctx context.Context, program localpg.Program, address string, stdin io.Reader, stdout io.Writer, args ...string) error {
	env, err := environment(address)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, program.Path, append([]string{"--no-password"}, args...)...)
	cmd.Env, cmd.Stdin, cmd.Stdout = env, stdin, stdout
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", program.Path, err, lastLines(complaints.String()))
	}
	return nil
}

func lastLines(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-5):], "; ")
}
