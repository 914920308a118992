package dbx

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/pressly/goose/v3/lock"
)

// What the application's role may do with a table.
const (
	readOnly   = "SELECT"
	readAppend = "SELECT, INSERT"
	readWrite  = "SELECT, INSERT, UPDATE, DELETE"
	// What a trigger keeps beside another table, and goes with its rows.
	readKeep = "SELECT, INSERT, UPDATE"
	// An event is written without the columns that say when and in which place
	// of the log: these are the database's, so that nobody dates an event back.
	readRecord = "SELECT, INSERT (actor_id, credential, request_id, entity_type, entity_id, project_id, action, changes, version)"
)

// privileges decides for every table and view of the schema. The application's
// role may do nothing with one that is not in here, and nothing else with
// those that are: not alter, drop, truncate, or switch off a trigger.
var privileges = map[string]string{
	"goose_db_version": readOnly,

	"events":      readRecord,
	"event_chain": readAppend,

	"api_key_clients":      readWrite,
	"api_key_projects":     readWrite,
	"api_keys":             readWrite,
	"client_contacts":      readWrite,
	"clients":              readWrite,
	"comment_feedback":     readWrite,
	"comments":             readWrite,
	"idempotency_records":  readWrite,
	"invitations":          readWrite,
	"job_runners":          readWrite,
	"limited_key_projects": readOnly,
	"limited_keys":         readOnly,
	"one_time_tokens":      readWrite,
	"project_members":      readWrite,
	"project_task_counts":  readWrite,
	"projects":             readWrite,
	"projects_to_count":    readWrite,
	"purges":               readWrite,
	"recovery_codes":       readWrite,
	"refresh_tokens":       readWrite,
	"registrations":        readWrite,
	"second_factors":       readWrite,
	"seen_clients":         readOnly,
	"seen_people":          readOnly,
	"seen_projects":        readWrite,
	"sessions":             readWrite,
	"sign_in_attempts":     readWrite,
	"signing_keys":         readWrite,
	"task_dependencies":    readWrite,
	"task_texts":           readKeep,
	"tasks":                readWrite,
	"time_entries":         readWrite,
	"timers":               readWrite,
	"tombstones":           readWrite,
	"users":                readWrite,
	"webhook_cursor":       readWrite,
	"webhook_deliveries":   readWrite,
	"webhook_queues":       readWrite,
	"webhooks":             readWrite,
}

// Grant gives the role exactly what the application needs of the schema, and
// takes back what else it had been given. d is the schema's owner. It waits
// for a migration that runs, and running it again changes nothing.
//
// What PostgreSQL gives to everybody stays: to connect, to use functions and
// types. Sequences are not needed, because all of them belong to identities.
func Grant(ctx context.Context, d *DB, role string) error {
	conn, err := d.acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		// The lock that migrations hold.
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", lock.DefaultLockID); err != nil {
			return err
		}
		var schema string
		var there []string
		err := tx.QueryRow(ctx, `SELECT current_schema(), coalesce((SELECT array_agg(c.relname::text) FROM pg_class c
			WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'v', 'm', 'p')), '{}')`).Scan(&schema, &there)
		if err != nil {
			return err
		}
		statements := grants(schema, role, there)
		var hasJobs bool
		if err := tx.QueryRow(ctx, "SELECT to_regnamespace($1) IS NOT NULL", JobSchema).Scan(&hasJobs); err != nil {
			return err
		}
		if hasJobs {
			statements = append(statements, grantsOfJobs(role)...)
		}
		_, err = tx.Exec(ctx, strings.Join(statements, ";\n"), pgx.QueryExecModeSimpleProtocol)
		return err
	})
	if err != nil {
		return fmt.Errorf("granting the application's role %s what it needs: %w", role, translate(err))
	}
	return nil
}

