package ratelimit

import (
	"context"
	"crypto/tls"
	"runtime"
	"time"

	"github.com/gomodule/redigo/redis"

	"github.com/aicoordination/coordinator/internal/redisurl"
)

const (
	// connsPerCPU bounds the connections to Redis; whoever finds none waits for
	// one as long as for an answer.
	connsPerCPU = 10
	// idleTimeout is when a connection that nobody needs is closed.
	idleTimeout = 5 * time.Minute
	// trustedFor is how long a connection that lies idle is taken to be whole:
	// one that outlived its Redis is found out without a request that fails.
	trustedFor = time.Second
)

func newPool(address redisurl.Address) *redis.Pool {
	options := []redis.DialOption{
		redis.DialConnectTimeout(redisTimeout), redis.DialReadTimeout(redisTimeout), redis.DialWriteTimeout(redisTimeout),
		redis.DialUsername(address.Username), redis.DialPassword(address.Password),
		redis.DialDatabase(address.Database), redis.DialClientName(address.ClientName),
	}
	if address.ServerName != "" {
		options = append(options, redis.DialUseTLS(true),
			redis.DialTLSConfig(&tls.Config{ServerName: address.ServerName, MinVersion: tls.VersionTLS12}))
	}
	conns := connsPerCPU * runtime.GOMAXPROCS(0)
	return &redis.Pool{
		MaxIdle: conns, MaxActive: conns, Wait: true, IdleTimeout: idleTimeout,
		DialContext: func(ctx context.Context) (redis.Conn, error) {
			return redis.DialContext(ctx, address.Network, address.Host, options...)
		},
		TestOnBorrowContext: func(ctx context.Context, c redis.Conn, lastUsed time.Time) error {
			if time.Since(lastUsed) < trustedFor {
				return nil
			}
			_, err := redis.DoContext(c, ctx, "PING")
			return err
		},
	}
}

// do sends one command and returns its answer.
func do(ctx context.Context, pool *redis.Pool, command string, args ...any) (any, error) {
	conn, err := pool.GetContext(ctx)
	if err != nil {
		return nil, err
	}
	// An error of closing it is one of a command, which has been returned.
	defer func() { _ = conn.Close() }()
	return redis.DoContext(conn, ctx, command, args...)
}

func ping(ctx context.Context, pool *redis.Pool) error {
	_, err := do(ctx, pool, "PING")
	return err
}
