package httpapi

import (
	"context"
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
}

// Check is the state of something the service depends on.
type Check struct {
	Name    string
	Err     error
	Latency time.Duration
	// Detail is what an administrator may want to know, a version for instance.
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
		e.Cause = err
		return nil, e
	}
	return server.Readyz200JSONResponse(h.healthOK()), nil
}

func (h *handlers) healthOK() api.HealthStatus {
	return api.HealthStatus{Status: api.HealthStateOk, Version: h.Probes.Version}
}

func (h *handlers) HealthDetailed(ctx context.Context, _ server.HealthDetailedRequestObject) (server.HealthDetailedResponseObject, error) {
	probes := h.Probes
	// What exactly runs here helps an attacker as much as an administrator.
	inDetail := actorOf(ctx).Administers()
	checks := []api.HealthCheck{}
	for _, check := range probes.Checks(ctx) {
		if check.Err != nil {
			e := apperr.New(apperr.Unavailable, "The %s does not answer.", check.Name)
			e.Cause = check.Err
			return nil, e
		}
		latency := float64(check.Latency.Microseconds()) / 1000
		shown := api.HealthCheck{
			Name: check.Name, Status: api.HealthStateOk,
			LatencyMs: toNullable(&latency), Detail: toNullable[string](nil),
		}
		if inDetail {
			shown.Detail = toNullable(&check.Detail)
		}
		checks = append(checks, shown)
	}
	return server.HealthDetailed200JSONResponse(api.HealthDetails{
		Status: api.HealthStateOk, Version: probes.Version, StartedAt: probes.StartedAt,
		UptimeSeconds: int64(h.Now().Sub(probes.StartedAt).Seconds()), Checks: checks,
	}), nil
}
