package ratelimit

import (
	"context"
	"errors"
)

// Probe asks Redis for a sign of life.
func Probe(ctx context.Context, url string) error {
	s, err := newShared(url, nil)
	if err != nil {
		return err
	}
	return errors.Join(ping(ctx, s.pool), s.close())
}
