package app

import (
	"context"
	"log/slog"
	"testing"
	"time"
)

func TestACallerWhoHasGoneIsNoReasonToSayThatNothingAnswers(t *testing.T) {
	t.Parallel()
	p := &probe[error]{
		every: time.Minute, late: errNoAnswer, logger: slog.New(slog.DiscardHandler),
		look: func(context.Context) error { time.Sleep(10 * time.Millisecond); return nil },
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.get(gone); err != nil {
		t.Errorf("the first look on behalf of somebody who has gone tells %v, and what was looked at is there", err)
	}
	p.wait()
}
