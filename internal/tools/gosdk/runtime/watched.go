package client

import (
	"context"
	"errors"
	"io"
	"time"
)

// watched is the body of an answer that is handed on as it arrives. Who reads it
// may take its time; that nothing comes for too long is the end of the connection.
type watched struct {
	from    io.ReadCloser
	ctx     context.Context //nolint:containedctx // It is that of the call, which lasts until the body is closed.
	cancel  context.CancelCauseFunc
	request *request
	silence *time.Timer
}

func newWatched(ctx context.Context, cancel context.CancelCauseFunc, r *request, from io.ReadCloser) *watched {
	silence := time.AfterFunc(time.Hour, func() { cancel(errTimeout) })
	silence.Stop()
	return &watched{from: from, ctx: ctx, cancel: cancel, request: r, silence: silence}
}

// Read implements io.Reader. Its errors are io.EOF and [*ConnectionError].
func (w *watched) Read(p []byte) (int, error) {
	w.silence.Reset(w.request.settings.silence)
	n, err := w.from.Read(p)
	w.silence.Stop()
	if err != nil && !errors.Is(err, io.EOF) {
		err = w.request.lost(explain(w.ctx, err), false)
	}
	return n, err
}

// Close implements io.Closer.
func (w *watched) Close() error {
	w.silence.Stop()
	err := w.from.Close()
	w.cancel(nil)
	return err
}
