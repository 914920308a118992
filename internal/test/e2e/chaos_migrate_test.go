package e2e_test

import (
	"database/sql"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/internal/test/chaos"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver of the control
	"github.com/pressly/goose/v3"

	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/schema"
)

// migratingReplicas is how many start at once.
const migratingReplicas = 5

// Replicas that start together on an empty database all start, and each
// migration is applied once, River's among them.
func TestChaosReplicasMigrateAtOnce(t *testing.T) {
	t.Parallel()

	rounds := chaos.Size(2, 20)
	versions := int64(0)

	for range rounds {
		owner := dbtest.EmptyURL(t)
		settings := append([]string{"DATABASE_URL=" + owner, "COORDINATOR_SECRET_KEY=" + secretKeyOfReplicas, "COORDINATOR_DB_MAX_CONNS=2"}, admin...)

		var replicas []*server
		for range migratingReplicas {
			replicas = append(replicas, launchServer(t, newDataDir(t), settings...))
		}

		for _, s := range replicas {
			s.awaitWelcome(t)
			s.awaitReady(t)
		}

		for _, s := range replicas {
			s.stop(t)
		}

		applied := query[int64](t, owner, "SELECT count(*) FROM goose_db_version WHERE version_id > 0")[0]
		distinct := query[int64](t, owner, "SELECT count(DISTINCT version_id) FROM goose_db_version WHERE version_id > 0 AND is_applied")[0]

		if applied != distinct || versions != 0 && applied != versions {
			t.Errorf("%d migrations were applied, %d different ones, %d in the round before", applied, distinct, versions)
		}

		if river := query[bool](t, owner, "SELECT to_regclass('river.river_job') IS NOT NULL AND EXISTS (SELECT FROM goose_db_version WHERE version_id = 21)")[0]; !river {
			t.Error("River's tables are missing")
		}

		versions = applied
	}

	t.Logf("%d times %d replicas: %d versions applied once each, and all of the replicas started", rounds, migratingReplicas, versions)

	t.Run("FailsWithoutTheLock", func(t *testing.T) {
		const attempts = 20
		for range attempts {
			if err := migrateUnlocked(t); err != nil {
				t.Logf("control: without the lock: %v", err)

				return
			}
		}

		t.Errorf("%d times %d migrated at once without the lock and did not collide, so that the test shows nothing", attempts, migratingReplicas)
	})
}

// secretKeyOfReplicas is the same for all of them, as it has to be.
const secretKeyOfReplicas = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="

// migrateUnlocked applies the migrations by several at once, none of whom waits
// for another, and returns what went wrong.
func migrateUnlocked(t *testing.T) error {
	t.Helper()

	url := dbtest.EmptyURL(t)

	var (
		migrating sync.WaitGroup
		mu        sync.Mutex
		failures  []error
	)

	begin := make(chan struct{})

	for range migratingReplicas {
		conn, err := sql.Open("pgx", url)
		if err != nil {
			t.Fatal(err)
		}

		t.Cleanup(func() { _ = conn.Close() })

		// They then begin at the same moment, and not as they are connected.
		if err := conn.PingContext(t.Context()); err != nil {
			t.Fatal(err)
		}

		provider, err := goose.NewProvider(goose.DialectPostgres, conn, schema.FS)
		if err != nil {
			t.Fatal(err)
		}

		migrating.Go(func() {
			<-begin

			if _, err := provider.UpTo(t.Context(), 20); err != nil {
				mu.Lock()
				defer mu.Unlock()

				failures = append(failures, err)
			}
		})
	}

	time.Sleep(10 * time.Millisecond)
	close(begin)
	migrating.Wait()

	return errors.Join(failures...)
}
