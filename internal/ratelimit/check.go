package ratelimit

import (
	"context"
	"fmt"
	"strings"

	"github.com/gomodule/redigo/redis"
)

// IsShared tells whether requests are counted in Redis.
func (l *Limiter) IsShared() bool { return l != nil && l.shared != nil }

// Check asks Redis for its version, which is empty where it may not be told or
// counts are not shared.
func (l *Limiter) Check(ctx context.Context) (version string, err error) {
	if !l.IsShared() {
		return "", nil
	}
	if err := ping(ctx, l.shared.pool); err != nil {
		return "", fmt.Errorf("asking Redis: %w", err)
	}
	// Whoever may count there need not be allowed to ask this.
	info, err := redis.String(do(ctx, l.shared.pool, "INFO", "server"))
	if err != nil {
		return "", nil
	}
	for line := range strings.Lines(info) {
		if version, ok := strings.CutPrefix(strings.TrimSpace(line), "redis_version:"); ok {
			return version, nil
		}
	}
	return "", nil
}
