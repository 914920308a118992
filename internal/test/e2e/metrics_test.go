package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	yaml "github.com/oasdiff/yaml3"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/aicoordination/coordinator/internal/test/dbtest"
)

// metricsURL is where the server says that its metrics are.
func (p *process) metricsURL(t *testing.T) string {
	t.Helper()

	match := regexp.MustCompile(`http://[^"\s]+/metrics`).FindString(p.stderr.String())
	if match == "" {
		t.Fatalf("the log does not say where the metrics are:\n%s", p.stderr)
	}

	return match
}

func scrape(t *testing.T, url string) string {
	t.Helper()

	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}

	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()

	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s answers %d, %v", url, response.StatusCode, err)
	}

	return string(text)
}

// sampleNames are the names of the series in a scrape.
func sampleNames(text string) map[string]bool {
	names := map[string]bool{}

	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") {
			names[line[:strings.IndexAny(line, "{ ")]] = true
		}
	}

	return names
}

var metricName = regexp.MustCompile(`\b(?:coordinator|go|process)_[a-z0-9_]+\b`)

// usedNames are the metrics that the text of an expression names.
func usedNames(expression string) []string { return metricName.FindAllString(expression, -1) }

// The real binary's metrics are named by the rules of Prometheus, and every
// metric that the dashboard and the alerts use is one of them.
func TestMetricsAreWhatDashboardsAndAlertsUse(t *testing.T) {
	t.Parallel()

	owner := dbtest.OwnerURL(t)
	database := dbtest.ApplicationURL(t, owner)
	s := start(t, newDataDir(t), append(admin, "DATABASE_URL="+database, "DATABASE_OWNER_URL="+owner, "COORDINATOR_MAIL_URL=log:")...)
	url := s.metricsURL(t)

	// What has to have happened for all of them to be there: a letter, and a job
	// that waits.
	for _, call := range []struct{ path, body string }{
		{"/api/v1/users/login", `{"email":"` + adminEmail + `","password":"wrong password"}`},
		{"/api/v1/users/password-reset", `{"email":"` + adminEmail + `"}`},
	} {
		response, err := http.Post(s.origin+call.path, "application/json", strings.NewReader(call.body))
		if err != nil {
			t.Fatal(err)
		}

		_ = response.Body.Close()
	}

	query[int64](t, owner, `INSERT INTO river.river_job (kind, args, max_attempts, scheduled_at, state) VALUES ('later', '{}', 1, now() + interval '1 day', 'scheduled') RETURNING id`)

	used := map[string]bool{}
	for _, expression := range append(dashboardExpressions(t), alertExpressions(t)...) {
		for _, name := range usedNames(expression) {
			used[name] = true
		}
	}

	var text string

	missing := func() (names []string) {
		text = scrape(t, url)
		exported := sampleNames(text)

		for name := range used {
			if !exported[name] {
				names = append(names, name)
			}
		}

		return names
	}
	for deadline := time.Now().Add(patience); len(missing()) > 0; time.Sleep(200 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the dashboard or an alert uses what is not exported: %v", slices.Sorted(slices.Values(missing())))
		}
	}

	t.Logf("%d metrics are used of %d series' names; %d bytes a scrape", len(used), len(sampleNames(text)), len(text))

	// The control: a name that is none is found out.
	used["coordinator_nonsense_total"] = true
	if got := missing(); len(got) != 1 || got[0] != "coordinator_nonsense_total" {
		t.Errorf("a metric that there is not is not missed: %v", got)
	}

	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil {
		t.Fatal(err)
	}

	for _, problem := range problems {
		t.Errorf("%s: %s", problem.Metric, problem.Text)
	}

	if os.Getenv("COORDINATOR_TEST_PROMTOOL") != "" {
		promtool := exec.CommandContext(t.Context(), "promtool", "check", "metrics")
		promtool.Stdin = strings.NewReader(text)

		if out, err := promtool.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("promtool check metrics: %v\n%s", err, out)
		}
	}

	if !strings.Contains(text, `coordinator_auth_failures_total{reason="sign_in_refused"} 1`) {
		t.Error("the sign-in with a wrong password was not counted")
	}

	if !strings.Contains(text, `coordinator_mails_total{kind="password_reset",outcome="logged"} 1`) {
		t.Errorf("the letter was not counted: %s", regexp.MustCompile(`coordinator_mails.*`).FindAllString(text, -1))
	}
}

// Nobody makes a new series by a path, a method or a status of theirs.
func TestCallersMakeNoSeries(t *testing.T) {
	t.Parallel()

	owner := dbtest.OwnerURL(t)
	s := start(t, newDataDir(t), append(admin, "DATABASE_URL="+dbtest.ApplicationURL(t, owner), "DATABASE_OWNER_URL="+owner)...)
	url := s.metricsURL(t)
	send := func(n int) {
		for _, call := range []struct{ method, path string }{
			{"GET", fmt.Sprintf("/nowhere/%d", n)},
			{fmt.Sprintf("METHOD%d", n), "/api/v1/tasks"},
			{"GET", fmt.Sprintf("/api/v1/tasks/00000000-0000-7000-8000-%012d", n)},
			{"DELETE", fmt.Sprintf("/docs/%d", n)},
			{"GET", fmt.Sprintf("/errors/none%d", n)},
			{"GET", fmt.Sprintf("/docs/%d.js", n)},
			{"POST", fmt.Sprintf("/api/v1/%d/x", n)},
		} {
			if err := s.call(t.Context(), call.method, call.path); err != nil {
				t.Fatal(err)
			}
		}
	}
	count := func() int { return strings.Count(scrape(t, url), "coordinator_http_") }

	send(0)

	before := count()

	for n := range 50 {
		send(n + 1)
	}

	if after := count(); after != before {
		t.Errorf("350 requests made %d series of %d", after, before)
	}
}

