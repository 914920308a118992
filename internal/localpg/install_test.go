package localpg_test

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/aicoordination/coordinator/internal/localpg"
)

func TestDownload(t *testing.T) {
	t.Parallel()

	t.Run("UnpacksAndRelinksAndIsCached", func(t *testing.T) {
		t.Parallel()

		registry := publish(t, validPackage())
		opts := registry.options()

		wantFound(t, opts, localpg.Binaries{Dir: filepath.Join(registry.target(), "bin"), Major: 17, Version: "17.10"})

		link := filepath.Join(registry.target(), "lib", "libpq.so.5")
		if to, err := os.Readlink(link); err != nil || to != "libpq.so.5.17" {
			t.Errorf("%s leads to %q, %v", link, to, err)
		}

		if content, err := os.ReadFile(link); err != nil || string(content) != "library" {
			t.Errorf("%s holds %q, %v", link, content, err)
		}

		if info, err := os.Stat(filepath.Join(registry.target(), "share", "postgresql.conf.sample")); err != nil || info.Mode().Perm() != 0o644 {
			t.Errorf("a data file is %v, %v", info, err)
		}

		// The second time needs no download, and no leave for one either.
		opts.AllowDownload = false
		wantFound(t, opts, localpg.Binaries{Dir: filepath.Join(registry.target(), "bin"), Major: 17, Version: "17.10"})
		registry.wantDownloads(t, 1)
		registry.wantNoLeftovers(t)
	})

	t.Run("HappensOnceForManyAtATime", func(t *testing.T) {
		t.Parallel()

		registry := publish(t, validPackage())

		var group sync.WaitGroup

		for range 5 {
			group.Go(func() {
				if _, err := localpg.Find(t.Context(), registry.options()); err != nil {
					t.Error(err)
				}
			})
		}

		group.Wait()
		registry.wantDownloads(t, 1)
	})

	t.Run("BrokenInstallationIsReplaced", func(t *testing.T) {
		t.Parallel()

		registry := publish(t, validPackage())

		if _, err := localpg.Find(t.Context(), registry.options()); err != nil {
			t.Fatal(err)
		}

		// As when the power fails before the file's content reached the disk.
		if err := os.Truncate(filepath.Join(registry.target(), "bin", "postgres"), 0); err != nil {
			t.Fatal(err)
		}

		fakeProgram(t, filepath.Join(registry.target(), "bin", "initdb"), "exit 1")

		if _, err := localpg.Find(t.Context(), registry.options()); err != nil {
			t.Fatal(err)
		}

		registry.wantDownloads(t, 2)
	})

	t.Run("BinariesThatDoNotRunAreRefused", func(t *testing.T) {
		t.Parallel()

		files := validPackage()
		files["package/native/bin/postgres"] = "#!/bin/sh\necho 'GLIBC_2.99 not found'; exit 1\n"

		registry := publish(t, files)
		wantError(t, registry.options(), "checking the downloaded binaries", "GLIBC_2.99 not found", "install postgresql")
		registry.wantNoLeftovers(t)
	})

	t.Run("OtherContentIsRefused", func(t *testing.T) {
		t.Parallel()

		registry := publish(t, validPackage())
		registry.integrity = "sha512-somethingelse"

		wantError(t, registry.options(), "other content", "install postgresql")
		registry.wantNoLeftovers(t)
	})

	t.Run("LinkOutOfThePackageIsRefused", func(t *testing.T) {
		t.Parallel()

		files := validPackage()
		files["package/native/pg-symlinks.json"] = `[{"source":"native/../../../../etc/passwd","target":"native/lib/x"}]`

		registry := publish(t, files)
		wantError(t, registry.options(), "outside the package")
		registry.wantNoLeftovers(t)
	})

	t.Run("FileOutOfThePackageIsNotWritten", func(t *testing.T) {
		t.Parallel()

		files := validPackage()
		files["package/native/../../../escaped"] = "x"

		registry := publish(t, files)
		if _, err := localpg.Find(t.Context(), registry.options()); err != nil {
			t.Fatal(err)
		}

		if found, _ := filepath.Glob(filepath.Join(registry.dir, "*", "*escaped*")); len(found) > 0 {
			t.Errorf("written: %v", found)
		}
	})

	t.Run("FailureOfNpmIsReported", func(t *testing.T) {
		t.Parallel()

		registry := publish(t, validPackage())
		fakeProgram(t, filepath.Join(registry.dir, "bin", "npm"), "echo 'npm error code ENOTFOUND' >&2; exit 1")

		wantError(t, registry.options(), "npm pack @test/postgres@1.0.0", "ENOTFOUND", "install postgresql", "DATABASE_URL")
	})

	t.Run("MissingNpmIsReported", func(t *testing.T) {
		t.Parallel()

		registry := publish(t, validPackage())
		if err := os.Remove(filepath.Join(registry.dir, "bin", "npm")); err != nil {
			t.Fatal(err)
		}

		wantError(t, registry.options(), "npm, which would download it, is not on the PATH", "install postgresql")
	})

	t.Run("NothingIsDownloadedForOtherData", func(t *testing.T) {
		t.Parallel()

		registry := publish(t, validPackage())
		fakeData(t, filepath.Join(registry.dir, "data"), "16")

		opts := registry.options()
		opts.DataDir = filepath.Join(registry.dir, "data")

		wantError(t, opts, "no PostgreSQL 16 was found")
		registry.wantDownloads(t, 0)
	})
}

