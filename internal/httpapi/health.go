package httpapi

import (
	"context"
	"strings"
	"time"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/server"
	"github.com/aicoordination/coordinator/internal/apperr"
)

// Probes tell the state of the service.
type Probes struct {
	// Version is the build's.
	Version   string
	StartedAt time.Time
	// Ready returns why the service cannot take requests, nil when it can.
	Ready func(ctx context.Context) error
	// Checks looks at everything the service depends on.
	Checks func(ctx context.Context) []Check
	// Draining tells that the service is about to stop; nil for never.
	Draining func() bool
}

// CheckState is how something works.
type CheckState int

// The states, from the best to the worst.
const (
	CheckOK CheckState = iota
	// CheckDegraded is what works, but not as it should.
	CheckDegraded
	// CheckDown is what does not work.
	CheckDown
)

// Check is the state of something the service depends on.
type Check struct {
	Name  string
	State CheckState
	// Essential says that nothing is served without it.
	Essential bool
	// Err is logged, and never shown.
	Err     error
	Latency time.Duration
	// Version is its own, where it tells one.
	Version string
	// Detail is a sentence that an administrator may want to know.
	Detail string
}

func (h *handlers) Health(context.Context, server.HealthRequestObject) (server.HealthResponseObject, error) {
	return server.Health200JSONResponse(h.healthOK()), nil
}

func (h *handlers) Livez(context.Context, server.LivezRequestObject) (server.LivezResponseObject, error) {
	return server.Livez200JSONResponse(h.healthOK()), nil
}

func (h *handlers) Readyz(ctx context.Context, _ server.ReadyzRequestObject) (server.ReadyzResponseObject, error) {
	if err := h.Probes.Ready(ctx); err != nil {
		e := apperr.New(apperr.Unavailable, "The service is not ready for requests. Try again in a few seconds.")
		// A stop is wanted, and nothing has failed.
		if h.Probes.Draining == nil || !h.Probes.Draining() {
			e.Cause = err
		}
		return nil, e
	}
	return server.Readyz200JSONResponse(h.healthOK()), nil
}

func (h *handlers) healthOK() api.HealthStatus {
	return api.HealthStatus{Status: api.HealthStateOk, Version: h.Probes.Version}
}

var healthStates = map[CheckState]api.HealthState{
	CheckOK: api.HealthStateOk, CheckDegraded: api.HealthStateDegraded, CheckDown: api.HealthStateUnavailable,
}

// HealthDetailed answers 503 where something is lost without which nothing is
// served. That is a problem like any other: whoever asked could not be told
// apart from an administrator then, since credentials are in the database.
func (h *handlers) HealthDetailed(ctx context.Context, _ server.HealthDetailedRequestObject) (server.HealthDetailedResponseObject, error) {
	probes := h.Probes
	// What exactly runs here helps an attacker as much as an administrator.
	inDetail := actorOf(ctx).Administers()
	status := api.HealthStateOk
	checks := []api.HealthCheck{}
	for _, check := range probes.Checks(ctx) {
		if check.State == CheckDown && check.Essential {
			e := apperr.New(apperr.Unavailable, "This does not answer: %s. Try again in a few seconds.", check.Name)
			e.Cause = check.Err
			return nil, e
		}
		if check.State != CheckOK {
			status = api.HealthStateDegraded
		}
		latency := float64(check.Latency.Microseconds()) / 1000
		shown := api.HealthCheck{
			Name: check.Name, Status: healthStates[check.State], LatencyMs: toNullable(&latency),
			Version: toNullable[string](nil), Detail: toNullable[string](nil),
		}
		if inDetail {
			shown.Version, shown.Detail = orNull(check.Version), orNull(check.Detail)
		}
		checks = append(checks, shown)
	}
	return server.HealthDetailed200JSONResponse(api.HealthDetails{
		Status: status, Version: probes.Version, StartedAt: probes.StartedAt,
		UptimeSeconds: int64(h.Now().Sub(probes.StartedAt).Seconds()), Checks: checks,
	}), nil
}

// orNull is null for no text. A longer one than the contract has room for is cut off.
func orNull(text string) api.Nullable[string] {
	const most = 200
	if text == "" {
		return toNullable[string](nil)
	}
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "")
	}
	return toNullable(&text)
}