func (s *server) call(ctx context.Context, method, path string) error {
	request, err := http.NewRequestWithContext(ctx, method, s.origin+path, http.NoBody)
	if err != nil {
		return err
	}

	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}

	return response.Body.Close()
}

// The default address is nobody's wish: a second service starts without metrics
// and says so. An address that was asked for has to be had.
func TestMetricsAddressThatIsTaken(t *testing.T) {
	t.Parallel()

	owner := dbtest.OwnerURL(t)
	database := dbtest.ApplicationURL(t, owner)
	settings := append([]string{"DATABASE_URL=" + database, "DATABASE_OWNER_URL=" + owner}, admin...)
	s := start(t, newDataDir(t), settings...)
	taken := strings.TrimSuffix(strings.TrimPrefix(s.metricsURL(t), "http://"), "/metrics")
	got := run(t, append([]string{"COORDINATOR_ADDR=127.0.0.1:0", "COORDINATOR_DATA_DIR=" + newDataDir(t), "COORDINATOR_METRICS_ADDR=" + taken}, settings...), "serve")
	got.refuses(t, 1, "choose another address with COORDINATOR_METRICS_ADDR, or off")

	// Whoever has the default address, one of these two does not get it.
	for range 2 {
		second := start(t, s.dataDir, append([]string{"COORDINATOR_METRICS_ADDR="}, settings...)...)
		log := second.stderr.String()

		if !strings.Contains(log, "metrics are served") && !strings.Contains(log, "no metrics are served, since their address is taken") {
			t.Errorf("the log says nothing of the metrics:\n%s", log)
		}
	}

	off := start(t, s.dataDir, append([]string{"COORDINATOR_METRICS_ADDR=off"}, settings...)...)
	if log := off.stderr.String(); strings.Contains(log, "metrics are served") {
		t.Errorf("metrics are served although they are off:\n%s", log)
	}
}

func deployed(t *testing.T, path string) []byte {
	t.Helper()

	content, err := os.ReadFile(filepath.Join("..", "..", "..", "deploy", path))
	if err != nil {
		t.Fatal(err)
	}

	return content
}

func dashboardExpressions(t *testing.T) []string {
	t.Helper()

	var dashboard struct {
		Panels []struct {
			Title       string `json:"title"`
			Description string `json:"description"`
			Type        string `json:"type"`
			Targets     []struct {
				Expr string `json:"expr"`
			} `json:"targets"`
		} `json:"panels"`
		Templating struct {
			List []struct {
				Definition string `json:"definition"`
			} `json:"list"`
		} `json:"templating"`
	}
	if err := json.Unmarshal(deployed(t, "grafana/coordinator.json"), &dashboard); err != nil {
		t.Fatal(err)
	}

	var expressions []string

	for _, panel := range dashboard.Panels {
		if panel.Type != "row" && (panel.Title == "" || panel.Description == "" || len(panel.Targets) == 0) {
			t.Errorf("the panel %q lacks a title, a description or an expression", panel.Title)
		}

		for _, target := range panel.Targets {
			expressions = append(expressions, target.Expr)
		}
	}

	for _, variable := range dashboard.Templating.List {
		expressions = append(expressions, variable.Definition)
	}

	return expressions
}

func alertExpressions(t *testing.T) []string {
	t.Helper()

	var file struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr, For    string
				Labels, Annotations map[string]string
			}
		}
	}
	if err := yaml.Unmarshal(deployed(t, "prometheus/alerts.yml"), &file); err != nil {
		t.Fatal(err)
	}

	var expressions []string

	names := map[string]bool{}

	for _, group := range file.Groups {
		for _, rule := range group.Rules {
			severity := rule.Labels["severity"]
			if rule.Annotations["summary"] == "" || rule.Annotations["runbook"] == "" || (severity != "page" && severity != "ticket") {
				t.Errorf("the alert %q lacks a summary, a runbook or a severity", rule.Alert)
			}

			if opened, closed := strings.Count(rule.Expr, "("), strings.Count(rule.Expr, ")"); opened != closed || rule.Expr == "" {
				t.Errorf("the alert %q has an expression that does not close", rule.Alert)
			}

			names[rule.Alert] = true
			expressions = append(expressions, rule.Expr)
		}
	}

	if len(names) != len(expressions) || len(names) == 0 {
		t.Errorf("the alerts have the names %v", slices.Sorted(maps.Keys(names)))
	}

	return expressions
}
