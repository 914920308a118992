package config

import (
	"maps"
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

// prefix begins every variable of our own, so that a misspelt one is noticed.
const prefix = "COORDINATOR_"

// environment holds variables by name.
type environment map[string]string

// newEnvironment reads the form of os.Environ; of two with one name the last
// counts, as it does for a process.
func newEnvironment(environ []string) environment {
	env := environment{}

	for _, entry := range environ {
		if name, value, ok := strings.Cut(entry, "="); ok {
			env[name] = value
		}
	}

	return env
}

// serviceLink matches the variables that Kubernetes sets in every pod beside a
// service whose name begins with "coordinator". COORDINATOR_PORT is one of
// them, and is told from a mistake by its value, "tcp://…".
var serviceLink = regexp.MustCompile(`^COORDINATOR_(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$`)

var (
	portLink      = regexp.MustCompile(`^COORDINATOR_(\w+_)?PORT$`)
	portLinkValue = regexp.MustCompile(`^(tcp|udp|sctp)://`)
)

// checkUnknownVariables records the variables that begin like ours and are none.
func (p *parser) checkUnknownVariables() {
	var known []string

	for _, flag := range allFlags(p.kong.Model.Node) {
		if name := flag.Tag.Get("env"); name != "" && !slices.Contains(known, name) {
			known = append(known, name)
		}
	}

	for _, name := range slices.Sorted(maps.Keys(p.env)) {
		value := p.env[name]

		switch {
		case value == "", !strings.HasPrefix(name, prefix), slices.Contains(known, name):
		case serviceLink.MatchString(name):
		case portLink.MatchString(name) && portLinkValue.MatchString(value):
		default:
			// The value is not shown: it may be a secret whose name is misspelt.
			p.mistakes = append(p.mistakes, Mistake{Setting: name, Problem: "unknown variable" + suggestion(name, known)})
		}
	}
}

// machine is what the defaults depend on beside the environment.
type machine struct {
	goos  string
	root  bool
	cores int
	// home is the home directory by the user database, or empty.
	home string
}

func thisMachine() machine {
	m := machine{
		goos: runtime.GOOS,
		root: os.Geteuid() == 0,
		// Unlike NumCPU it knows a container's limit.
		cores: runtime.GOMAXPROCS(0),
	}

	if current, err := user.Current(); err == nil {
		m.home = current.HomeDir
	}

	return m
}

// defaultDataDir is where data belongs on that machine by the Filesystem
// Hierarchy Standard, the XDG Base Directory Specification or Apple's
// guidelines. It is empty when the user has no home.
func defaultDataDir(env environment, host machine) string {
	const name = "coordinator"

	if host.root {
		return "/var/lib/" + name
	}

	// The specification has relative paths ignored.
	if dir := env["XDG_DATA_HOME"]; filepath.IsAbs(dir) {
		return filepath.Join(dir, name)
	}

	home := env["HOME"]
	if !filepath.IsAbs(home) {
		home = host.home
	}

	switch {
	case !filepath.IsAbs(home):
		return ""
	case host.goos == "darwin":
		return filepath.Join(home, "Library", "Application Support", name)
	default:
		return filepath.Join(home, ".local", "share", name)
	}
}
