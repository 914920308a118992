package e2e_test

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
)

// When there is no space left under PostgreSQL's data, writes are unavailable,
// reads go on, and writes come back with the space.
func TestChaosDiskIsFull(t *testing.T) {
	t.Parallel()

	dataDir := newDataDir(t)
	disk := mountSmallDisk(t, dataDir)
	s := start(t, dataDir, slices.Concat(admin, unlimited)...)
	load := newMixedLoad(t, s)

	// With a fresh segment of the log the space ends under the tables first, as it
	// does where the log has a disk of its own.
	execute(t, asSuperuser(t, s.database), "CHECKPOINT", "SELECT pg_switch_wal()", "CHECKPOINT")

	write := func() (int, string) {
		noise := make([]byte, 9000)
		_, _ = rand.Read(noise)

		request := map[string]any{"project_id": load.projectID, "title": "label-" + uuid.NewString(), "description": hex.EncodeToString(noise)}
		label, _ := request["title"].(string)
		_, err := load.send(t.Context(), "create", label, http.MethodPost, "/api/v1/tasks", request)
		said := load.take()

		if err != nil {
			return 0, err.Error()
		}

		for status := range said.statuses {
			return status, fmt.Sprint(said.odd, said.hurried)
		}

		return 0, "nothing came back"
	}

	if status, odd := write(); status != http.StatusCreated {
		t.Fatalf("with space a write is answered with %d: %s", status, odd)
	}

	postmaster := runningPostmaster(t, dataDir)
	disk.fill(t)

	var refused, accepted int

	// Pages that have room yet take a few more.
	for range 200 {
		status, odd := write()

		switch status {
		case http.StatusCreated:
			accepted++
		case http.StatusServiceUnavailable:
			refused++
		default:
			t.Fatalf("without space a write is answered with %d: %s", status, odd)
		}

		if refused == 20 {
			break
		}
	}

	reader := &prober{origin: s.origin, accessToken: load.accessToken}
	for _, path := range []string{"/api/v1/tasks", "/api/v1/projects", "/api/v1/users/me", "/readyz", "/livez", "/health/detailed"} {
		if got := reader.get(t.Context(), path); got.status != http.StatusOK {
			t.Errorf("without space %s answers %d: %s", path, got.status, got.body)
		}
	}

	disk.free(t)

	began := time.Now()

	for {
		status, odd := write()
		if status == http.StatusCreated {
			break
		}

		if time.Since(began) > patience {
			t.Fatalf("with space again a write is answered with %d: %s", status, odd)
		}
	}

	got := load.look(t, s.database)
	t.Logf("%s: without space %d writes were refused and %d went into what room there was; reads went on; with space again a write succeeded after %v; %v",
		disk.how, refused, accepted, time.Since(began).Round(time.Millisecond), got)

	if refused == 0 || got.lost != 0 || got.doubled != 0 {
		t.Errorf("%d writes were refused; %v", refused, got)
	}

	if now := runningPostmaster(t, dataDir); now != postmaster {
		t.Error("PostgreSQL did not go on in the same process")
	}
}

// smallDisk is where a data directory is that can run full.
type smallDisk struct {
	how        string
	fill, free func(t *testing.T)
}

// mountSmallDisk puts the data directory on a file system of its own. Where
// nobody may mount one, PostgreSQL is made to say of each new task what it says
// without space: the same error by the same way, if not for the same reason.
func mountSmallDisk(t *testing.T, dataDir string) smallDisk {
	t.Helper()

	if err := os.Mkdir(dataDir, 0o711); err != nil {
		t.Fatal(err)
	}

	output, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=400m,mode=0711", "tmpfs", dataDir).CombinedOutput()
	if err != nil {
		t.Logf("no file system can be mounted here (%s): the lack of space is injected", strings.TrimSpace(string(output)))

		return injectedDisk(dataDir)
	}

	t.Cleanup(func() {
		if err := errors.Join(endPostgres(dataDir), exec.Command("umount", dataDir).Run()); err != nil {
			t.Errorf("unmounting %s: %v", dataDir, err)
		}
	})

	ballast := filepath.Join(dataDir, "ballast")

	return smallDisk{
		how: "a file system of 400 MiB",
		fill: func(t *testing.T) {
			t.Helper()

			file, err := os.Create(ballast)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()

			for size := 1 << 20; size >= 1<<12; {
				if _, err = file.Write(make([]byte, size)); errors.Is(err, syscall.ENOSPC) {
					size /= 2
				} else if err != nil {
					t.Fatal(err)
				}
			}
		},
		free: func(t *testing.T) {
			t.Helper()

			if err := os.Remove(ballast); err != nil {
				t.Fatal(err)
			}
		},
	}
}

func injectedDisk(dataDir string) smallDisk {
	run := func(t *testing.T, statement string) {
		t.Helper()

		sockets, err := filepath.Glob(filepath.Join(dataDir, "postgresql", "socket"))
		if err != nil || len(sockets) == 0 {
			t.Fatalf("there is no socket in %s: %v", dataDir, err)
		}

		execute(t, "postgres:///coordinator?host="+sockets[0]+"&port=5432&user=postgres", statement)
	}

	return smallDisk{
		how: "an injected lack of space",
		fill: func(t *testing.T) {
			t.Helper()
			run(t, `CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
				$$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
				CREATE TRIGGER full_disk BEFORE INSERT ON tasks EXECUTE FUNCTION full_disk()`)
		},
		free: func(t *testing.T) {
			t.Helper()
			run(t, "DROP FUNCTION full_disk CASCADE")
		},
	}
}
