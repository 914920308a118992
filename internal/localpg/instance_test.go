package localpg_test

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/aicoordination/coordinator/internal/localpg"
)

func TestSecondInstance(t *testing.T) {
	t.Parallel()

	t.Run("IsRefused", func(t *testing.T) {
		t.Parallel()

		dir := tempDir(t)
		first, url := startOwner(t, dir)
		dir = filepath.Join(dir, "data")

		second, err := localpg.Start(t.Context(), localpg.Options{DataDir: dir})
		if err == nil {
			stop(t, second)
			t.Fatal("a second instance started")
		}

		if _, ok := errors.AsType[*localpg.InUseError](err); !ok {
			t.Fatalf("the error is %v, want an InUseError", err)
		}

		for _, part := range []string{
			dir, strconv.Itoa(first.Process.Pid), "COORDINATOR_DATA_DIR", "DATABASE_URL",
		} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("the message does not name %s: %v", part, err)
			}
		}

		if got := queryValue[int](t, url, "SELECT 1"); got != 1 {
			t.Errorf("the first instance was disturbed")
		}
	})

	t.Run("OfManyOneWins", func(t *testing.T) {
		t.Parallel()

		dir := tempDir(t)
		results := make(chan error)
		servers := make(chan *localpg.Server, 8)

		for range 8 {
			go func() {
				server, err := localpg.Start(context.Background(), localpg.Options{DataDir: dir})
				if err == nil {
					servers <- server
				}

				results <- err
			}()
		}

		refused := 0

		for range 8 {
			var inUse *localpg.InUseError

			switch err := <-results; {
			case errors.As(err, &inUse):
				refused++
			case err != nil:
				t.Error(err)
			}
		}

		if refused != 7 {
			t.Errorf("%d of 8 were refused, want 7", refused)
		}

		stop(t, <-servers)
	})
}
