package e2e_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/freeport"
)

const (
	// coldStart is how long a start takes at most, from the execution of the
	// program on a migrated database to the first 200 of /readyz, on a machine that
	// does nothing else.
	coldStart = 150 * time.Millisecond
	// busyMachine is how much longer that may take where everything is tested at once.
	busyMachine = 3
	// coldStarts is how often it is measured. The fastest is the one that others
	// have disturbed the least.
	coldStarts = 10
)

// TestColdStart starts the program on a database that is there and migrated.
//
//nolint:paralleltest // What others do at the same time is what it would measure.
func TestColdStart(t *testing.T) {
	dataDir, url := newDataDir(t), dbtest.OwnerURL(t)
	start(t, dataDir, "DATABASE_URL="+url).stop(t) // makes the keys, and has read the file

	var all []time.Duration

	for range coldStarts {
		port, err := freeport.Find(t.Context())
		if err != nil {
			t.Fatal(err)
		}

		addr := fmt.Sprintf("127.0.0.1:%d", port)
		began := time.Now()
		s := launchServer(t, dataDir, "DATABASE_URL="+url, "COORDINATOR_ADDR="+addr)

		for !isReady(t, addr) {
			if !s.isRunning() || time.Since(began) > patience {
				t.Fatalf("the server does not become ready:\n%s%s", s.stdout, s.stderr)
			}

			time.Sleep(time.Millisecond)
		}

		all = append(all, time.Since(began))

		s.awaitWelcome(t)
		s.stop(t)
	}

	slices.Sort(all)
	t.Logf("from exec to ready: %d ms at the fastest, %d ms at the median of %d starts; wanted: %d ms", all[0].Milliseconds(),
		all[len(all)/2].Milliseconds(), len(all), coldStart.Milliseconds())

	if all[0] > busyMachine*coldStart {
		t.Errorf("no start took less than %s", all[0])
	}
}

func isReady(t *testing.T, addr string) bool {
	t.Helper()

	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+addr+"/readyz", strings.NewReader(""))
	if err != nil {
		t.Fatal(err)
	}

	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false // nobody listens there yet
	}

	_ = response.Body.Close()

	return response.StatusCode == http.StatusOK
}
