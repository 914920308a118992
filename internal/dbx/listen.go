package dbx

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// listenAgain is how long it takes until a lost connection is made anew.
	listenAgain = time.Second
	// listenCheck is how long nothing may come until the connection is asked
	// whether it lives.
	listenCheck = time.Minute
)

// Listen calls wake for each notification on the channel, and whenever some
// may have been missed, until the context ends. It has a connection of its own
// beside the pool, which it makes anew by itself; whoever depends on what
// it tells of looks by itself as well.
func Listen(ctx context.Context, d *DB, channel string, logger *slog.Logger, wake func()) {
	isTold := false
	for ctx.Err() == nil {
		err := listen(ctx, d.pool.Config().ConnConfig.Copy(), channel, func() {
			isTold = false
			wake()
		})
		if ctx.Err() == nil && !isTold {
			isTold = true
			logger.WarnContext(ctx, "nobody tells of new events, which are looked for every second; trying again", "channel", channel, "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(listenAgain):
		}
	}
}

func listen(ctx context.Context, config *pgx.ConnConfig, channel string, wake func()) error {
	bounded, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	conn, err := pgx.ConnectConfig(bounded, config)
	if err != nil {
		return translate(err)
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTimeout)
		defer cancel()
		_ = conn.Close(closing)
	}()
	if _, err := conn.Exec(bounded, "LISTEN "+pgx.Identifier{channel}.Sanitize()); err != nil {
		return translate(err)
	}
	for {
		wake()
		waiting, cancel := context.WithTimeout(ctx, listenCheck)
		_, err := conn.WaitForNotification(waiting)
		quiet := waiting.Err() != nil && ctx.Err() == nil
		cancel()
		if quiet && !conn.IsClosed() {
			err = conn.Ping(ctx)
		}
		if err != nil {
			return translate(err)
		}
	}
}
