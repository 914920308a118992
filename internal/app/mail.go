package app

import (
	"cmp"
	"log/slog"
	"net"

	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/config"
	"github.com/aicoordination/coordinator/internal/job"
	"github.com/aicoordination/coordinator/internal/mail"
	"github.com/aicoordination/coordinator/internal/obs"
)

var _ auth.Mailer = (*job.Post)(nil)

// newPost returns what takes mail in the transaction of what it follows from,
// for mailer to hand in.
func newPost(mailer *mail.Mailer, secret []byte, logger *slog.Logger) (*job.Post, error) {
	queue, err := job.NewQueue(logger)
	if err != nil {
		return nil, err
	}
	return job.NewPost(queue, mailer, secret, logger)
}

// newMailer returns what hands mail in. addr is where the service is reached if
// nothing else is said.
func newMailer(cfg config.Serve, addr net.Addr, metrics *obs.Metrics, logger *slog.Logger) (*mail.Mailer, error) {
	options := mail.Options{
		Log: cfg.MailURL.ToLog(), From: cfg.MailFrom, Logger: logger,
		AppURL: cfg.AppURL, PublicURL: cmp.Or(cfg.PublicURL, "http://"+reachable(addr)),
		Outcome: metrics.Mail,
	}
	if options.Log {
		// What stands in a letter is masked everywhere else in the log.
		options.Logger = obs.Unmasked(logger)
	}
	if server := cfg.MailURL.Server(); server != nil {
		options.Server = &mail.Server{
			Host: server.Host, Port: server.Port, Security: mail.Security(server.Security),
			User: server.User, Password: server.Password.Reveal(),
		}
	}
	return mail.New(options)
}
