package localpg

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

const (
	// socketName is fixed by PostgreSQL and its port, which beyond this name
	// means nothing for a server that listens on no address.
	socketName = ".s.PGSQL.5432"
	socketPort = "5432"

	// maxSocketPath is what fits into a socket address on every system: 104
	// bytes on macOS and the BSDs, the terminating zero included.
	maxSocketPath = 103
)

// makeSocketDir returns the directory of the socket, which only the account can
// enter: beside the cluster, or, where that path is too long for a socket or
// holds a comma (which separates hosts in connection strings), in the
// directory for temporary files.
func makeSocketDir(dataDir string, owner account) (string, error) {
	dir := filepath.Join(clusterBase(dataDir), "socket")

	if len(dir)+1+len(socketName) <= maxSocketPath && !strings.Contains(dir, ",") {
		if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return "", fmt.Errorf("creating the socket's directory: %w", err)
		}

		if err := owner.own(dir); err != nil {
			return "", err
		}

		if err := os.Chmod(dir, 0o700); err != nil {
			return "", fmt.Errorf("closing the socket's directory to others: %w", err)
		}

		return dir, clearSocket(dir)
	}

	// The name repeats for the same data directory, so that a killed instance
	// leaves one directory behind, not one for every start.
	sum := sha256.Sum256([]byte(dataDir))
	name := fmt.Sprintf("coordinator-%d-%s", owner.uid, hex.EncodeToString(sum[:6]))

	for _, base := range []string{os.TempDir(), "/tmp"} {
		dir = filepath.Join(base, name)
		_, closed := owner.firstClosed(base)

		if len(dir)+1+len(socketName) > maxSocketPath || strings.Contains(dir, ",") || owner.drop && closed {
			continue
		}

		return dir, makePrivateDir(dir, owner)
	}

	return "", fmt.Errorf("the path of the data directory %s is too long for a socket; choose a shorter one", dataDir)
}

// makePrivateDir creates a directory in a place that everybody writes to. One
// that exists is used only if it is the account's own and closed to others:
// whoever made it could otherwise put their own socket there.
func makePrivateDir(dir string, owner account) error {
	err := os.Mkdir(dir, 0o700)
	if err == nil {
		return owner.own(dir)
	}

	if !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("creating the socket's directory: %w", err)
	}

	info, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("checking the socket's directory: %w", err)
	}

	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.IsDir() || info.Mode().Perm() != 0o700 || stat.Uid != owner.uid {
		return fmt.Errorf("%s, where the socket belongs, is not a private directory of %s; remove it", dir, owner.name)
	}

	return clearSocket(dir)
}

// clearSocket removes what a killed server left. Nobody can be listening: the
// caller holds the instance lock and has stopped any orphan.
func clearSocket(dir string) error {
	for _, name := range []string{socketName, socketName + ".lock"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("removing a stale socket: %w", err)
		}
	}

	return nil
}

// socketURL is understood by pgx and by libpq, which decodes %20 but not "+".
func socketURL(dir, database, role string) string {
	escape := func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

	return fmt.Sprintf("postgres:///%s?host=%s&port=%s&user=%s",
		url.PathEscape(database), escape(dir), socketPort, role)
}
