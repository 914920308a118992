package localpg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// minMajor is the oldest major version that the schema is written for.
const minMajor = 15

// probeTimeout bounds one "postgres --version", which takes milliseconds.
const probeTimeout = 10 * time.Second

// Binaries are the programs of one PostgreSQL installation.
type Binaries struct {
	Dir     string // the directory that holds initdb and postgres
	Major   int    // the major version, such as 17
	Version string // the full version, such as "17.10"
}

// search says where installed binaries are looked for.
type search struct {
	path  string   // a list of directories in the form of $PATH
	globs []string // patterns of further directories
}

// machineSearch is where the installers of PostgreSQL put their binaries.
func machineSearch() *search {
	return &search{
		path: os.Getenv("PATH"),
		globs: []string{
			"/usr/lib/postgresql/*/bin", // Debian, Ubuntu
			"/usr/pgsql-*/bin",          // PostgreSQL's own packages for Red Hat's family
			"/usr/lib/postgresql*/bin",  // SUSE
			"/usr/libexec/postgresql*",  // Alpine
			"/usr/local/pgsql/bin",      // built from source
			"/opt/homebrew/opt/postgresql*/bin",
			"/usr/local/opt/postgresql*/bin",
			"/home/linuxbrew/.linuxbrew/opt/postgresql*/bin",
			"/opt/local/lib/postgresql*/bin", // MacPorts
			"/Applications/Postgres.app/Contents/Versions/*/bin",
		},
	}
}

// Discover returns the PostgreSQL that Start would run on a new data directory:
// the one in binDir when that is set, else the first initdb on PATH, else the
// newest of the places where installers put it. It downloads nothing. The error
// says what was looked at and which command helps.
func Discover(binDir string) (Binaries, error) {
	opts, err := Options{BinDir: binDir}.withDefaults()
	if err != nil {
		return Binaries{}, err
	}

	return Find(context.Background(), opts)
}

// Find returns the PostgreSQL that Start would run for the options. Beyond what
// Discover does it looks at the data directory, whose major version decides
// when there is data, and downloads the binaries when that is allowed and
// nothing else fits.
func Find(ctx context.Context, opts Options) (Binaries, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return Binaries{}, err
	}

	if opts.DataDir == "" {
		owner, err := serverAccount("")
		if err != nil {
			return Binaries{}, err
		}

		return find(ctx, opts, owner, 0)
	}

	major, err := existingMajor(clusterBase(opts.DataDir))
	if err != nil {
		return Binaries{}, err
	}

	owner, err := serverAccount(clusterDir(opts.DataDir, major))
	if err != nil {
		return Binaries{}, err
	}

	return find(ctx, opts, owner, major)
}

// find looks for binaries that the account can run, of the given major version
// unless that is 0.
func find(ctx context.Context, opts Options, owner account, major int) (Binaries, error) {
	finder := &finder{owner: owner, major: major}

	if opts.BinDir != "" {
		if found, ok := finder.try(ctx, opts.BinDir); ok {
			return found, nil
		}

		return Binaries{}, finder.binDirError(opts.BinDir)
	}

	for _, dir := range opts.search.onPath("initdb") {
		if found, ok := finder.try(ctx, dir); ok {
			return found, nil
		}
	}

	if found, ok := finder.newest(ctx, opts.search.globs); ok {
		return found, nil
	}

	cached := opts.download.binDir(opts.CacheDir)

	if _, err := os.Stat(cached); err == nil {
		if found, ok := finder.try(ctx, cached); ok {
			return found, nil
		}
	}

	if !opts.AllowDownload || !finder.fits(opts.download.major) {
		return Binaries{}, finder.notFoundError(opts, nil)
	}

	found, err := install(ctx, opts, owner)
	if err != nil {
		return Binaries{}, finder.notFoundError(opts, err)
	}

	return found, nil
}

// finder tries candidates and remembers why each was turned down, for the error
// that ends a search without success.
type finder struct {
	owner    account
	major    int // the only version that will do, or 0
	seen     []string
	rejected []string
}

func (f *finder) fits(major int) bool {
	if f.major != 0 {
		return major == f.major
	}

	return major >= minMajor
}

