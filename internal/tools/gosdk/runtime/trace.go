package client

import (
	"net/http/httptrace"
	"sync/atomic"
)

// sentTrace tells whether anything of a request has left.
type sentTrace struct{ began, wrote atomic.Bool }

func traceSent() *sentTrace { return &sentTrace{} }

func (s *sentTrace) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn:      func(string) { s.began.Store(true) },
		WroteHeaders: func() { s.wrote.Store(true) },
	}
}

// isUnsent tells that certainly nothing has. A transport that does not know of
// traces leaves it open.
func (s *sentTrace) isUnsent() bool { return s.began.Load() && !s.wrote.Load() }
