package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/config"
	"github.com/aicoordination/coordinator/internal/dbx"
)

// welcome is what is printed when the service is ready.
type welcome struct {
	// email and password sign in; both are empty when the administrator was
	// made at an earlier start.
	email    string
	password string
	// madeUp says that the password is known from nowhere else.
	madeUp bool
	demo   bool
	// registration says who may open an account.
	registration config.Registration
}

// prepareFirstUse loads the demo data where they are wanted and not there, and
// gives a database that has never had an administrator its first one.
func prepareFirstUse(ctx context.Context, d *dbx.DB, cfg config.Serve) (welcome, error) {
	if cfg.Demo {
		if _, err := loadDemo(ctx, d); err != nil {
			return welcome{}, err
		}
	}
	administered, err := auth.HasAdmin(ctx, d)
	if err != nil {
		return welcome{}, fmt.Errorf("looking for an administrator: %w", err)
	}
	if administered {
		return welcome{demo: cfg.Demo, registration: cfg.Registration}, nil
	}
	return createFirstAdmin(ctx, d, cfg)
}

func createFirstAdmin(ctx context.Context, d *dbx.DB, cfg config.Serve) (welcome, error) {
	w := welcome{email: cfg.AdminEmail, password: cfg.AdminPassword.Reveal(), demo: cfg.Demo, registration: cfg.Registration}
	if w.password == "" {
		w.password, w.madeUp = rand.Text(), true
	}
	_, err := auth.CreateAccount(ctx, d, access.System(), passwordRules(cfg.Passwords), auth.Account{
		Email: w.email, Password: w.password, Name: "Administrator", Role: access.RoleAdmin,
	})
	if apperr.Is(err, apperr.AlreadyExists) {
		// Another replica that started at the same moment was quicker, and
		// printed the password.
		return welcome{demo: cfg.Demo, registration: cfg.Registration}, nil
	}
	if refusal, ok := errors.AsType[*apperr.Error](err); ok && refusal.Code == apperr.ValidationFailed {
		return welcome{}, fmt.Errorf("creating the administrator: COORDINATOR_ADMIN_PASSWORD is not accepted: %s", refusal.Detail)
	}
	if err != nil {
		return welcome{}, fmt.Errorf("creating the administrator: %w", err)
	}
	return w, nil
}

func (w welcome) print(out io.Writer, addr net.Addr, d *database) error {
	origin := "http://" + reachable(addr)
	var b strings.Builder
	fmt.Fprintf(&b, "\nCoordinator %s is ready.\n\n", Version())
	fmt.Fprintf(&b, "  API       %s/api/v1\n", origin)
	fmt.Fprintf(&b, "  Explorer  %s/docs\n", origin)
	fmt.Fprintf(&b, "  Database  %s\n", d.address)
	fmt.Fprintf(&b, "  Register  %s\n", whoRegisters(w.registration))
	switch {
	case w.madeUp:
		fmt.Fprintf(&b, "  Sign in   %s with the password %s (shown this once)\n", w.email, w.password)
	case w.email != "":
		fmt.Fprintf(&b, "  Sign in   %s with the password from COORDINATOR_ADMIN_PASSWORD\n", w.email)
	default:
		fmt.Fprintf(&b, "  Sign in   as set up at the first start; `coordinator user create --role admin --email ADDRESS` makes another administrator\n")
	}
	if w.demo {
		fmt.Fprintf(&b, "  Demo      %s with the password %s\n", demoManagerEmail, demoPassword)
	}
	fmt.Fprintf(&b, "\nTry it:\n\n  %s\n\n", w.tryIt(origin))
	_, err := io.WriteString(out, b.String())
	return err
}

func whoRegisters(registration config.Registration) string {
	switch registration {
	case config.RegistrationOpen:
		return "anybody, since registration is open"
	case config.RegistrationInvitation:
		return "whoever is invited by a manager or an administrator"
	case config.RegistrationClosed:
	}
	return "nobody but whom an administrator invites; --registration changes that"
}

// tryIt is a command that works when it is pasted into a shell: it signs in
// where the password is known here, and asks for the health otherwise.
func (w welcome) tryIt(origin string) string {
	email, password := w.email, w.password
	switch {
	case w.madeUp:
	case w.demo:
		email, password = demoManagerEmail, demoPassword
	default:
		return "curl " + origin + "/health"
	}
	return fmt.Sprintf(`curl -s %s/api/v1/users/login -H 'Content-Type: application/json' -d '{"email":"%s","password":"%s"}'`,
		origin, email, password)
}

// reachable is the address as something on this machine can call it.
func reachable(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return addr.String()
	}
	if tcp.IP.IsUnspecified() {
		return fmt.Sprintf("localhost:%d", tcp.Port)
	}
	return tcp.String()
}
