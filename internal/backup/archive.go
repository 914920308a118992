// Package backup writes a database into one file and reads it back. The file
// is a tar archive that holds pg_dump's own format, what the dump has to
// contain, and the checksums of both: any of the three can be looked at without
// this program.
package backup

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

const (
	dumpName      = "database.dump"
	manifestName  = "manifest.json"
	checksumsName = "SHA256SUMS"

	headerLen = 512
	// smallLen bounds the parts that are read into memory.
	smallLen = 16 << 20
	// format is that of the archive, and of its manifest.
	format = 1
)

// Manifest is what a dump has to contain, read from the snapshot it is of.
type Manifest struct {
	Format int `json:"format"`
	// Version is the program's, and SchemaVersion the database's.
	Version       string    `json:"version"`
	SchemaVersion int64     `json:"schema_version"`
	TakenAt       time.Time `json:"taken_at"`
	// PostgreSQL is the server's version, and PgDump the major one of what wrote
	// the dump, which is the least one that reads it.
	PostgreSQL string `json:"postgresql"`
	PgDump     int    `json:"pg_dump"`
	// Rows are those of every table, as schema.table.
	Rows map[string]int64 `json:"rows"`
	// AuditHead is where the audit chain ends and AuditStart the hash it begins
	// with, which follows from the secret key alone; empty where it has not begun.
	AuditHead  string `json:"audit_head,omitempty"`
	AuditStart string `json:"audit_start,omitempty"`
	// LastTransaction is the largest in the log of changes.
	LastTransaction uint64 `json:"last_transaction,string"`
}

// ErrDamaged says that a file is not what was written.
var ErrDamaged = errors.New("the dump is damaged")

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s; nothing was restored", ErrDamaged, fmt.Sprintf(format, args...))
}

// writeArchive fills an empty file. The size of the dump is known only after
// it was written, so its header is put in front of it then.
func writeArchive(f *os.File, m Manifest, dump func(io.Writer) error) error {
	if _, err := f.Seek(headerLen, io.SeekStart); err != nil {
		return err
	}
	sum := sha256.New()
	if err := dump(io.MultiWriter(f, sum)); err != nil {
		return err
	}
	end, err := f.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	size := end - headerLen
	if padding := (headerLen - size%headerLen) % headerLen; padding > 0 {
		if _, err := f.Write(make([]byte, padding)); err != nil {
			return err
		}
	}
	manifest, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	manifest = append(manifest, '\n')
	checksums := fmt.Appendf(nil, "%x  %s\n%x  %s\n", sum.Sum(nil), dumpName, sha256.Sum256(manifest), manifestName)
	rest := tar.NewWriter(f)
	for _, part := range []struct {
		name    string
		content []byte
	}{{manifestName, manifest}, {checksumsName, checksums}} {
		if err := rest.WriteHeader(header(part.name, int64(len(part.content)), m.TakenAt)); err != nil {
			return err
		}
		if _, err := rest.Write(part.content); err != nil {
			return err
		}
	}
	if err := rest.Close(); err != nil {
		return err
	}
	var first bytes.Buffer
	if err := tar.NewWriter(&first).WriteHeader(header(dumpName, size, m.TakenAt)); err != nil {
		return err
	}
	_, err = f.WriteAt(first.Bytes(), 0)
	return err
}

// header is one block, however long the part is.
func header(name string, size int64, at time.Time) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: at.Truncate(time.Second), Format: tar.FormatGNU}
}

// Archive is a file that was read and found whole.
type Archive struct {
	Manifest Manifest
	file     *os.File
	offset   int64
	size     int64
}

// Open reads a file and holds all of it against its checksums.
func Open(f *os.File) (*Archive, error) {
	a := &Archive{file: f}
	sums := map[string]string{}
	small := map[string][]byte{}
	for reader := tar.NewReader(f); ; {
		part, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, damaged("it cannot be read to its end: %v", err)
		}
		sum := sha256.New()
		content := io.Writer(sum)
		var kept bytes.Buffer
		switch {
		case part.Name == dumpName:
			if a.offset, err = f.Seek(0, io.SeekCurrent); err != nil {
				return nil, err
			}
			a.size = part.Size
		case part.Size > smallLen:
			return nil, damaged("%q does not belong into it", part.Name)
		default:
			content = io.MultiWriter(sum, &kept)
		}
		// Nothing is decompressed here; what is kept in memory is bounded above.
		if _, err := io.Copy(content, reader); err != nil { //nolint:gosec // See there.
			return nil, damaged("it cannot be read to its end: %v", err)
		}
		sums[part.Name] = hex.EncodeToString(sum.Sum(nil))
		small[part.Name] = kept.Bytes()
	}
	for _, name := range []string{dumpName, manifestName, checksumsName} {
		if sums[name] == "" {
			return nil, damaged("it is cut off, or is no dump of `coordinator dump`: it has no %s", name)
		}
	}
	want := fmt.Sprintf("%s  %s\n%s  %s\n", sums[dumpName], dumpName, sums[manifestName], manifestName)
	if string(small[checksumsName]) != want {
		return nil, damaged("its content does not fit its checksums")
	}
	if err := json.Unmarshal(small[manifestName], &a.Manifest); err != nil {
		return nil, damaged("its manifest cannot be read: %v", err)
	}
	if a.Manifest.Format != format {
		return nil, fmt.Errorf("the dump has format %d, and this program reads %d; restore it with version %s", a.Manifest.Format, format, a.Manifest.Version)
	}
	return a, nil
}

// dump returns pg_dump's part, from its beginning.
func (a *Archive) dump() io.Reader { return io.NewSectionReader(a.file, a.offset, a.size) }
