package e2e_test

import (
	"errors"
	"testing"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/client"
)

func tellHealth(t *testing.T, w *sdkWorld) {
	ctx := t.Context()
	anybody := w.anonymous(t)

	for _, health := range []*api.HealthStatus{
		calling(anybody.Health.Check(ctx)).succeeds(t), calling(anybody.Health.Live(ctx)).succeeds(t), calling(anybody.Health.Ready(ctx)).succeeds(t),
	} {
		if health.Status != api.HealthStateOk || health.Version != builtVersion {
			t.Errorf("the service is %+v", health)
		}
	}

	details := calling(w.admin.Health.Details(ctx)).succeeds(t)
	if names := each(details.Checks, func(c api.HealthCheck) string { return c.Name }); len(names) == 0 || details.UptimeSeconds < 0 {
		t.Errorf("what it depends on is %v, and it runs for %d s", names, details.UptimeSeconds)
	}

	var response client.Response

	keys := calling(anybody.Users.GetJWKS(ctx, client.CaptureResponse(&response))).succeeds(t).Keys
	if len(keys) != 1 || keys[0].Kty != "OKP" || keys[0].X == "" {
		t.Errorf("the keys are %+v", keys)
	}

	// What has not changed is not sent again.
	if _, err := anybody.Users.GetJWKS(ctx, client.IfNoneMatch(response.Header.Get("ETag"))); !errors.Is(err, client.ErrNotModified) {
		t.Errorf("the keys are as they were, and the answer is %v", err)
	}
}
