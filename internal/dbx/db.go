// Package dbx owns the way to PostgreSQL: the pool, transactions, what a
// database error means to the caller, migrations, and the running of list
// queries. It is the only package that knows pgx.
package dbx

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/aicoordination/coordinator/gen/db"
)

// DB runs statements on a pool, each on a connection of its own, or in the
// [Ambient] transaction of their context. It satisfies
// [db.DBTX], so that db.New(d) gives the queries outside a transaction. Errors
// that a caller can act upon come back as [apperr.Error].
type DB struct {
	pool *pgxpool.Pool
	// room is how long a caller waits where a connection is being made.
	room time.Duration
	// settings is the statement that gives each transaction its settings; empty
	// where the connection has them.
	settings string
	// replica is nil where there is none.
	replica   *replica
	listeners listeners
	// estimates are what is known of lists that are long, or dear to count.
	estimates estimates
	dear      dearCounts
}

// Open connects to the database at url with at most maxConns connections, and
// as many to its replica; 0 picks two a core, at least 4, because PostgreSQL's
// throughput peaks there.
//
// It waits for PostgreSQL as long as it takes: see [WithLimits] for a pool that
// does not.
func Open(ctx context.Context, url string, maxConns int32, opts ...Option) (*DB, error) {
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	config, err := poolConfig(url, maxConns, o)
	if err != nil {
		return nil, fmt.Errorf("reading the database's address: %w", err)
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("opening the pool: %w", err)
	}
	bounded, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	if err := pool.Ping(bounded); err != nil {
		pool.Close()
		return nil, fmt.Errorf("connecting to the database: %w", translate(err))
	}
	d := New(pool)
	if o.limits.Impatient {
		d.room = roomTimeout
	}
	if o.pooled {
		d.settings = o.limits.inTransaction()
	}
	if o.replicaURL == "" {
		return d, nil
	}
	if config, err = poolConfig(o.replicaURL, maxConns, o); err != nil {
		pool.Close()
		return nil, fmt.Errorf("reading the replica's address: %w", err)
	}
	if d.replica, err = openReplica(ctx, d, config, o.maxLag); err != nil {
		pool.Close()
		return nil, err
	}
	return d, nil
}

// poolConfig is how connections to the database at url are made.
func poolConfig(url string, maxConns int32, o options) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	if maxConns == 0 {
		maxConns = int32(max(4, 2*runtime.NumCPU()))
	}
	config.MaxConns = maxConns
	if _, ok := config.ConnConfig.RuntimeParams["application_name"]; !ok {
		config.ConnConfig.RuntimeParams["application_name"] = "coordinator"
	}
	config.AfterConnect = encodeDirectly
	o.apply(config)
	return config, nil
}

// New returns a DB on a pool that somebody else opened.
func New(pool *pgxpool.Pool) *DB {
	return &DB{pool: pool, room: connectTimeout, dear: dearCounts{from: dearCost}}
}

// Pool returns the pool, for a library that runs its own statements: River.
func (d *DB) Pool() *pgxpool.Pool { return d.pool }

// Close closes the pool, and the replica's, once every connection has been given back.
func (d *DB) Close() {
	if d.replica != nil {
		d.replica.close()
	}
	d.pool.Close()
}

// Ping asks the database for an answer.
func (d *DB) Ping(ctx context.Context) error {
	_, err := d.Exec(ctx, "SELECT 1")
	return err
}

// ServerVersion returns the version PostgreSQL gives for itself, such as "15.18".
func (d *DB) ServerVersion(ctx context.Context) (string, error) {
	var version string
	err := d.QueryRow(ctx, "SELECT split_part(current_setting('server_version'), ' ', 1)").Scan(&version)
	return version, err
}

func (d *DB) acquire(ctx context.Context) (*pgxpool.Conn, error) {
	return acquireFrom(ctx, d.pool, d.room)
}

// Exec runs a statement that returns no rows.
func (d *DB) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	conn, err := d.session(ctx)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	defer conn.Release()
	tag, err := conn.Exec(ctx, sql, args...)
	return tag, translateFor(ctx, err)
}

// Query runs a statement that returns rows; the connection is given back when they are closed.
func (d *DB) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	conn, err := d.sessionToRead(ctx)
	if err != nil {
		return nil, err
	}
	found := &lone{row: row{rows{ctx: ctx, at: conn}}}
	if err := found.send(sql, args); err != nil {
		return nil, err
	}
	return &found.rows, nil
}

// QueryRow runs a statement that returns one row; the connection is given back when it is scanned.
func (d *DB) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	conn, err := d.sessionToRead(ctx)
	if err != nil {
		return noRow{err: err}
	}
	found := &lone{row: row{rows{ctx: ctx, at: conn, decoder: decoder{expected: 1}}}}
	if err := found.send(sql, args); err != nil {
		return noRow{err: err}
	}
	return &found.row
}

// translating is a transaction whose errors are translated like the pool's.
type translating struct {
	tx    *transaction
	hooks *commitHooks
}

var (
	_ db.DBTX = (*DB)(nil)
	_ db.DBTX = (*translating)(nil)
)

func (t *translating) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	tag, err := t.tx.Exec(ctx, sql, args...)
	return tag, translateFor(ctx, err)
}

func (t *translating) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	found, err := t.tx.Query(ctx, sql, args...)
	if err != nil {
		return nil, translateFor(ctx, err)
	}
	return &rows{Rows: found, ctx: ctx}, nil
}

func (t *translating) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	found, err := t.tx.Query(ctx, sql, args...)
	if err != nil {
		return noRow{err: translateFor(ctx, err)}
	}
	return &row{rows{Rows: found, ctx: ctx, decoder: decoder{expected: 1}}}
}
