package e2e_test

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/internal/localpg"
)

// replicated is a PostgreSQL and a streaming replica of it, both of their own.
type replicated struct {
	primary, replica *localpg.Server

	replicaDir      string
	replicaSettings map[string]string
}

// newReplicated starts both. The replica begins as a copy of the primary that
// was stopped for it, and from then on replays what the primary streams.
func newReplicated(t *testing.T, replicaSettings map[string]string) *replicated {
	t.Helper()

	primaryDir := newDataDir(t)
	r := &replicated{replicaDir: newDataDir(t), replicaSettings: map[string]string{"hot_standby": "on"}}

	r.primary = startPostgres(t, primaryDir, nil)
	if err := r.primary.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}

	if output, err := exec.Command("cp", "-a", primaryDir, r.replicaDir).CombinedOutput(); err != nil {
		t.Fatalf("copying the primary: %v\n%s", err, output)
	}

	versions, err := filepath.Glob(filepath.Join(r.replicaDir, "postgresql", "*", "PG_VERSION"))
	if err != nil || len(versions) != 1 {
		t.Fatalf("the copy has %v, %v", versions, err)
	}

	// By copying, for its owner's sake: what stands in the file does not matter.
	if output, err := exec.Command("cp", "-p", versions[0], filepath.Join(filepath.Dir(versions[0]), "standby.signal")).CombinedOutput(); err != nil {
		t.Fatalf("making a replica of the copy: %v\n%s", err, output)
	}

	r.primary = startPostgres(t, primaryDir, nil)

	address, err := url.Parse(r.primary.URL())
	if err != nil {
		t.Fatal(err)
	}

	query := address.Query()
	r.replicaSettings["primary_conninfo"] = fmt.Sprintf("host='%s' port=%s user=%s", query.Get("host"), query.Get("port"), query.Get("user"))

	maps.Copy(r.replicaSettings, replicaSettings)

	r.startReplica(t)

	return r
}

func (r *replicated) startReplica(t *testing.T) {
	t.Helper()

	r.replica = startPostgres(t, r.replicaDir, r.replicaSettings)
}

// killReplica ends the replica as a loss of power does for it.
func (r *replicated) killReplica(t *testing.T) {
	t.Helper()

	if err := syscall.Kill(runningPostmaster(t, r.replicaDir), syscall.SIGKILL); err != nil {
		t.Fatalf("killing the replica: %v", err)
	}

	<-r.replica.Done()

	if err := r.replica.Stop(t.Context()); err != nil { // gives the directory up
		t.Fatal(err)
	}
}

// catchUp waits until the replica has what the primary has now.
func (r *replicated) catchUp(t *testing.T) {
	t.Helper()

	end := query[string](t, r.primary.URL(), "SELECT pg_current_wal_lsn()::text")[0]
	for giveUp := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		if query[bool](t, r.replica.URL(), "SELECT pg_last_wal_replay_lsn() >= $1::text::pg_lsn", end)[0] {
			return
		}

		if time.Now().After(giveUp) {
			t.Fatal("the replica does not catch up")
		}
	}
}

func startPostgres(t *testing.T, dataDir string, settings map[string]string) *localpg.Server {
	t.Helper()

	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()

	s, err := localpg.Start(ctx, localpg.Options{DataDir: dataDir, BinDir: os.Getenv("PG_BIN_DIR"), AllowDownload: true, Settings: settings})
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() {
		if err := s.Stop(context.Background()); err != nil && !strings.Contains(err.Error(), "finished") {
			t.Error(err)
		}
	})

	return s
}
