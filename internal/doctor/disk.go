package doctor

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"syscall"
)

const (
	mib = 1 << 20
	// littleSpace is worth a warning, and noSpace ends writes soon.
	littleSpace = 1024 * mib
	noSpace     = 128 * mib
)

func disk(_ context.Context, s Subject) Outcome {
	if s.Config.DataDir == "" {
		return well("no data directory is used")
	}
	var stat syscall.Statfs_t
	dir := s.Config.DataDir
	for {
		err := syscall.Statfs(dir, &stat)
		if err == nil {
			break
		}
		// One that is yet to be made stands on the file system of what is above.
		if !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir) {
			return broken("correct COORDINATOR_DATA_DIR, or who may enter it", "%s: %v", dir, err)
		}
		dir = filepath.Dir(dir)
	}
	size := uint64(stat.Bsize)
	return judgeSpace(s.Config.DataDir, stat.Bavail*size, s.Config.URL == "")
}

// judgeSpace judges what is free where the private PostgreSQL is, or the keys alone.
func judgeSpace(dir string, free uint64, holdsDatabase bool) Outcome {
	const mend = "free some, or move the directory to a larger disk and set COORDINATOR_DATA_DIR to it"
	switch {
	case holdsDatabase && free < noSpace:
		return broken(mend, "%d MiB are free for %s, where the database is", free/mib, dir)
	case holdsDatabase && free < littleSpace:
		return warning(mend, "%d MiB are free for %s, where the database is", free/mib, dir)
	case free == 0:
		return warning(mend, "nothing is free for %s", dir)
	}
	return well("%d MiB are free for %s", free/mib, dir)
}
