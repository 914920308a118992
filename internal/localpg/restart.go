package localpg

import (
	"context"
	"errors"
	"time"
)

const (
	// firstRestart is how long a server that has died is left alone, and
	// lastRestart how long one that dies again and again.
	firstRestart = 100 * time.Millisecond
	lastRestart  = 5 * time.Second

	// steady is how long a server has to run for its next death to be a first one.
	steady = 10 * time.Second
)

// watch ends the server's life for those who wait on Done, once it has exited
// for good.
func (s *Server) watch(opts Options, owner account) {
	defer close(s.done)

	for wait := firstRestart; ; {
		p, _ := s.current()
		began := time.Now()

		<-p.done

		if _, stopping := s.current(); stopping {
			return
		}

		err := s.exitError(p, 0)
		if !opts.Restart {
			s.err = err

			return
		}

		if time.Since(began) > steady {
			wait = firstRestart
		}

		s.log.ErrorContext(s.life, "PostgreSQL has ended by itself and is started again", "error", err)

		if wait = s.restart(opts, owner, wait); wait == 0 {
			return
		}
	}
}

// current is the process that runs, or that ran last, and whether it is to stay
// the last.
func (s *Server) current() (*process, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()

	return s.process, s.stopping
}

// restart starts the server until it answers, and returns how long to wait
// before the next one; 0 when Stop was called meanwhile.
func (s *Server) restart(opts Options, owner account, wait time.Duration) time.Duration {
	for {
		if pause(s.life, wait) != nil {
			return 0
		}

		wait = min(2*wait, lastRestart)

		p, err := s.relaunch(opts, owner)
		if err != nil {
			if s.life.Err() != nil {
				return 0
			}

			s.log.ErrorContext(s.life, "PostgreSQL does not start", "error", err, "again_in", wait)

			continue
		}

		s.mu.Lock()
		s.process = p
		stopping := s.stopping
		s.mu.Unlock()

		if stopping { // since after the start, so that Stop has seen the one before
			_ = s.shutDown(context.WithoutCancel(s.life), p)

			return 0
		}

		s.log.InfoContext(s.life, "PostgreSQL is back", "pid", p.cmd.Process.Pid)

		return wait
	}
}

// relaunch is launch where another has died: its files may be in the way.
func (s *Server) relaunch(opts Options, owner account) (*process, error) {
	if err := errors.Join(takeOver(s.life, s.log, s.dir), clearSocket(s.socketDir)); err != nil {
		return nil, err
	}

	return s.launch(s.life, opts, owner)
}
