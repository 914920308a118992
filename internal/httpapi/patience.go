package httpapi

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// importTimeout bounds what follows the reading of a file that is imported.
const importTimeout = 5 * time.Minute

// patient lifts the limit of a request's time where a file is sent or received:
// such a request may take as long as it moves. It ends when nothing has been
// read or written for the limit, and when the caller leaves.
func patient(limit time.Duration) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if !operationOf(c).movesFile {
				return next(c)
			}
			p := newPatience(c, limit)
			defer p.stop()
			return next(c)
		}
	}
}

// patience is the time that a request is given anew whenever it moves.
type patience struct {
	controller *http.ResponseController
	timer      *time.Timer
	limit      time.Duration
	stop       func()
}

func newPatience(c echo.Context, limit time.Duration) *patience {
	request := c.Request()
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(request.Context()))
	release := func() bool { return true }
	if caller, ok := callerOf(request.Context()); ok {
		release = context.AfterFunc(caller, func() { cancel(context.Cause(caller)) })
	}
	p := &patience{controller: http.NewResponseController(c.Response().Writer), limit: limit}
	p.timer = time.AfterFunc(limit, func() { cancel(context.DeadlineExceeded) })
	p.stop = func() {
		release()
		p.timer.Stop()
		cancel(nil)
	}
	request = request.WithContext(ctx)
	request.Body = movingBody{ReadCloser: request.Body, p: p}
	c.SetRequest(request)
	c.Response().Writer = movingWriter{ResponseWriter: c.Response().Writer, p: p}
	p.extend(limit)
	return p
}

// extend gives the request so much time from now on. Where the connection takes
// no deadline there is none to extend.
func (p *patience) extend(limit time.Duration) {
	p.timer.Reset(limit)
	deadline := time.Now().Add(limit)
	_ = p.controller.SetReadDeadline(deadline)
	_ = p.controller.SetWriteDeadline(deadline)
}

type movingBody struct {
	io.ReadCloser
	p *patience
}

// Read reads on, which is a move. What is done with the whole takes longer.
func (b movingBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.p.extend(importTimeout)
		return n, err
	}
	b.p.extend(b.p.limit)
	return n, nil
}

type movingWriter struct {
	http.ResponseWriter
	p *patience
}

// Write writes on, which is a move.
func (w movingWriter) Write(p []byte) (int, error) {
	w.p.extend(w.p.limit)
	return w.ResponseWriter.Write(p)
}

// Unwrap leads the response controller on.
func (w movingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
