package localpg

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Program is one of PostgreSQL's client programs on this machine.
type Program struct {
	Path    string
	Major   int
	Version string
}

// FindProgram returns the client program, such as pg_dump, of the lowest major
// version that is at least the given one: an older one cannot read a newer
// server, and a newer one writes what an older one does not read. It looks
// where the server's programs are looked for.
func FindProgram(ctx context.Context, binDir, name string, least int) (Program, error) {
	return findProgram(ctx, machineSearch(), binDir, name, least)
}

func findProgram(ctx context.Context, search *search, binDir, name string, least int) (Program, error) {
	var found []Program
	var rejected []string
	for _, path := range programPaths(search, binDir, name) {
		version, major, err := programVersion(ctx, path)
		switch {
		case err != nil:
			rejected = append(rejected, fmt.Sprintf("%s: %v", path, err))
		case major < least:
			rejected = append(rejected, fmt.Sprintf("%s is of PostgreSQL %s", path, version))
		default:
			found = append(found, Program{Path: path, Major: major, Version: version})
		}
	}
	if len(found) == 0 {
		message := strings.Join(append([]string{fmt.Sprintf("no %s of PostgreSQL %d or later was found on this machine", name, least)}, rejected...), "; ")
		return Program{}, fmt.Errorf("%s; run \"%s\", or set PG_BIN_DIR to where it is", message, installClient(search, least))
	}
	return slices.MinFunc(found, func(a, b Program) int {
		return cmp.Or(a.Major-b.Major, compareVersions(b.Version, a.Version))
	}), nil
}

// programPaths are the places where the program is, each once.
func programPaths(search *search, binDir, name string) []string {
	if binDir != "" {
		return []string{filepath.Join(binDir, name)}
	}
	var paths []string
	add := func(dir string) {
		path := filepath.Join(dir, name)
		if filepath.IsAbs(path) && isExecutable(path) && !slices.Contains(paths, path) {
			paths = append(paths, path)
		}
	}
	for _, glob := range search.globs {
		dirs, err := filepath.Glob(glob)
		if err != nil {
			continue
		}
		for _, dir := range dirs {
			add(dir)
		}
	}
	for _, dir := range filepath.SplitList(search.path) {
		add(dir)
	}
	return paths
}

func programVersion(ctx context.Context, path string) (version string, major int, err error) {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, "--version")
	cmd.Env = serverEnvironment()
	output, err := cmd.Output()
	if errors.Is(err, os.ErrNotExist) {
		return "", 0, errors.New("it is not there")
	}
	if err != nil {
		return "", 0, fmt.Errorf("it does not run: %w", err)
	}
	return parseVersion(string(output))
}

// installClient is the command that installs the client programs.
func installClient(s *search, major int) string {
	sudo := "sudo "
	if os.Geteuid() == 0 {
		sudo = ""
	}
	if s.lookUp("apt-get") != "" {
		return fmt.Sprintf("%sapt-get install postgresql-client-%d", sudo, major)
	}
	return installCommand(s, major)
}

// Environment is what a client program needs of this process's environment:
// neither our settings, which hold secrets, nor libpq's, which would change
// where it connects to.
func Environment() []string { return serverEnvironment() }