func grants(schema, role string, tables []string) []string {
	in, to := pgx.Identifier{schema}.Sanitize(), pgx.Identifier{role}.Sanitize()
	statements := []string{
		// Since PostgreSQL 15 nobody else creates in a new database's schema
		// anyway; in one that was upgraded, whoever does could have the owner
		// run a function of theirs.
		"REVOKE CREATE ON SCHEMA " + in + " FROM PUBLIC, " + to,
		"REVOKE ALL ON ALL TABLES IN SCHEMA " + in + " FROM PUBLIC, " + to,
		"REVOKE ALL ON ALL SEQUENCES IN SCHEMA " + in + " FROM PUBLIC, " + to,
		"GRANT USAGE ON SCHEMA " + in + " TO " + to,
	}
	for _, table := range slices.Sorted(maps.Keys(privileges)) {
		// One that a migration which was taken back had made is not there.
		if slices.Contains(tables, table) {
			statements = append(statements, "GRANT "+privileges[table]+" ON "+pgx.Identifier{schema, table}.Sanitize()+" TO "+to)
		}
	}
	return statements
}

// grantsOfJobs let the role queue and work jobs: of River's tables it needs all
// but their shape.
func grantsOfJobs(role string) []string {
	in, to := pgx.Identifier{JobSchema}.Sanitize(), pgx.Identifier{role}.Sanitize()
	return []string{
		"GRANT USAGE ON SCHEMA " + in + " TO " + to,
		"GRANT " + readWrite + " ON ALL TABLES IN SCHEMA " + in + " TO " + to,
		"GRANT USAGE ON ALL SEQUENCES IN SCHEMA " + in + " TO " + to,
	}
}

// Undecided returns the tables and views of the schema that [Grant] has no
// decision for.
func Undecided(ctx context.Context, d *DB) ([]string, error) {
	var there []string
	err := d.QueryRow(ctx, `SELECT coalesce(array_agg(c.relname::text ORDER BY c.relname), '{}') FROM pg_class c
		WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'v', 'm', 'p')`).Scan(&there)
	if err != nil {
		return nil, fmt.Errorf("listing the tables: %w", err)
	}
	return slices.DeleteFunc(there, func(table string) bool { return privileges[table] != "" }), nil
}

// Privileges returns what [Grant] gives, as text by which one version of it is
// told from another.
func Privileges() string { return fmt.Sprint(privileges) }

// Role returns the name of the role that d connects as.
func Role(ctx context.Context, d *DB) (string, error) {
	var role string
	if err := d.QueryRow(ctx, "SELECT current_user").Scan(&role); err != nil {
		return "", fmt.Errorf("asking for the database role: %w", err)
	}
	return role, nil
}

// CanChangeLog tells whether the role that d connects as could change the log
// of events: a superuser, the tables' owner or one of its members, or a role
// that somebody has given more than [Grant] does.
func CanChangeLog(ctx context.Context, d *DB) (bool, error) {
	var can bool
	err := d.QueryRow(ctx, `SELECT coalesce(bool_or(pg_has_role(c.relowner, 'MEMBER') OR has_any_column_privilege(c.oid, 'UPDATE')
			OR has_table_privilege(c.oid, 'DELETE') OR has_table_privilege(c.oid, 'TRUNCATE') OR has_table_privilege(c.oid, 'TRIGGER')), false)
		FROM pg_class c WHERE c.oid IN (to_regclass('events'), to_regclass('event_chain'))`).Scan(&can)
	if err != nil {
		return false, fmt.Errorf("asking for the privileges of the database role: %w", err)
	}
	return can, nil
}

// ErrSameRole says that the owner of the schema and the application are one.
var ErrSameRole = errors.New("DATABASE_URL and DATABASE_OWNER_URL are the same role: give the application a role of its own")

// MigrateAs applies the pending migrations as the schema's owner, and gives
// the application's role what it needs of them.
func MigrateAs(ctx context.Context, owner *DB, application string) error {
	mine, err := Role(ctx, owner)
	if err != nil {
		return err
	}
	if mine == application {
		return fmt.Errorf("%w (both are %s)", ErrSameRole, mine)
	}
	if err := Migrate(ctx, owner); err != nil {
		return err
	}
	return Grant(ctx, owner, application)
}