func (f *finder) try(ctx context.Context, dir string) (Binaries, bool) {
	if slices.Contains(f.seen, dir) {
		return Binaries{}, false
	}

	f.seen = append(f.seen, dir)

	found, err := probe(ctx, f.owner, dir)
	if err != nil {
		f.rejected = append(f.rejected, err.Error())

		return Binaries{}, false
	}

	if !f.fits(found.Major) {
		f.rejected = append(f.rejected, fmt.Sprintf("%s holds PostgreSQL %s", dir, found.Version))

		return Binaries{}, false
	}

	return found, true
}

func (f *finder) newest(ctx context.Context, globs []string) (Binaries, bool) {
	var best Binaries

	for _, glob := range globs {
		dirs, err := filepath.Glob(glob)
		if err != nil {
			f.rejected = append(f.rejected, fmt.Sprintf("%s: %v", glob, err))

			continue
		}

		for _, dir := range dirs {
			if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
				continue
			}

			found, ok := f.try(ctx, dir)
			if ok && (best.Dir == "" || compareVersions(found.Version, best.Version) > 0) {
				best = found
			}
		}
	}

	return best, best.Dir != ""
}

// onPath returns the directories on the path that hold the program, links
// resolved: distributions and version managers link initdb alone, and it finds
// the rest of its installation beside its real self.
func (s *search) onPath(program string) []string {
	var dirs []string

	for _, dir := range filepath.SplitList(s.path) {
		if !filepath.IsAbs(dir) || !isExecutable(filepath.Join(dir, program)) {
			continue
		}

		resolved, err := filepath.EvalSymlinks(filepath.Join(dir, program))
		if err != nil {
			continue
		}

		dirs = append(dirs, filepath.Dir(resolved))
	}

	return dirs
}

// lookUp returns the program's path, or "" when it is not on the search path.
func (s *search) lookUp(program string) string {
	for _, dir := range filepath.SplitList(s.path) {
		path := filepath.Join(dir, program)
		if filepath.IsAbs(dir) && isExecutable(path) {
			return path
		}
	}

	return ""
}

func isExecutable(path string) bool {
	info, err := os.Stat(path)

	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// probe runs the binaries as the account that would serve with them, so that
// what it returns is known to start on this machine.
func probe(ctx context.Context, owner account, dir string) (Binaries, error) {
	for _, program := range []string{"initdb", "postgres"} {
		if _, err := os.Stat(filepath.Join(dir, program)); err != nil {
			return Binaries{}, fmt.Errorf("%s has no %s", dir, program)
		}
	}

	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()

	program := filepath.Join(dir, "postgres")

	output, err := owner.command(ctx, program, "--version").CombinedOutput()

	switch {
	case errors.Is(err, fs.ErrPermission):
		return Binaries{}, fmt.Errorf("%s cannot run %s", owner.name, program)
	case err != nil:
		return Binaries{}, fmt.Errorf("%s does not run: %w %s", program, err, firstLine(string(output)))
	}

	version, major, err := parseVersion(string(output))
	if err != nil {
		return Binaries{}, fmt.Errorf("%s: %w", program, err)
	}

	return Binaries{Dir: dir, Major: major, Version: version}, nil
}

// parseVersion reads "postgres (PostgreSQL) 17.10 (Debian 17.10-1)" as "17.10"
// and 17. A development version such as "18beta1" has the major version 18.
func parseVersion(output string) (version string, major int, err error) {
	_, rest, ok := strings.Cut(output, "(PostgreSQL) ")
	fields := strings.Fields(rest)

	if !ok || len(fields) == 0 {
		return "", 0, fmt.Errorf("unexpected version %q", firstLine(output))
	}

	major, err = leadingNumber(fields[0])
	if err != nil {
		return "", 0, fmt.Errorf("unexpected version %q", fields[0])
	}

	return fields[0], major, nil
}

// compareVersions orders "9.6", "15.18", "17.2" and "18beta1" as numbers.
func compareVersions(a, b string) int {
	return slices.CompareFunc(strings.Split(a, "."), strings.Split(b, "."), func(x, y string) int {
		left, leftErr := leadingNumber(x)
		right, rightErr := leadingNumber(y)

		if leftErr != nil || rightErr != nil {
			return strings.Compare(x, y)
		}

		return left - right
	})
}

func leadingNumber(s string) (int, error) {
	end := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(s)
	}

	return strconv.Atoi(s[:end])
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")

	return line
}
