package app

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"time"

	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/config"
	"github.com/aicoordination/coordinator/internal/mail"
	"github.com/aicoordination/coordinator/internal/obs"
)

// closeMailTimeout bounds how long a stop waits for mail that is on its way.
const closeMailTimeout = 5 * time.Second

var _ auth.Mailer = (*mail.Mailer)(nil)

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

// closeMail waits, within a bound, for what follows answers, and then for the
// mail that came of it.
func (a *App) closeMail(ctx context.Context) error {
	bounded, cancel := context.WithTimeout(ctx, closeMailTimeout)
	defer cancel()
	var err error
	if a.auth != nil {
		err = a.auth.Close(bounded)
	}
	if a.mailer != nil {
		err = errors.Join(err, a.mailer.Close(bounded))
	}
	return err
}
