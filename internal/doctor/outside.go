package doctor

import (
	"context"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/aicoordination/coordinator/internal/mail"
	"github.com/aicoordination/coordinator/internal/ratelimit"
)

func mailServer(ctx context.Context, s Subject) Outcome {
	server := s.Config.MailURL.Server()
	if server == nil {
		if s.Config.MailURL.ToLog() {
			return well("it is written to the log")
		}
		return warning("set COORDINATOR_MAIL_URL and COORDINATOR_MAIL_FROM", "none is sent: nobody can be invited or reset a password by mail")
	}
	begin := time.Now()
	err := mail.Probe(ctx, mail.Server{
		Host: server.Host, Port: server.Port, Security: mail.Security(server.Security), User: server.User, Password: server.Password.Reveal(),
	}, nil)
	if err != nil {
		return broken("correct COORDINATOR_MAIL_URL, or mend the mail server", "%s: %v", s.Config.MailURL.Redacted(), err)
	}
	what := "takes a connection"
	if server.Security != string(mail.Plain) {
		what = "takes a connection, encrypts it"
	}
	if server.User != "" {
		what += " and lets " + server.User + " in"
	}
	return well("%s:%d %s, after %s", server.Host, server.Port, what, time.Since(begin).Round(time.Millisecond))
}

func redisServer(ctx context.Context, s Subject) Outcome {
	if s.Config.RedisURL == "" {
		return well("none is used: each replica counts requests by itself")
	}
	begin := time.Now()
	if err := ratelimit.Probe(ctx, s.Config.RedisURL.Reveal()); err != nil {
		return broken("correct REDIS_URL, or start Redis; until then each replica counts by itself", "%s: %v", s.Config.RedisURL.Redacted(), err)
	}
	return well("%s answers after %s", s.Config.RedisURL.Redacted(), time.Since(begin).Round(time.Millisecond))
}

// address is well where the service could listen on it, and where it does.
func address(ctx context.Context, s Subject) Outcome {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.Config.Addr)
	if err == nil {
		defer listener.Close()
		return well("%s is free", s.Config.Addr)
	}
	host, port, _ := net.SplitHostPort(s.Config.Addr)
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	mend := "choose another address with COORDINATOR_ADDR, or end what listens on this one"
	request, errRequest := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", http.NoBody)
	if errRequest != nil {
		return broken(mend, "%v", err)
	}
	response, errGet := http.DefaultClient.Do(request)
	if errGet != nil {
		return broken(mend, "%v, and what has it does not answer /readyz: %v", err, errGet)
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 1<<16))
	switch {
	case response.StatusCode == http.StatusOK && response.Header.Get("X-Request-ID") != "":
		return well("the service answers on %s, and is ready", s.Config.Addr)
	case response.StatusCode == http.StatusServiceUnavailable:
		return broken("look into the log of the service", "the service answers on %s that it is not ready", s.Config.Addr)
	}
	return broken(mend, "%s is taken by something that is not this service: its /readyz answers %d", s.Config.Addr, response.StatusCode)
}
