package dbtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"sync"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/aicoordination/coordinator/internal/test/dbtest/sharedpg"
)

// maintenanceConns is the number of databases that one process creates or drops
// at a time. Each writes a checkpoint, which more at once only wait for.
const maintenanceConns = 2

// server is the server as this process uses it. Nothing starts until the first
// test asks for a database.
type server struct {
	mu      sync.Mutex
	allowed bool
	lease   *sharedpg.Lease // nil with a server that is not ours
	address *url.URL
	admin   *pgxpool.Pool
	failure error // of the first attempt, so that the other tests fail at once

	template templateOnce
}

// allow lets the server be used. Without Supervise at the beginning of the
// process, a supervisor would run the tests again, and start another.
func (s *server) allow() {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.allowed = true
}

// open makes the server ready for use; it is quick when it is.
func (s *server) open(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()

	if !s.allowed {
		return errors.New("the package lacks func TestMain(m *testing.M) { dbtest.Main(m) }")
	}

	if s.admin == nil && s.failure == nil {
		s.failure = s.connect(ctx)
	}

	return s.failure
}

func (s *server) connect(ctx context.Context) error {
	address, err := s.locate(ctx)
	if err != nil {
		return err
	}

	s.address, err = url.Parse(address)
	if err != nil || s.address.Scheme != "postgres" && s.address.Scheme != "postgresql" {
		return fmt.Errorf("the server's address is no postgres:// URL: set %s to one", ServerVariable)
	}

	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		return fmt.Errorf("reading the server's address: %w", err)
	}

	config.MaxConns = maintenanceConns

	s.admin, err = pgxpool.NewWithConfig(context.WithoutCancel(ctx), config)

	return err
}

func (s *server) locate(ctx context.Context) (string, error) {
	if address := os.Getenv(ServerVariable); address != "" {
		return address, nil
	}

	if s.lease == nil {
		lease, err := sharedpg.Hold(ctx)
		if err != nil {
			return "", err
		}

		s.lease = lease
	}

	return s.lease.Server(ctx)
}

// close ends the use of the server.
func (s *server) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()

	if s.admin != nil {
		s.admin.Close()
	}

	if s.lease != nil {
		return s.lease.Release()
	}

	return nil
}

// urlOf is the address of a database on the server.
func (s *server) urlOf(name string) string {
	address := *s.address
	address.Path = "/" + name

	return address.String()
}
