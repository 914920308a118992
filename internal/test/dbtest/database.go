package dbtest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/schema"
)

// likePrivate gives a database the encoding and order of the private server's,
// whatever the defaults of the server at hand.
const likePrivate = "TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'"

// database is one test's.
type database struct {
	name string
	url  string // as the superuser, who owns the schema
}

// role is what tests connect as by Pool and URL, as the service does. It has
// the name that it has in the private PostgreSQL.
const role = "coordinator"

// asApplication is the address for that role.
func asApplication(address string) (string, error) {
	parsed, err := url.Parse(address)
	if err != nil {
		return "", err
	}

	query := parsed.Query()
	if query.Has("user") {
		query.Set("user", role)
		// "+" is no space to libpq.
		parsed.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20")
	}

	if parsed.User != nil {
		parsed.User = url.UserPassword(role, role)
	}

	return parsed.String(), nil
}

// templateOnce remembers the template's name once it is known to exist.
type templateOnce struct {
	mu   sync.Mutex
	name string
}

// createMigrated copies the template. Copying its files beats writing them
// through the log, which is PostgreSQL's default, by more than two to one.
func (s *server) createMigrated(ctx context.Context) (database, error) {
	template, err := s.ensureTemplate(ctx)
	if err != nil {
		return database{}, err
	}

	return s.create(ctx, "TEMPLATE "+template)
}

func (s *server) createEmpty(ctx context.Context) (database, error) {
	return s.create(ctx, likePrivate)
}

func (s *server) create(ctx context.Context, how string) (database, error) {
	name := "test_" + strings.ToLower(rand.Text())

	if _, err := s.admin.Exec(ctx, "CREATE DATABASE "+name+" "+how+" STRATEGY file_copy"); err != nil {
		return database{}, err
	}

	return database{name: name, url: s.urlOf(name)}, nil
}

// drop removes a database at once, though the server's directory will go as a
// whole: it is in memory, and a thousand tests would need ten gigabytes of it.
func (s *server) drop(ctx context.Context, d database) error {
	_, err := s.admin.Exec(ctx, "DROP DATABASE "+d.name+" WITH (FORCE)")

	return err
}

// ensureTemplate returns the template of the present migrations, which the
// first process to come makes for all.
func (s *server) ensureTemplate(ctx context.Context) (string, error) {
	s.template.mu.Lock()
	defer s.template.mu.Unlock()

	if s.template.name != "" {
		return s.template.name, nil
	}

	name, err := templateName(schema.FS)
	if err != nil {
		return "", err
	}

	err = s.admin.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
		return s.makeTemplate(ctx, conn.Conn(), name)
	})
	if err != nil {
		return "", fmt.Errorf("making the template %s: %w", name, err)
	}

	s.template.name = name

	return name, nil
}

// makeTemplate migrates a database under another name and renames it when it is
// complete, so that a template which exists is whole.
func (s *server) makeTemplate(ctx context.Context, conn *pgx.Conn, name string) error {
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock(hashtextextended($1, 0))", name); err != nil {
		return err
	}

	// Should this fail, the connection is broken and its end unlocks as well.
	defer func() { _, _ = conn.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock_all()") }()

	var exists bool

	err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&exists)
	if err != nil || exists {
		return err
	}

	unfinished := name + "_unfinished"

	for _, statement := range []string{
		"DROP DATABASE IF EXISTS " + unfinished + " WITH (FORCE)",
		"CREATE DATABASE " + unfinished + " " + likePrivate + " STRATEGY file_copy",
	} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return err
		}
	}

	const ensureRole = "DO $$ BEGIN CREATE ROLE " + role + " LOGIN PASSWORD '" + role + "'; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
	if _, err := conn.Exec(ctx, ensureRole); err != nil {
		return err
	}

	if err := migrate(ctx, s.urlOf(unfinished)); err != nil {
		return err
	}

	_, err = conn.Exec(ctx, "ALTER DATABASE "+unfinished+" RENAME TO "+name)

	return err
}

func migrate(ctx context.Context, url string) error {
	// A pool of its own, since dbx.Open is less patient than a busy machine
	// that starts its tests needs.
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return err
	}
	defer pool.Close()

	return dbx.MigrateAs(ctx, dbx.New(pool), role)
}

// templateName changes whenever a migration does, or what is granted.
func templateName(migrations fs.FS) (string, error) {
	names, err := fs.Glob(migrations, "*.sql")
	if err != nil {
		return "", fmt.Errorf("listing the migrations: %w", err)
	}

	hash := sha256.New()
	fmt.Fprintln(hash, dbx.Privileges(), dbx.JobSchemaVersion)

	for _, name := range names {
		content, err := fs.ReadFile(migrations, name)
		if err != nil {
			return "", fmt.Errorf("reading a migration: %w", err)
		}

		fmt.Fprintf(hash, "%s %d\n%s", name, len(content), content)
	}

	return "template_" + hex.EncodeToString(hash.Sum(nil)[:8]), nil
}