// registry stands in for npm and what it reaches: a script on the search path
// that copies a prepared archive, and counts.
type registry struct {
	dir       string
	integrity string
}

func validPackage() map[string]string {
	return map[string]string{
		"package/package.json":                         "{}",
		"package/native/bin/initdb":                    "#!/bin/sh\nexit 1\n",
		"package/native/bin/postgres":                  "#!/bin/sh\necho 'postgres (PostgreSQL) 17.10'\n",
		"package/native/lib/libpq.so.5.17":             "library",
		"package/native/share/postgresql.conf.sample":  "sample",
		"package/native/pg-symlinks.json":              `[{"source":"native/lib/libpq.so.5.17","target":"native/lib/libpq.so.5"}]`,
		"package/native/share/postgresql/tsearch/x.td": "deep",
	}
}

func publish(t *testing.T, files map[string]string) *registry {
	t.Helper()

	r := &registry{dir: tempDir(t)}
	archive := filepath.Join(r.dir, "archive.tgz")

	writeArchive(t, archive, files)

	content, err := os.ReadFile(archive)
	if err != nil {
		t.Fatal(err)
	}

	sum := sha512.Sum512(content)
	r.integrity = "sha512-" + base64.StdEncoding.EncodeToString(sum[:])

	// $1 pack, $2 the package, $3 --pack-destination, $4 the directory
	fakeProgram(t, filepath.Join(r.dir, "bin", "npm"), fmt.Sprintf(
		`[ "$1 $2 $3" = 'pack @test/postgres@1.0.0 --pack-destination' ] || exit 2
		echo >> %[1]s/downloads
		exec /bin/cp %[1]s/archive.tgz "$4/test-postgres-1.0.0.tgz"`, r.dir))

	return r
}

func (r *registry) options() localpg.Options {
	return localpg.Options{CacheDir: r.cache()}.
		SearchOnly(filepath.Join(r.dir, "bin")).
		Download("@test/postgres", "1.0.0", r.integrity, 17)
}

func (r *registry) cache() string { return filepath.Join(r.dir, "cache") }

func (r *registry) target() string { return filepath.Join(r.cache(), "postgresql-1.0.0-postgres") }

func (r *registry) wantDownloads(t *testing.T, want int) {
	t.Helper()

	content, _ := os.ReadFile(filepath.Join(r.dir, "downloads"))
	if got := strings.Count(string(content), "\n"); got != want {
		t.Errorf("there were %d downloads, want %d", got, want)
	}
}

func (r *registry) wantNoLeftovers(t *testing.T) {
	t.Helper()

	if found, err := filepath.Glob(filepath.Join(r.cache(), ".download-*")); err != nil || len(found) > 0 {
		t.Errorf("left over: %v, %v", found, err)
	}
}

func writeArchive(t *testing.T, path string, files map[string]string) {
	t.Helper()

	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()

	compressed := gzip.NewWriter(file)
	archive := tar.NewWriter(compressed)

	for name, content := range files {
		header := &tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o600, Size: int64(len(content))}
		if strings.HasPrefix(content, "#!") {
			header.Mode = 0o700
		}

		if err := archive.WriteHeader(header); err != nil {
			t.Fatal(err)
		}

		if _, err := archive.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}

	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}

	if err := compressed.Close(); err != nil {
		t.Fatal(err)
	}
}
