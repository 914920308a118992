package app

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"syscall"

	"github.com/aicoordination/coordinator/internal/config"
)

// spareFiles are the open files that are left to everything but callers:
// connections to the database, logs, and what the runtime needs.
const spareFiles = 200

// listen binds the address, for so many connections at once. Where the process
// may not open as many files, there are fewer, of which whoever asked for more
// is warned; the default is asked for by nobody.
func listen(ctx context.Context, addr string, most int, logger *slog.Logger) (net.Listener, error) {
	inner, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listening: %w; choose another address with COORDINATOR_ADDR", err)
	}
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err == nil && files.Cur < uint64(most+spareFiles) {
		allowed := max(int(files.Cur)-spareFiles, int(files.Cur)/2, 1)
		if most == config.DefaultMaxConnections {
			logger.InfoContext(ctx, "connections are as many as the process may open files for; LimitNOFILE or ulimit -n raises that",
				"open_files", files.Cur, "connections", allowed)
		} else {
			logger.WarnContext(ctx, "the process may not open as many files as connections are allowed; raise the limit (LimitNOFILE, ulimit -n) or lower --max-connections",
				"open_files", files.Cur, "max_connections", most, "connections", allowed)
		}
		most = allowed
	}
	return &bounded{Listener: inner, places: make(chan struct{}, most), closed: make(chan struct{})}, nil
}

// bounded is a listener whose connections are so many at most. Whoever comes
// then waits in the kernel's queue, without taking an open file of ours.
type bounded struct {
	net.Listener
	places chan struct{}
	once   sync.Once
	closed chan struct{}
}

// Accept implements [net.Listener].
func (b *bounded) Accept() (net.Conn, error) {
	select {
	case b.places <- struct{}{}:
	case <-b.closed:
		return nil, net.ErrClosed
	}
	conn, err := b.Listener.Accept()
	if err != nil {
		<-b.places
		return nil, err
	}
	return &placed{Conn: conn, leave: sync.OnceFunc(func() { <-b.places })}, nil
}

// Close implements [net.Listener].
func (b *bounded) Close() error {
	b.once.Do(func() { close(b.closed) })
	return b.Listener.Close()
}

// placed gives its place back when it is closed.
type placed struct {
	net.Conn
	leave func()
}

// Close implements [net.Conn].
func (p *placed) Close() error {
	p.leave()
	return p.Conn.Close()
}

// CloseWrite lets the server end an answer so that the caller has read it
// before the connection is gone.
func (p *placed) CloseWrite() error {
	if half, ok := p.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
