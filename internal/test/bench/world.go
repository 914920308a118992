package bench

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/jackc/pgx/v5"
)

// World is what requests are made of: people who have signed in, and what there
// is in the database.
type World struct {
	postgres *Postgres
	service  *Service
	database string
	random   *rand.Rand
	tokens   []string
	// email is that of one of the callers, who can sign in again.
	email string
}

// callers are how many people make the requests at most. They are admins, who
// may do everything: a random id is then an answer and not a refusal, and what is
// visible is asked of the database all the same.
const callers = 8

// Enter signs the callers in. What is random about the requests is the same
// each time.
func Enter(ctx context.Context, p *Postgres, s *Service, database string) (*World, error) {
	w := &World{postgres: p, service: s, database: database, random: rand.New(rand.NewPCG(7, 7))}
	emails, err := values[string](ctx, w, "SELECT email FROM users WHERE role = 'admin' AND kind = 'human' ORDER BY id LIMIT $1", callers)
	if err != nil {
		return nil, err
	}
	if err := MayLogIn(ctx, p, database, emails); err != nil {
		return nil, err
	}
	w.email = emails[0]
	for _, email := range emails {
		token, err := s.LogIn(ctx, email)
		if err != nil {
			return nil, err
		}
		w.tokens = append(w.tokens, token)
	}
	return w, nil
}

// token is that of one of the callers.
func (w *World) token() string { return w.tokens[w.random.IntN(len(w.tokens))] }

// values runs a query of one column.
func values[T any](ctx context.Context, w *World, sql string, args ...any) ([]T, error) {
	return records(ctx, w, pgx.RowTo[T], sql, args...)
}

// records runs a query.
func records[T any](ctx context.Context, w *World, to pgx.RowToFunc[T], sql string, args ...any) ([]T, error) {
	conn, err := w.postgres.Connect(ctx, w.database)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	rows, err := conn.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", sql, err)
	}
	found, err := pgx.CollectRows(rows, to)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", sql, err)
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("the database has nothing of: %s", sql)
	}
	return found, nil
}
